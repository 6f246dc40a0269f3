#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# `lockstep report` as it is typed: exit statuses, where the page goes, and what is left when there is none.
set -u
export LC_ALL=C
cd "$(dirname "$0")/../.." || exit 2
build=$(realpath "${O:-build}")
lines=$(realpath tests/scenario/demo/expected.jsonl)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 2
failures=0

row() {
	if [ "$2" = "$3" ]; then
		echo "ok: $1"
	else
		echo "not so: $1: expected \"$2\", got \"$3\""
		failures=$((failures + 1))
	fi
}

# status ARGUMENT... - its exit status; what it prints is in out and err.
status() {
	"$build/lockstep" report "$@" >out 2>err
	echo $?
}

"$build/tests/report/fill" day.db "" <"$lines" || exit 2

row "no option at all is a mistake" 2 "$(status)"
row "and so is a page without a place" 2 "$(status --session s-1 --store day.db)"
row "a session and a ticket at once" 2 "$(status --session s-1 --ticket CHG-20417 --store day.db -o p.html)"
row "neither" 2 "$(status --store day.db -o p.html)"
row "a store that is not there" 2 "$(status --session s-1 --store none.db -o p.html)"
row "a file that is no store" 2 "$(status --session s-1 --store "$lines" -o p.html)"
row "a session that is not in the store" 1 "$(status --session s-2 --store day.db -o p.html)"
row "in one clear line" 'lockstep report: session "s-2": not in the store "day.db"' "$(cat err)"
row "nor a ticket" 1 "$(status --ticket CHG-1 --store day.db -o p.html)"
row "a directory that is not there" 2 "$(status --session s-1 --store day.db -o no/p.html)"
mkfifo pipe
row "a pipe is not replaced" 2 "$(status --session s-1 --store day.db -o pipe)"
row "and still is one" yes "$([ -p pipe ] && echo yes)"
if [ -w /dev/full ]; then
	"$build/lockstep" report --session s-1 --store day.db -o - >/dev/full 2>err
	row "a full disk behind standard output is no success" 2 $?
fi
row "of all that no page is left" "" "$(find . -name '*html*')"

umask 0
row "a session's page" 0 "$(status --session s-1 --store day.db -o p.html)"
row "of which nothing is said" "" "$(cat out err)"
row "is its owner's alone" 600 "$(stat -c %a p.html)"
row "is whole" '</html>' "$(tail -n 1 p.html)"
row "says the verdict" 1 "$(grep -c 'Violation</p>' p.html)"
sum=$(sed -n '/<style>/,/<\/style>/p' p.html | sed -e '1s/.*<style>//' -e '$d' | openssl dgst -sha256 -binary | base64)
row "names the sum of its style" 1 "$(grep -cF "style-src 'sha256-$sum'" p.html)"
echo old >link.target
ln -s link.target link.html
row "a link in its place is replaced" 0 "$(status --ticket CHG-20417 --store day.db -o link.html)"
row "and not followed" old "$(cat link.target)"
row "standard output" 0 "$(status --session s-1 --store day.db -o -)"
row "has the same page" "$(grep -v 'class="meta">Made' p.html | sha256sum)" "$(grep -v 'class="meta">Made' out | sha256sum)"
row "and no other file is left" "" "$(find . -name '*html.*')"

echo "$failures failures"
[ "$failures" -eq 0 ]
