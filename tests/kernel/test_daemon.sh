#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# lockstepd on the real kernel, in a temporary directory with a cgroup of its own: sessions from start to
# end, readers fast, slow, killed and not allowed, tickets good and bad, a second daemon, reload, stop.
# Each row prints its name; the first that fails ends the test with what it saw. tests/residue proves
# that nothing is left behind.
set -u
export LC_ALL=C
cd "$(dirname "$0")/../.." || exit 2
build=$(realpath "${O:-build}")
# shellcheck source=tests/lib/wait.sh
. tests/lib/wait.sh

top=$(awk '/ - cgroup2 / { print $5; exit }' /proc/self/mountinfo)
work=$(mktemp -d -t lockstep.XXXXXX)
chmod 755 "$work"
cgroup=$top/$(basename "$work")
daemon=
started=()

# Ends by pid, and only what this test started.
end() {
	# The number of a job that was waited for may be a stranger's by now.
	! jobs -rp | grep -qx "$1" || kill -"${2:-TERM}" "$1" 2>/dev/null
	wait "$1" 2>/dev/null
}

cleanup() {
	for pid in "${started[@]}" $daemon; do
		end "$pid" KILL
	done
	umount "$work/small" 2>/dev/null
	[ ! -e "$cgroup/cgroup.kill" ] || echo 1 >"$cgroup/cgroup.kill"
	until_true rmdir "$cgroup"
	rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT TERM HUP

failed() {
	echo "FAILED: $row: $*"
	for file in "$work"/{out,err,daemon.err}; do
		[ ! -s "$file" ] || sed "s|^|  $(basename "$file"): |" "$file" | cut -c1-600 | tail -n 25
	done
	exit 1
}

row() {
	row=$*
	: >"$work/out"
	: >"$work/err"
	echo "row: $row"
}

lockstep() {
	local verb=$1
	shift
	case $verb in
	session) verb="session $1" && shift ;;
	esac
	# In the background or a pipe, become it: the pid that the shell knows is to be its own.
	# shellcheck disable=SC2086 # a verb may be two words
	[ "$BASHPID" = "$$" ] || exec "$build/lockstep" $verb --run-dir "$work/run" "$@"
	# shellcheck disable=SC2086
	"$build/lockstep" $verb --run-dir "$work/run" "$@"
}

configuration() {
	cat >"$work/lockstepd.yaml" <<-END
		store: ${1:-$work/lockstep.db}
		run_dir: $work/run
		tickets: $work/tickets
		signatures: optional
		profiles: $work/profiles
		cgroup: $cgroup
		pins: none
		unticketed: {logins: off}
		limits: {subscriber_kib: 64}
	END
}

# ticket ID OPERATORS [HOSTS [UNTIL]]
ticket() {
	cat >"$work/tickets/$1.yaml" <<-END
		lockstep: 1
		ticket: $1
		summary: a test
		requester: somebody@example
		operators: [$2]
		hosts: ["${3:-*}"]
		window: {from: 2020-01-01T00:00:00Z, until: ${4:-2090-01-01T00:00:00Z}}
		steps:
		  - id: who
		    run: id -u
		  - id: wait
		    run: sleep *
		  - id: shell
		    run: sh -c ...
	END
}

answers() {
	lockstep status >/dev/null 2>&1
}

# What a daemon that does not come up says is told at once.
answers_or_ended() {
	answers || ! jobs -rp | grep -qx "$daemon"
}

start_daemon() {
	"$build/lockstepd" -c "$work/lockstepd.yaml" 2>>"$work/daemon.err" &
	daemon=$!
	until_true answers_or_ended && answers || failed "the daemon does not answer"
}

# stop_daemon - by SIGTERM; its status in $status.
stop_daemon() {
	kill -TERM "$daemon"
	wait "$daemon"
	status=$?
	daemon=
}

sessions() {
	lockstep session list --json | jq -r '.sessions[].session'
}

# status FILTER - of what the daemon says of itself.
status() {
	lockstep status --json | jq -r "$1"
}

subscribers() {
	[ "$(status .subscribers)" = "$1" ]
}

durable() {
	[ "$(status '.store.durable == .store.last_seq')" = true ]
}

# A process that reads a line from $work/gate waits until the test opens it, and executes nothing.
open_gate() {
	# shellcheck disable=SC2016 # that shell's own
	timeout "$WAIT_SECONDS" sh -c 'echo >"$0"' "$work/gate" || failed "nobody waits at the gate"
}

# kill_session ID - until nothing of it is left: one try gives the kernel 0.2 s to end what it kills.
kill_session() {
	killed() {
		lockstep session end "$1" --kill >"$work/killed" 2>&1 || grep -q "over already" "$work/killed"
	}
	until_true killed "$1" || failed "$(cat "$work/killed")"
}

opened() {
	[ "$(sessions | wc -l)" -eq "$1" ]
}

refused_inside() {
	what 'select(.what == "nested_session_refused") | .detail' |
		grep -qxF "uid 0 asked for ticket CHG-1 from inside a session"
}

# what FILTER - of what the store holds, as lines.
what() {
	"$build/lockstep" export --store "$work/lockstep.db" -o jsonl | jq -r "$1"
}

has() {
	grep -qF -- "$1" "$2" || failed "\"$1\" is not in $(basename "$2")"
}

has_not() {
	! grep -qF -- "$1" "$2" || failed "\"$1\" is in $(basename "$2")"
}

is() {
	[ "$1" = "$2" ] || failed "got \"$1\", want \"$2\""
}

as_nobody() {
	setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
}

mkdir -p "$work/tickets" "$work/profiles"
mkdir "$cgroup" || exit 1
mkfifo "$work/gate" || exit 1
ticket CHG-1 'root, nobody'
ticket CHG-OTHER somebody-else
ticket CHG-HOST root 'no-such-host-*'
ticket CHG-LATE root '*' 2021-01-01T00:00:00Z
ticket CHG-ALL somebody-else 'no-such-host-*' 2021-01-01T00:00:00Z
ticket CHG-NAME root && mv "$work/tickets/CHG-NAME.yaml" "$work/tickets/CHG-RENAMED.yaml"
printf 'lockstep: 1\nticket: [\n' >"$work/tickets/CHG-BAD.yaml"
ticket outside root && mv "$work/tickets/outside.yaml" "$work/outside.yaml"
ln -s ../outside.yaml "$work/tickets/CHG-LINK.yaml"
configuration

row "no daemon: one clear line"
lockstep status 2>"$work/err" && failed "status succeeded"
is $? 2
has "lockstepd is not running" "$work/err"
is "$(wc -l <"$work/err")" 1

row "a configuration with a mistake is refused with its place"
printf 'store: /a\nring_kib: many\n' >"$work/bad.yaml"
"$build/lockstepd" -c "$work/bad.yaml" --check 2>"$work/err"
is $? 2
has "bad.yaml:2:11: " "$work/err"
"$build/lockstepd" -c "$work/lockstepd.yaml" --check || failed "a good one is refused"

row "the daemon starts and tells the service manager"
python3 - "$work/notify" >"$work/notified" <<'END' &
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
while True:
    text = s.recv(4096).decode()
    print(text.replace("\n", " "), flush=True)
    if "STOPPING" in text:
        break
END
started+=("$!")
until_true test -S "$work/notify" || failed "no socket"
NOTIFY_SOCKET=$work/notify WATCHDOG_USEC=3000000 start_daemon
until_true grep -q READY=1 "$work/notified" || failed "READY=1 did not come"
until_true grep -q WATCHDOG=1 "$work/notified" || failed "WATCHDOG=1 did not come"

row "a second daemon is refused with one clear line"
"$build/lockstepd" -c "$work/lockstepd.yaml" 2>"$work/err"
is $? 2
has "another lockstepd is running" "$work/err"
is "$(wc -l <"$work/err")" 1
answers || failed "the first daemon is gone"

row "a second daemon on the same store is refused too"
sed "s|run_dir: .*|run_dir: $work/run2|" "$work/lockstepd.yaml" >"$work/second.yaml"
"$build/lockstepd" -c "$work/second.yaml" 2>"$work/err"
is $? 2
is "$(wc -l <"$work/err")" 1
[ ! -e "$work/run2/control.sock" ] || failed "it left its socket"

while read -r id want; do
	row "ticket $id is refused: $want"
	lockstep session start "$id" -- touch "$work/ran" >"$work/out" 2>"$work/err"
	is $? 2
	has "$want" "$work/err"
	[ ! -e "$work/ran" ] || failed "the command ran"
done <<-'END'
	CHG-NONE CHG-NONE.yaml
	../outside "../outside" is no ticket's id
	CHG-LINK CHG-LINK.yaml
	CHG-BAD CHG-BAD.yaml:
	CHG-RENAMED holds another ticket
	CHG-OTHER wrong_operator:
	CHG-HOST wrong_host:
	CHG-LATE outside_window:
END

row "everything that stands against a ticket is told at once, a line each"
lockstep session start CHG-ALL -- true 2>"$work/err"
is "$(wc -l <"$work/err")" 3

row "a session: records in order, alerts in its own terminal, the command's status"
lockstep tail >"$work/tail" 2>"$work/tail.err" &
tail=$!
started+=("$tail")
until_true subscribers 1 || failed "no subscriber"
lockstep session start CHG-1 -- sh -c 'id -u; ls / >/dev/null; read go <'"$work"'/gate; exit 7' >"$work/out" 2>"$work/err" &
session=$!
started+=("$session")
until_true grep -qF "UNAPPROVED exec ls /" "$work/err" || failed "no alert in its terminal"
open_gate
wait "$session"
is $? 7
is "$(cat "$work/out")" 0
# For how long its end is waited for is the client's own.
grep -qE "session_end|goes on: processes of it still run" "$work/err" || failed "nothing is told of the end"
has_not "approved exec id" "$work/err"
until_true grep -q session_end "$work/tail" || failed "tail did not see the end"
is "$(awk '{ print $3, $4, $5 }' "$work/tail" | cut -d' ' -f1-3 | paste -sd, | tr -d ' ')" \
	"-session_startticket,approvedexecsh,approvedexecid,UNAPPROVEDexecls,VIOLATIONsession_endapproved"

row "--quiet shows nothing"
lockstep session start CHG-1 --quiet -- ls / >"$work/out" 2>"$work/err"
is $? 0
is "$(cat "$work/err")" ""

row "one filter: live, from the store's rows, and in an export; live as OCSF too"
was=$(status .subscribers)
lockstep tail --program '{ls,i?}' --reason not_in_ticket --operator root -o json >"$work/live" &
live=$!
lockstep tail --program ls -o ocsf >"$work/ocsf" &
ocsf=$!
started+=("$live" "$ocsf")
until_true subscribers $((was + 2)) || failed "no subscribers"
lockstep session start CHG-1 --quiet -- sh -c 'id -u; ls / >/dev/null; :' >"$work/out" 2>&1
until_true grep -q '"argv":\["ls"' "$work/live" || failed "the live reader did not see it"
until_true grep -q '"class_uid":2004' "$work/ocsf" || failed "no finding"
seq=$(jq -r 'select(.argv[0]? == "ls") | .seq' "$work/live")
is "$(jq -r 'select(.seq) | .seq' "$work/live")" "$seq" "only that"
is "$(jq -r '"\(.class_uid) \(.activity_name) \(.metadata.sequence - '"$seq"')"' "$work/ocsf" | head -n 2 | paste -sd,)" \
	"1007 Launch 0,2004 Create 0"
end "$live"
end "$ocsf"
filter=(--after $((seq - 5)) --program '{ls,i?}' --reason not_in_ticket --operator root)
is "$("$build/lockstep" export --store "$work/lockstep.db" "${filter[@]}" | jq .seq)" "$seq"
: >"$work/live"
lockstep tail "${filter[@]}" -o json >"$work/live" &
live=$!
started+=("$live")
live() {
	[ "$(jq -r 'select(.seq) | .seq' "$work/live" | wc -l)" -ge "$1" ]
}
until_true live 1 || failed "nothing comes from the store"
# What comes later says that nothing else came before it.
lockstep session start CHG-1 --quiet -- ls / >"$work/out" 2>&1
until_true live 2 || failed "the second does not come"
until_true durable
is "$(jq -r 'select(.seq) | .seq' "$work/live" | xargs)" \
	"$("$build/lockstep" export --store "$work/lockstep.db" "${filter[@]}" | jq .seq | xargs)" "from the store, and live"
end "$live"
until_true subscribers "$was" || failed "they are still there"

row "sessions that are open, by ticket and operator"
until_true opened 0 || failed "a session is still open"
is "$(lockstep session list --ticket CHG-1 --json | jq '.sessions | length')" 0

row "list, show, end; what runs on is after_end; then it is killed"
lockstep session start CHG-1 -- sh -c 'sleep 1000 & sleep 2000 & wait; wait' 2>"$work/err" &
session=$!
started+=("$session")
until_true opened 1 || failed "no session"
id=$(sessions)
lockstep session list >"$work/out"
has "$id  CHG-1" "$work/out"
is "$(lockstep session list --ticket CHG-1 --operator root --since 1h --json | jq -r '.sessions[].session')" "$id"
is "$(lockstep session list --ticket CHG-2 --json | jq '.sessions | length')" 0
is "$(lockstep session list --until 1h --json | jq '.sessions | length')" 0
both_run() {
	lockstep session show "$id" | grep -q 'running 2  wait'
}
until_true both_run || failed "the two sleeps are not there"
lockstep session show "$id" --json | jq -e '.session.operator_uid == 0 and .session.processes == 3' >"$work/out" ||
	failed "show is wrong"
lockstep session end "$id" >"$work/out" || failed "end failed"
opened 1 || failed "the session is gone while its processes live"
lockstep session end "$id" --kill >"$work/out"
has "3 processes killed" "$work/out"
kill_session "$id"
wait $session
is $? 137
until_true opened 0 || failed "the session is still open"
until_true durable
lockstep session show "$id" >"$work/out" || failed "the ended session can't be shown"
has "COMPLIANT" "$work/out"
is "$(lockstep session show "$id" --json | jq -r '"\(.end.why) \(.start.session == .end.session)"')" "ended true"
lockstep session end "$id" 2>"$work/err" && failed "ended twice"
has "over already" "$work/err"

row "a login shell on a terminal: it has it, ^C and ^Z are its own, its status is ours"
python3 - "$build/lockstep" "$work/run" >"$work/out" 2>&1 <<'END' || failed "see above"
import os, pty, select, sys, time
pid, fd = pty.fork()
if pid == 0:
    os.environ["TERM"] = "dumb"
    os.environ["HOME"] = "/nonexistent"
    os.execv(sys.argv[1], [sys.argv[1], "session", "start", "--run-dir", sys.argv[2], "CHG-1"])
seen = ""
WAIT = float(os.environ["WAIT_SECONDS"])
def until(text):
    global seen
    end = time.monotonic() + WAIT
    while text not in seen:
        left = end - time.monotonic()
        if left < 0 or not select.select([fd], [], [], left)[0]:
            sys.exit(f"no {text!r} in {seen!r}")
        seen += os.read(fd, 65536).decode(errors="replace")
    seen = seen[seen.index(text) + len(text):]
def say(text):
    os.write(fd, text.encode())
say("set +o history; echo is-$0-$((1 + 1))\n")
until("is--")
until("-2\r\n")
def foreground():
    try:
        return open(f"/proc/{os.tcgetpgrp(fd)}/cmdline").read().rstrip("\0").replace("\0", " ")
    except OSError:
        return ""
def until_foreground(command):
    end = time.monotonic() + WAIT
    while foreground() != command:
        if time.monotonic() > end:
            sys.exit(f"{command!r} does not have the terminal")
        time.sleep(0.02)
say("sleep 1000\n")
until_foreground("sleep 1000")
say("\x03")
say("echo after-c-$?\n")
until("after-c-130\r\n")
say("sleep 1001\n")
until_foreground("sleep 1001")
say("\x1a")
until("Stopped")
say("kill -9 %1; ls / >/dev/null; echo after-$((40 + 2))\n")
until("UNAPPROVED exec ls")
say("exit 9\n")
try:
    while os.read(fd, 65536):
        pass
except OSError:
    pass
status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
if status != 9:
    sys.exit(f"exit status {status}")
END

row "^Z on a command stops the job that the caller's shell knows, and fg goes on with it"
timeout "$WAIT_SECONDS" python3 - "$build/lockstep" "$work/run" "$work/go-on" >"$work/out" 2>&1 <<'END' || failed "see above"
import os, pty, select, sys, time
pid, fd = pty.fork()
if pid == 0:
    os.environ.update(TERM="dumb", HOME="/nonexistent", LOCKSTEP=sys.argv[1], RUN=sys.argv[2], GO=sys.argv[3])
    os.execvp("bash", ["bash", "--norc", "-i"])
seen = ""
def until(text):
    global seen
    end = time.monotonic() + float(os.environ["WAIT_SECONDS"])
    while text not in seen:
        left = end - time.monotonic()
        if left < 0 or not select.select([fd], [], [], left)[0]:
            sys.exit(f"no {text!r} in {seen!r}")
        seen += os.read(fd, 65536).decode(errors="replace")
    seen = seen[seen.index(text) + len(text):]
def say(text):
    os.write(fd, text.encode())
say("set +o history\n")
# It waits in a built-in: a shell that waits for its vfork()ed child to execute takes no stop.
os.mkfifo(sys.argv[3])
say("$LOCKSTEP session start -q --run-dir $RUN CHG-1 -- sh -c 'echo run-$((1 + 1)); read go <$GO; exit 4'\n")
until("run-2\r\n")
say("\x1a")
until("Stopped")
say("fg; echo status-$?\n")
with open(sys.argv[3], "w") as go:
    go.write("go\n")
until("status-4\r\n")
say("exit 0\n")
try:
    while os.read(fd, 65536):
        pass
except OSError:
    pass
os.waitpid(pid, 0)
END

row "a kill against a session that forks as fast as it can"
lockstep session start CHG-1 -q -- sh -c 'for i in 1 2 3 4; do while :; do sleep 0.01; done & done; wait' &
session=$!
started+=("$session")
forks() {
	[ "$(lockstep session list --json | jq '.sessions[0].stored')" -gt 100 ]
}
until_true forks || failed "the session does not fork"
kill_session "$(sessions)"
wait $session
until_true opened 0 || failed "something of it lives"

row "nobody opens a session inside a session"
lockstep session start CHG-1 -q -- "$build/lockstep" session start --run-dir "$work/run" CHG-1 -- true 2>"$work/err"
is $? 2
has "in a session already" "$work/err"
until_true refused_inside || failed "that is in no record"

row "another user: own sessions, and nothing else"
lockstep session start CHG-1 -q -- sleep 1000 &
session=$!
started+=("$session")
until_true opened 1 || failed "no session"
id=$(sessions)
as_nobody "$build/lockstep" session list --run-dir "$work/run" --json >"$work/out"
is "$(jq -r '.sessions | length' "$work/out")" 0
for verb in "session show $id" "session end $id" "session end --kill $id"; do
	# shellcheck disable=SC2086 # words
	as_nobody "$build/lockstep" $verb --run-dir "$work/run" >"$work/out" 2>"$work/err"
	is $? 2
	has "there is no such session" "$work/err"
done
as_nobody "$build/lockstep" tail --run-dir "$work/run" >"$work/out" 2>"$work/err"
is $? 2
has "only root and the configured group" "$work/err"
as_nobody "$build/lockstep" tail --session "$id" --run-dir "$work/run" >"$work/out" 2>"$work/err"
is $? 2
as_nobody "$build/lockstep" session start CHG-1 --run-dir "$work/run" -- sh -c 'ls / >/dev/null; read go <'"$work"'/gate' \
	>"$work/out" 2>"$work/err" &
own=$!
started+=("$own")
until_true grep -qF "UNAPPROVED exec ls /" "$work/err" || failed "no alert"
open_gate
wait "$own"
is $? 0
until_true opened 1 || failed "of two sessions there are $(sessions | wc -l)"
is "$(sessions)" "$id"

row "a process that is not the peer's own is not taken"
python3 - "$work/run/control.sock" "$$" >"$work/out" <<'END'
import array, os, socket, sys
def ask(fd):
    s = socket.socket(socket.AF_UNIX)
    s.connect(sys.argv[1])
    s.sendmsg([b'{"op":"session_start","ticket":"CHG-1"}\n'],
              [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [fd]))])
    print(s.makefile().readline().strip())
null = os.open("/dev/null", os.O_RDONLY)
ask(null)
fd = os.pidfd_open(int(sys.argv[2]))
os.setresgid(65534, 65534, 65534)
os.setresuid(65534, 65534, 65534)
ask(fd)
END
has "not that of a process" "$work/out"
has "belongs to another user" "$work/out"

row "a killed client ends nothing but itself"
end "$tail" KILL
until_true subscribers 0 || failed "the dead subscriber is kept"
kill -KILL "$session" # the client of the open session; its command lives on
wait "$session" 2>/dev/null
opened 1 || failed "the session ended with its client"
kill_session "$(sessions)"
until_true opened 0 || failed "the session is still open"

row "a slow subscriber is not waited for, is told what it missed, and resumes without a gap"
python3 - "$work/run/stream.sock" "$work/go" "$work/drained" >"$work/slow" <<'END' &
import json, os, socket, sys, time
def stream(after):
    s = socket.socket(socket.AF_UNIX)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    s.connect(sys.argv[1])
    s.sendall(json.dumps({"v": 1, "after": after, "filter": {}}).encode() + b"\n")
    return s
s = stream(None)
while not os.path.exists(sys.argv[2]):
    time.sleep(0.05)
seqs, missed, f = [], [], s.makefile()
for line in f:
    o = json.loads(line)
    if "seq" in o:
        seqs.append(o["seq"])
    elif "missed" in o: # a record has a seq, and its end books of that name
        missed.append((len(seqs), o["missed"]))
        open(sys.argv[3], "w").close()
    if o.get("kind") == "host" and o.get("what") == "reload":
        break
assert missed, "nothing was missed"
at, gap = missed[0]
assert gap["first"] == seqs[at - 1] + 1 and gap["count"] == gap["last"] - gap["first"] + 1, gap
again = []
for line in stream(gap["first"] - 1).makefile():
    o = json.loads(line)
    if "seq" in o:
        again.append(o["seq"])
        if o["seq"] >= gap["last"]:
            break
assert again == list(range(gap["first"], gap["last"] + 1)), "a gap in what was resumed"
print("missed", sum(m["count"] for _, m in missed), "resumed", len(again))
END
slow=$!
started+=("$slow")
until_true subscribers 1 || failed "no subscriber"
# shellcheck disable=SC2016 # the session's own shell
begun=$(date +%s%N)
lockstep session start CHG-1 -q -- sh -c 'i=0; while [ $i -lt 1000 ]; do id -u >/dev/null; i=$((i + 1)); done'
echo "  1000 execs took $((($(date +%s%N) - begun) / 1000000)) ms beside it"
touch "$work/go"
# The last record is none of the missed ones.
until_true test -e "$work/drained" || failed "nothing was missed"
kill -HUP "$daemon"
wait $slow || failed "the slow subscriber: see above"
sed 's/^/  /' "$work/slow"

row "catch-up and live lines meet without a gap and without a double, while records keep coming"
lockstep session start CHG-1 -q -- sh -c "while kill -0 $daemon 2>/dev/null; do id -u >/dev/null; done" &
session=$!
started+=("$session")
for after in 0 100 2000; do
	# A reader that a busy machine does not run may miss some, and is told which.
	timeout "$WAIT_SECONDS" "$build/lockstep" tail --run-dir "$work/run" -o json --after $after 2>"$work/err" |
		jq --unbuffered 'if .seq then .seq elif .missed then range(.missed.first; .missed.last + 1) else empty end' |
		head -n 5000 >"$work/seqs"
	seq $((after + 1)) $((after + 5000)) | cmp -s - "$work/seqs" || failed "after $after: $(
		seq $((after + 1)) $((after + 5000)) | diff - "$work/seqs" | head -n 3)"
done
kill_session "$(sessions)"
wait $session

row "reload: a mistake changes nothing, and says so; a good file is taken"
cp "$work/lockstepd.yaml" "$work/good.yaml"
echo 'nonsense: 1' >>"$work/lockstepd.yaml"
kill -HUP "$daemon"
until_true grep -q "stays as it was: .*lockstepd.yaml:$(wc -l <"$work/lockstepd.yaml"):1" "$work/daemon.err" || failed "no line about the mistake"
mkdir "$work/tickets2"
sed "s|tickets: .*|tickets: $work/tickets2|" "$work/good.yaml" >"$work/lockstepd.yaml"
kill -HUP "$daemon"
until_true sh -c "[ \$(grep -c 'read again' $work/daemon.err) -ge 2 ]" || failed "no line about the reload"
lockstep session start CHG-1 -- true 2>"$work/err" && failed "the old directory is still used"
cp "$work/good.yaml" "$work/lockstepd.yaml"
kill -HUP "$daemon"
until_true sh -c "[ \$(grep -c 'read again' $work/daemon.err) -ge 3 ]" || failed "no line about the reload"
grep -q "RELOADING=1 MONOTONIC_USEC=[0-9]" "$work/notified" || failed "RELOADING=1 did not come"

row "a clean stop: sessions are ended and recorded, sockets removed, clients told"
lockstep session start CHG-1 -- sleep 1000 2>"$work/err" &
session=$!
started+=("$session")
until_true opened 1 || failed "no session"
id=$(sessions)
lockstep tail >/dev/null 2>"$work/tail.err" &
tail=$!
started+=("$tail")
until_true subscribers 2 || failed "no subscriber"
stop_daemon
is $status 0
[ ! -e "$work/run/control.sock" ] && [ ! -e "$work/run/stream.sock" ] || failed "a socket is left"
wait $tail
is $? 2
grep -q "lockstepd ended; to go on from here: lockstep tail --after [0-9]" "$work/tail.err" || failed "tail: $(cat "$work/tail.err")"
is "$(what "select(.session == \"$id\" and .kind == \"session_end\") | .why")" stopped
is "$(what .seq | awk 'NR != $1' | head -n 1)" ""
until_true grep -q STOPPING=1 "$work/notified" || failed "STOPPING=1 did not come"
kill -0 "$session" || failed "the session's command ended with the daemon"
kill -KILL "$(cat "/proc/$session/task/$session/children")"
wait "$session"
is $? 137

row "after SIGKILL: stale sockets are replaced, the numbering goes on, nothing recorded is lost"
start_daemon
lockstep session start CHG-1 -q -- id -u >"$work/out" || failed "no session"
until_true durable || failed "not durable"
lockstep session start CHG-1 -- sleep 1000 2>"$work/err" &
session=$!
started+=("$session")
until_true opened 1 || failed "no session"
one_runs() {
	[ "$(status '"\(.processes) \(.subscribers) \(.store.durable == .store.last_seq)"')" = "1 1 true" ]
}
until_true one_runs || failed "not durable"
last=$(lockstep status --json | jq .store.last_seq)
end "$daemon" KILL
until_true grep -q "lockstepd ended: no more alerts of session .* here" "$work/err" || failed "the operator was not told"
is "$(grep -c . "$work/err")" 2
kill -KILL "$(cat "/proc/$session/task/$session/children")" || failed "the command ended with the daemon"
wait "$session"
is $? 137
[ -e "$work/run/control.sock" ] || failed "the test proves nothing: no stale socket"
start_daemon
lockstep session start CHG-1 -q -- id -u >"$work/out" || failed "no session"
stop_daemon
is "$(what .seq | awk 'NR != $1' | head -n 1)" ""
[ "$(what .seq | tail -n 1)" -gt "$last" ] || failed "the numbering did not go on"

row "a full disk: one line, it goes on, and says what is missing"
mkdir "$work/small"
mount -t tmpfs -o size=8m lockstep "$work/small" || failed "no tmpfs"
configuration "$work/small/lockstep.db"
: >"$work/daemon.err"
start_daemon
head -c 16m /dev/zero >"$work/small/fill" 2>/dev/null
# shellcheck disable=SC2016 # the session's own shell
lockstep session start CHG-1 -- sh -c 'i=0; while [ $i -lt 300 ]; do id -u >/dev/null; i=$((i + 1)); done; ls / >/dev/null; read go <'"$work/gate" \
	2>"$work/err" &
session=$!
started+=("$session")
until_true grep -qF "UNAPPROVED exec ls /" "$work/err" || failed "no alert"
open_gate
wait "$session" || failed "the session did not run"
records() {
	[ "$(status .store.records)" = "$1" ]
}
until_true records false || failed "status says nothing"
lockstep status >"$work/out" && failed "status succeeds"
has "the store refuses" "$work/out"
rm "$work/small/fill"
until_true records true || failed "it does not record again"
[ "$(wc -l <"$work/daemon.err")" -le 6 ] || failed "more than a line for each change"
stop_daemon
umount "$work/small"

echo "all rows passed"
