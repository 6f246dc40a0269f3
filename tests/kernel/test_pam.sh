#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# pam_lockstep.so: logins through pamtester, su, login and a real sshd on loopback become sessions on
# their tickets, or are denied, and are told which. All of it in a mount namespace of its own, where
# /etc/pam.d and /etc/passwd are this test's copies and nothing of a login reaches the machine's logs.
set -u
export LC_ALL=C
cd "$(dirname "$0")/../.." || exit 2
if [ -z "${LOCKSTEP_PAM_NAMESPACE:-}" ]; then
	LOCKSTEP_PAM_NAMESPACE=$$ exec unshare -m --propagation private "$0" "$@"
fi
for need in pamtester ssh-keygen /usr/sbin/sshd python3; do
	command -v "$need" >/dev/null || { echo "there is no $need" && exit 77; }
done
# shellcheck source=tests/kernel/daemon_lib.sh
. tests/kernel/daemon_lib.sh

module=$build/pam_lockstep.so
jdoe=54321
mkdir "$work/pam.d" "$work/home"
{
	cat /etc/passwd
	echo "jdoe:x:$jdoe:$jdoe::$work/home:/bin/sh"
} >"$work/passwd"
chown "$jdoe:$jdoe" "$work/home"
echo "other required pam_deny.so" >"$work/pam.d/other"
if ! mount --bind "$work/pam.d" /etc/pam.d || ! mount --bind "$work/passwd" /etc/passwd ||
	! mount -t tmpfs lockstep-test /run || ! mount -t tmpfs lockstep-test /var/log; then
	echo "nothing can be mounted in a namespace of its own"
	exit 77
fi

# service NAME WORD... - a PAM service that lets everybody in, and the module with these words.
service() {
	local name=$1
	shift
	cat >"$work/pam.d/$name" <<-EOF
		auth required pam_permit.so
		account required pam_permit.so
		session required $module run_dir=$work/run $*
	EOF
}

# login SERVICE USER [NAME=VALUE...] - its output in $work/out, its pid in $pid, its milliseconds in $took.
login() {
	local service=$1 user=$2 begun status
	shift 2
	begun=$(date +%s%N)
	(
		echo 0 >"$cgroup/cgroup.procs"
		echo "$BASHPID" >"$work/pid"
		exec env "$@" pamtester "$service" "$user" open_session </dev/null >"$work/out" 2>&1
	)
	status=$?
	took=$((($(date +%s%N) - begun) / 1000000))
	pid=$(cat "$work/pid")
	return $status
}

said() {
	grep -qF -- "$1" "$work/out" || failed "not said: $1; but: $(cat "$work/out")"
}

# denied WORDS - what was just tried said so, and ended in a denial; no session has begun since.
denied() {
	said "$1"
	said "this login needs a ticket: denied"
	is "$(starts)" "$begun_before" "sessions begun"
}

starts() {
	lines | jq -r 'select(.kind == "session_start") | .session' | wc -l
}

before() {
	begun_before=$(starts)
}

# last_start FILTER - of the newest session's start.
last_start() {
	lines | jq -r "select(.kind == \"session_start\") | $1" | tail -n 1
}

# opened TICKET OPERATOR UID [silent] - what the login was told is what is in the record.
opened() {
	id=$(last_start .session)
	[ "${4:-}" = silent ] || said "session $id on ticket $1"
	is "$(last_start '"\(.pid) \(.ticket) \(.operator) \(.operator_uid)"')" "$pid $1 $2 $3"
	until_true 20 ended "$id" || failed "session $id did not end"
	is "$(starts)" $((begun_before + 1)) "sessions begun"
}

ticket() {
	sed "s/^ticket: .*/ticket: $1/; s/^operators: .*/operators: [$2]/" "$work/tickets/CHG-1.yaml" >"$work/tickets/$1.yaml"
}

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
denied "argument 2: expected required, optional"

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

row "in a session already: told so, let in, and in no other"
session sleep 1000
before
(
	echo 0 >"$cgroup/cgroup.procs"
	exec "$build/lockstep" session start --run-dir "$work/run" CHG-1 -q -- \
		env LOCKSTEP_TICKET=CHG-2 pamtester plain jdoe open_session >"$work/out" 2>&1 </dev/null
) || failed "denied: $(cat "$work/out")"
id=$(last_start .session)
said "in session $id already"
is "$(starts)" $((begun_before + 1)) "sessions begun"
is "$(last_start .ticket)" CHG-1
end "$session" KILL
for open in $("$build/lockstep" session list --run-dir "$work/run" --json | jq -r '.sessions[].session'); do
	"$build/lockstep" session end --run-dir "$work/run" "$open" --kill >/dev/null
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

row "login: asks for the ticket on the terminal, says which session, and its shell is approved"
ticket CHG-4 jdoe
# at_terminal ANSWER COMMANDS - what `login` showed is in $work/out, the pid of its session's process in $pid.
at_terminal() {
	service login
	(
		echo 0 >"$cgroup/cgroup.procs"
		exec env -i PATH="$PATH" python3 - "$work/pid" "$1" "$2" >"$work/out" 2>&1 <<'EOF'
import os, pty, sys, time
path, answer, commands = sys.argv[1:]
pid, fd = pty.fork()
if pid == 0:
    os.execv("/bin/login", ["login", "-f", "jdoe"])
open(path, "w").write(str(pid))
shown, steps, until = b"", [(b"Ticket: ", answer), (b"on ticket", commands)], time.time() + 10
while time.time() < until:
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

row "the daemon is away or silent: no login waits for longer than half a second"
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
until_true 10 test -e "$work/listening" || failed "no silent daemon"
for how in away:"lockstepd is not running" silent:"it was not waited for any longer" trickle:"it was not waited for any longer" \
	full:"it was not waited for any longer" closing:"lockstepd gave no answer"; do
	name=${how%%:*}
	[ "$name" = away ] || {
		service "$name" "run_dir=$work/$name"
		service "$name-optional" "run_dir=$work/$name" optional
	}
	login "$name" jdoe LOCKSTEP_TICKET=CHG-2 && failed "$name: let in"
	denied "${how#*:}"
	[ "$took" -le 500 ] || failed "$name: denied after $took ms"
	denied_took=$took
	login "$name-optional" jdoe LOCKSTEP_TICKET=CHG-2 || failed "$name: denied"
	said "this login is not bound to a ticket"
	[ "$took" -le 500 ] || failed "$name: let in after $took ms"
	echo "  $name: denied after $denied_took ms; where it is optional, let in after $took ms"
done

row "who gave up before the daemon came to it is in no session"
python3 - "$work/run/control.sock" "$daemon" >"$work/out" <<'EOF'
import array, os, signal, socket, sys
path, daemon = sys.argv[1], int(sys.argv[2])
def send(line):
    s = socket.socket(socket.AF_UNIX)
    s.connect(path)
    s.sendmsg([line + b"\n"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [os.pidfd_open(os.getpid())]))])
    return s
start = b'{"op":"session_start","ticket":"CHG-2","operator":%d}' % 54321
os.kill(daemon, signal.SIGSTOP)
try:
    send(start).close()
finally:
    os.kill(daemon, signal.SIGCONT)
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

row "sshd: the ticket is the answer to keyboard-interactive; what the login runs is judged"
mkdir -p /run/sshd
ssh-keygen -q -t ed25519 -N '' -f "$work/host"
ssh-keygen -q -t ed25519 -N '' -f "$work/user"
read -r port_asks port <<<"$(python3 -c '
import socket
s = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
print(*(x.getsockname()[1] for x in s))')"
cat >"$work/sshd_config" <<-EOF
	ListenAddress 127.0.0.1:$port_asks
	ListenAddress 127.0.0.1:$port
	HostKey $work/host
	PidFile none
	UsePAM yes
	StrictModes no
	PermitRootLogin yes
	PermitUserEnvironment no
	AcceptEnv LOCKSTEP_TICKET
	AuthorizedKeysFile $work/user.pub
	PasswordAuthentication no
	KbdInteractiveAuthentication yes
	PrintMotd no
	PrintLastLog no
	AuthenticationMethods publickey
	Match LocalPort $port_asks
	AuthenticationMethods publickey,keyboard-interactive:pam
EOF
for p in "$port_asks" "$port"; do
	echo "[127.0.0.1]:$p $(cut -d' ' -f1,2 "$work/host.pub")"
done >"$work/known_hosts"
printf '#!/bin/sh\necho "$TEST_ANSWER"\n' >"$work/askpass"
chmod 755 "$work/askpass"
(
	echo 0 >"$cgroup/cgroup.procs"
	exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin /usr/sbin/sshd -D -e -f "$work/sshd_config" 2>>"$work/sshd.err"
) &
sshd=$!
started+=("$sshd")
listens() {
	bash -c ": </dev/tcp/127.0.0.1/$port"
}
until_true 10 listens || failed "sshd does not listen: $(cat "$work/sshd.err")"

# sshd_service WORD... - how the PAM service that every sshd of Debian's has is set up.
sshd_service() {
	service sshd "$@"
	sed -i "1i auth required $module run_dir=$work/run" "$work/pam.d/sshd"
}

# ssh_in PORT USER ANSWER ARGUMENT... - what the client saw in $work/out; its status is ssh's.
ssh_in() {
	local port=$1 user=$2 answer=$3 begun status
	shift 3
	begun=$(date +%s%N)
	env -i PATH="$PATH" HOME="$work" DISPLAY=:0 SSH_ASKPASS="$work/askpass" SSH_ASKPASS_REQUIRE=force TEST_ANSWER="$answer" \
		timeout 20 ssh -F none -p "$port" -l "$user" -i "$work/user" -o UserKnownHostsFile="$work/known_hosts" \
		-o IdentitiesOnly=yes -o StrictHostKeyChecking=yes 127.0.0.1 "$@" >"$work/out" 2>&1
	status=$?
	took=$((($(date +%s%N) - begun) / 1000000))
	return $status
}

# ssh_opened TICKET OPERATOR UID - the process of the record is one that sshd forked for the connection.
ssh_opened() {
	id=$(last_start .session)
	is "$(starts)" $((begun_before + 1)) "sessions begun"
	is "$(last_start '"\(.ticket) \(.operator) \(.operator_uid)"')" "$1 $2 $3"
	until_true 20 ended "$id" || failed "session $id did not end"
	pid=$(last_start .pid)
	grep -qx "$pid" "$work/forked" || failed "process $pid was not one of sshd's: $(xargs <"$work/forked")"
}

# follow COMMAND... - notes meanwhile which processes are sshd's children.
follow() {
	: >"$work/forked.raw"
	(while :; do
		cat "/proc/$sshd/task/$sshd/children" 2>/dev/null
		sleep 0.02
	done >>"$work/forked.raw") &
	local follower=$! status
	"$@"
	status=$?
	end "$follower"
	tr ' ' '\n' <"$work/forked.raw" | sort -u >"$work/forked"
	return $status
}

acts() {
	of "$id" 'select(.kind == "exec") | "\(.argv[0]) \(.verdict)"' | uniq | xargs
}

sshd_service
before
follow ssh_in "$port_asks" jdoe CHG-2 'id -u; sleep 0.2'
is $? 0 "$(cat "$work/out" "$work/sshd.err")"
is "$(cat "$work/out")" "$jdoe" "what the client saw"
ssh_opened CHG-2 jdoe "$jdoe"
is "$(acts)" "sh approved id approved sleep approved"
is "$(of "$id" 'select(.kind == "exec" and .argv[0] == "id") | .user')" jdoe
before
follow ssh_in "$port_asks" jdoe CHG-2 'ls /nonexistent; sleep 0.2; exit 7'
is $? 7 "the command's status"
ssh_opened CHG-2 jdoe "$jdoe"
is "$(acts)" "sh approved ls unapproved sleep approved"
is "$(of "$id" 'select(.kind == "session_end") | .outcome')" violation
before
follow ssh_in "$port_asks" root CHG-1 'id -u; sleep 0.2'
is $? 0 "$(cat "$work/out")"
is "$(cat "$work/out")" 0 "what the client saw"
ssh_opened CHG-1 root 0

row "sshd: a terminal is told which session, and its shell is approved"
before
follow ssh_in "$port_asks" jdoe CHG-2 -tt <<<'id -u; sleep 0.2; exit 5'
is $? 5 "$(cat "$work/out")"
ssh_opened CHG-2 jdoe "$jdoe"
said "session $id on ticket CHG-2"
is "$(of "$id" 'select(.kind == "exec") | "\(.argv[0]) \(.verdict) \(.how)"' | uniq | xargs)" "-sh approved shell id approved step sleep approved step"

# ssh_denied WORDS - the client was let no further than to read why.
ssh_denied() {
	is "$status" 254 "ssh's status; $(cat "$work/out")"
	denied "$1"
	grep -qx "$jdoe" "$work/out" && failed "the command ran"
}

row "sshd: without a ticket, with a revoked one, with another's; a variable of the client's comes too late"
before
ssh_in "$port_asks" jdoe '' 'id -u'
status=$?
ssh_denied "no ticket was named"
ssh_in "$port" jdoe '' -o SetEnv=LOCKSTEP_TICKET=CHG-2 'id -u'
status=$?
ssh_denied "no ticket was named"
ssh_in "$port_asks" jdoe CHG-1 'id -u'
status=$?
ssh_denied "wrong_operator: ticket CHG-1 does not name jdoe"
ticket CHG-5 jdoe
"$build/lockstep" ticket revoke --run-dir "$work/run" CHG-5 >/dev/null
ssh_in "$port_asks" jdoe CHG-5 'id -u'
status=$?
ssh_denied "revoked: ticket CHG-5 was revoked"
rm "$work/tickets/CHG-5".*

row "sshd: no forwarding without a session"
ssh_in "$port" jdoe '' -N -o ExitOnForwardFailure=yes -R 127.0.0.1:0:127.0.0.1:9
status=$?
[ "$status" -ne 0 ] || failed "forwards"
grep -q "remote port forwarding failed" "$work/out" || failed "$(cat "$work/out")"
is "$(starts)" "$begun_before" "sessions begun"

row "sshd: auto takes the one ticket, by a key alone; optional lets in"
sshd_service auto
before
follow ssh_in "$port" jdoe '' 'id -u; sleep 0.2'
is $? 0 "$(cat "$work/out")"
is "$(cat "$work/out")" "$jdoe" "what the client saw"
ssh_opened CHG-2 jdoe "$jdoe"
sshd_service optional
before
ssh_in "$port" jdoe '' -tt <<<'id -u; exit 5'
is $? 5 "$(cat "$work/out")"
said "this login is not bound to a ticket"
said "$jdoe"
is "$(starts)" "$begun_before" "sessions begun"

row "sshd: the daemon away"
stop_daemon
sshd_service
ssh_in "$port_asks" jdoe CHG-2 'id -u'
status=$?
ssh_denied "lockstepd is not running"
echo "  denied after $took ms, the key exchange and two authentications included"
sshd_service optional
ssh_in "$port_asks" jdoe CHG-2 'id -u'
is $? 0 "$(cat "$work/out")"
is "$(cat "$work/out")" "$jdoe" "what the client saw"
end "$sshd"
start_daemon

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
