#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Profile login-shell against login shells as Debian has them, with a terminal and somebody who types: the
# start, the prompt, completion and a pager raise no alert, and a command that is typed does. In the
# Debian of the walk-through. O is where the build is.
set -u
export LC_ALL=C
cd "$(dirname "$0")/../.." || exit 2
build=$(realpath "${O:-build}")
lockstep=$build/lockstep
# shellcheck source=tests/kernel/walk_root.sh
. tests/kernel/walk_root.sh
walk_begin "a login"

# The start-up files that Debian gives a new user, with lesspipe, which it has there as a comment. Readline
# would ask before it shows the completions of kill on a machine with many processes.
cat >"$work/login" <<'END'
sed 's/^#\(\[ -x .*lesspipe \]\)/\1/' /etc/skel/.bashrc >/root/.bashrc
printf '$include /etc/inputrc\nset completion-query-items 0\nset page-completions off\n' >/root/.inputrc
printf 'autoload -Uz compinit\ncompinit\n' >/root/.zshrc
export TERM=xterm-256color
shell=$1 cgroup=$2
exec /opt/build/lockstep run --quiet -t "/walk/$shell.yaml" -p /opt/profiles --store "/walk/$shell.db" \
	--cgroup "$cgroup" -- "$shell" -l
END

# login SHELL - who types does what the standard input says
login() {
	cat >"$work/$1.keys"
	cat >"$work/$1.yaml" <<-END
		lockstep: 1
		ticket: CHG-1
		summary: a login
		requester: li.wei@contractor.example
		operators: [root]
		window: {from: 2020-01-01T00:00:00Z, until: 2090-01-01T00:00:00Z}
		profiles: [base, login-shell]
		steps:
		  - id: shell
		    run: $1 -l
		    stdin: [tty]
		  - id: look
		    run: ls --color=auto /etc/hostname
		  - id: look-plain
		    run: ls /etc/hostname
	END
	tests/kernel/typist "$work/$1.keys" bash -c "build=$build work=$work walk_tarball=$walk_tarball
		$(declare -f walk walk_enter); walk sh /walk/login $1 $cgroup" >"$work/$1.out"
	row "$1: all was typed" 0 $?
	row "$1: the completed command was run" yes "$(records "$1" 'map(select(.step == "look" or .step == "look-plain")) | if length > 0 then "yes" else "no" end')"
	row "$1: nothing but what was typed is an alert" '["id","--real"]' \
		"$(records "$1" 'map(select(.verdict == "unapproved") | .argv // [.kind, .path])[] | tostring')"
	row "$1: commands that the shell ran by itself, approved" yes \
		"$(records "$1" 'map(select(.kind == "exec" and .verdict == "approved" and (.step | startswith("shell-")))) |
			if length >= 2 then "yes" else length end')"
	"$lockstep" rejudge -t "$work/$1.yaml" -p examples/profiles --store "$work/$1.db" >"$work/$1.rejudged"
	row "$1: re-judged by its own ticket" 0 $?
	grep -v "^session" "$work/$1.rejudged" | head -n 30
}

records() {
	"$lockstep" export --store "$work/$1.db" | jq -rs "$2"
}

walk_make || exit
mkdir "$cgroup" || exit 2

# Each second line is typed once the first has come; ^U takes back what was only to be completed.
login bash <<'KEYS'
# $
ls /etc/hostn\t\r
# $
ls --col\t
or=?
\x15kill \t\t
kill [^$]*kill
\x15apt-get install ngin\t
ngin[^$]*x
\x15less </etc/passwd\r
\(END\)
q
# $
help | less\r
:
q
# $
id --real\r
# $
exit 0\r
KEYS
login zsh <<'KEYS'
# 
ls /etc/hostn\t\r
\n/etc/hostname[^#]*#[^#]*# 
ls --col\t
or
\x15kill \t
kill
\x15less </etc/passwd\r
\(END\)
q
# 
id --real\r
default format
exit 0\r
KEYS
login dash <<'KEYS'
# $
ls /etc/hostname\r
# $
less </etc/passwd\r
\(END\)
q
# $
id --real\r
# $
exit 0\r
KEYS
if [ "$failures" -ne 0 ]; then
	cat -v "$work"/*.out
fi
[ "$failures" -eq 0 ]
