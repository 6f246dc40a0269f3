#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# lockstep rejudge and lockstep session list --store, on a store made of the scenarios' lines.
set -u
export LC_ALL=C
cd "$(dirname "$0")/../.." || exit 2
# shellcheck source=tests/edge/typed_lib.sh
. tests/edge/typed_lib.sh
scenarios=$tree/tests/scenario

rejudge() {
	"$lockstep" rejudge --store store.db --profiles profiles "$@" 2>err
}

mkdir profiles
cp "$scenarios/demo/profile1.yaml" profiles/sudo.yaml
cp "$scenarios/demo/ticket.yaml" demo.yaml
cp "$scenarios/login/ticket.yaml" login.yaml
{
	cat "$scenarios/demo/expected.jsonl"
	sed -e 's/"session":"s-1"/"session":"s-2"/' "$scenarios/login/expected.jsonl"
	sed -e 's/"session":"s-1"/"session":"s-3"/' -e '/"kind":"session_end"/d' "$scenarios/rehearsal/expected.jsonl"
} >lines
"$build/tests/edge/fill" store.db <lines || exit 2
"$lockstep" export --store store.db | sha256sum >before

rejudge --ticket demo.yaml --session s-1 >out
row "by its own ticket: nothing" "0 session s-1, ticket CHG-20417: 0 of 13 acts change; still violation" "$? $(cat out)"
rejudge --ticket login.yaml --session s-2 --json >out
row "by its own ticket, as JSON" "0 0 s-2 $(sha256sum <login.yaml | cut -d' ' -f1)" \
	"$? $(jq -r '"\(.changed) \(.session) \(.by_sha256)"' out)"
sed 's/-m 0600/-m 0644/' demo.yaml >edited.yaml
rejudge --ticket edited.yaml --session s-1 >out
row "by another: what changes" "1 1 1 1" \
	"$? $(grep -c '^  then  approved (step install)$' out) $(grep -c '^  now   unapproved (argument_differs)$' out) $(grep -c '1 of 13 acts change; still violation$' out)"
rejudge --ticket edited.yaml --session s-1 --json >out
row "as JSON" '1 {"was":"approved","now":["argument_differs"],"unknown":[]} 1' \
	"$? $(jq -c 'select(.kind) | {was: .was.verdict, now: .now.reasons, unknown}' out) $(jq 'select(.kind | not) | .changed' out)"
rejudge --ticket demo.yaml >out
row "every session of the store" "1 s-1 s-2 s-3" "$? $(sed -n 's/^session \([^,]*\),.*/\1/p' out | paste -sd' ')"
row "one without an end" 1 "$(grep -c 's-3.*the session has no end$' out)"
sed 's/web-\*/db-*/' demo.yaml >host.yaml
rejudge --ticket host.yaml --session s-1 >out
row "a ticket for another host" 1 "$(grep -c 'now   unapproved (wrong_host)' out | sed 's/^[1-9][0-9]*$/1/')"
sed 's/operators: \[jdoe\]/operators: [nobody]/' demo.yaml >operator.yaml
rejudge --ticket operator.yaml --session s-1 >out
row "a ticket for another operator" 1 "$(grep -c 'now   unapproved (wrong_operator)' out | sed 's/^[1-9][0-9]*$/1/')"
row "the record is as it was" "$(cat before)" "$("$lockstep" export --store store.db | sha256sum)"

for bad in "--session s-1" "--ticket none.yaml" "--ticket demo.yaml --session s-9" "--ticket demo.yaml --store none.db" \
	"--ticket demo.yaml extra" "--ticket demo.yaml --profiles none"; do
	# shellcheck disable=SC2086
	rejudge $bad >out
	row "rejudge $bad" "2 0 yes" "$? $(wc -c <out) $([ -s err ] && echo yes)"
done

# sessions of a store
list() {
	"$lockstep" session list --store store.db "$@"
}
row "sessions" "s-1 s-2 s-3" "$(list | awk 'NR > 1 { print $1 }' | paste -sd' ')"
row "with their outcome" "violation violation null" "$(list --json | jq -r '.sessions[].outcome' | paste -sd' ')"
row "by what was done in them" s-1 "$(list --program tmux --reason delegation --ticket CHG-20417 | awk 'NR > 1 { print $1 }' | paste -sd' ')"
row "by ticket" "s-1 s-2" "$(list --ticket CHG-20417 | awk 'NR > 1 { print $1 }' | paste -sd' ')"
row "none" "1 0" "$(list --operator nobody | wc -l) $(list --operator nobody --json | jq '.sessions | length')"
"$lockstep" session list --kind exec >out 2>err
row "what open sessions can't be asked" "2 0 1" "$? $(wc -c <out) $(grep -c 'needs --store' err)"

[ "$failures" -eq 0 ]
