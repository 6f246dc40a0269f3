#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# `lockstep report` as it is typed: exit statuses, where the page goes, and what is left when there is none.
set -u
export LC_ALL=C
cd "$(dirname "$0")/../.." || exit 2
# shellcheck source=tests/edge/typed_lib.sh
. tests/edge/typed_lib.sh
lines=$tree/tests/scenario/demo/expected.jsonl

# status ARGUMENT... - its exit status; what it prints is in out and err.
status() {
	"$build/lockstep" report "$@" >out 2>err
	echo $?
}

"$build/tests/report/fill" day.db "" <"$lines" || exit 2

row "no option at all is a mistake" 2 "$(status)"
row "and so is a page without a place" 2 "$(status --session s-1 --store day.db)"
row "no filter" 2 "$(status --store day.db -o p.html)"
row "and it says so" "lockstep report: of which sessions? Expected at least one of the options that choose them, such as --session ID or --ticket ID; see lockstep report --help" \
	"$(cat err)"
row "a filter that asks for nothing" 2 "$(status --after 0 --store day.db -o p.html)"
row "one that there is not" 2 "$(status --verdict good --store day.db -o p.html)"
row "a store that is not there" 2 "$(status --session s-1 --store none.db -o p.html)"
row "a file that is no store" 2 "$(status --session s-1 --store "$lines" -o p.html)"
row "a session that is not in the store" 1 "$(status --session s-2 --store day.db -o p.html)"
row "in one clear line" 'lockstep report: no session in the store "day.db" has a record with --session s-2' "$(cat err)"
row "nor a ticket" 1 "$(status --ticket CHG-1 --store day.db -o p.html)"
row "a session of another ticket" 1 "$(status --session s-1 --ticket CHG-1 --store day.db -o p.html)"
row "two that no record is at once" 1 "$(status --kind connect --program '/opt/*' --store day.db -o p.html)"
row "are told as they were typed" "lockstep report: no session in the store \"day.db\" has a record with --kind connect --program '/opt/*'" \
	"$(cat err)"
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
row "names it, and no other choice" "1 0" "$(grep -c '<h1>Session <code>s-1</code>' p.html) $(grep -c 'Chosen:' p.html)"
row "is its owner's alone" 600 "$(stat -c %a p.html)"
row "is whole" '</html>' "$(tail -n 1 p.html)"
row "says the verdict" 1 "$(grep -c 'Violation</p>' p.html)"
sum=$(sed -n '/<style>/,/<\/style>/p' p.html | sed -e '1s/.*<style>//' -e '$d' | openssl dgst -sha256 -binary | base64)
row "names the sum of its style" 1 "$(grep -cF "style-src 'sha256-$sum'" p.html)"
echo old >link.target
ln -s link.target link.html
row "a link in its place is replaced" 0 "$(status --ticket CHG-20417 --store day.db -o link.html)"
row "and not followed" old "$(cat link.target)"
# A second session in the same store: its operator is another, and nothing of it was unapproved.
awk '/"approvers":[^]]*\],"kind":"[a-z_]*","verdict":"(unapproved|indeterminate)"/ { next }
	{
		match($0, /"seq":[0-9]+/)
		seq = substr($0, RSTART + 6, RLENGTH - 6) + 1000
		sub(/"seq":[0-9]+/, "\"seq\":" seq)
		sub(/"session":"s-1"/, "\"session\":\"s-2\"")
		sub(/"operator":"[^"]*"/, "\"operator\":\"mallory\"")
		print
	}' "$lines" | cat "$lines" - >both.jsonl
grep -v '"session":"s-2".*"kind":"session_start"' both.jsonl >cut.jsonl
"$build/tests/report/fill" both.db "" <both.jsonl || exit 2
"$build/tests/report/fill" cut.db "" <cut.jsonl || exit 2

# sessions - the ids on the page c.html; listed FILTER... - those that `session list` has for it.
sessions() {
	grep -o '<h2 id="s[0-9]*">Session <code>[^<]*' c.html | sed 's/.*<code>//' | sort | xargs
}
listed() {
	"$build/lockstep" session list --json --store both.db "$@" | grep -o '"session":"[^"]*' | cut -d'"' -f4 | sort | xargs
}

# chosen IDS FILTER... - the page is about them, and `session list` has the same.
chosen() {
	want=$1
	shift
	row "$*: a page" 0 "$(status "$@" --store both.db -o c.html)"
	row "$*: of these sessions" "$want" "$(sessions)"
	row "$*: as in the list" "$want" "$(listed "$@")"
}
chosen "s-1 s-2" --ticket CHG-20417
chosen "s-1" --verdict unapproved
row "which is told whole" "$(grep -c '"session":"s-1"' "$lines")" "$(grep -c '<tr id="e' c.html)"
row "and says by what it was chosen" 1 "$(grep -c 'Chosen: every session that has a record with <code>--verdict unapproved</code>' c.html)"
row "a session by more than its name" 0 "$(status --session s-1 --verdict unapproved --store both.db -o c.html)"
row "is a session's page and says by what" "1 1" \
	"$(grep -c '<h1>Session <code>s-1</code>' c.html) $(grep -c 'with <code>--session s-1 --verdict unapproved</code>' c.html)"
chosen "s-2" --operator mallory
chosen "s-1" --ticket CHG-20417 --reason not_in_ticket --kind exec
chosen "s-1 s-2" --kind session_end --since 2000-01-01
chosen "s-2" --after 1000
chosen "s-1 s-2" --alerts
row "what no session has" 1 "$(status --operator mallory --verdict unapproved --store both.db -o none.html)"
row "makes no page" no "$([ -e none.html ] && echo yes || echo no)"
row "a session whose start is gone" 0 "$(status --operator mallory --store cut.db -o c.html)"
row "is told as far as it is there" s-2 "$(sessions)"
row "standard output" 0 "$(status --session s-1 --store day.db -o -)"
row "has the same page" "$(grep -v 'class="meta">Made' p.html | sha256sum)" "$(grep -v 'class="meta">Made' out | sha256sum)"
row "and no other file is left" "" "$(find . -name '*html.*')"

echo "$failures failures"
[ "$failures" -eq 0 ]
