#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# `lockstep run`, `export` and `status` on this kernel: what they refuse, what they exit with, and that the
# record is what the commands say of themselves. O is where the build is.
set -u
here=$(realpath "$(dirname "$0")/../..")
build=$(realpath "${O:-build}")
lockstep=$build/lockstep
actors=$build/tests/kernel
spawns=${RUN_SPAWNS:-2000}
work=$(mktemp -d)
cd "$work" || exit 1
trap 'rm -rf "$work"' EXIT
export NO_COLOR=1
failures=0
. "$here/tests/lib/wait.sh"
# A command that reads a line from this waits until it is opened, and executes nothing.
mkfifo gate

row() {
	if [ "$2" = "$3" ]; then
		echo "ok: $1"
	else
		echo "not so: $1: expected \"$2\", got \"$3\""
		failures=$((failures + 1))
	fi
}

# said PATTERN - yes where the last command said it, in one line on stderr.
said() {
	if [ "$(grep -c '' err)" -eq 1 ] && grep -q -- "$1" err; then echo yes; else cat err; fi
}

run() {
	"$lockstep" run "$@" >out 2>err
}

ticket() {
	cat >ticket.yaml <<-END
		lockstep: 1
		ticket: CHG-7
		summary: a test
		requester: li.wei@contractor.example
		operators: ["$(logname 2>/dev/null || id -un)", "$(id -un)"]
		hosts: ["*"]
		window: {from: $(date -u -d '-1 hour' +%FT%TZ), until: $(date -u -d '+1 hour' +%FT%TZ)}
		steps:
		  - id: loop
		    run: sh -c "$1"
		    children: [/bin/true]
		  - id: once
		    run: id -u
		    ${2:-times: 1}
	END
}

# rejudged STORE - by the ticket that it ran under, which changes nothing.
rejudged() {
	"$lockstep" rejudge -t ticket.yaml --store "$1" >rejudged
	row "$1: re-judged by its own ticket" "0 1" "$? $(grep -c ': 0 of [1-9][0-9]* acts change; still [a-z]*$' rejudged)"
}

# stored STORE FILTER N - so many execs of which the filter is true are in it.
stored() {
	[ "$("$lockstep" export --store "$1" --kind exec | jq -c "select($2)" | wc -l)" -ge "$3" ]
}

# Refusals.
chmod 0755 "$work"
setpriv --reuid 65534 --clear-groups "$lockstep" run -- true >out 2>err
row "without root: status" 2 $?
row "without root: one line" yes "$(said 'needs root')"
run; row "no command: status" 2 $?
row "no command: one line" yes "$(said 'expected a command')"
run --ring x -- true; row "a bad number: status" 2 $?
row "a bad number: one line" yes "$(said 'got "x"')"
run --cgroup "$work/none" -- touch ran; row "no such cgroup: status" 2 $?
run -t none.yaml -- touch ran; row "no such ticket: status" 2 $?
row "no such ticket: one line" yes "$(said 'none.yaml')"
printf 'lockstep: 1\nticket: T\nsurprise: 1\n' >bad.yaml
run -t bad.yaml -- touch ran; row "a bad ticket: status" 2 $?
row "a bad ticket: its line and column" yes "$(said 'bad.yaml:3:1: ')"
echo 'not a store, but longer than the header of a database has to be: one hundred bytes, or some more' >text
run --store text -- touch ran; row "another file as store: status" 2 $?
row "another file as store: one line" yes "$(said 'is not a lockstep store')"
ln -s other.db link.db
run --store link.db -- touch ran; row "a link as store: status" 2 $?
run --store "$work/no/where.db" -- touch ran; row "a store in no directory: status" 2 $?
row "nothing ran without a session" no "$([ -e ran ] && echo yes || echo no)"

# Exit statuses.
run -- ./none; row "command not found" 127 $?
row "command not found: said" 1 "$(grep -c 'lockstep run: ./none: No such file' err)"
run -- "$work"; row "command is a directory" 126 $?
run -- sh -c 'exit 5'; row "the command's status" 5 $?
run -- sh -c 'kill -9 $$'; row "the command's signal" 137 $?
row "the command's output is its own" 0 "$(run -- id -u; cat out)"
# what a terminal's ^C sends goes to both; the command ends, and its end is recorded
setsid env --default-signal=INT "$lockstep" run --store int.db -- sh -c ': >up; read go <gate' >out 2>err &
pid=$!
until_true test -e up
kill -INT -- -$pid
wait $pid
row "interrupted with its command" 130 $?
row "interrupted: the end is recorded" 1 "$("$lockstep" export --store int.db --kind session_end | grep -c .)"
"$lockstep" run -- sh -c 'trap "exit 9" TERM; : >ready; while :; do sleep 0.05; done' >out 2>err &
pid=$!
until_true test -e ready
kill -TERM $pid
wait $pid
row "SIGTERM is handed to the command" 9 $?

# A second writer.
"$lockstep" run --store busy.db -- sh -c ': >holds; read go <gate' >out2 2>err2 &
pid=$!
until_true test -e holds
run --store busy.db -- touch ran; row "a second writer: status" 2 $?
row "a second writer: one line" yes "$(said 'is being written by another lockstep')"
row "a reader beside the writer" 0 "$("$lockstep" export --store busy.db --kind session_start >out; echo $?)"
echo >gate
wait $pid

# Arguments, byte for byte.
mapfile -t many < <(seq 2032)
long=$(head -c 102400 /dev/zero | tr '\0' L)
for i in {1..10}; do many+=("$(printf '%0100000d' "$i")"); done
"$lockstep" run --store argv.db -- "$actors/actor_self" "$long" "${many[@]}" $'new\nline' $'\xff\xc0\xaf' $'\e[2J' '' \
	3>truth >out 2>err
grep '^argv ' truth | cut -d' ' -f2 >want
"$lockstep" export --store argv.db --kind exec |
	jq -r '(.argv_b64 // error("no exact bytes"))[] | ., "AA=="' | base64 -d | od -An -v -tx1 | tr -d ' \n' >got
echo >>got
row "arguments: over a megabyte" yes "$([ "$(wc -c <want)" -gt 2097152 ] && echo yes)"
row "arguments: byte for byte as the actor's truth" yes "$(cmp want got 2>&1 && echo yes)"
row "arguments: all counted" 2048 "$("$lockstep" export --store argv.db --kind exec | jq .argc)"
row "csv has the record too" 2 "$("$lockstep" export --store argv.db --kind exec -o csv | grep -c .)"
row "a reader that goes away is no error" "" "$("$lockstep" export --store argv.db 2>&1 >/dev/full | grep -v 'No space' | grep -v 'could not'; "$lockstep" export --store argv.db 2>&1 | head -c 1 >/dev/null)"

# Which records: negative rows first.
for bad in "--since yesterday" "--since 2026-13-01" "--until 5y" "--after -1" "--kind execs" "--verdict yes" "-o xml" surplus; do
	# shellcheck disable=SC2086 # two words
	"$lockstep" export --store argv.db $bad >out 2>err
	row "export $bad: status" 2 $?
	row "export $bad: one line, nothing else" "yes 0" "$(said 'lockstep export: ') $(wc -c <out)"
done
"$lockstep" export -s argv.db >all
for filter in "--since 1h" "--since $(date -u +%F)" "--since @1" "--until 2200-01-01T00:00:00+02:00" "--after 0" \
	"--session $(jq -rs '.[0].session' all)"; do
	# shellcheck disable=SC2086 # two words
	row "export $filter: all" 4 "$("$lockstep" export -s argv.db $filter | grep -c .)"
done
for filter in "--since 2200-01-01" "--until 1h" "--after 4" "--session x" "--ticket x" "--verdict approved"; do
	# shellcheck disable=SC2086 # two words
	row "export $filter: nothing" 0 "$("$lockstep" export -s argv.db $filter | grep -c .)"
done

# Verdicts.
ticket 'id -u'
run -t ticket.yaml --store t.db --strict -- sh -c 'id -u'
row "compliant" 0 $?
rejudged t.db
ticket '/bin/true; /bin/true; :'
run -t ticket.yaml --strict -- sh -c '/bin/true; /bin/true; :'
row "a step left out" 1 $?
run -t ticket.yaml --strict -- sh -c 'touch x; :'
row "another command" 1 $?
row "another command: told live" 1 "$(grep -c 'UNAPPROVED command: touch x' err)"
run -t ticket.yaml -- sh -c 'touch x; exit 4'
row "another command, not strict: its own status" 4 $?
run -t ticket.yaml --json --quiet -- sh -c 'touch x; :'
row "--json --quiet: the end only, as JSON" session_end "$(jq -r .kind err)"
run -t ticket.yaml --store other.db -- sh -c 'touch x; /usr/bin/env LD_PRELOAD= /bin/true; exec 3<>/dev/tcp/127.0.0.1/1; :'
rejudged other.db
# A script is approved as it was, and not as it is edited in mid-session, each time once the collector has looked.
cat >change.sh <<'END'
#!/bin/sh
exit 0
END
chmod 0755 change.sh
ticket x
sed -i "s|sh -c \"x\"|$work/change.sh|" ticket.yaml
hash=$(sha256sum <change.sh | cut -d' ' -f1)
# Two fifos: who opens one again before its writer has closed it reads the end and does not wait.
mkfifo looked2 looked4
(for n in 2 4; do
	until_true stored script.db .interp $n
	echo >looked$n
done) &
looks=$!
run -t ticket.yaml --store script.db -- sh -c "./change.sh; $work/change.sh; read go <looked2; echo : >>change.sh; ./change.sh; ./change.sh; read go <looked4; rm change.sh"
kill $looks 2>/dev/null # where nobody read what it has to say
wait $looks
"$lockstep" export --store script.db --kind exec | jq -c 'select(.interp) | [.verdict, .reasons]' >got
cat >want <<'END'
["approved",[]]
["approved",[]]
["unapproved",["binary_changed"]]
["unapproved",["binary_changed"]]
END
row "a script that is edited in mid-session" "" "$(diff want got)"
row "a script's hash, before and after" "$hash $hash $(printf '#!/bin/sh\nexit 0\n:\n' | sha256sum | cut -d' ' -f1)" \
	"$("$lockstep" export --store script.db --kind exec | jq -r 'select(.interp) | .script_seen.sha256' | head -3 | paste -sd' ')"
rejudged script.db
printf '#!/bin/sh\nrm change.sh\n' >change.sh
chmod 0755 change.sh
run -t ticket.yaml --store gone.db -- ./change.sh
row "a script that deletes itself before it is looked at, or after" 1 \
	"$("$lockstep" export --store gone.db --kind exec | jq -c 'select(.interp) | [.verdict, .script_seen != null]' | grep -cE '^\["(unapproved",false|approved",true)\]$')"

loop='i=0; while [ $i -lt 300 ]; do /bin/true; i=$((i+1)); done; id -u'
ticket x
sed -i 's|sh -c "x"|sh -c **|' ticket.yaml # quotes made it literal
run -t ticket.yaml --ring 4 --store lost.db --strict -- sh -c "$loop"
row "events lost" 3 $?
"$lockstep" status --store lost.db >out
row "events lost: the books balance" 0 $?
rejudged lost.db
row "events lost: said" 1 "$(grep -c 'lost [1-9].*ring full' out)"
row "events lost: emitted = stored + lost" true "$("$lockstep" export --store lost.db --kind session_end | jq '
	.emitted == .stored + .refused + .unexplained + ([.lost[]] | add) and .delivered == .stored + .refused and
	.lost.ring_full > 0')"
row "events lost: status tells the same" true "$("$lockstep" status --store lost.db --json | jq '
	.equal and .emitted == .stored + ([.lost_by[]] | add) and .delivered == .stored and .missed_by.member_full == 0 and
	.unreadable == {argv: 0, path: 0}')"
lost=$("$lockstep" export --store lost.db --kind loss | jq -s 'map(.count) | add')
row "events lost: named by their numbers" "$lost" "$("$lockstep" export --store lost.db | jq -s '
	(map(select(.kind == "loss") | range(.first; .last + 1))) as $named |
	(map(.sseq | numbers)) as $came |
	if ($named + $came | sort) == [range(1; ($named + $came | length) + 1)] then $named | length else "holes" end')"

# Who is in the record, and who is not.
# a process is its pid and its start, in hundredths of a second: pids come round
cat >outsider <<'END'
read -r stat </proc/$$/stat
set -- ${stat##*) }
echo "$$ ${20}"
END
while [ ! -e finished ]; do sh ./outsider >>outside; done &
outsider=$!
outside() {
	[ "$(wc -l <outside)" -gt "$1" ]
}
until_true outside 20
run --store all.db -- sh -c "sh ./outsider >insider; spawn() { i=0; while [ \$i -lt $spawns ]; do /bin/true; i=\$((i+1)); done; }; spawn & spawn; wait"
row "two spawners: status" 0 $?
: >finished
wait $outsider
"$lockstep" status --store all.db >out
row "two spawners: the books balance" 0 $?
events=$((2 * 2 * spawns + 5)) # exec and exit of each, of the script, of the shell; the exit of its fork
row "two spawners: nothing lost" "  emitted $events = stored $events + lost 0" "$(sed -n 2p out)"
"$lockstep" export --store all.db | jq -r 'select(.pid and .start) | "\(.pid) \(.start / 10000000 | floor)"' |
	sort -u >inside
row "inside of the session: is recorded" 1 "$(comm -12 insider inside | wc -l)"
row "outside of the session: somebody was" yes "$([ "$(wc -l <outside)" -gt 20 ] && echo yes || wc -l <outside)"
row "outside of the session: nobody is recorded" 0 "$(sort -u outside | comm -12 - inside | wc -l)"
# left - ends what is said to be alive.
left() {
	# shellcheck disable=SC2046 # one word, or none
	kill $(sed -n 's/.*still alive, and not recorded any longer: \([0-9]*\) (sleep).*/\1/p' err)
}
# The command ends once the other is what it will be; all of that is the shell's own.
alive='sleep 1000 >/dev/null 2>&1 & until read c </proc/$!/comm && [ $c = sleep ]; do :; done'
run -- sh -c "$alive"
row "still alive: named" 1 "$(grep -c 'still alive, and not recorded any longer: [0-9]* (sleep)' err)"
left
ticket x
sed -i 's|sh -c "x"|sh -c **|; s|children: .*true.*|children: any|' ticket.yaml
run -t ticket.yaml --strict -- sh -c "$alive"
row "still alive: not compliant" "3 1" "$? $(grep -c INDETERMINATE err)"
left

# Killed: what was committed stays.
"$lockstep" run --store kill.db -- sh -c 'echo $$ >going; while [ ! -e enough ]; do /bin/true; done' >out 2>err &
pid=$!
until_true stored kill.db true 20
kill -9 $pid
wait $pid 2>/dev/null
: >enough
row "killed: the record has no hole" true "$("$lockstep" export --store kill.db | jq -s 'length > 1 and map(.seq) == [range(1; length + 1)]')"
run --store kill.db -- true
row "killed: the store is written on" 0 $?
row "killed: two sessions begin, one has an end" "2 1" "$("$lockstep" export --store kill.db | jq -rs '
	"\(map(select(.kind == "session_start")) | length) \(map(select(.kind == "session_end")) | length)"')"
# What was left alive ends.
ended() {
	! kill -0 "$(cat going)"
}
row "killed: its command ends" 0 "$(until_true ended; echo $?)"
[ "$failures" -eq 0 ]
