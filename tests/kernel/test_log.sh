#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# The daemon's log as an auditor meets it: it beats while nothing happens, can be verified while it grows,
# over several files and after a SIGKILL; what is shown of it to others stands without the host; and what
# was taken from its end is told by the next start.
#
# Seen failing: without beat() in user/engine.c ("it beats"), with store__full() never true ("files"),
# without heed_mark() in user/edge/store_check.c ("is told"), with the key of another store ("key").
set -u
export LC_ALL=C
cd "$(dirname "$0")/../.." || exit 2
# shellcheck source=tests/kernel/daemon_lib.sh
. tests/kernel/daemon_lib.sh
db=$work/lockstep.db

# The first checkpoint that covers a number is there.
covered() {
	[ "$(status .store.checkpoint | sed -n 's/^seq //p')" -ge "$1" ]
}

refuses() {
	want=$1
	shift
	"$build/lockstep" verify "$@" >"$work/said" 2>&1 && failed "verified: $*"
	grep -q -- "$want" "$work/said" || failed "verify says $(head -n 3 "$work/said")"
}

beats() {
	[ "$(lines | jq -r 'select(.kind == "heartbeat") | .seq' | wc -l)" -ge "$1" ]
}

row "it beats while nothing happens, and each beat has its checkpoint"
start_daemon
until_true beats 2 || failed "no two heartbeats"
last=$(lines | jq -r 'select(.kind == "heartbeat") | .seq' | tail -n 1)
until_true covered "$last" || failed "no checkpoint covers the record $last"
# A daemon that gets no CPU beats late, and never early.
is "$(lines | jq -rs '[.[] | select(.kind == "heartbeat") | .time[:19] + "Z" | fromdate] | (.[1] - .[0]) | . >= 9')" \
	true "nine seconds or more between two: $(lines | jq -r 'select(.kind == "heartbeat") | .time' | head -n 2 | xargs)"
verified

row "it is verified while a session goes on, with the key that status shows"
key=$(status .store.key)
# shellcheck disable=SC2016 # the session's own shell
session sh -c 'while [ ! -e $0 ]; do id -u >/dev/null; done' "$work/enough"
grown() {
	[ "$(status .store.durable)" -gt "$durable" ]
}
for _ in 1 2 3 4 5; do
	verified --key "$key"
	durable=$(status .store.durable)
	until_true grown || failed "the log does not grow"
done
status .store.checkpoint >"$work/kept"
touch "$work/enough"
wait "$session"
until_true ended "$id" || failed "the session did not end"
whole "$id"
verified --key "$key" --checkpoint "$work/kept"
grep -q 'agrees with 1 checkpoint' "$work/verified" || failed "$(cat "$work/verified")"
"$build/lockstep" run --cgroup "$cgroup" --store "$work/other.db" -- true 2>/dev/null
refuses 'is the log of another key' "$db" --key \
	"$("$build/lockstep" status --store "$work/other.db" | sed -n 's/^log signed by //p')"
rm "$work/enough"

row "what a bundle shows of it stands without the store, and continues the checkpoint that was kept"
"$build/lockstep" export --store "$db" --session "$id" --proof "$work/bundle" --checkpoint "$work/kept" 2>/dev/null ||
	failed "no bundle"
verified_bundle() {
	"$build/lockstep" verify "$work/bundle" --key "$key" --checkpoint "$work/kept" >"$work/verified" 2>&1
}
verified_bundle || failed "$(cat "$work/verified")"
is "$(cmp "$work/bundle/records.jsonl" <(of "$id" . | jq -c . >/dev/null; "$build/lockstep" export --store "$db" --session "$id"))" "" \
	"the bundle's records"
sed -i '3s/"exec"/"exit"/' "$work/bundle/records.jsonl"
verified_bundle && failed "a changed record is verified"
rm -r "$work/bundle"

row "an acknowledgement is a leaf like any other"
alert=$(of "$id" 'select(.verdict == "unapproved" or .kind == "session_end") | .seq' | tail -n 1)
"$build/lockstep" ack "$alert" --note "looked at" --run-dir "$work/run" >/dev/null || failed "ack $alert"
answered() {
	[ -n "$("$build/lockstep" export --store "$db" --kind ack)" ]
}
until_true answered || failed "no record of it"
verified

row "files: the log goes on in the next when one is full, and is one log"
stop_daemon
configuration "store_file_mib: 1"
start_daemon
# shellcheck disable=SC2016 # the session's own shell
session sh -c 'while [ ! -e $0 ]; do id -u >/dev/null; done' "$work/enough"
files() {
	[ "$(find "$work" -name 'lockstep.db.[0-9]*' | grep -cE '[0-9]{20}$')" -ge "$1" ]
}
until_true files 2 || failed "no second file"
touch "$work/enough"
wait "$session"
until_true ended "$id" || failed "the session did not end"
whole "$id"
next=$(find "$work" -name 'lockstep.db.[0-9]*' | grep -E '[0-9]{20}$' | sort | tail -n 1)
is "$("$build/lockstep" export --store "$next" | head -n 1 | jq -r '.what, (.detail | split("\n")[1] | tonumber)' | xargs)" \
	"checkpoint $((10#${next##*.} - 1))" "the first record of the next file"
verified --checkpoint "$work/kept"
mv "$next" "$work/away"
refuses 'was cut' "$db"
mv "$work/away" "$next"

row "killed, and the end of the log taken away: the next start tells how many records are missing"
status .store.checkpoint >"$work/kept"
stop_daemon KILL
last=$(sed -n 's/^seq //p' "$work/kept")
python3 - "$next" "$((last - 3))" <<-'END'
	import sqlite3, sys
	db = sqlite3.connect(sys.argv[1])
	db.execute("DELETE FROM events WHERE seq>?", (int(sys.argv[2]),))
	db.execute("DELETE FROM checkpoints WHERE seq>?", (int(sys.argv[2]),))
	db.commit()
END
start_daemon
told() {
	[ -n "$(lines | jq -r 'select(.kind == "host" and .what == "log_cut") | .seq')" ]
}
until_true told || failed "nothing is told: $(tail -n 3 "$work/daemon.err")"
grep -q 'records are missing behind the record' "$work/daemon.err" || failed "the daemon says nothing"
is "$(lines | jq -r 'select(.kind == "host" and .what == "log_cut") | .seq' | head -n 1 | awk -v last="$last" '{ print ($1 > last) }')" 1 \
	"a number is given twice"
verified
refuses 'the log was cut' "$db" --checkpoint "$work/kept"
stop_daemon
