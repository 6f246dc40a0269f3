# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=bash
#
# Waiting for an event, for tests that source this. There is one deadline, which only catches a hang: no
# test may take it for an answer.
export WAIT_SECONDS=${WAIT_SECONDS:-300}

# until_true COMMAND... - waits for it; 1, and says what for, when it does not come.
until_true() {
	local end=$((SECONDS + WAIT_SECONDS))
	until "$@" 2>/dev/null; do
		if [ $SECONDS -ge $end ]; then
			echo "waited $WAIT_SECONDS s for: $*"
			return 1
		fi
		sleep 0.02
	done
}
