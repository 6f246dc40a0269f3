#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# A change from its rehearsal to its reconciliation, as docs/walkthrough.md tells it: nginx from Debian's
# packages, with a site, in a Debian made for it. Rehearse, draft, fill in, check, two signatures, run:
# compliant; and once more with one command added: a violation that names it. O is where the build is.
set -u
export LC_ALL=C
cd "$(dirname "$0")/../.." || exit 2
build=$(realpath "${O:-build}")
lockstep=$build/lockstep
# shellcheck source=tests/kernel/walk_root.sh
. tests/kernel/walk_root.sh
walk_begin "the walk-through"

# records NAME JQ - of that session
records() {
	"$lockstep" export --store "$work/$1.db" | jq -rs "$2"
}

# session NAME [OPTION...] - what is in $work/NAME is what the operator pastes into a shell
session() {
	local name=$1
	shift
	# shellcheck disable=SC2016 # for the shell in there
	walk sh -c 'in=$1; shift; exec /opt/build/lockstep run "$@" -- bash <"/walk/$in"' - "$name" \
		--store "/walk/$name.db" --cgroup "$cgroup" "$@" >"$work/$name.out" 2>"$work/$name.err"
}

walk_make || exit
mkdir "$cgroup" || exit 2
cat >"$work/shop" <<'END'
server { listen 127.0.0.1:8080; root /var/www/html; }
END
cat >"$work/change" <<END
apt-get install -y --no-install-recommends ${walk_packages[*]}
install -m 0644 /walk/shop /etc/nginx/sites-available/
ln -s /etc/nginx/sites-available/shop /etc/nginx/sites-enabled/
nginx -t
END

# Rehearse.
session change
row "rehearsal: the change works" "0 1" "$? $(grep -c 'test is successful' "$work/change.err")"
execs=$(records change 'map(select(.kind == "exec")) | length')
row "rehearsal: hundreds of commands" yes "$([ "$execs" -ge 200 ] && echo yes)"
row "rehearsal: nothing was lost" 0 "$(records change 'map(select(.kind == "loss")) | length')"
row "rehearsal: all of it is in no ticket" no_ticket "$(records change 'map(select(.kind == "exec") | .reasons[]) | unique | join(" ")')"

# Draft.
"$lockstep" ticket draft --last -s "$work/change.db" -p examples/profiles >"$work/draft.yaml"
row "draft: printed" 0 $?
row "draft: each command of the change is a step" "bash apt-get install ln nginx" \
	"$(sed -n 's/^    run: \([^ ]*\).*/\1/p' "$work/draft.yaml" | paste -sd' ')"
row "draft: profiles explain the noise" "apt base" "$(sed -n '/^profiles:/,/^steps:/s/^  - //p' "$work/draft.yaml" | paste -sd' ')"
lines=$(wc -l <"$work/draft.yaml")
row "draft: a person can read it" yes "$([ "$lines" -lt 200 ] && echo yes || echo "$lines lines")"
row "draft: what no step should say by itself is said" 1 "$(grep -c '^    #   - unix:/run/dbus/system_bus_socket' "$work/draft.yaml")"

# Fill in: who, when, two approvers; and that apt-get may ask that the host be not shut down meanwhile.
sed -e 's/^ticket: .*/ticket: CHG-20431/; s/^summary: .*/summary: nginx for the shop/' \
	-e 's/^requester: .*/requester: li.wei@contractor.example\napprovals: 2/' \
	-e "s/^window: .*/window: {from: $(date -u -d '-1 hour' +%FT%TZ), until: $(date -u -d '+1 hour' +%FT%TZ)}/" \
	-e '/^# CHANGE-ME: when/d' \
	-e '/not drafted, because it does work for who asks/{s/.*/    connect:/;n;s/    # /    /}' \
	"$work/draft.yaml" >"$work/CHG-20431.yaml"
row "filled in: nothing is left to fill in" "" "$(grep '^[^#]*CHANGE-ME' "$work/CHG-20431.yaml")"
walk /opt/build/lockstep ticket check -p /opt/profiles /walk/CHG-20431.yaml >"$work/check" 2>&1
row "check: accepted" 0 $?
sed 's/^/   /' "$work/check"
row "check: that a shell takes commands from its input is a warning" 1 \
	"$(grep -c 'warning: step "bash-1": "bash" takes its commands from its input' "$work/check")"

row "check: programs that come with the packages are one line" "0 1" \
	"$(grep -c 'is not on this host' "$work/check") $(grep -c 'that a step may put in place: [0-9]' "$work/check")"
row "draft: what the packages brought is apt-get's" "1" \
	"$(sed -n '/id: apt-get-2/,/id: install-3/p' "$work/CHG-20431.yaml" | grep -c -- '- /usr/sbin/nginx$')"

# Sign.
for name in alice bob; do
	ssh-keygen -q -t ed25519 -N '' -C "$name" -f "$work/$name"
	echo "$name@example.com namespaces=\"lockstep-ticket\" $(cut -d' ' -f1,2 "$work/$name.pub")" >>"$work/allowed"
done
cp "$work/change" "$work/early"
session early -t /walk/CHG-20431.yaml -p /opt/profiles --signers /walk/allowed
row "unsigned: it is not run" "2 0" "$? $(grep -c 'test is successful' "$work/early.err")"
for name in alice bob; do
	"$lockstep" ticket sign -p examples/profiles -k "$work/$name" -n "$name" "$work/CHG-20431.yaml" >"$work/signed" 2>&1
	row "signed by $name" 0 $?
done
"$lockstep" ticket verify -p examples/profiles -s "$work/allowed" -o root "$work/CHG-20431.yaml" >"$work/verified" 2>&1
row "verified: two approve" "0 2" "$? $(grep -c ': approves (' "$work/verified")"

# Run.
signed=(-t /walk/CHG-20431.yaml -p /opt/profiles --signers /walk/allowed --strict)
cp "$work/change" "$work/approved"
session approved "${signed[@]}"
row "run: compliant" 0 $?
row "run: the reconciliation says so" 1 "$(grep -c '^lockstep: COMPLIANT' "$work/approved.err")"
row "run: no alert" 0 "$(grep -c UNAPPROVED "$work/approved.err")"
row "run: as many commands as were rehearsed" "$execs" "$(records approved 'map(select(.kind == "exec" and .verdict == "approved")) | length')"
row "run: each step of the change was done once" "bash-1 1 apt-get-2 1 install-3 1 ln-4 1 nginx-5 1" \
	"$(records approved 'map(select(.kind == "session_end"))[0].steps[:5] | map("\(.id) \(.done)") | join(" ")')"
row "run: its record names the approvers" "alice@example.com bob@example.com" \
	"$(records approved '.[0].approvers | map(.name? // .) | sort | join(" ")')"

# And with one command added.
sed '/^nginx -t/i cp /etc/shadow /var/www/html/index.html' "$work/change" >"$work/added"
session added "${signed[@]}"
row "one command more: a violation" 1 $?
row "one command more: told when it was run" 1 "$(grep -c 'UNAPPROVED command: cp /etc/shadow /var/www/html/index.html' "$work/added.err")"
row "one command more: it is the only one" '["exec","cp","/etc/shadow","/var/www/html/index.html"]' \
	"$(records added 'map(select(.verdict == "unapproved")) | map([.kind] + .argv)[] | tostring')"
row "one command more: in the reconciliation, which has the rest as done" "1 5" \
	"$(sed -n '/^in no step/,$p' "$work/added.err" | grep -c '^  UNAPPROVED exec: .*cp /etc/shadow') $(
		sed -n '/^done:/,/^in no step/p' "$work/added.err" | grep -cE '^  (bash-1|apt-get-2|install-3|ln-4|nginx-5) +1 done')"
# Another host than the one that it ran on, with other files under the same names: the record is what counts.
for name in approved added; do
	"$lockstep" rejudge -t "$work/CHG-20431.yaml" -p examples/profiles --store "$work/$name.db" >"$work/rejudged"
	row "$name: re-judged by its own ticket" "0 1" "$? $(grep -c ': 0 of [1-9][0-9]* acts change; still [a-z]*$' "$work/rejudged")"
done
"$lockstep" rejudge -t "$work/CHG-20431.yaml" -p examples/profiles --store "$work/change.db" >"$work/rejudged"
row "the rehearsal, re-judged by the ticket that was made of it" "1 1" "$? $(grep -c '; violation becomes compliant$' "$work/rejudged")"
[ "$failures" -eq 0 ] || sed 's/^/   /' "$work/rejudged"
sed -n '/^lockstep: /,$s/^/   /p' "$work/added.err"
[ "$failures" -eq 0 ] || sed 's/^/   approved: /' "$work/approved.err"
[ "$failures" -eq 0 ]
