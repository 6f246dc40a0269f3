#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# The disk does not answer while a session execs 1,000 times (STALL=N for another number) as fast as it can: whoever reads the ring does not wait for it, alerts keep coming, and each number of the
# session is in one record or one recorded loss, with the ring at its default and at its smallest.
set -u
export LC_ALL=C
cd "$(dirname "$0")/../.." || exit 2
STALL=${STALL:-1000}
# shellcheck source=tests/kernel/daemon_lib.sh
. tests/kernel/daemon_lib.sh
wrapper=(env "LD_PRELOAD=$build/tests/shim/slow_fsync.so" "LOCKSTEP_STALL=$work/stall")

# Each live line of an exec: when it came, and how long after the act.
follow() {
	python3 - "$work/run/stream.sock" "$work/came" <<'END' &
import json, socket, sys, time
from datetime import datetime
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
s.sendall(b'{"v":1,"filter":{}}\n')
out = open(sys.argv[2], "w")
for line in s.makefile():
    now = time.time()
    if '"kind":"exec"' not in line:
        continue
    act = datetime.strptime(json.loads(line)["time"][:26], "%Y-%m-%dT%H:%M:%S.%f").timestamp()
    out.write("%.6f %.6f\n" % (now, now - act))
    out.flush()
END
	follower=$!
	started+=("$follower")
}

came() {
	[ "$(wc -l <"$work/came")" -gt "$1" ]
}

# while_stalled N - so many lines came of acts later than the stall's beginning.
while_stalled() {
	[ "$(awk -v begun="$begun" '$1 - $2 >= begun { n++ } END { print n + 0 }' "$work/came")" -ge "$1" ]
}

acted() {
	[ "$(wc -l <"$work/acts")" -ge "$1" ]
}

# stall RING-KIB LINES - a session at full speed, and the stall in the middle of it, until so many live lines
# came of what was done during it.
stall() {
	configuration "ring_kib: $1"
	start_daemon
	TZ=UTC follow
	# shellcheck disable=SC2016 # the session's own shell
	session sh -c 'for i in 1 2; do sh -c "while [ ! -e $0 ]; do id -u >/dev/null; echo >>$1; done" "$0" "$1" & done; wait' "$work/enough" "$work/acts"
	until_true came 100 || failed "no lines come"
	touch "$work/stall"
	until_true test -e "$work/stall.waits" || failed "nobody waits for the disk"
	local durable begun ended
	durable=$(status .store.durable)
	begun=$(date +%s.%N)
	# What strangers ask meanwhile makes nobody wait.
	(
		while [ -e "$work/stall" ]; do
			setpriv --reuid 65534 --regid 65534 --clear-groups "$build/lockstep" session show nosuch \
				--run-dir "$work/run" >/dev/null 2>&1
		done
	) &
	asker=$!
	until_true acted $(($(wc -l <"$work/acts") + STALL)) || failed "the session does not go on"
	until_true while_stalled "$2" || failed "of what was done while the disk stood still less than $2 lines came"
	ended=$(date +%s.%N)
	is "$(status .store.durable)" "$durable" "it does not stall"
	rm "$work/stall" "$work/stall.waits"
	wait "$asker"
	touch "$work/enough"
	wait "$session"
	until_true ended "$id" || failed "the session did not end"
	end "$follower"
	sort -n -k2 "$work/came" | awk -v begun="$begun" -v ended="$ended" '
		$1 >= begun && $1 < ended { late[n++] = $2 }
		END { if (n) printf "%d %.1f %.1f %.1f\n", n, late[int(n / 2)] * 1000, late[int(n * 0.99)] * 1000, late[n - 1] * 1000; else print "0 0 0 0" }
	' >"$work/figures"
	read -r lines median most worst <"$work/figures"
	echo "  ring of $1 KiB, no fsync for $STALL acts: $lines lines came meanwhile, after $median ms (median), $most ms (p99), $worst ms (worst)"
	whole "$id"
	stop_daemon
	rm -f "$work/enough" "$work/came" "$work/acts"
}

row "the ring at its default: lines keep coming; what a fast machine has no room for is counted"
stall 8192 100

row "the ring at its smallest: what has no room is counted, number by number"
stall 64 0
of "$id" 'select(.kind == "session_end") | .outcome' | grep -qx "indeterminate" || [ "$lost" -eq 0 ] ||
	[ "$(of "$id" 'select(.kind == "session_end") | .unapproved')" -gt 0 ] || failed "a loss, and still compliant"
echo "all rows passed"
