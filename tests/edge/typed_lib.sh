# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=bash
#
# For tests of `lockstep` as it is typed, which source it from the top of the tree: that tree, what was built of
# it, and a directory of their own, which is the current one from here on.
tree=$(realpath .)
build=$(realpath "${O:-build}")
# shellcheck disable=SC2034 # for whoever sources this
lockstep=$build/lockstep
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 2
failures=0

# row NAME WANT GOT
row() {
	if [ "$2" = "$3" ]; then
		echo "ok: $1"
	else
		echo "not so: $1: expected \"$2\", got \"$3\""
		failures=$((failures + 1))
	fi
}
