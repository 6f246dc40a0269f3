# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=sh
#
# For what comes from outside (packages, kernels, axe-core); sourced. A mirror that fails once is asked
# again; one that keeps failing is named as that, and is no failed test: exit status 75, EX_TEMPFAIL of
# sysexits.h.
FETCH_FAILED=75

# fetch WHAT COMMAND... - up to three times, with a pause that grows; then says what could not be fetched.
fetch() {
	fetch_what=$1
	shift
	for fetch_pause in 5 20 0; do
		if "$@"; then
			return 0
		fi
		echo "$fetch_what: \"$*\" failed" >&2
		sleep "$fetch_pause"
	done
	echo "$fetch_what could not be fetched: tried three times" >&2
	return "$FETCH_FAILED"
}

# fetch_once FILE WHAT COMMAND... - makes FILE by COMMAND, which is given a path to write, unless it is there
# with the sum that it was stored with. Who comes second waits for the first.
fetch_once() {
	fetch_file=$1
	mkdir -p "${fetch_file%/*}"
	(
		flock 9
		if (cd "${fetch_file%/*}" && sha256sum --status -c "${fetch_file##*/}.sha256") 2>/dev/null; then
			exit 0
		fi
		shift
		what=$1
		shift
		rm -f "$fetch_file" "$fetch_file.new"
		fetch "$what" "$@" "$fetch_file.new" || exit
		mv "$fetch_file.new" "$fetch_file" &&
			(cd "${fetch_file%/*}" && sha256sum "${fetch_file##*/}" >"${fetch_file##*/}.sha256")
	) 9>"$fetch_file.lock"
}
