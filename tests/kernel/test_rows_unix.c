// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What the records say of unix sockets, against what the program says that it did.
 *
 * Each row was seen failing, with unix.bpf.c changed: the path one byte short, no LS_UNIX_SEND, one
 * type for all, no working directory, no root, no second try with the larger room, no check of the
 * address; nul-inside with the path's NUL ignored in decode.c.
 */
#include <dirent.h>
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/base/unix_path.h"
#include "core/plan/unix_known.h"
#include "rows.h"
#include "world.h"

static struct world world;
static char actor[4096], directory[64];

struct scene {
	const char *mode;
	const char *path; /* `known` */
	const char *name; /* what is known of it, NULL: nothing */
	size_t acts;
	bool send; /* one of them is a datagram with its address */
};

static void act(void *ctx)
{
	const struct scene *scene = ctx;
	char *argv[] = { "actor_unix", directory, (char *)(uintptr_t)scene->mode,
			 (char *)(uintptr_t)scene->path, NULL };
	char *env[] = { NULL };

	execve(actor, argv, env);
}

/* Whether the host shows it; if not, the row says so in doctor's words. */
static bool visible(const char *capability)
{
	const char *why = world__unseen(&world, capability);

	if (why)
		row_unseen("%s", why);
	return !why;
}

static void check_act(const struct run *run, const struct event *event, size_t i)
{
	char text[32];

	snprintf(text, sizeof(text), "%u/%d", event->un.type, event->un.send);
	assert_string_equal(text, run__truth(run, "unix", i));
	assert_true(run__truth_bytes(run, "given", i, event->un.given.p, event->un.given.n));
	assert_true(run__truth_bytes(run, "path", i, event->un.path.p, event->un.path.n));
	assert_int_equal(event->un.abstract, event->un.path.p[0] == '@');
	assert_false(event->un.foreign);
	assert_int_equal(event->tgid, run->pid);
	assert_int_equal(event->image, 1);
}

static void check_known(const struct event *event, const char *name)
{
	char room[UNIX_PATH_ROOM];
	struct unix_known known = unix_path_known(unix_path_tidy(event->un.path, room));

	assert_string_equal(known.name ? known.name : "", name ? name : "");
}

static void run_scene(const void *what)
{
	struct scene scene = *(const struct scene *)what;
	bool seen = visible("unix-connect") && (!scene.send || visible("unix-send"));
	struct run run;

	run__session(&run, &world, act, &scene, 0);
	if (run__truth(&run, "unseen", 0)[0]) {
		row_untried("%s", run__truth(&run, "unseen", 0));
	} else {
		assert_int_equal(run__event(&run, RECORD_EXIT, 0)->exit.status, 0);
		assert_string_equal(run__truth(&run, "unix", scene.acts), "");
		if (seen)
			assert_int_equal(run__count(&run, RECORD_UNIX), scene.acts);
		for (size_t i = 0; seen && i < scene.acts; i++)
			check_act(&run, run__event(&run, RECORD_UNIX, i), i);
		if (seen && scene.path)
			check_known(run__event(&run, RECORD_UNIX, 0), scene.name);
	}
	run__free(&run);
}

static void run_chroot(const void *what)
{
	struct scene scene = *(const struct scene *)what;
	struct run run;

	run__session(&run, &world, act, &scene, 0);
	assert_int_equal(run__event(&run, RECORD_EXIT, 0)->exit.status, 0);
	if (visible("unix-connect")) {
		const struct event *event = run__event(&run, RECORD_UNIX, 0);

		assert_int_equal(run__count(&run, RECORD_UNIX), 1);
		check_act(&run, event, 0);
		assert_true(event->un.root.n >= strlen(directory));
		assert_memory_equal(event->un.root.p + event->un.root.n - strlen(directory),
				    directory, strlen(directory));
	}
	run__free(&run);
}

/* A tool of the system's, in the session: what is checked is that its own socket is named. */
static void act_tool(void *ctx)
{
	const struct scene *scene = ctx;
	char *argv[] = { "sh", "-c", (char *)(uintptr_t)scene->mode, NULL };
	char home[80], tmpdir[80];
	char *env[] = { "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "TERM=dumb", home, tmpdir, NULL };

	snprintf(home, sizeof(home), "HOME=%s", directory);
	snprintf(tmpdir, sizeof(tmpdir), "D=%s", directory);
	execve("/bin/sh", argv, env);
}

static bool installed(const char *tool)
{
	static const char *const places[] = { "/usr/bin", "/bin", "/usr/sbin", "/sbin" };
	char path[128];

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", places[i], tool);
		if (!access(path, X_OK))
			return true;
	}
	return false;
}

static size_t count_known(const struct run *run, const char *name)
{
	size_t count = 0;

	for (size_t i = 0; i < run__count(run, RECORD_UNIX); i++) {
		char room[UNIX_PATH_ROOM];
		struct span path = run__event(run, RECORD_UNIX, i)->un.path;
		const char *known = unix_path_known(unix_path_tidy(path, room)).name;

		count += known && !strcmp(known, name);
	}
	return count;
}

/* .path is the tool. */
static void run_tool(const void *what)
{
	struct scene scene = *(const struct scene *)what;
	struct run run;

	if (!installed(scene.path)) {
		row_untried("%s is not installed here", scene.path);
		return;
	}
	run__session(&run, &world, act_tool, &scene, 0);
	if (visible("unix-connect"))
		assert_true(count_known(&run, scene.name) >= scene.acts);
	run__free(&run);
}

#define ROW(mode_, n)                                                                              \
	{                                                                                          \
		mode_, run_scene, &(const struct scene)                                            \
		{                                                                                  \
			.mode = mode_, .acts = n                                                   \
		}                                                                                  \
	}
#define SENDS(mode_, n)                                                                            \
	{                                                                                          \
		mode_, run_scene, &(const struct scene)                                            \
		{                                                                                  \
			.mode = mode_, .acts = n, .send = true                                     \
		}                                                                                  \
	}
#define KNOWN(row, path_, name_)                                                                   \
	{                                                                                          \
		row, run_scene, &(const struct scene)                                              \
		{                                                                                  \
			.mode = "known", .path = path_, .name = name_, .acts = 1                   \
		}                                                                                  \
	}
#define TOOL(tool, script, name_, n)                                                               \
	{                                                                                          \
		"tool-" tool, run_tool, &(const struct scene)                                      \
		{                                                                                  \
			.mode = script, .path = tool, .name = name_, .acts = n                     \
		}                                                                                  \
	}

static const struct row rows[] = {
	ROW("no-address", 0),
	ROW("missing", 1),
	ROW("refused", 1),
	ROW("longest", 1),
	ROW("nul-inside", 1),
	ROW("abstract-empty", 1),
	ROW("relative-up", 1),
	ROW("dgram-unspec", 1),
	ROW("stream-path", 1),
	ROW("dgram-path", 1),
	ROW("seqpacket-path", 1),
	ROW("stream-abstract", 1),
	ROW("dgram-abstract-binary", 1),
	ROW("abstract-longest", 1),
	ROW("relative", 1),
	ROW("relative-at-sign", 1),
	ROW("relative-deep", 1),
	SENDS("dgram-sendto", 1),
	SENDS("dgram-sendmmsg", 3),
	ROW("uring", 1),
	{ "chroot", run_chroot, &(const struct scene){ .mode = "chroot", .acts = 1 } },
	KNOWN("known-none", "/run/docker.sock.d/x", NULL),
	KNOWN("known-agent", "/root/.ssh/agent/s.x.agent", NULL),
	KNOWN("known-systemd", "/run/systemd/private", "systemd"),
	KNOWN("known-systemd-user", "/run/user/1000/systemd/private", "systemd"),
	KNOWN("known-dbus", "/run/dbus/system_bus_socket", "dbus"),
	KNOWN("known-dbus-var-run", "/var/run/dbus/system_bus_socket", "dbus"),
	KNOWN("known-dbus-user", "/run/user/1000/bus", "dbus"),
	KNOWN("known-dbus-abstract", "@/tmp/dbus-lockstep-test", "dbus"),
	KNOWN("known-docker", "/run/docker.sock", "docker"),
	KNOWN("known-docker-var-run", "/var/run/docker.sock", "docker"),
	KNOWN("known-containerd", "/run/containerd/containerd.sock", "containerd"),
	KNOWN("known-podman", "/run/podman/podman.sock", "podman"),
	KNOWN("known-crio", "/run/crio/crio.sock", "crio"),
	KNOWN("known-tmux", "/tmp/tmux-1000/default", "tmux"),
	KNOWN("known-screen", "/run/screen/S-root/1.tty", "screen"),
	KNOWN("known-ssh", "/root/.ssh/cm-root@host:22", "ssh"),
	KNOWN("known-emacs", "/run/user/1000/emacs/server", "emacs"),
	KNOWN("known-snapd", "/run/snapd.socket", "snapd"),
	KNOWN("known-libvirt", "/run/libvirt/libvirt-sock", "libvirt"),
	TOOL("tmux",
	     "tmux -L lockstep-test-$$ new-session -d 'sleep 60' && "
	     "tmux -L lockstep-test-$$ kill-server",
	     "tmux", 2),
	TOOL("dbus-send",
	     "DBUS_SYSTEM_BUS_ADDRESS=unix:path=/run/dbus/system_bus_socket dbus-send --system "
	     "--dest=org.freedesktop.DBus / org.freedesktop.DBus.Peer.Ping; true",
	     "dbus", 1),
	TOOL("logger", "logger --socket-errors=off -u /dev/log lockstep-test; true", "syslog", 1),
};

static int set_up(void **state)
{
	(void)state;
	snprintf(actor, sizeof(actor), "%s", actor_path("actor_unix"));
	snprintf(directory, sizeof(directory), "/tmp/lockstep-unix-%d", getpid());
	assert_int_equal(mkdir(directory, 0755), 0);
	world__open(&world, (struct probe_opts){ 0 });
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	world__close(&world);
	return rmdir(directory);
}

int main(int argc, char **argv)
{
	return rows_main(argc, argv, rows, sizeof(rows) / sizeof(rows[0]), set_up, tear_down);
}
