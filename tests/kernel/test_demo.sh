#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Runs the demo and holds its records against what the demo's text claims: which acts are not approved,
# why, in which order, and nothing else. O is where the build is.
set -eu
build=$(realpath "${O:-build}")
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

begun=$(date +%s)
examples/demo/run "$build" "$work/records.db"
took=$(($(date +%s) - begun))
"$build/lockstep" export --store "$work/records.db" -o jsonl >"$work/records"

failures=0
check() {
	if jq -es "$2" "$work/records" >/dev/null; then
		echo "ok: $1"
	else
		echo "not so: $1"
		failures=$((failures + 1))
	fi
}

check "the unapproved acts, each with what names its cause best, in the order of the script" \
	'[.[] | select(.verdict == "unapproved" and .kind != "unix_connect") | .reasons[0]] ==
		["argument_differs", "connect_not_allowed", "program_differs", "environment", "delegation"]'
check "where unix sockets are seen, so is the way to the tmux server" \
	'(map(select(.kind == "session_end"))[0].not_seen | any(. == "connections to unix sockets")) or
		any(.[]; .kind == "unix_connect" and .verdict == "unapproved" and (.path | endswith("/tmux")))'
check "the changed argument is named, with what was approved" \
	'[.[] | select(.reasons[0] == "argument_differs") | .nearest] |
		length == 1 and (.[0] | .step == "install" and .argument == 2 and
			.approved == "0600" and .actual == "0644")'
check "the approved steps were approved" \
	'[.[] | select(.kind == "exec" and .verdict == "approved") | .step] |
		. == ["script", "look", "install", "health"]'
# shellcheck disable=SC2016 # jq's variable
check "the health check was approved and has its close" \
	'[.[] | select(.kind == "connect" and .verdict == "approved" and .step == "health")] as $health |
		($health | length) == 1 and any(.[]; .kind == "close" and .of == $health[0].sseq)'
check "nothing is indeterminate, nothing was lost" \
	'all(.[]; .verdict != "indeterminate" and .kind != "loss")'
check "the session is a violation, and the step left out is one of its reasons" \
	'map(select(.kind == "session_end")) | length == 1 and .[0].outcome == "violation" and
		(.[0].reasons | index("step_missing")) != null and
		[.[0].steps[] | select(.missing > 0) | .id] == ["clean"] and
		[.[0].steps[] | select(.done > 0) | .id] == ["script", "look", "install", "health"]'
# The ticket was a file of the demo's, and is in the store. By itself it changes nothing.
"$build/tests/edge/fill" --ticket "$work/records.db" "$(jq -rs '.[0].ticket_sha256' "$work/records")" >"$work/ticket.yaml"
if "$build/lockstep" rejudge -t "$work/ticket.yaml" -p examples/profiles --store "$work/records.db"; then
	echo "ok: re-judged by its own ticket: nothing changes"
else
	echo "not so: re-judged by its own ticket: nothing changes"
	failures=$((failures + 1))
fi
echo "the demo took $took s"
[ "$failures" -eq 0 ]
