/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/plan/unix_known.h"

#include "core/base/array.h"

/* "*" is any bytes of one component; "**" at the end, or before a slash, any at all. */
static const struct {
	const char *pattern;
	struct unix_known known;
} sockets[] = {
#define SERVICE(path, name)                                                                        \
	{                                                                                          \
		path,                                                                              \
		{                                                                                  \
			UNIX_SERVICE, name                                                         \
		}                                                                                  \
	}
#define DELEGATION(path, name)                                                                     \
	{                                                                                          \
		path,                                                                              \
		{                                                                                  \
			UNIX_DELEGATION, name                                                      \
		}                                                                                  \
	}
	SERVICE("/run/nscd/socket", "nscd"),
	SERVICE("/dev/log", "syslog"),
	SERVICE("/run/systemd/journal/dev-log", "syslog"),
	SERVICE("/run/systemd/journal/socket", "journald"),
	SERVICE("/run/systemd/journal/stdout", "journald"),
	SERVICE("/var/lib/sss/pipes/**", "sssd"),
	SERVICE("/run/systemd/userdb/*", "userdbd"),
	DELEGATION("/run/systemd/private", "systemd"),
	DELEGATION("/run/systemd/io.systemd.Manager", "systemd"),
	DELEGATION("/run/systemd/machine/**", "systemd"),
	DELEGATION("/run/user/*/systemd/private", "systemd"),
	DELEGATION("/run/user/*/systemd/io.systemd.Manager", "systemd"),
	DELEGATION("/run/dbus/system_bus_socket", "dbus"),
	DELEGATION("/run/user/*/bus", "dbus"),
	DELEGATION("/run/user/*/dbus-1/**", "dbus"),
	DELEGATION("/tmp/dbus-*", "dbus"),
	DELEGATION("@/tmp/dbus-*", "dbus"),
	DELEGATION("/run/docker.sock", "docker"),
	DELEGATION("/run/docker/**", "docker"),
	DELEGATION("/run/user/*/docker.sock", "docker"),
	DELEGATION("/run/user/*/docker/**", "docker"),
	DELEGATION("/run/cri-dockerd.sock", "docker"),
	DELEGATION("/run/containerd/**", "containerd"),
	DELEGATION("/run/k3s/containerd/**", "containerd"),
	DELEGATION("@/containerd-shim/**", "containerd"),
	DELEGATION("/run/buildkit/**", "buildkit"),
	DELEGATION("/run/podman/**", "podman"),
	DELEGATION("/run/user/*/podman/**", "podman"),
	DELEGATION("/run/crio/**", "crio"),
	DELEGATION("/run/libvirt/**", "libvirt"),
	DELEGATION("/run/user/*/libvirt/**", "libvirt"),
	DELEGATION("/var/lib/lxd/unix.socket", "lxd"),
	DELEGATION("/var/snap/lxd/common/lxd/unix.socket", "lxd"),
	DELEGATION("/var/lib/incus/unix.socket", "incus"),
	DELEGATION("/run/snapd.socket", "snapd"),
	DELEGATION("/run/snapd-snap.socket", "snapd"),
	DELEGATION("/run/supervisor.sock", "supervisor"),
	DELEGATION("/tmp/tmux-*/*", "tmux"),
	DELEGATION("/run/tmux/**", "tmux"),
	DELEGATION("/run/screen/S-*/*", "screen"),
	DELEGATION("/tmp/screens/S-*/*", "screen"),
	DELEGATION("**/.screen/*", "screen"),
	DELEGATION("/run/user/*/zellij/**", "zellij"),
	DELEGATION("**/.abduco/**", "abduco"),
	DELEGATION("**/.dtach/**", "dtach"),
	DELEGATION("/run/user/*/emacs/*", "emacs"),
	DELEGATION("/tmp/emacs*/*", "emacs"),
	DELEGATION("**/.emacs.d/server/*", "emacs"),
	/* an agent signs and runs nothing (OpenSSH 10.1 keeps it here); before the next */
	{ "**/.ssh/agent/**", { UNIX_OTHER, NULL } },
	DELEGATION("**/.ssh/**", "ssh"), /* where ControlPath= is customarily put */
#undef SERVICE
#undef DELEGATION
};

/* Whether `path` is matched from here on. The patterns are ours and short; "**" comes at most
 * twice. */
static bool matches(const char *pattern, struct span path)
{
	for (; *pattern; pattern++) {
		if (*pattern == '*') {
			bool any = pattern[1] == '*';

			pattern += any ? 2 : 1;
			for (size_t i = 0; i <= path.n; i++) {
				if (matches(pattern, (struct span){ path.p + i, path.n - i }))
					return true;
				if (i < path.n && path.p[i] == '/' && !any)
					break;
			}
			return false;
		}
		if (path.n == 0 || path.p[0] != *pattern)
			return false;
		path.p++;
		path.n--;
	}
	return path.n == 0;
}

/* ".." may lead anywhere, so such a path is none of the table. */
static bool climbs(struct span path)
{
	for (size_t i = 0; i + 3 <= path.n; i++) {
		if (memcmp(path.p + i, "/..", 3) == 0 && (i + 3 == path.n || path.p[i + 3] == '/'))
			return true;
	}
	return false;
}

struct unix_known unix_path_known(struct span path)
{
	if (climbs(path))
		return (struct unix_known){ UNIX_OTHER, NULL };
	for (size_t i = 0; i < ARRAY_SIZE(sockets); i++) {
		const char *pattern = sockets[i].pattern;

		/* most are told from each other by the first bytes */
		if (pattern[0] != '*' &&
		    (path.n < 2 || path.p[0] != pattern[0] || path.p[1] != pattern[1]))
			continue;
		if (matches(pattern, path))
			return sockets[i].known;
	}
	return (struct unix_known){ UNIX_OTHER, NULL };
}
