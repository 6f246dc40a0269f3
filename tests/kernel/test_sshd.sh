#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# pam_lockstep.so under a real sshd on loopback, with keys made here: each row holds together what the client
# saw, its exit status and the record.
set -u
export LC_ALL=C
cd "$(dirname "$0")/../.." || exit 2
if [ -z "${LOCKSTEP_NAMESPACE:-}" ]; then
	LOCKSTEP_NAMESPACE=$$ exec unshare -m --propagation private "tests/kernel/${0##*/}" "$@"
fi
for need in /usr/sbin/sshd ssh ssh-keygen python3; do
	command -v "$need" >/dev/null || { echo "there is no $need" && exit 77; }
done
# shellcheck source=tests/kernel/daemon_lib.sh
. tests/kernel/daemon_lib.sh
# shellcheck source=tests/kernel/pam_lib.sh
. tests/kernel/pam_lib.sh

ticket CHG-2 jdoe
start_daemon

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
	LoginGraceTime 0
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
until_true listens || failed "sshd does not listen: $(cat "$work/sshd.err")"

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
		timeout "$WAIT_SECONDS" ssh -F none -p "$port" -l "$user" -i "$work/user" -o UserKnownHostsFile="$work/known_hosts" \
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
	until_true ended "$id" || failed "session $id did not end"
	pid=$(last_start .pid)
	grep -qx "$pid" "$work/forked" || failed "process $pid was not one of sshd's: $(xargs <"$work/forked")"
}

# follow COMMAND... - notes which processes are sshd's children while the login waits at the gate.
follow() {
	# shellcheck disable=SC2016 # that shell's own
	sh -c 'exec 9>"$0"; cat "/proc/$1/task/$1/children"; echo >&9' "$work/gate" "$sshd" >"$work/forked.raw" &
	local follower=$! status
	"$@"
	status=$?
	end "$follower" KILL # of a login that did not come to the gate
	tr ' ' '\n' <"$work/forked.raw" | sort -u >"$work/forked"
	return $status
}

acts() {
	of "$id" 'select(.kind == "exec") | "\(.argv[0]) \(.verdict)"' | uniq | xargs
}

sshd_service
before
follow ssh_in "$port_asks" jdoe CHG-2 "id -u; read go <$work/gate"
is $? 0 "$(cat "$work/out" "$work/sshd.err")"
is "$(cat "$work/out")" "$jdoe" "what the client saw"
ssh_opened CHG-2 jdoe "$jdoe"
is "$(acts)" "sh approved id approved"
is "$(of "$id" 'select(.kind == "exec" and .argv[0] == "id") | .user')" jdoe
before
follow ssh_in "$port_asks" jdoe CHG-2 "ls /nonexistent; read go <$work/gate; exit 7"
is $? 7 "the command's status"
ssh_opened CHG-2 jdoe "$jdoe"
is "$(acts)" "sh approved ls unapproved"
is "$(of "$id" 'select(.kind == "session_end") | .outcome')" violation
before
follow ssh_in "$port_asks" root CHG-1 "id -u; read go <$work/gate"
is $? 0 "$(cat "$work/out")"
is "$(cat "$work/out")" 0 "what the client saw"
ssh_opened CHG-1 root 0

row "sshd: a terminal is told which session, and its shell is approved"
before
follow ssh_in "$port_asks" jdoe CHG-2 -tt <<<"id -u; read go <$work/gate; exit 5"
is $? 5 "$(cat "$work/out")"
ssh_opened CHG-2 jdoe "$jdoe"
said "session $id on ticket CHG-2"
is "$(of "$id" 'select(.kind == "exec") | "\(.argv[0]) \(.verdict) \(.how)"' | uniq | xargs)" "-sh approved shell id approved step"

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
follow ssh_in "$port" jdoe '' "id -u; read go <$work/gate"
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
echo "all rows passed"
