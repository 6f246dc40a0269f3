#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# The disk fills up while a session execs as fast as it can, stays full until FULL=N more lines came live, and has
# room again: alerts go on meanwhile, recording goes on by itself afterwards, and each number of the session is
# in one record or in one recorded loss; also when the daemon is killed while the disk is full.
set -u
export LC_ALL=C
cd "$(dirname "$0")/../.." || exit 2
FULL=${FULL:-2000}
# shellcheck source=tests/kernel/daemon_lib.sh
. tests/kernel/daemon_lib.sh
sed -i '/id: once/,$d' "$work/tickets/CHG-1.yaml"

records() {
	"$build/lockstep" status --run-dir "$work/run" --json | jq -e ".store.records == $1" >/dev/null
}

lines_live() {
	[ "$(wc -l <"$work/live")" -gt "$1" ]
}

fill() {
	cat /dev/zero >"$work/small/fill" 2>/dev/null
}

# A session at full speed, followed live; the disk is filled under it.
session_on_full_disk() {
	# shellcheck disable=SC2016 # the session's own shell
	session sh -c 'for i in 1 2; do sh -c "while [ ! -e $0 ]; do id -u >/dev/null; done" & done; wait; ls / >/dev/null' "$work/enough"
	"$build/lockstep" tail --run-dir "$work/run" -o json >"$work/live" 2>/dev/null &
	follower=$!
	started+=("$follower")
	until_true lines_live 50 || failed "no lines come"
	fill
	until_true records false || failed "status says nothing of the full disk"
}

mkdir "$work/small"
mount -t tmpfs -o size=96m lockstep "$work/small" || failed "no tmpfs"
configuration "" "$work/small/lockstep.db"

row "full for $FULL lines: alerts go on, recording goes on by itself, what is missing is counted"
start_daemon
session_on_full_disk
until_true lines_live $(($(wc -l <"$work/live") + FULL)) || failed "no lines come while the disk is full"
records false || failed "the disk is not full: the test proves nothing"
rm "$work/small/fill"
until_true records true || failed "it does not record again"
until_true lines_live $(($(wc -l <"$work/live") + 500)) || failed "no lines come afterwards"
touch "$work/enough"
wait "$session"
until_true ended "$id" || failed "the session did not end"
end "$follower"
whole "$id" gaps
missing=$(lines | jq .seq | awk '{ n += $1 - last - 1; last = $1 } END { print n + 0 }')
told=$(lines | jq -r 'select(.kind == "host" and .what == "store_gap") | .detail' | awk '{ n += $1 } END { print n + 0 }')
is "$told" "$missing" "records that store_gap tells of"
gap=$(lines | jq -r 'select(.kind == "host" and .what == "store_gap") | .detail' | head -n 1)
grep -q "the store refuses records: .*alerts go on" "$work/daemon.err" || failed "the daemon said nothing"
grep -q "the store takes records again" "$work/daemon.err" || failed "the daemon did not say that it goes on"
echo "  not stored: $(of "$id" 'select(.kind == "session_end") | .not_stored'); ${gap:-no record was given up}"
[ "$(of "$id" 'select(.kind == "session_end") | .not_stored')" -eq 0 ] ||
	[ "$(of "$id" 'select(.kind == "session_end") | .outcome')" != compliant ] || failed "a loss, and compliant"
rm "$work/enough"

row "killed while it is full: what was not stored is a loss, or comes again from the ring"
session_on_full_disk
until_true lines_live $(($(wc -l <"$work/live") + 1000)) || failed "no lines come while the disk is full"
stop_daemon KILL
end "$follower"
touch "$work/enough"
rm "$work/small/fill"
start_daemon
wait "$session"
until_true ended "$id" || failed "the session did not end"
is "$(of "$id" 'select(.sseq) | .sseq' | sort -n | uniq -d | head -n 3 | xargs)" "" "stored twice"
read -r emitted stored lost unexplained <<<"$(of "$id" 'select(.kind == "session_end") | "\(.emitted) \(.stored) \(.lost.ring_full + .lost.fill + (.not_stored // 0)) \(.unexplained)"')"
is "$((stored + lost + unexplained))" "$emitted" "emitted"
is "$(of "$id" 'select(.sseq) | .sseq' | wc -l)" "$stored" "stored"
is "$(of "$id" 'select(.kind == "loss") | .count' | awk '{ n += $1 } END { print n + 0 }')" "$((lost + unexplained))" "losses recorded"
echo "  emitted $emitted, stored $stored, lost $lost, given up by the daemon that was killed $unexplained"
stop_daemon
echo "all rows passed"
