/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/plan/unix_known.h"
#include "lib/cmocka.h"

#define ROWS(rows) (sizeof(rows) / sizeof((rows)[0]))

static const struct {
	const char *path;
	enum unix_nature nature;
	const char *name;
} known_rows[] = {
	{ "", UNIX_OTHER, "" },
	{ "/", UNIX_OTHER, "" },
	{ "@", UNIX_OTHER, "" },
	{ "/run/systemd/privat", UNIX_OTHER, "" },
	{ "/run/systemd/private/x", UNIX_OTHER, "" },
	{ "/run/systemd/notify", UNIX_OTHER, "" },
	{ "/run/systemd/resolve/io.systemd.Resolve", UNIX_OTHER, "" },
	{ "/run/user/1000/x/bus", UNIX_OTHER, "" },
	{ "/run/user/bus", UNIX_OTHER, "" },
	{ "/x/run/docker.sock", UNIX_OTHER, "" },
	{ "@/run/docker.sock", UNIX_OTHER, "" },
	{ "/tmp/.X11-unix/X0", UNIX_OTHER, "" },
	{ "/tmp/ssh-XXXXabc/agent.12", UNIX_OTHER, "" },
	{ "/home/j/.ssh/agent/s.abc", UNIX_OTHER, "" },
	{ "/tmp/tmux-0/x/y", UNIX_OTHER, "" },
	{ "/run/systemd/userdb/..", UNIX_OTHER, "" },
	{ "/var/lib/sss/pipes/../../../../run/docker.sock", UNIX_OTHER, "" },
	{ "/run/docker/../docker.sock", UNIX_OTHER, "" },
	{ "/dev/log", UNIX_SERVICE, "syslog" },
	{ "/run/nscd/socket", UNIX_SERVICE, "nscd" },
	{ "/run/systemd/journal/stdout", UNIX_SERVICE, "journald" },
	{ "/run/systemd/journal/socket", UNIX_SERVICE, "journald" },
	{ "/run/systemd/userdb/io.systemd.Multiplexer", UNIX_SERVICE, "userdbd" },
	{ "/var/lib/sss/pipes/nss", UNIX_SERVICE, "sssd" },
	{ "/var/lib/sss/pipes/private/pam", UNIX_SERVICE, "sssd" },
	{ "/run/systemd/private", UNIX_DELEGATION, "systemd" },
	{ "/run/user/0/systemd/private", UNIX_DELEGATION, "systemd" },
	{ "/run/dbus/system_bus_socket", UNIX_DELEGATION, "dbus" },
	{ "/run/user/1000/bus", UNIX_DELEGATION, "dbus" },
	{ "@/tmp/dbus-a1b2", UNIX_DELEGATION, "dbus" },
	{ "/run/docker.sock", UNIX_DELEGATION, "docker" },
	{ "/run/docker/containerd/containerd.sock", UNIX_DELEGATION, "docker" },
	{ "/run/containerd/containerd.sock", UNIX_DELEGATION, "containerd" },
	{ "@/containerd-shim/ns/id/shim.sock", UNIX_DELEGATION, "containerd" },
	{ "/run/podman/podman.sock", UNIX_DELEGATION, "podman" },
	{ "/run/crio/crio.sock", UNIX_DELEGATION, "crio" },
	{ "/tmp/tmux-1000/default", UNIX_DELEGATION, "tmux" },
	{ "/run/screen/S-jdoe/12.pts-0.web", UNIX_DELEGATION, "screen" },
	{ "/home/jdoe/.screen/12.pts", UNIX_DELEGATION, "screen" },
	{ "/home/jdoe/.ssh/cm/jdoe@web:22", UNIX_DELEGATION, "ssh" },
	{ "/root/.ssh/mux", UNIX_DELEGATION, "ssh" },
	{ "/run/user/1000/emacs/server", UNIX_DELEGATION, "emacs" },
	{ "/tmp/emacs1000/server", UNIX_DELEGATION, "emacs" },
	{ "/run/snapd.socket", UNIX_DELEGATION, "snapd" },
	{ "/run/libvirt/libvirt-sock", UNIX_DELEGATION, "libvirt" },
	{ "/var/lib/incus/unix.socket", UNIX_DELEGATION, "incus" },
};

static void test_known(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(known_rows); i++) {
		struct unix_known got = unix_path_known(span_of(known_rows[i].path));

		if (got.nature != known_rows[i].nature ||
		    strcmp(got.name ? got.name : "", known_rows[i].name) != 0)
			fail_msg("\"%s\": %d, \"%s\"", known_rows[i].path, got.nature, got.name);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
