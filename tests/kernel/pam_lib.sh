# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=bash
#
# For tests of logins, which source it as daemon_lib.sh is sourced, and after it: /etc/pam.d and /etc/passwd
# are this test's copies, with a user jdoe, and nothing of a login reaches the machine's logs. All of that
# is in a mount namespace of its own, which the test runs itself in before it sources anything.
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

# service NAME WORD... - a PAM service that lets everybody in, and the module with these words. A machine
# that is slow is not what denies a login, unless a row sets wait_ms again.
service() {
	local name=$1
	shift
	cat >"$work/pam.d/$name" <<-EOF
		auth required pam_permit.so
		account required pam_permit.so
		session required $module run_dir=$work/run wait_ms=$((WAIT_SECONDS * 1000)) $*
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

# on_disk - all that was recorded is, where there is a daemon to ask: a busy machine's disk takes its time.
on_disk() {
	[ -z "$daemon" ] || until_true durable >&2
}

starts() {
	on_disk
	lines | jq -r 'select(.kind == "session_start") | .session' | wc -l
}

before() {
	begun_before=$(starts)
}

# last_start FILTER - of the newest session's start.
last_start() {
	on_disk
	lines | jq -r "select(.kind == \"session_start\") | $1" | tail -n 1
}

# opened TICKET OPERATOR UID [silent] - what the login was told is what is in the record.
opened() {
	id=$(last_start .session)
	[ "${4:-}" = silent ] || said "session $id on ticket $1"
	is "$(last_start '"\(.pid) \(.ticket) \(.operator) \(.operator_uid)"')" "$pid $1 $2 $3"
	until_true ended "$id" || failed "session $id did not end"
	is "$(starts)" $((begun_before + 1)) "sessions begun"
}

ticket() {
	sed "s/^ticket: .*/ticket: $1/; s/^operators: .*/operators: [$2]/" "$work/tickets/CHG-1.yaml" >"$work/tickets/$1.yaml"
}

