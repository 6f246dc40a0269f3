// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause

/*
 * Programs, maps and ring that outlive their loader: on a bpffs in a mount namespace of our own,
 * which takes what is pinned with it. Seen failing: killed with put_links() left out, and with a
 * cursor that begins at the producer's position; other-settings and other-wire with every identity
 * the same; cut-short with none the same; other-wire without readable(); refused without the mode,
 * and without flock(); cut-short without the removal of names.
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "edge/probe/pin.h"
#include "edge/probe/probe.h"
#include "lib/wait.h"
#include "rows.h"

enum { SESSION = 7 };

static char mount_dir[64], pins[80], cgroup[128];

/*
 * The session's opener: for each byte that it reads it forks a child that exits, one record each.
 */
struct opener {
	pid_t pid;
	int pidfd, to, from;
};

static void opener_life(int from, int to)
{
	char byte;

	while (read(from, &byte, 1) == 1) {
		pid_t pid = fork();

		if (pid == 0)
			_exit(0);
		waitpid(pid, NULL, 0);
		if (write(to, "d", 1) != 1)
			break;
	}
	_exit(0);
}

static struct opener opener_start(void)
{
	struct opener opener;
	int down[2], up[2];

	assert_int_equal(pipe2(down, O_CLOEXEC), 0);
	assert_int_equal(pipe2(up, O_CLOEXEC), 0);
	opener.pid = fork();
	assert_true(opener.pid >= 0);
	if (opener.pid == 0) {
		close(down[1]);
		close(up[0]);
		opener_life(down[0], up[1]);
	}
	close(down[0]);
	close(up[1]);
	opener.to = down[1];
	opener.from = up[0];
	opener.pidfd = (int)syscall(SYS_pidfd_open, opener.pid, 0);
	assert_true(opener.pidfd >= 0);
	return opener;
}

static void opener_act(const struct opener *opener, int n)
{
	char byte;

	while (n-- > 0) {
		assert_int_equal(write(opener->to, "a", 1), 1);
		assert_int_equal(read(opener->from, &byte, 1), 1);
	}
}

static void opener_end(struct opener *opener)
{
	close(opener->to);
	close(opener->from);
	close(opener->pidfd);
	assert_int_equal(waitpid(opener->pid, NULL, 0), opener->pid);
}

static struct probe_opts options(void)
{
	return (struct probe_opts){ .cgroup = cgroup, .ring_bytes = 64 << 10, .pins = pins };
}

static struct probe *open_with(const struct probe_opts *opts)
{
	struct probe *probe;
	char why[512];

	if (probe__open(&probe, opts, why, sizeof(why)))
		fail_msg("%s", why);
	return probe;
}

static void refused(const struct probe_opts *opts, int want, const char *text)
{
	struct probe *probe;
	char why[512];

	assert_int_equal(probe__open(&probe, opts, why, sizeof(why)), want);
	assert_null(probe);
	if (!strstr(why, text))
		fail_msg("\"%s\" is not in \"%s\"", text, why);
}

/* A loader that tags the opener, reads what two acts gave, gives `released` of them back, and is
 * killed. */
static void first_life(struct opener *opener, int released)
{
	int ready[2];
	char byte;
	pid_t pid;

	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		const struct probe_opts opts = options();
		struct probe *probe;
		char why[512];
		const void *record;
		size_t n;

		if (probe__open(&probe, &opts, why, sizeof(why)) ||
		    probe__tag(probe, SESSION, opener->pidfd) || write(ready[1], "t", 1) != 1)
			_exit(1);
		for (int came = 0; came < 2;) {
			if (!probe__next(probe, &record, &n))
				continue;
			came++;
			if (came <= released)
				probe__release(probe, probe__cursor(probe));
		}
		if (write(ready[1], "r", 1) != 1)
			_exit(1);
		pause();
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	opener_act(opener, 2);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* The numbers in the ring are first..last, each once. */
static void came(struct probe *probe, uint64_t first, uint64_t last)
{
	const void *record;
	struct ls_hdr hdr;
	size_t n;

	struct wait wait = wait_begin();

	for (;;) {
		while (probe__next(probe, &record, &n)) {
			memcpy(&hdr, record, sizeof(hdr));
			assert_int_equal(hdr.session, SESSION);
			assert_int_equal(hdr.sseq, first++);
		}
		if (first > last)
			break;
		if (!wait_again(&wait))
			fail_msg("record %llu does not come", (unsigned long long)first);
	}
	assert_int_equal(first, last + 1);
	assert_false(probe__next(probe, &record, &n));
}

static void gone(void)
{
	assert_int_equal(access(pins, F_OK), -1);
	assert_int_equal(errno, ENOENT);
}

static void killed(const void *what)
{
	const int released = 1; /* of the two that it read */
	struct opener opener = opener_start();
	const struct probe_opts opts = options();
	struct ls_session counters;
	struct probe *probe;

	(void)what;
	first_life(&opener, released);
	opener_act(&opener, 3); /* nobody reads */
	probe = open_with(&opts);
	assert_true(probe__taken_over(probe));
	assert_false(probe__outdated(probe));
	assert_true(probe__facts(probe)->programs & HOOK_BIT(HOOK_EXEC));
	came(probe, (uint64_t)released + 1, 5);
	opener_act(&opener, 1);
	came(probe, 6, 6);
	assert_int_equal(probe__counters(probe, SESSION, &counters), 0);
	assert_int_equal(counters.emitted, 6);
	assert_int_equal(counters.members, 1);
	assert_int_equal(probe__recursion_misses(probe), 0);
	assert_int_equal(probe__forget(probe, SESSION), 0);
	probe__unpin(probe);
	probe__close(probe);
	opener_end(&opener);
	gone();
}

/* The hooks still count what a loader that has gone, and come back, did not attach: after the close
 * too. */
static void other_settings(const void *what)
{
	struct opener opener = opener_start();
	struct probe_opts opts = options();
	struct probe *probe;

	(void)what;
	first_life(&opener, 2);
	opts.env_max = 8192;
	probe = open_with(&opts);
	assert_true(probe__taken_over(probe));
	assert_true(probe__outdated(probe));
	opener_act(&opener, 1);
	came(probe, 3, 3);
	assert_int_equal(probe__forget(probe, SESSION), 0);
	probe__close(probe);
	probe = open_with(&opts);
	assert_false(probe__taken_over(probe));
	assert_false(probe__outdated(probe));
	probe__unpin(probe);
	probe__close(probe);
	opener_end(&opener);
	gone();
}

static int pinned(const char *name)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", pins, name);
	fd = bpf_obj_get(path);
	assert_true(fd >= 0);
	return fd;
}

static void other_wire(const void *what)
{
	struct opener opener = opener_start();
	const struct probe_opts opts = options();
	uint32_t zero = 0, session = SESSION;
	struct pin_identity identity;
	struct probe *probe;
	int fd;

	(void)what;
	first_life(&opener, 2);
	fd = pinned("identity");
	assert_int_equal(bpf_map_lookup_elem(fd, &zero, &identity), 0);
	identity.wire++;
	assert_int_equal(bpf_map_update_elem(fd, &zero, &identity, BPF_ANY), 0);
	close(fd);
	refused(&opts, -EPROTO, "sessions are open under kernel programs of another version");
	refused(&opts, -EPROTO, "--unload");
	fd = pinned("sessions");
	assert_int_equal(bpf_map_delete_elem(fd, &session), 0);
	close(fd);
	probe = open_with(&opts);
	assert_false(probe__taken_over(probe));
	probe__unpin(probe);
	probe__close(probe);
	opener_end(&opener);
	gone();
}

static void cut_short(const void *what)
{
	const struct probe_opts opts = options();
	struct probe *probe = open_with(&opts);
	char path[256], why[512];

	(void)what;
	probe__close(probe);
	probe = open_with(&opts);
	assert_true(probe__taken_over(probe)); /* though it has no session */
	probe__close(probe);
	snprintf(path, sizeof(path), "%s/identity", pins);
	assert_int_equal(unlink(path), 0);
	probe = open_with(&opts);
	assert_false(probe__taken_over(probe));
	assert_int_equal(probe_unload(pins, why, sizeof(why)), -EBUSY);
	probe__close(probe);
	assert_int_equal(access(pins, F_OK), 0);
	assert_int_equal(probe_unload(pins, why, sizeof(why)), 0);
	gone();
	assert_int_equal(probe_unload(pins, why, sizeof(why)), 0);
}

static void refusals(const void *what)
{
	struct probe_opts opts = options();
	struct probe *probe;

	(void)what;
	opts.pins = "/proc/lockstep";
	refused(&opts, -ENOTSUP, "no BPF file system is mounted there");
	opts.pins = pins;
	assert_int_equal(mkdir(pins, 0750), 0);
	refused(&opts, -EPERM, "nobody else can enter");
	assert_int_equal(chmod(pins, 0700), 0);
	assert_int_equal(chown(pins, 65534, 0), 0);
	refused(&opts, -EPERM, "nobody else can enter");
	assert_int_equal(chown(pins, 0, 0), 0);
	probe = open_with(&opts);
	refused(&opts, -EBUSY, "another lockstepd's");
	probe__unpin(probe);
	probe__close(probe);
	gone();
}

static int make_cgroup(void)
{
	char line[4096], at[64] = "";
	FILE *file = fopen("/proc/self/mountinfo", "re");

	while (file && fgets(line, sizeof(line), file)) {
		if (strstr(line, " - cgroup2 "))
			sscanf(line, "%*s %*s %*s %*s %63s", at);
	}
	if (file)
		fclose(file);
	snprintf(cgroup, sizeof(cgroup), "%s/lockstep-pins-%d", at, getpid());
	return at[0] ? mkdir(cgroup, 0755) : -1;
}

static int set_up(void **state)
{
	(void)state;
	if (make_cgroup())
		return -errno;
	snprintf(mount_dir, sizeof(mount_dir), "/tmp/lockstep-pins-%d", getpid());
	snprintf(pins, sizeof(pins), "%s/pins", mount_dir);
	if (mkdir(mount_dir, 0700) || unshare(CLONE_NEWNS) ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("lockstep-test", mount_dir, "bpf", 0, NULL))
		return -errno;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	umount2(mount_dir, MNT_DETACH);
	return rmdir(mount_dir) | rmdir(cgroup);
}

int main(int argc, char **argv)
{
	static const struct row rows[] = {
		{ "pins-refused", refusals, NULL },
		{ "pins-cut-short-and-unload", cut_short, NULL },
		{ "pins-other-wire", other_wire, NULL },
		{ "pins-other-settings", other_settings, NULL },
		{ "pins-killed", killed, NULL },
	};

	return rows_main(argc, argv, rows, sizeof(rows) / sizeof(*rows), set_up, tear_down);
}
