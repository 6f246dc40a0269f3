# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=bash
#
# A small Debian to change and to throw away, for tests that source this from the top of the tree. It is
# made once, of this machine's release and from where its own apt sources fetch, with the packages of the
# change downloaded and not installed, and kept under $O/walk-cache, with its checksum; what debootstrap fetched for
# it is kept for others, which hold it against the archive's checksums before they take it. Each use unpacks it into memory, in
# mount, network and UTS namespaces of its own, and makes it the root there (pivot_root, not chroot: what
# runs in another root than lockstep itself is unresolvable by design). Needs $build; walk_begin makes $work.
: "${build:?}" "${work:=}"
# shellcheck source=tests/lib/fetch.sh
. tests/lib/fetch.sh
# shellcheck source=tests/lib/wait.sh
. tests/lib/wait.sh
walk_packages=(nginx-light ssl-cert logrotate)
walk_cache=$build/walk-cache
# What lockstep is linked with, what verifies signatures, and shells with what they use.
walk_include=libbpf1,libsqlite3-0,libyaml-0-2,libssl3,libelf1,openssh-client,bash-completion,less,procps,zsh

# walk_lacks - why it can't be had here, or nothing.
walk_lacks() {
	local program
	if [ "$(id -u)" -ne 0 ]; then
		echo "needs root"
	elif [ ! -r /sys/kernel/btf/vmlinux ]; then
		echo "this kernel has no BTF (/sys/kernel/btf/vmlinux)"
	elif ! grep -q ' - cgroup2 ' /proc/self/mountinfo; then
		echo "no cgroup v2 tree is mounted"
	elif ! unshare -mnu true 2>/dev/null; then
		echo "namespaces can't be made here"
	elif [ ! -e "$walk_cache/$(walk_name)" ]; then
		for program in debootstrap apt-get zstd; do
			command -v "$program" >/dev/null || echo "$program is not installed"
		done
	fi
}

# The release, and what goes into it: another list is another file.
walk_name() {
	local codename
	codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
	echo "root-$codename-$(echo "1 ${walk_packages[*]} $walk_include" | sha256sum | cut -c1-12).tar.zst"
}

# In a mount namespace of its own, so that what debootstrap mounts goes away with it.
walk_bootstrap() {
	local root=$1 codename=$2 cache=$3 mirror
	for mirror in $(apt-get update --print-uris -o "Dir::State::lists=$root.lists" |
		sed -n "s|^'\\([^']*\\)/dists/$codename/.*|\\1|p" | sort -u); do
		debootstrap --variant=minbase --cache-dir="$cache" --include="$walk_include" "$codename" "$root" "$mirror" || continue
		printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
		chmod 0755 "$root/usr/sbin/policy-rc.d"
		cp /etc/resolv.conf "$root/etc/resolv.conf"
		chroot "$root" apt-get clean
		chroot "$root" apt-get update -qq
		chroot "$root" apt-get install -y -qq --no-install-recommends --download-only \
			"${walk_packages[@]}" || continue
		# nothing is looked up or fetched from now on
		echo 'nameserver 127.0.0.1' >"$root/etc/resolv.conf"
		return 0
	done
	return 1
}

# walk_tar FILE - makes the tarball. What debootstrap downloaded stays for the next try and for another list.
walk_tar() {
	local making codename status
	codename=$(. /etc/os-release && echo "$VERSION_CODENAME")
	making=$(mktemp -d "$walk_cache/making.XXXXXX")
	mkdir -p "$build/deb-cache"
	unshare -m --propagation private bash -c "walk_include=$walk_include walk_packages=(${walk_packages[*]})
		$(declare -f walk_bootstrap); walk_bootstrap \"\$@\"" - "$making/root" "$codename" "$build/deb-cache" \
		>"$making/log" 2>&1 &&
		tar -C "$making/root" --one-file-system -I 'zstd -q -3' -cf "$1" .
	status=$?
	[ $status -eq 0 ] || tail -n 3 "$making/log" >&2
	rm -rf "$making"
	return $status
}

# walk_make - the tarball's path in $walk_tarball. $FETCH_FAILED: it can't be fetched, and why is on stderr.
walk_make() {
	walk_tarball=$walk_cache/$(walk_name)
	fetch_once "$walk_tarball" "a small Debian (debootstrap)" walk_tar
}

# In the namespaces: unpacks, and becomes that root.
walk_enter() {
	local tarball=$1 share=$2 build=$3 profiles=$4 root
	shift 4
	root=$share/root
	mkdir -p "$root" || return 125
	mount -t tmpfs -o size=1g,mode=755 lockstep "$root" || return 125
	zstd -dc "$tarball" | tar -C "$root" -x || return 125
	mkdir "$root/walk" "$root/opt/build" "$root/opt/profiles" "$root/opt/old"
	mount --rbind /proc "$root/proc" && mount --rbind /sys "$root/sys" && mount --rbind /dev "$root/dev" &&
		mount --bind "$build" "$root/opt/build" && mount --bind "$profiles" "$root/opt/profiles" &&
		mount --bind "$share" "$root/walk" && hostname web-1 || return 125
	cd "$root" && pivot_root . opt/old && umount -l /opt/old || return 125
	cd /root || return 125
	env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM="${TERM:-dumb}" NO_COLOR=1 LC_ALL=C \
		DEBIAN_FRONTEND=noninteractive ${LOCKSTEP_RESIDUE:+"LOCKSTEP_RESIDUE=$LOCKSTEP_RESIDUE"} "$@"
}

# walk COMMAND... - runs it in a new copy, where $work is /walk, the build /opt/build, the shipped
# profiles /opt/profiles. Nothing of the copy is left.
walk() {
	unshare -mnu --propagation private bash -c "$(declare -f walk_enter); walk_enter \"\$@\"" - \
		"$walk_tarball" "$work" "$build" "$(realpath examples/profiles)" "$@"
}

# walk_begin WHAT - $work, $cgroup (not made yet) and $failures, all gone at the end; exits with 77 where WHAT
# can't be done.
walk_begin() {
	local lacks
	lacks=$(walk_lacks)
	if [ -n "$lacks" ]; then
		echo "$1 can't be done here: $lacks" >&2
		exit 77
	fi
	work=$(mktemp -d -t lockstep.XXXXXX)
	cgroup=$(awk '/ - cgroup2 / { print $5; exit }' /proc/self/mountinfo)/$(basename "$work")
	failures=0
	trap walk_end EXIT
	trap 'exit 130' INT TERM
}

walk_end() {
	[ ! -e "$cgroup/cgroup.kill" ] || echo 1 >"$cgroup/cgroup.kill"
	[ ! -d "$cgroup" ] || until_true rmdir "$cgroup"
	rm -rf "$work"
}

row() {
	if [ "$2" = "$3" ]; then
		echo "ok: $1"
	else
		echo "not so: $1: expected \"$2\", got \"$3\""
		failures=$((failures + 1))
	fi
}
