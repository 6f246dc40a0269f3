#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# bench/replay measures what it says: every event of the stream is stored, with the sessions' starts, and all of
# it is verified (it says so itself, with status 2). Its times are of no account here.
set -u
export LC_ALL=C
cd "$(dirname "$0")/../.." || exit 2
replay=$(realpath "${O:-build}")/bench/replay
work=$(mktemp -d)
export TMPDIR=$work
trap 'rm -rf "$work"' EXIT
failures=0

row() {
	if [ "$2" = "$3" ]; then
		echo "ok: $1"
	else
		echo "not so: $1: expected \"$2\", got \"$3\""
		failures=$((failures + 1))
	fi
}

for directory in bench/replay_stream tests/scenario/demo; do
	out=$("$replay" --json - 3001 "$directory" 2>&1)
	row "$directory: all were stored and verified" "0 3001 3005" \
		"$? $(echo "$out" | jq -r '"\(.events) \(.records)"')"
	row "$directory: every stage was measured" true \
		"$(echo "$out" | jq '[.events_per_cpu_s, .export_per_cpu_s, .verify_per_cpu_s, .store_bytes_a_record, .peak_kib, .memory[-1].kib, .argv[].leaf] | all(. > 0)')"
	row "$directory: an act of each length of argv, where the stream has one whose arguments grow" \
		"$([ "$directory" = tests/scenario/demo ] && echo 0 || echo 5)" "$(echo "$out" | jq '.argv | length')"
done
out=$("$replay" 10 "$work/none" 2>&1)
row "a stream that is none" "2 bench/replay: $work/none: wants the files ticket.yaml and acts" "$? $out"
row "nothing stays behind" "" "$(ls "$work")"
exit $((failures > 0))
