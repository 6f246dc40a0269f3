# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=bash
#
# For tests of lockstepd on the real kernel, which source it from the top of the tree: a directory, a
# cgroup and a bpffs of their own, a daemon that can be killed, one session at a time in that cgroup, and
# whether each of its numbers is in one record or one loss.
# shellcheck source=tests/lib/wait.sh
. tests/lib/wait.sh
build=$(realpath "${O:-build}")
top=$(awk '/ - cgroup2 / { print $5; exit }' /proc/self/mountinfo)
work=$(mktemp -d -t lockstep.XXXXXX)
chmod 755 "$work"
cgroup=$top/$(basename "$work")
home=$cgroup.daemon # the cgroup that the daemon runs in
pins=$work/bpf/lockstep
daemon=
started=()
wrapper=() # what the daemon is run by

end() {
	# The number of a job that was waited for may be a stranger's by now.
	! jobs -rp | grep -qx "$1" || kill -"${2:-TERM}" "$1" 2>/dev/null
	wait "$1" 2>/dev/null
}

cleanup() {
	touch "$work/enough" "$work/go"
	for pid in "${started[@]}" $daemon; do
		end "$pid" KILL
	done
	"$build/lockstepd" -c "$work/lockstepd.yaml" --unload >/dev/null 2>&1
	rm -f "$pins"/* 2>/dev/null
	# What a session left running is in the cgroup that it was started in.
	[ ! -e "$cgroup/cgroup.kill" ] || echo 1 >"$cgroup/cgroup.kill"
	until_true rmdir "$cgroup"
	until_true rmdir "$home"
	umount "$work/bpf" 2>/dev/null
	umount "$work/small" 2>/dev/null
	rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT TERM HUP

failed() {
	echo "FAILED: $row: $*"
	[ ! -s "$work/daemon.err" ] || tail -n 25 "$work/daemon.err" | sed 's/^/  daemon: /' | cut -c1-400
	exit 1
}

row() {
	row=$*
	echo "row: $row"
}

is() {
	[ "$1" = "$2" ] || failed "got \"$1\", want \"$2\"${3:+ ($3)}"
}

# configuration [LINE [STORE]] - a login of this host's is none of a test's.
# shellcheck disable=SC2120 # whoever sources this gives them
configuration() {
	cat >"$work/lockstepd.yaml" <<-END
		store: ${2:-$work/lockstep.db}
		run_dir: $work/run
		tickets: $work/tickets
		signatures: optional
		profiles: $work/profiles
		cgroup: $cgroup
		pins: $pins
		unticketed: {logins: off}
		${1:-}
	END
}

answers() {
	"$build/lockstep" status --run-dir "$work/run" >/dev/null 2>&1
}

# What a daemon that does not come up says is told at once.
answers_or_ended() {
	answers || ! jobs -rp | grep -qx "$daemon"
}

start_daemon() {
	(
		echo 0 >"$home/cgroup.procs"
		exec "${wrapper[@]}" "$build/lockstepd" -c "$work/lockstepd.yaml" 2>>"$work/daemon.err"
	) &
	daemon=$!
	until_true answers_or_ended && answers || failed "the daemon does not answer"
}

stop_daemon() {
	end "$daemon" "${1:-TERM}"
	daemon=
	echo 0 >"$home/cgroup.freeze"
}

# freeze_daemon - until stop_daemon KILL; what stops and continues processes by signals, as a limiter of CPU
# time does, does not wake it.
freeze_daemon() {
	echo 1 >"$home/cgroup.freeze"
	until_true grep -qx "frozen 1" "$home/cgroup.events" || failed "the daemon goes on"
}

# status FILTER - of what the daemon says of itself.
status() {
	"$build/lockstep" status --run-dir "$work/run" --json | jq -r "$1"
}

# durable - all that was recorded is on the disk.
durable() {
	[ "$(status '.store.durable == .store.last_seq')" = true ]
}

# A process that reads a line from $work/gate waits until the test opens it, and executes nothing.
open_gate() {
	# shellcheck disable=SC2016 # that shell's own
	timeout "$WAIT_SECONDS" sh -c 'echo >"$0"' "$work/gate" || failed "nobody waits at the gate"
}

# listed FILTER - of the one session that is open.
listed() {
	"$build/lockstep" session list --run-dir "$work/run" --json | jq -r ".sessions[0] | $1"
}

listed_or_ended() {
	[ "$(listed .session)" != null ] || ! jobs -rp | grep -qx "$session"
}

# session_try COMMAND... - in the background, in the test's cgroup; its first process in $session, its name
# in $id. 1: none was opened, and why is in $work/session.err.
session_try() {
	(
		echo 0 >"$cgroup/cgroup.procs"
		exec "$build/lockstep" session start --run-dir "$work/run" CHG-1 -q -- "$@" 2>>"$work/session.err"
	) &
	session=$!
	started+=("$session")
	until_true listed_or_ended
	id=$(listed .session)
	[ "$id" != null ]
}

session() {
	session_try "$@" || failed "no session: $(cat "$work/session.err")"
}

# kill_session ID - until nothing of it is left: one try gives the kernel 0.2 s to end what it kills.
kill_session() {
	killed() {
		"$build/lockstep" session end --run-dir "$work/run" "$1" --kill >"$work/killed" 2>&1 ||
			grep -q "over already" "$work/killed"
	}
	until_true killed "$1" || failed "$(cat "$work/killed")"
}

lines() {
	"$build/lockstep" export --store "$(sed -n 's/^store: //p' "$work/lockstepd.yaml")" -o jsonl
}

# of SESSION FILTER - of the lines of one session.
of() {
	lines | jq -r "select(.session == \"$1\") | $2"
}

ended() {
	[ -n "$(of "$1" 'select(.kind == "session_end") | .seq')" ]
}

# whole SESSION [gaps] - each number once, or in a loss that was recorded; the books close; seq has no gap.
whole() {
	of "$1" 'select(.sseq) | .sseq' | sort -n >"$work/sseqs"
	is "$(uniq -d "$work/sseqs" | head -n 3 | xargs)" "" "stored twice"
	[ "${2:-}" = gaps ] || is "$(lines | jq .seq | awk 'NR != $1' | head -n 1)" "" "seq"
	local end
	end=$(of "$1" 'select(.kind == "session_end") | "\(.emitted) \(.stored) \(.lost.ring_full + .lost.fill + (.not_stored // 0)) \(.unexplained) \(.refused) \(.dropped)"')
	read -r emitted stored lost unexplained refused dropped <<<"$end"
	is "$(wc -l <"$work/sseqs")" "$stored" "stored"
	is "$unexplained $refused $dropped" "0 0 0" "unexplained, refused, dropped"
	is "$((stored + lost))" "$emitted" "emitted"
	# What ends a session may itself be lost: a number is a record's, or of a loss's range.
	of "$1" 'select(.kind == "loss" and .first) | range(.first; .last + 1)' | sort -n - "$work/sseqs" |
		cmp -s - <(seq "$emitted") || failed "the numbers of records and losses are not 1 to $emitted, once each"
	is "$(of "$1" 'select(.kind == "loss") | .count' | awk '{ n += $1 } END { print n + 0 }')" "$lost" "losses recorded"
	echo "  emitted $emitted, stored $stored, lost $lost"
	verified
}

# verified [OPTION...] - the log holds together.
verified() {
	"$build/lockstep" verify "$(sed -n 's/^store: //p' "$work/lockstepd.yaml")" "$@" >"$work/verified" 2>&1 ||
		failed "$(head -n 5 "$work/verified")"
}

mkdir "$work/bpf" "$work/tickets" "$work/profiles" "$cgroup" "$home" || exit 2
mkfifo "$work/gate" || exit 2
mount -t bpf lockstep-test "$work/bpf" || { echo "no bpffs can be mounted" && exit 77; }
: >"$work/daemon.err"
configuration
cat >"$work/tickets/CHG-1.yaml" <<-END
	lockstep: 1
	ticket: CHG-1
	summary: a test
	requester: somebody@example
	operators: [root]
	hosts: ["*"]
	window: {from: 2020-01-01T00:00:00Z, until: 2090-01-01T00:00:00Z}
	steps:
	  - id: shell
	    run: sh -c ...
	  - id: who
	    run: id -u
	  - id: wait
	    run: sleep *
	  - id: once
	    run: uname -r
	    times: 1
END
