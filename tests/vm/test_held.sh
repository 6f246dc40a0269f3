#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# tests/vm/held with answers of a doctor and rows that are made up. Seen failing by taking each rule out of
# it in turn.
set -u
export LC_ALL=C
here=$(dirname "$0")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0

# capability NAME STATE - a further one of the doctor's.
capability() {
	printf '%s{"capability":"%s","state":"%s","%s":"in his words, which are longer than this"}' "$comma" "$1" "$2" \
		"$([ "$2" = served ] && echo hooks || echo why)" >>"$work/doctor"
	comma=,
}

# held NAME WANT CAPABILITIES ROW... - each ROW is PROGRAM|ROW|STATE|WHY; WANT is a line that comes out.
held() {
	name=$1 want=$(echo "row|$2" | tr '|' '\t')
	capabilities=$3
	shift 3
	comma=
	printf '{"capabilities":[' >"$work/doctor"
	for pair in $capabilities; do
		capability "${pair%=*}" "${pair#*=}"
	done
	echo ']}' >>"$work/doctor"
	[ "$capabilities" != none ] || : >"$work/doctor"
	for row; do
		echo "row|$row" | tr '|' '\t'
	done >"$work/rows"
	"$here/held" "$work/doctor" "$work/rows" >"$work/out"
	if grep -qxF -- "$want" "$work/out"; then
		echo "ok: $name"
	else
		echo "not so: $name: no line \"$want\" in:"
		cat "$work/out"
		failures=$((failures + 1))
	fi
}

enoent="test_rows_failed|ENOENT"
held "served, but not visible" \
	"$enoent|FAILED|doctor says that failed-exec is served: nothing came" \
	failed-exec=served "$enoent|not visible|nothing came"
held "then the capability fails too" \
	"doctor|failed-exec|FAILED|1 of its rows did not pass" \
	failed-exec=served "$enoent|not visible|nothing came"
held "seen, though doctor denies it" \
	"$enoent|FAILED|doctor says that failed-exec is not visible: in his words, which are longer than this" \
	failed-exec=not_visible "$enoent|passed|"
held "served, and a row failed" \
	"doctor|failed-exec|FAILED|1 of its rows did not pass" \
	failed-exec=served "$enoent|FAILED|of itself"
held "served, and no row" \
	"doctor|exec|FAILED|served, and no row of tests/vm/capabilities shows it" \
	exec=served "$enoent|passed|"
held "blind" \
	"$enoent|FAILED|doctor says that failed-exec is blind" failed-exec=blind "$enoent|passed|"
held "a reason that is nobody's" \
	"test_tree|fork|FAILED|doctor says that fork is served: just so" \
	"fork=served exit=served" "test_tree|fork|not visible|just so"
held "a row without a capability" \
	"test_new|row|FAILED|no line of tests/vm/capabilities has the row: just so" \
	fork=served "test_new|row|not visible|just so"
held "a capability that doctor does not know" \
	"$enoent|FAILED|tests/vm/capabilities: doctor knows no \"failed-exec\"" \
	exec=served "$enoent|passed|"
held "no answer of doctor's" "doctor|its answer is JSON|FAILED|it is not" none "$enoent|passed|"
held "not visible, in the row's words that are doctor's" \
	"test_new|row|not visible|failed-exec: in his words, which are longer than this" \
	failed-exec=not_visible "test_new|row|not visible|in his words, which are longer than thi"
held "not visible, in doctor's words" \
	"$enoent|not visible|failed-exec: in his words, which are longer than this" \
	failed-exec=not_visible "$enoent|not visible|nothing came"
held "impossible, in doctor's words" \
	"$enoent|not visible|failed-exec: in his words, which are longer than this" \
	failed-exec=impossible "$enoent|not visible|nothing came"
held "what the host lacks is no capability" \
	"$enoent|not tried|it is not installed here" \
	failed-exec=served "$enoent|not tried|it is not installed here"
held "shown in the other guest" \
	"doctor|failed-exec|not tried|its rows ran in another guest of this kernel" \
	"exec=served failed-exec=served" "test_rows_failed|-|not tried|elsewhere"
held "shown in no guest" \
	"doctor|exec|FAILED|served, and no row of tests/vm/capabilities shows it" \
	"exec=served failed-exec=served" "test_rows_failed|-|not tried|elsewhere"
held "but not tried is not shown" \
	"doctor|failed-exec|FAILED|served, and no row of tests/vm/capabilities shows it" \
	failed-exec=served "$enoent|not tried|it is not installed here"
held "served, and all passed" "doctor|exec|passed|" exec=served "test_rows_exec|plain|passed|"
held "every row comes out" "test_x|y|passed|" exec=served "test_x|y|passed|"
[ "$failures" -eq 0 ]
