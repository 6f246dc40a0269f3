#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# `lockstep ticket show` and `lockstep ticket diff` as they are typed: exit statuses, and where what they say goes.
set -u
export LC_ALL=C
cd "$(dirname "$0")/../.." || exit 2
# shellcheck source=tests/edge/typed_lib.sh
. tests/edge/typed_lib.sh
profiles=$tree/examples/profiles
shipped=$tree/examples/tickets/CHG-20417.yaml

# status VERB ARGUMENT... - its exit status; what it prints is in out and err.
status() {
	verb=$1
	shift
	"$lockstep" ticket "$verb" --profiles "$profiles" "$@" >out 2>err
	echo $?
}

cp "$shipped" a.yaml
sed 's/\*\.pem/*/' a.yaml >wider.yaml
grep -v '^lockstep:' a.yaml >refused.yaml
sed 's/base, login-shell/nowhere/' a.yaml >no-profile.yaml

row "a refused ticket is not shown" 1 "$(status show refused.yaml)"
row "and nothing is printed" "" "$(cat out)"
row "nor is one without its profile" 1 "$(status show no-profile.yaml)"
row "nor one that is not there" 2 "$(status show nowhere.yaml)"
row "show takes one ticket" 2 "$(status show a.yaml a.yaml)"
row "a ticket is shown" 0 "$(status show a.yaml)"
mv out shown.yaml
row "with its profiles' names" 'profiles: ["base", "login-shell"]' "$(grep '^profiles' shown.yaml)"
row "what is shown is shown as it is" 0 "$(status show shown.yaml)"
row "byte by byte" "" "$(diff out shown.yaml)"

row "diff takes two tickets" 2 "$(status diff a.yaml)"
row "a refused ticket has no differences" 2 "$(status diff a.yaml refused.yaml)"
row "nor has a ticket from one" 2 "$(status diff refused.yaml a.yaml)"
row "nor one that is not there" 2 "$(status diff a.yaml nowhere.yaml)"
row "the same in another form" 0 "$(status diff a.yaml shown.yaml)"
row "says so" "shown.yaml allows nothing that a.yaml does not" "$(cat out)"
row "a wider pattern" 1 "$(status diff a.yaml wider.yaml)"
row "by a command" \
	'step "install" allows: install -m 0600 /root/staged/ /etc/nginx/tls/' "$(grep allows: out)"
row "the other way it is narrower" 0 "$(status diff wider.yaml a.yaml)"
row "both ways" 1 "$(status diff --both a.yaml wider.yaml)"
row "are two answers" 2 "$(grep -c ' does not' out)"
[ "$failures" -eq 0 ]
