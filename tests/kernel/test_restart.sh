#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# A session outlives lockstepd: killed at random moments while it execs, stopped cleanly, started with
# other settings, after a reboot, unloaded. On a bpffs, a cgroup and a directory of its own. KILLS=N for
# more of them. tests/residue proves that nothing is left behind.
set -u
export LC_ALL=C
cd "$(dirname "$0")/../.." || exit 2
KILLS=${KILLS:-4}
# shellcheck source=tests/kernel/daemon_lib.sh
. tests/kernel/daemon_lib.sh

row "a pin directory that others may enter is refused, and so is one of another user"
mkdir -m 0755 "$pins"
"$build/lockstepd" -c "$work/lockstepd.yaml" 2>"$work/err" && failed "it started"
grep -q "nobody else can enter" "$work/err" || failed "$(cat "$work/err")"
chmod 0700 "$pins" && chown 65534 "$pins"
"$build/lockstepd" -c "$work/lockstepd.yaml" 2>"$work/err" && failed "it started"
grep -q "nobody else can enter" "$work/err" || failed "$(cat "$work/err")"
chown 0 "$pins"

row "where no bpffs is, it records and says that sessions end with it"
configuration
sed -i "s|pins: .*|pins: $work/nowhere|" "$work/lockstepd.yaml"
start_daemon
grep -q "no BPF file system is mounted there: sessions end when the daemon does" "$work/daemon.err" || failed "not said"
stop_daemon
configuration

row "without sessions nothing outlives the daemon"
start_daemon
is "$(stat -c %a:%u "$pins")" 700:0
[ -e "$pins/identity" ] && [ -e "$pins/link_on_exec" ] || failed "nothing is pinned"
stop_daemon
[ ! -e "$pins" ] || failed "left: $(ls "$pins")"

row "killed $KILLS times while a session execs: every act once, and it goes on in its ticket"
start_daemon
# shellcheck disable=SC2016 # the session's own shell
session sh -c 'uname -r >/dev/null; while [ ! -e '"$work"'/enough ]; do id -u >/dev/null; echo >>'"$work"'/acts; done; uname -r >/dev/null'
# acted N - so many times since $acts were counted.
acted() {
	[ "$(wc -l <"$work/acts")" -ge $((acts + $1)) ]
}
# after_acts N - so many acts from now.
after_acts() {
	acts=$(wc -l <"$work/acts")
	until_true acted "$1" || failed "the session does not go on"
}
until_true test -e "$work/acts" || failed "the session does nothing"
for _ in $(seq "$KILLS"); do
	after_acts $((1 + RANDOM % 200))
	stop_daemon KILL
	after_acts $((1 + RANDOM % 200))
	[ -e "$pins/identity" ] || failed "the pins went"
	start_daemon
	is "$("$build/lockstep" session list --run-dir "$work/run" --json | jq -r '.sessions[].session')" "$id"
done
touch "$work/enough"
wait "$session"
until_true ended "$id" || failed "the session did not end"
whole "$id"
is "$(lines | jq -r 'select(.kind == "host" and .what == "restart") | .what' | wc -l)" "$KILLS" "restarts recorded"
is "$(of "$id" 'select(.kind == "session_end") | .why')" last_exit
is "$(of "$id" 'select(.kind == "exec" and .exe != "/usr/bin/uname") | .verdict' | sort -u | xargs)" approved
# The step of before the kills was counted: a second time is once too often.
is "$(of "$id" 'select(.kind == "exec" and (.exe | endswith("/uname"))) | .verdict' | xargs)" "approved unapproved"
is "$(of "$id" 'select(.kind == "session_end") | .outcome')" violation
is "$(of "$id" 'select(.kind == "session_end") | .steps[] | select(.id == "once") | .done')" 1
stop_daemon
[ ! -e "$pins" ] || failed "left: $(ls "$pins")"
rm "$work/enough" "$work/acts"

row "killed while it reads nothing: what the ring holds is not lost"
start_daemon
# shellcheck disable=SC2016
session sh -c 'read go <'"$work"'/gate; i=0; while [ $i -lt 500 ]; do id -u >/dev/null; i=$((i + 1)); done; : >'"$work"'/done; sleep 1000'
freeze_daemon
open_gate
until_true test -e "$work/done" || failed "the session does not run"
stop_daemon KILL
start_daemon
stored() {
	[ "$(listed .stored)" -gt 1000 ]
}
until_true stored || failed "the ring's records did not come"
kill_session "$id"
wait "$session"
until_true ended "$id" || failed "the session did not end"
whole "$id"
is "$(of "$id" 'select(.kind == "session_end") | "\(.unapproved) \(.indeterminate)"')" "0 0"
rm "$work/done"

row "killed while it reads nothing, until the ring is full, and the session goes on: it starts again"
stop_daemon
configuration "ring_kib: 64"
start_daemon
# shellcheck disable=SC2016
session sh -c 'while [ ! -e '"$work"'/enough ]; do id -u >/dev/null; echo >>'"$work"'/acts; done'
freeze_daemon
until_true test -e "$work/acts" || failed "the session does nothing"
after_acts 500 # of which two records each have no room in 64 KiB
stop_daemon KILL
start_daemon
grep -q "sessions go on, 0 of which" "$work/daemon.err" || failed "it did not take over"
touch "$work/enough"
wait "$session"
until_true ended "$id" || failed "the session did not end"
whole "$id"
[ "$(of "$id" 'select(.kind == "session_end") | .lost.ring_full')" -gt 0 ] || failed "the ring was never full: the test proves nothing"
is "$(of "$id" 'select(.kind == "session_end") | .outcome')" indeterminate
rm "$work/enough" "$work/acts"
stop_daemon
configuration
start_daemon

row "stopped cleanly with a session open: it goes on, also ended by command, with other settings"
session sh -c 'id -u >/dev/null; read go <'"$work"'/gate; id -u >/dev/null; sleep 1000'
stop_daemon
ended "$id" && failed "the session was ended"
[ -e "$pins/identity" ] || failed "the pins went"
configuration "ring_kib: 64"
start_daemon
grep -q "kernel programs of before are kept" "$work/daemon.err" || failed "nothing is said of the programs of before"
is "$("$build/lockstep" status --run-dir "$work/run" --json | jq .ring.size)" 8388608
"$build/lockstep" session end --run-dir "$work/run" "$id" >/dev/null
stop_daemon KILL
open_gate
start_daemon
unapproved() {
	[ "$(listed .unapproved)" -ge 1 ]
}
until_true unapproved || failed "what is run after the end is approved"
kill_session "$id"
wait "$session"
until_true ended "$id" || failed "the session did not end"
whole "$id"
is "$(of "$id" 'select(.kind == "session_end") | .why')" ended
of "$id" 'select(.kind == "exec" and .verdict == "unapproved") | .reasons[]' | grep -q after_end || failed "no after_end"
stop_daemon
start_daemon
is "$("$build/lockstep" status --run-dir "$work/run" --json | jq .ring.size)" 65536 "the new setting"
stop_daemon
configuration

row "a second daemon on the same pins is refused"
start_daemon
sed "s|store: .*|store: $work/other.db|; s|run_dir: .*|run_dir: $work/other|" "$work/lockstepd.yaml" >"$work/second.yaml"
"$build/lockstepd" -c "$work/second.yaml" 2>"$work/err" && failed "it started"
grep -q "are another lockstepd's" "$work/err" || failed "$(cat "$work/err")"

row "a session that the store never heard of is recorded, and approved in nothing"
session sh -c 'read go <'"$work"'/gate; id -u >/dev/null; sleep 1000'
lost=$id
stop_daemon KILL
sqlite3 "$work/lockstep.db" "DELETE FROM resume" 2>/dev/null || python3 - "$work/lockstep.db" <<'END'
import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
db.execute("DELETE FROM resume")
db.commit()
END
start_daemon
open_gate
id=$("$build/lockstep" session list --run-dir "$work/run" --json | jq -r '.sessions[0].session')
[ "$id" != "$lost" ] || failed "it has its old name"
until_true unapproved || failed "nothing of it is recorded"

row "unload: sessions are ended in the record, nothing is left in the kernel"
"$build/lockstepd" -c "$work/lockstepd.yaml" --unload 2>"$work/err" && failed "under a running daemon"
stop_daemon KILL
"$build/lockstepd" -c "$work/lockstepd.yaml" --unload 2>"$work/err" || failed "$(cat "$work/err")"
[ ! -e "$pins" ] || failed "left: $(ls "$pins")"
is "$(of "$id" 'select(.kind == "session_end") | .why')" stopped
"$build/lockstepd" -c "$work/lockstepd.yaml" --unload || failed "a second time"
end "$session" KILL
echo 1 >"$cgroup/cgroup.kill"

row "pins taken away under a session, and a reboot: its end is recorded"
for why in unloaded reboot; do
	start_daemon
	session sleep 1000
	until_true durable || failed "not on the disk: $(status .store)"
	stop_daemon KILL
	if [ $why = reboot ]; then
		python3 - "$work/lockstep.db" <<-'END'
			import re, sqlite3, sys
			db = sqlite3.connect(sys.argv[1])
			for session, text in db.execute("SELECT session, bytes FROM resume WHERE what = 'open'").fetchall():
			    text = re.sub(rb'"boot":"[^"]*"', b'"boot":"another"', text)
			    db.execute("UPDATE resume SET bytes = ? WHERE session = ? AND what = 'open'", (text, session))
			db.commit()
		END
	fi
	rm -f "$pins"/*
	start_daemon
	until_true ended "$id" || failed "$why: no end"
	is "$(of "$id" 'select(.kind == "session_end") | "\(.why) \(.outcome)"')" "$why indeterminate"
	end "$session" KILL
	echo 1 >"$cgroup/cgroup.kill"
	stop_daemon
done
[ ! -e "$pins" ] || failed "left: $(ls "$pins")"
echo "all rows passed"
