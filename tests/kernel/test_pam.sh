#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# pam_lockstep.so: logins through pamtester, su, sudo and login become sessions on their tickets, or are
# denied, and are told which; also where the daemon is away, silent or slow.
set -u
export LC_ALL=C
cd "$(dirname "$0")/../.." || exit 2
if [ -z "${LOCKSTEP_NAMESPACE:-}" ]; then
	LOCKSTEP_NAMESPACE=$$ exec unshare -m --propagation private "tests/kernel/${0##*/}" "$@"
fi
for need in pamtester ssh-keygen python3; do
	command -v "$need" >/dev/null || { echo "there is no $need" && exit 77; }
done
# shellcheck source=tests/kernel/daemon_lib.sh
. tests/kernel/daemon_lib.sh
# shellcheck source=tests/kernel/pam_lib.sh
. tests/kernel/pam_lib.sh

service plain
service fixed ticket=CHG-2
service optional optional
service auto auto
service ruser ruser
service away run_dir=/nonexistent
service away-optional run_dir=/nonexistent optional
service wrong optionl
ticket CHG-2 jdoe
start_daemon

row "a login with a ticket: the process that opened the PAM session, for the user who logs in"
before
login fixed jdoe || failed "denied: $(cat "$work/out")"
opened CHG-2 jdoe "$jdoe"
is "$(of "$id" 'select(.kind == "session_end") | .why')" last_exit
before
login plain jdoe LOCKSTEP_TICKET=CHG-2 || failed "denied: $(cat "$work/out")"
opened CHG-2 jdoe "$jdoe"

row "without a ticket, with one that is none, and by a word that is none"
before
login plain jdoe && failed "let in"
denied "no ticket was named"
login plain jdoe LOCKSTEP_TICKET=../CHG-2 && failed "let in"
denied "LOCKSTEP_TICKET: not a ticket's id"
login plain jdoe LOCKSTEP_TICKET=CHG-9 && failed "let in"
denied "CHG-9.yaml"
login wrong jdoe LOCKSTEP_TICKET=CHG-2 && failed "let in"
denied "argument 3: expected required, optional"

row "another's ticket: the user who logs in is judged, not root who asks"
login plain jdoe LOCKSTEP_TICKET=CHG-1 && failed "let in"
denied "wrong_operator: ticket CHG-1 does not name jdoe (uid $jdoe) as an operator"
login fixed root && failed "let in"
denied "wrong_operator: ticket CHG-2 does not name root (uid 0) as an operator"

row "who is not root speaks for nobody, and root only for the process that asks"
python3 - "$work/run/control.sock" "$$" "$jdoe" >"$work/out" <<'EOF'
import array, os, socket, sys
path, stranger, uid = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
def ask(line, pid):
    s = socket.socket(socket.AF_UNIX)
    s.connect(path)
    s.sendmsg([line + b"\n"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [os.pidfd_open(pid)]))])
    print(s.makefile().readline().strip())
start = b'{"op":"session_start","ticket":"CHG-2","operator":%d}'
print("root, a stranger:", end=" ")
ask(start % uid, stranger)
print("root, a stranger's session:", end=" ")
ask(b'{"op":"session_self"}', stranger)
os.setresgid(uid, uid, uid)
os.setresuid(uid, uid, uid)
print("jdoe, for jdoe:", end=" ")
ask(start % uid, os.getpid())
print("jdoe, for root:", end=" ")
ask(start % 0, os.getpid())
print("jdoe, root's tickets:", end=" ")
ask(b'{"op":"ticket_list","operator":0}', os.getpid())
print("jdoe, the own tickets:", end=" ")
ask(b'{"op":"ticket_list"}', os.getpid())
print("jdoe, the own session:", end=" ")
ask(b'{"op":"session_self"}', os.getpid())
EOF
said 'root, a stranger: {"ok":false,"errors":["the process is not the one that asks"]}'
said "root, a stranger's session: {\"ok\":false,\"errors\":[\"the process is not the one that asks\"]}"
said 'jdoe, for jdoe: {"ok":false,"errors":["not permitted"]}'
said 'jdoe, for root: {"ok":false,"errors":["not permitted"]}'
said "jdoe, root's tickets: {\"ok\":false,\"errors\":[\"not permitted\"]}"
said 'jdoe, the own tickets: {"ok":true,"tickets":["CHG-2"]}'
said 'jdoe, the own session: {"ok":true,"session":null}'
is "$(starts)" "$begun_before" "sessions begun"

row "optional: let in, and told that it is in no session"
login optional jdoe || failed "denied"
said "no ticket was named"
said "this login is not bound to a ticket: what it does is not judged"
login optional jdoe LOCKSTEP_TICKET=CHG-1 || failed "denied"
said "wrong_operator"
said "this login is not bound to a ticket"
is "$(starts)" "$begun_before" "sessions begun"
login optional jdoe LOCKSTEP_TICKET=CHG-2 || failed "denied"
opened CHG-2 jdoe "$jdoe"

row "auto: the one ticket of this user, here, now; of none or of two none is taken"
before
login auto jdoe || failed "denied: $(cat "$work/out")"
opened CHG-2 jdoe "$jdoe"
before
for other in "s/^hosts: .*/hosts: [elsewhere]/" "s/2090-/2021-/" "s/^operators: .*/operators: [root]/" "s/^steps:/stepz:/" "s/^ticket: .*/ticket: CHG-8/"; do
	ticket CHG-3 jdoe
	sed -i "$other" "$work/tickets/CHG-3.yaml"
	login auto jdoe || failed "$other: $(cat "$work/out")"
	opened CHG-2 jdoe "$jdoe"
	before
done
ticket CHG-3 jdoe
login auto jdoe && failed "let in"
denied "auto: 2 tickets are open for this user here"
login auto jdoe LOCKSTEP_TICKET=CHG-3 || failed "denied: $(cat "$work/out")"
opened CHG-3 jdoe "$jdoe"
before
"$build/lockstep" ticket revoke --run-dir "$work/run" CHG-3 >/dev/null
login auto jdoe || failed "denied: $(cat "$work/out")"
opened CHG-2 jdoe "$jdoe"
before
login auto daemon && failed "let in"
denied "auto: 0 tickets are open for this user here"

row "a revoked ticket"
login plain jdoe LOCKSTEP_TICKET=CHG-3 && failed "let in"
denied "revoked: ticket CHG-3 was revoked"
rm "$work/tickets/CHG-3".*

# inside WORD... - pamtester with these words in a session of root's on CHG-1, whose id is in $id.
inside() {
	local status
	before
	(
		echo 0 >"$cgroup/cgroup.procs"
		exec "$build/lockstep" session start --run-dir "$work/run" CHG-1 -q -- \
			env LOCKSTEP_TICKET=CHG-2 pamtester "$@" open_session >"$work/out" 2>&1 </dev/null
	)
	status=$?
	id=$(last_start .session)
	is "$(starts)" $((begun_before + 1)) "sessions begun"
	is "$(last_start .ticket)" CHG-1
	return $status
}

row "in a session already: told so, let in, and in no other, where it is the operator's or a change of user within"
session sleep 1000
inside plain root || failed "denied: $(cat "$work/out")"
said "in session $id already"
inside -I ruser=root plain jdoe || failed "denied: $(cat "$work/out")"
said "in session $id already"
inside -I ruser=jdoe ruser jdoe || failed "denied: $(cat "$work/out")"
said "in session $id already"

row "a login of another user in a session already, as of an sshd that the session started, is none of its own"
# foreign SERVICE WORD...
foreign() {
	inside "$@" && failed "let in"
	said "the process is in session $id, whose operator is root (uid 0), and this is a login of uid $jdoe"
	said "this login needs a ticket: denied"
	what=$(lines | jq -r "select(.what == \"foreign_login\") | .detail" | tail -n 1)
	is "$what" "a login of uid $jdoe came up in session $id, whose operator is root (uid 0)"
}
foreign plain jdoe
foreign -I rhost=192.0.2.1 plain jdoe
foreign -I ruser=root -I rhost=192.0.2.1 plain jdoe
foreign -I ruser= plain jdoe
inside optional jdoe || failed "denied"
said "whose operator is root (uid 0)"
said "this login is in the session of another operator, and not bound to a ticket of its own"
end "$session" KILL
for open in $("$build/lockstep" session list --run-dir "$work/run" --json | jq -r '.sessions[].session'); do
	kill_session "$open"
done

row "su: the process is root's by its rights and the caller's by name; with ruser the caller is the operator"
# su_as_jdoe SERVICE-WORD... - jdoe becomes root.
su_as_jdoe() {
	service su "$@"
	(
		echo 0 >"$cgroup/cgroup.procs"
		echo "$BASHPID" >"$work/pid"
		exec setpriv --reuid "$jdoe" --regid "$jdoe" --clear-groups \
			env -i PATH="$PATH" LOCKSTEP_TICKET="$su_ticket" su -s /bin/sh -c 'id -u; ls /nonexistent' root >"$work/out" 2>&1 </dev/null
	)
	local status=$?
	pid=$(cat "$work/pid")
	return $status
}
before
su_ticket=CHG-1
su_as_jdoe
opened CHG-1 root 0 silent # as `su -c` asks of PAM
is "$(grep -cx 0 "$work/out")" 1 "what su ran"
is "$(of "$id" 'select(.kind == "exec") | "\(.exe | sub(".*/"; "")) \(.verdict)"' | xargs)" "dash approved id approved ls unapproved"
before
su_ticket=CHG-2
su_as_jdoe && failed "let in"
denied "wrong_operator: ticket CHG-2 does not name root"
su_as_jdoe ruser
opened CHG-2 jdoe "$jdoe" silent
before
su_ticket=CHG-1
su_as_jdoe ruser && failed "let in"
denied "wrong_operator: ticket CHG-1 does not name jdoe"

row "su and sudo in a session: let in, in that session, and what they print is what their command prints"
# in_session COMMAND... - of root's, on ticket CHG-1, as the services' own answer would be a denial.
in_session() {
	(
		echo 0 >"$cgroup/cgroup.procs"
		exec env -i PATH="$PATH" "$build/lockstep" session start --run-dir "$work/run" CHG-1 -q -- "$@" \
			>"$work/stdout" 2>"$work/out" </dev/null
	)
}
service su
service sudo
printf '%s\n' 'Defaults env_keep += LOCKSTEP_TICKET' 'root ALL=(ALL) NOPASSWD: ALL' 'jdoe ALL=(ALL) NOPASSWD: ALL' >"$work/sudoers"
mount --bind "$work/sudoers" /etc/sudoers || failed "no file for sudo"
before
for how in "su -s /bin/sh -c 'id -u' jdoe" "sudo -n -u jdoe id -u"; do
	in_session sh -c "$how"
	is $? 0 "$how: $(cat "$work/out")"
	is "$(cat "$work/stdout")" "$jdoe" "$how: $(cat "$work/out")"
	id=$(last_start .session)
	until_true ended "$id" || failed "session $id did not end"
	is "$(of "$id" 'select(.kind == "exec" and .argv[0] == "id") | "\(.euid) \(.operator)"')" "$jdoe root" "$how"
done
is "$(starts)" $((begun_before + 2)) "sessions begun"

row "sudo outside of a session: denied, or a session of who calls it"
# sudo_as_jdoe [NAME=VALUE]
sudo_as_jdoe() {
	local status
	(
		echo 0 >"$cgroup/cgroup.procs"
		echo "$BASHPID" >"$work/pid"
		exec setpriv --reuid "$jdoe" --regid "$jdoe" --clear-groups \
			env -i PATH="$PATH" "$@" sudo -n id -u >"$work/out" 2>&1 </dev/null
	)
	status=$?
	pid=$(cat "$work/pid")
	return $status
}
service sudo ruser
before
sudo_as_jdoe && failed "let in"
denied "no ticket was named"
grep -qx 0 "$work/out" && failed "the command ran"
sudo_as_jdoe LOCKSTEP_TICKET=CHG-1 && failed "let in"
denied "wrong_operator: ticket CHG-1 does not name jdoe"
sudo_as_jdoe LOCKSTEP_TICKET=CHG-2 || failed "denied: $(cat "$work/out")"
opened CHG-2 jdoe "$jdoe" silent
is "$(of "$id" 'select(.kind == "exec" and .argv[0] == "id") | "\(.euid) \(.operator) \(.verdict)"')" "0 jdoe approved"

row "login: asks for the ticket on the terminal, says which session, and its shell is approved"
ticket CHG-4 jdoe
# at_terminal ANSWER COMMANDS - what `login` showed is in $work/out, the pid of its session's process in $pid.
at_terminal() {
	service login
	(
		echo 0 >"$cgroup/cgroup.procs"
		exec env -i PATH="$PATH" WAIT_SECONDS="$WAIT_SECONDS" python3 - "$work/pid" "$1" "$2" >"$work/out" 2>&1 <<'EOF'
import os, pty, sys, time
path, answer, commands = sys.argv[1:]
pid, fd = pty.fork()
if pid == 0:
    os.execv("/bin/login", ["login", "-f", "jdoe"])
open(path, "w").write(str(pid))
shown, steps = b"", [(b"Ticket: ", answer), (b"on ticket", commands)]
until = time.monotonic() + float(os.environ["WAIT_SECONDS"])
while time.monotonic() < until:
    try:
        got = os.read(fd, 4096)
    except OSError: # login hangs the terminal up and opens it again
        if os.waitpid(pid, os.WNOHANG)[0]:
            break
        time.sleep(0.02)
        continue
    shown += got
    if steps and steps[0][0] in shown:
        os.write(fd, steps.pop(0)[1].encode() + b"\n")
print(shown.decode(errors="replace").replace("\r", ""))
EOF
	)
	pid=$(cat "$work/pid")
}
before
at_terminal CHG-4 'id -u; ls /nonexistent; exit'
opened CHG-4 jdoe "$jdoe"
said "Ticket: CHG-4"
# A profile of the machine's may run id too.
is "$(of "$id" 'select(.kind == "exec") | "\(.argv[0]) \(.verdict) \(.how)"' | uniq | xargs)" "-sh approved shell id approved step ls unapproved null"
before
at_terminal '' 'id -u; exit'
denied "no ticket was named"
at_terminal '../CHG-4' 'id -u; exit'
denied "the answer: not a ticket's id"
rm "$work/tickets/CHG-4.yaml"

row "the daemon is away or silent: no login waits for it longer than it is said to"
python3 - "$work" <<'EOF' &
import os, select, socket, sys, time
work, kept = sys.argv[1], []
def listen(name, backlog):
    os.mkdir(f"{work}/{name}")
    s = socket.socket(socket.AF_UNIX)
    s.bind(f"{work}/{name}/control.sock")
    s.listen(backlog)
    return s
silent, trickle, full, closing = (listen(n, b) for n, b in (("silent", 8), ("trickle", 8), ("full", 0), ("closing", 8)))
for _ in range(4): # more than its backlog holds
    c = socket.socket(socket.AF_UNIX)
    c.setblocking(False)
    c.connect_ex(f"{work}/full/control.sock")
    kept.append(c)
slow = []
open(f"{work}/listening", "w").close()
while not os.path.exists(f"{work}/enough"):
    for s in select.select([silent, trickle, closing], [], [], 0.03)[0]:
        c = s.accept()[0]
        if s is silent:
            kept.append(c)
        elif s is trickle:
            slow.append(c)
        else:
            c.close()
    for c in slow[:]:
        try:
            c.send(b" ")
        except OSError:
            slow.remove(c)
EOF
listener=$!
started+=("$listener")
until_true test -e "$work/listening" || failed "no silent daemon"
for how in away:"lockstepd is not running" silent:"it was not waited for any longer" trickle:"it was not waited for any longer" \
	full:"it was not waited for any longer" closing:"lockstepd gave no answer"; do
	name=${how%%:*}
	[ "$name" = away ] || {
		service "$name" "run_dir=$work/$name" wait_ms=400
		service "$name-optional" "run_dir=$work/$name" wait_ms=400 optional
	}
	login "$name" jdoe LOCKSTEP_TICKET=CHG-2 && failed "$name: let in"
	denied "${how#*:}"
	denied_took=$took
	login "$name-optional" jdoe LOCKSTEP_TICKET=CHG-2 || failed "$name: denied"
	said "this login is not bound to a ticket"
	echo "  $name: denied after $denied_took ms; where it is optional, let in after $took ms"
done

row "who gave up before the daemon came to it is in no session"
python3 - "$work/run/control.sock" "$home" >"$work/out" <<'EOF'
import array, os, socket, sys, time
path, home = sys.argv[1:]
def send(line):
    s = socket.socket(socket.AF_UNIX)
    s.connect(path)
    s.sendmsg([line + b"\n"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [os.pidfd_open(os.getpid())]))])
    return s
start = b'{"op":"session_start","ticket":"CHG-2","operator":%d}' % 54321
def freeze(how):
    open(f"{home}/cgroup.freeze", "w").write(how)
    while f"frozen {how}" not in open(f"{home}/cgroup.events").read():
        time.sleep(0.001)
freeze("1")
try:
    send(start).close()
finally:
    freeze("0")
for _ in range(3): # its thread takes one after the other
    print("tickets:", send(b'{"op":"ticket_list"}').makefile().readline().strip())
print("after it gave up:", send(b'{"op":"session_self"}').makefile().readline().strip())
print("waiting:", send(start).makefile().readline().strip())
EOF
said 'after it gave up: {"ok":true,"session":null}'
said 'waiting: {"ok":true,"session":"'
is "$(starts)" $((begun_before + 1)) "sessions begun"
grep -q "refused for uid $jdoe: who asked for it did not wait" "$work/daemon.err" || failed "the log does not tell"
before

row "unsigned where signatures are required; the operator's own does not count"
stop_daemon
for name in alice jdoe; do
	ssh-keygen -q -t ed25519 -N '' -f "$work/$name"
	echo "$name namespaces=\"lockstep-ticket\" $(cut -d' ' -f1,2 "$work/$name.pub")"
done >"$work/allowed"
sed -i "s|^signatures: optional|allowed_signers: $work/allowed|" "$work/lockstepd.yaml"
start_daemon
sign() {
	ssh-keygen -q -Y sign -n lockstep-ticket -f "$work/$1" <"$work/tickets/CHG-2.yaml" >"$work/tickets/CHG-2.yaml.$1.sig" 2>/dev/null
}
login fixed jdoe && failed "let in"
denied "approvals: 0 of 1 signatures count for ticket CHG-2"
sign jdoe
login fixed jdoe && failed "let in"
denied "approvals: 0 of 1 signatures count for ticket CHG-2"
said "(jdoe"
sign alice
login fixed jdoe || failed "denied: $(cat "$work/out")"
opened CHG-2 jdoe "$jdoe"
is "$(last_start '"\(.unsigned) \(.approvers | join(","))"')" "false alice"
stop_daemon
echo "all rows passed"
