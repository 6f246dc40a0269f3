#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Responders' notes on the real kernel: who may make them, what is refused, that an alert is open until
# somebody answered it (before and after a restart), and the same on a store that nobody writes.
set -u
export LC_ALL=C
cd "$(dirname "$0")/../.." || exit 2
. tests/kernel/daemon_lib.sh

lockstep() {
	"$build/lockstep" "$@"
}

ack() {
	lockstep ack --run-dir "$work/run" "$@"
}

# refused WORDS COMMAND... - exit status 2 and one line with these words.
refused() {
	local want=$1
	shift
	"$@" >"$work/out" 2>"$work/err"
	is "$?" 2 "exit status of $*"
	grep -qF -- "$want" "$work/err" || failed "want \"$want\", got \"$(cat "$work/err")\""
	is "$(wc -l <"$work/err")" 1 "lines: $(cat "$work/err")"
}

open_alerts() {
	lockstep status --run-dir "$work/run" --json | jq .open_alerts
}

are_open() {
	[ "$(open_alerts)" = "$1" ]
}

nobody=$(id -u nobody)
# Any group of this host, but for nobody's own.
group=$(getent group | awk -F: '$3 > 0 && $3 != 65534 { print $1; exit }')
responders=$(getent group "$group" | cut -d: -f3)
chmod 755 "$work"
configuration "group: $group"
start_daemon

row "no alerts"
until_true are_open 0 || failed "open alerts: $(open_alerts)"

row "a session with two unapproved acts"
session sh -c 'uname -s >/dev/null; uname -m >/dev/null; read go <'"$work"'/gate'
open_gate
wait "$session"
until_true ended "$id" || failed "the session does not end"
first=$(of "$id" 'select(.verdict == "unapproved") | .seq' | head -n 1)
second=$(of "$id" 'select(.verdict == "unapproved") | .seq' | sed -n 2p)
end=$(of "$id" 'select(.kind == "session_end") | .seq')
all=$(of "$id" 'select(.verdict == "unapproved" or .kind == "session_end") | .seq' | wc -l)
[ "$all" -ge 3 ] || failed "alerts: $all"
until_true are_open "$all" || failed "open alerts: $(open_alerts), want $all"
lockstep status --run-dir "$work/run" | grep -qF "alerts that nobody has acknowledged: $all" || failed "status does not say so"
is "$(lockstep session show --run-dir "$work/run" "$id" --json | jq .open_alerts)" "$all" "session show"
lockstep session show --run-dir "$work/run" "$id" | grep -qE "^open alerts +$all;" || failed "session show does not say so"

row "what is no alert is refused"
approved=$(of "$id" 'select(.verdict == "approved") | .seq' | head -n 1)
start=$(of "$id" 'select(.kind == "session_start") | .seq')
refused "record $approved is no alert: its verdict is approved" ack "$approved" --note x
refused "record $start is no alert: its kind is session_start" ack "$start" --note x
refused "there is no record 99999999 in the store" ack 99999999 --note x
refused 'expected --note TEXT' ack "$first"
refused '--note: expected 1 to 4096 bytes' ack "$first" --note "$(head -c 4097 /dev/zero | tr '\0' x)"
refused '--note: expected 1 to 4096 bytes' ack "$first" --note $'\xff'
refused '--note: expected 1 to 4096 bytes' ack "$first" --note ' '
refused '"0" is no number of a record' ack 0 --note x
is "$(open_alerts)" "$all" "still open"

row "another user may not, one with the group may"
refused 'not permitted' setpriv --reuid="$nobody" --regid=65534 --clear-groups "$build/lockstep" ack --run-dir "$work/run" "$first" --note mine
setpriv --reuid="$nobody" --regid=65534 --groups="$responders" "$build/lockstep" ack --run-dir "$work/run" "$first" --note 'the ✔ agent' >"$work/out" ||
	failed "$(cat "$work/out")"
is "$(of "$id" "select(.kind == \"ack\") | [.of, .by, .by_uid, .note, .sseq, .verdict, .ticket, .operator] | @json")" \
	"[$first,\"nobody\",$nobody,\"the ✔ agent\",null,null,\"CHG-1\",\"root\"]" "the record"
is "$(cat "$work/out")" "alert $first acknowledged, record $(of "$id" 'select(.kind == "ack") | .seq')"
is "$(open_alerts)" $((all - 1)) "open alerts"

row "a second note stands beside the first, and counts once"
ack "$first" --note $'again\n\e[2J' >/dev/null || failed "not taken"
is "$(of "$id" 'select(.kind == "ack") | .by' | xargs)" "nobody root" "who"
is "$(open_alerts)" $((all - 1)) "open alerts"

row "the operator does not answer for himself"
sed -e 's/CHG-1/CHG-2/; s/operators: .*/operators: [nobody]/' "$work/tickets/CHG-1.yaml" >"$work/tickets/CHG-2.yaml"
setpriv --reuid="$nobody" --regid=65534 --clear-groups "$build/lockstep" session start --run-dir "$work/run" CHG-2 -q -- uname -s >/dev/null 2>&1
own() {
	lines | jq -r 'select(.ticket == "CHG-2" and .kind == "session_end") | .seq' | grep .
}
until_true own >/dev/null || failed "no session of nobody's"
refused 'it is of your own session' setpriv --reuid="$nobody" --regid=65534 --groups="$responders" "$build/lockstep" ack --run-dir "$work/run" "$(own)" --note fine
all=$((all + $(lines | jq -r 'select(.ticket == "CHG-2" and (.verdict == "unapproved" or .kind == "session_end")) | .seq' | wc -l)))
is "$(open_alerts)" $((all - 1)) "open alerts"

row "tail --open gives the open ones, then what comes"
lockstep tail --run-dir "$work/run" --open -o json >"$work/tail" 2>"$work/err" &
reader=$!
started+=("$reader")
records() {
	jq -r 'select(.kind) | .seq' "$work/tail"
}
has() {
	records | grep -qx "$1"
}
until_true has "$end" || failed "the end is not among them: $(records | xargs)"
! has "$first" || failed "an acknowledged one is among them"
has "$second" || failed "an open one is not among them"
is "$(records | wc -l)" $((all - 1)) "open ones"
ack "$second" --note 'seen' >/dev/null || failed "not taken"
noted() {
	jq "select(.kind == \"ack\" and .of == $second)" "$work/tail" | grep -q .
}
until_true noted || failed "the note does not come"
end "$reader"
lockstep tail --run-dir "$work/run" --after 0 --kind ack >"$work/text" 2>&1 &
reader=$!
started+=("$reader")
until_true grep -q "ack of record $first by root.*: again" "$work/text" || failed "tail: $(cat "$work/text")"
! grep -q $'\e' "$work/text" || failed "a control byte reaches the terminal"
end "$reader"
whole "$id"

row "a restart counts what is stored"
stop_daemon
start_daemon
until_true are_open $((all - 2)) || failed "open alerts: $(open_alerts), want $((all - 2))"
ack "$end" --note 'a test' >/dev/null || failed "not taken"
is "$(open_alerts)" $((all - 3)) "open alerts"

row "a store that is being written is refused, one that is not takes a note"
refused 'is being written by another lockstep' lockstep ack --store "$work/lockstep.db" "$end" --note x
stop_daemon
lockstep ack --store "$work/lockstep.db" "$end" --note 'by hand' >"$work/out" || failed "not taken"
is "$(of "$id" 'select(.kind == "ack") | .note' | tail -n 1)" "by hand"
is "$(lines | jq .seq | awk 'NR != $1' | head -n 1)" "" "seq"
refused 'is no alert' lockstep ack --store "$work/lockstep.db" "$start" --note x
refused 'No such file' lockstep ack --store "$work/none.db" 1 --note x
[ ! -e "$work/none.db" ] || failed "the store was made"
lockstep status --store "$work/lockstep.db" | grep -qF "$((all - 3)) alerts that nobody has acknowledged" || failed "status --store"
lockstep export --store "$work/lockstep.db" --session "$id" -o csv | grep -qF '"by hand"' || failed "csv"

row "a session goes on across a restart, with a note in between"
start_daemon
session sh -c "uname -s >/dev/null; read go <$work/gate; id -u >/dev/null; :"
alert() {
	of "$id" 'select(.verdict == "unapproved") | .seq' | head -n 1 | grep .
}
until_true alert >/dev/null || failed "no alert"
ack "$(alert)" --note 'while it runs' >/dev/null || failed "not taken"
stop_daemon
start_daemon
open_gate
wait "$session"
until_true ended "$id" || failed "the session does not end"
whole "$id"
is "$(of "$id" 'select(.kind == "session_end") | .outcome')" violation
echo "passed"
