#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Broken guests: none that prints no verdict is taken for one that passed. One ends in the middle, one
# hangs, one never starts, one is broken by the emulator's code patching each time. Needs a BUILD and a
# CACHE as tests/vm/run does.
set -u
export LC_ALL=C
build=${1:?usage: tests/vm/test_broken.sh BUILD CACHE}
cache=${2:?usage: tests/vm/test_broken.sh BUILD CACHE}
here=$(dirname "$0")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0

# init NAME LINE... - a guest's first process, in the place of tests/vm/init.
init() {
	file=$work/$1
	shift
	printf '%s\n' '#!/bin/sh' 'export PATH=/bin' "$@" >"$file"
}

# boot NAME - its output is $work/NAME.out, its status $work/NAME.status.
boot() {
	INIT=$work/$1 GUESTS=plain TESTS='' BOOT_SECONDS=25 "$here/run" "$build" "$cache" 6.1 \
		>"$work/$1.out" 2>&1
	echo $? >"$work/$1.status"
}

row() {
	if [ "$2" = "$3" ]; then
		echo "ok: $1"
	else
		echo "not so: $1: expected \"$2\", got \"$3\""
		failures=$((failures + 1))
	fi
}

# count NAME TEXT - the lines with that text.
count() {
	grep -acF -- "$2" "$work/$1.out"
}

init ends "echo 'guest: kernel of itself'" 'poweroff -f' 'sleep 60'
init hangs "echo 'guest: kernel of itself'" "echo 'guest: no bpf lsm'" 'sleep 1000'
init dies 'exit 1'
init patched "echo 'guest: kernel of itself'" "echo 'Oops: int3: 0000 [#1] PREEMPT SMP'" 'poweroff -f' 'sleep 60'
"$here/kernel" "$cache" 6.1 bookworm >/dev/null || exit $?
boot ends &
boot hangs &
boot dies &
boot patched &
wait
for name in ends hangs dies patched; do
	if [ "$(cat "$work/$name.status")" -eq 77 ]; then
		tail -n 1 "$work/$name.out"
		exit 77
	fi
	row "$name: a failure" 1 "$(cat "$work/$name.status")"
	row "$name: it says of what" 1 "$(count "$name" 'no line "guest: verdict done"')"
done
row "ends: booted once" 1 "$(count ends 'QEMU ended')"
row "hangs: given up after a time" 1 "$(count hangs 'QEMU ended with status 124')"
row "dies: booted three times" 3 "$(count dies 'QEMU ended')"
row "dies: that is told" 1 "$(count dies 'did not start (boot 3 of 3)')"
row "dies: with the kernel's words" yes \
	"$([ "$(count dies 'Attempted to kill init')" -gt 0 ] && echo yes)"
row "patched: booted three times" 3 "$(count patched 'QEMU ended')"
row "patched: that is told" 1 "$(count patched 'patching left (boot 3 of 3)')"
[ "$failures" -eq 0 ] || cat "$work"/*.out
[ "$failures" -eq 0 ]
