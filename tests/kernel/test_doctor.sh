#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# `lockstep doctor` and the self-test of lockstepd, in cgroups of this test's own. The blind hooks are
# real: into a cgroup of the type "domain invalid" the kernel puts no process (cgroup-v2.rst, Threads), so
# the canary runs outside of where the network hooks watch.
#
# Each row prints its name and, when it is not so, what came. tests/residue proves that nothing is left.
set -u
export LC_ALL=C
build=$(realpath "${O:-build}")
lockstep=$build/lockstep
top=$(awk '/ - cgroup2 / { print $5; exit }' /proc/self/mountinfo)
work=$(mktemp -d -t lockstep.XXXXXX)
cgroup=$top/$(basename "$work")
daemon=
failures=0
# shellcheck source=tests/lib/wait.sh
. "$(dirname "$0")/../lib/wait.sh"

cleanup() {
	if [ -n "$daemon" ]; then
		kill -KILL "$daemon" 2>/dev/null
		wait "$daemon" 2>/dev/null
	fi
	rmdir "$cgroup/threads" "$cgroup/invalid" "$cgroup/full" "$cgroup" 2>/dev/null
	rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT TERM HUP
mkdir "$cgroup" "$cgroup/invalid" "$cgroup/full" || exit 1
cd "$work" || exit 1

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

doctor() {
	"$lockstep" doctor "$@" >out 2>err
}

# Refusals.
chmod 755 "$work"
setpriv --reuid 65534 --clear-groups "$lockstep" doctor --cgroup "$cgroup" >out 2>err
row "without root: status" 2 $?
row "without root: one line" yes "$(said 'needs root')"
row "without root: nothing on stdout" "" "$(cat out)"
doctor --cgroup "$cgroup/none"; row "no such cgroup: status" 2 $?
row "no such cgroup: one line" yes "$(said "none\": No such file")"
doctor --cgroup "$work"; row "no cgroup: status" 2 $?
doctor --table more; row "an operand: status" 2 $?

# What is seen at the cgroup's hooks, which the next are blind to.
doctor --json --cgroup "$cgroup"
at_cgroup=$(jq -r '.capabilities[] | select(.hooks // "" | test("[(]cgroup/")) | .capability' out | sort | paste -sd' ')
acts=$(jq -r '([.capabilities[].hooks // empty | scan("(on_[a-z0-9_]+) [(]cgroup/") | .[0]] | unique) as $there |
	[.selftest.acts[] | select(.program) | .program as $p | if ($there | index($p)) then "blind" else "seen" end] |
	group_by(.) | map("\(length) \(.[0])") | join(", ")' out)

# Blind: the canary stays outside.
mkdir "$cgroup/threads"
echo threaded >"$cgroup/threads/cgroup.type"
row "the cgroup takes no process" "domain invalid" "$(cat "$cgroup/invalid/cgroup.type")"
doctor --json --cgroup "$cgroup/invalid"; row "outside: status" 1 $?
for hook in connect4 connect6 sendmsg4 sendmsg6 bind4 bind6; do
	row "outside: on_$hook is named" yes "$(said "not seen by on_$hook (cgroup/$hook)")"
done
row "outside: it says why" yes "$(said 'could not be put into the cgroup: ')"
row "outside: no tracepoint is named" 0 "$(grep -c tp_btf err)"
row "outside: the rows" "$at_cgroup" \
	"$(jq -r '.capabilities[] | select(.state == "blind") | .capability' out | sort | paste -sd' ')"
row "outside: the acts" "$acts" \
	"$(jq -r '[.selftest.acts[].state | select(. != "no_hook")] | group_by(.) | map("\(length) \(.[0])") |
		join(", ")' out)"
row "outside: not passed" false "$(jq .selftest.passed out)"

# The daemon does not start there.
cat >lockstepd.yaml <<-END
	store: $work/blind.db
	run_dir: $work/run
	cgroup: $cgroup/invalid
	unticketed: {logins: off}
END
python3 -c '
import socket
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind("notify")
open("listens", "w")
text = ""
while "END" not in text:
    text = s.recv(4096).decode()
    print(text, flush=True)
' >notified &
notified=$!
row "somebody listens to the daemon" 0 "$(until_true test -e listens; echo $?)"
NOTIFY_SOCKET=$work/notify timeout "$WAIT_SECONDS" "$build/lockstepd" -c lockstepd.yaml >out 2>err
row "the daemon, outside: status" 1 $?
python3 -c 'import socket; socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(b"END", "notify")'
wait "$notified"
row "the daemon, outside: it was listened to" 1 "$(grep -c END notified)"
row "the daemon, outside: not ready" 0 "$(grep -c READY notified)"
sed -i '/^lockstepd: pins /d' err # a host without a BPF file system
row "the daemon, outside: one line" yes "$(said '^lockstepd: self-test: .*not seen by on_connect4')"
rmdir "$cgroup/threads"

# Seen.
doctor --json --cgroup "$cgroup"; row "all seen: status" 0 $?
row "all seen: nothing on stderr" "" "$(cat err)"
row "all seen: each act" "seen" \
	"$(jq -r '.selftest.acts[] | select(.state != "no_hook") | .state' out | sort -u)"
row "all seen: each program that is attached has an act" "$(jq -r '.capabilities[].hooks // empty' out |
	grep -o 'on_[a-z0-9_]*' | sort -u | paste -sd' ')" \
	"$(jq -r '.selftest.acts[].program // empty' out | sort -u | paste -sd' ')"
row "all seen: what has no hook is not visible" "" "$(jq -r '
	(.capabilities | map(select(.state == "served") | .hooks) | join(" ")) as $hooks |
	.selftest.acts[] | select(.state == "no_hook" and .program != null) | .act' out)"
row "all seen: no row without a state or a reason" true \
	"$(jq '[.capabilities[] | .state == "served" and .hooks != "" or
		(.state == "not_visible" or .state == "impossible") and .why != ""] | all' out)"
row "the kernel's release" "$(uname -r)" "$(jq -r .kernel out)"
doctor --cgroup "$cgroup"; row "as text: status" 0 $?
row "as text: a row for each capability" "$(jq '.capabilities | length' <("$lockstep" doctor --json --cgroup "$cgroup"))" \
	"$(grep -cE '^[a-z-]+ +(served|not_visible|impossible) ' out)"
row "no cgroup of the canary's is left" 0 "$(find "$cgroup" -mindepth 1 -name '*canary*' | wc -l)"

# A cgroup that may have no further ones: the canary goes into it.
echo 0 >"$cgroup/full/cgroup.max.descendants"
doctor --cgroup "$cgroup/full"; row "no room for a cgroup: status" 0 $?

# The daemon says in its record what it saw, and opens no session for it.
sed -i "s|/invalid||; s|blind.db|seen.db|" lockstepd.yaml
"$build/lockstepd" -c lockstepd.yaml >out 2>err &
daemon=$!
answers_or_ended() {
	"$lockstep" status --run-dir "$work/run" >/dev/null || ! kill -0 "$daemon"
}
row "the daemon: it starts" 0 "$(until_true answers_or_ended; echo $?)"
kill -TERM "$daemon"
wait "$daemon"
row "the daemon: status" 0 $?
daemon=
"$lockstep" export --store seen.db >records
row "the daemon: its records" "host:start host:selftest host:stop" \
	"$(jq -r '"\(.kind):\(.what)"' records | paste -sd' ')"
row "the daemon: what it saw" true \
	"$(jq -s 'any(.[]; .detail // "" | startswith("seen: exec, fork, exit, TCP connect, "))' records)"
[ "$failures" -eq 0 ]
