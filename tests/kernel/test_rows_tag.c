// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Which process a tag reaches, and when it has left: what asks to be tagged is dying, tagged
 * already, a thread, or gone with its number in other hands.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/wait.h"
#include "outsider.h"
#include "rows.h"
#include "world.h"

static struct world world;

/* A child that goes on when its end of the gate closes. */
struct child {
	pid_t pid;
	int pidfd, gate;
};

static void enter_cgroup(void)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "%s/cgroup.procs", world.cgroup);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, "0", 1) != 1)
		_exit(120);
	close(fd);
}

static struct child child_start(void (*act)(void))
{
	struct child child;
	int gate[2];
	char byte;

	assert_int_equal(pipe2(gate, O_CLOEXEC), 0);
	child.pid = fork();
	assert_true(child.pid >= 0);
	if (child.pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(gate[1]);
		if (read(gate[0], &byte, 1) == 0 && act)
			act();
		_exit(0);
	}
	close(gate[0]);
	child.gate = gate[1];
	child.pidfd = (int)syscall(SYS_pidfd_open, child.pid, 0);
	assert_true(child.pidfd >= 0);
	return child;
}

static void child_go(struct child *child)
{
	close(child->gate);
}

static void child_reap(struct child *child)
{
	assert_int_equal(waitpid(child->pid, NULL, 0), child->pid);
	close(child->pidfd);
}

static void ignore(void *ctx, uint32_t tgid, const struct ls_member *member)
{
	(void)ctx;
	(void)tgid;
	(void)member;
}

static size_t members(uint32_t session)
{
	return probe__members(world.probe, session, ignore, NULL);
}

static bool known(uint32_t session)
{
	struct ls_session counters;

	return probe__counters(world.probe, session, &counters) == 0;
}

/* How many records there are, of any session. */
static size_t records(void)
{
	const void *record;
	size_t size, n = 0;

	while (probe__next(world.probe, &record, &size))
		n++;
	probe__release(world.probe, probe__cursor(world.probe));
	return n;
}

static void over(uint32_t session)
{
	assert_int_equal(probe__forget(world.probe, session), 0);
	records();
}

static void have_child(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		pause();
	}
	waitpid(pid, NULL, 0);
}

struct found {
	uint32_t other_than;
	pid_t pid;
};

static void find_other(void *ctx, uint32_t tgid, const struct ls_member *member)
{
	struct found *found = ctx;

	(void)member;
	if (tgid != found->other_than)
		found->pid = (pid_t)tgid;
}

/* With BPF_ANY for BPF_NOEXIST in probe.c it does not come to its end. */
static void nested_row(const void *unused)
{
	struct child child = child_start(have_child);
	struct found found = { .other_than = (uint32_t)child.pid };
	uint32_t session = ++world.sessions, other = ++world.sessions;
	int pidfd;

	(void)unused;
	assert_int_equal(probe__tag(world.probe, session, child.pidfd), 0);
	child_go(&child);
	WAIT_FOR(members(session) == 2);
	assert_int_equal(probe__members(world.probe, session, find_other, &found), 2);
	pidfd = (int)syscall(SYS_pidfd_open, found.pid, 0);
	assert_int_equal(probe__tag(world.probe, other, pidfd), -EEXIST);
	assert_int_equal(probe__tag(world.probe, other, child.pidfd), -EEXIST);
	assert_false(known(other));
	assert_int_equal(members(other), 0);
	assert_int_equal(members(session), 2);
	kill(found.pid, SIGKILL);
	close(pidfd);
	child_reap(&child);
	assert_int_equal(records(), 2);
	over(session);
}

static void *thread_tells(void *to)
{
	pid_t tid = (pid_t)syscall(SYS_gettid);

	if (write(*(int *)to, &tid, sizeof(tid)) != sizeof(tid))
		_exit(121);
	for (;;)
		pause();
	return NULL;
}

/* A thread's number is no process's: its entry was believed to be one, and nobody took it out. */
static void thread_row(const void *unused)
{
	uint32_t session = ++world.sessions;
	int told[2], pidfd, ret;
	pthread_t thread;
	pid_t pid, tid;

	(void)unused;
	assert_int_equal(pipe2(told, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		pthread_create(&thread, NULL, thread_tells, &told[1]);
		pthread_join(thread, NULL);
	}
	assert_int_equal(read(told[0], &tid, sizeof(tid)), sizeof(tid));
	pidfd = (int)syscall(SYS_pidfd_open, tid, O_EXCL); /* PIDFD_THREAD, Linux 6.9 */
	ret = pidfd < 0 ? 0 : probe__tag(world.probe, session, pidfd);
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	close(told[0]);
	close(told[1]);
	if (pidfd < 0) {
		row_untried("this kernel has no descriptors of threads");
		return;
	}
	close(pidfd);
	assert_int_equal(ret, -EINVAL);
	assert_false(known(session));
	assert_int_equal(members(session), 0);
}

static char state_of(pid_t pid)
{
	char path[64], text[512] = "", *end;
	FILE *in;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	in = fopen(path, "re");
	if (!in)
		return 0;
	if (fread(text, 1, sizeof(text) - 1, in) == 0)
		text[0] = 0;
	fclose(in);
	end = strrchr(text, ')');
	return end ? end[2] : 0;
}

/*
 * The first process of a pid namespace stays on its way out until the others in there were waited
 * for; here their parent is outside of it, and lets one lie.
 */
struct dying {
	pid_t parent, pid, lies;
	int go[2], done[2];
};

static void dying_parent(const struct dying *dying, int told)
{
	pid_t pids[2];
	char byte;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (unshare(CLONE_NEWPID))
		_exit(121);
	pids[0] = fork();
	if (pids[0] == 0)
		_exit(read(dying->go[0], &byte, 1) != 1);
	pids[1] = fork();
	if (pids[1] == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
	if (write(told, pids, sizeof(pids)) != sizeof(pids) || read(dying->done[0], &byte, 1) != 1)
		_exit(122);
	waitpid(pids[1], NULL, 0);
	waitpid(pids[0], NULL, 0);
	_exit(0);
}

static void dying_start(struct dying *dying)
{
	pid_t pids[2];
	int told[2];

	assert_int_equal(pipe2(dying->go, O_CLOEXEC), 0);
	assert_int_equal(pipe2(dying->done, O_CLOEXEC), 0);
	assert_int_equal(pipe2(told, O_CLOEXEC), 0);
	dying->parent = fork();
	if (dying->parent == 0)
		dying_parent(dying, told[1]);
	close(told[1]);
	assert_int_equal(read(told[0], pids, sizeof(pids)), sizeof(pids));
	close(told[0]);
	dying->pid = pids[0];
	dying->lies = pids[1];
	assert_int_equal(write(dying->go[1], "g", 1), 1);
	WAIT_FOR(state_of(dying->lies) == 'Z');
	assert_int_not_equal(state_of(dying->pid), 'Z');
}

static void dying_end(struct dying *dying)
{
	assert_int_equal(write(dying->done[1], "d", 1), 1);
	assert_int_equal(waitpid(dying->parent, NULL, 0), dying->parent);
	close(dying->go[0]);
	close(dying->go[1]);
	close(dying->done[0]);
	close(dying->done[1]);
}

/*
 * Its exit hook has run: nobody would ever take its entry out, and whoever gets its number next
 * would be in the session. It was so, while a process that took longer than 100 ms was believed to
 * live.
 */
static void dying_row(const void *unused)
{
	uint32_t session = ++world.sessions;
	struct dying dying;
	int pidfd, ret;

	(void)unused;
	dying_start(&dying);
	pidfd = (int)syscall(SYS_pidfd_open, dying.pid, 0);
	ret = probe__tag(world.probe, session, pidfd);
	close(pidfd);
	dying_end(&dying);
	assert_int_equal(ret, -ESRCH);
	assert_false(known(session));
	assert_int_equal(members(session), 0);
	assert_int_equal(records(), 0);
}

/* LOCKSTEP_EXECS is for slow machines. */
static unsigned int rounds(unsigned int most)
{
	const char *asked = getenv("LOCKSTEP_EXECS");
	unsigned int n = asked ? (unsigned int)strtoul(asked, NULL, 10) : most;

	return n < most ? n : most;
}

/*
 * Either it is told that the process is gone, or the session has its end in a record. Seen failing
 * with tag_undo() doing nothing.
 */
static void race_row(const void *unused)
{
	unsigned int i, tagged = 0, n = rounds(200);

	(void)unused;
	for (i = 0; i < n; i++) {
		struct child child = child_start(NULL);
		uint32_t session = ++world.sessions;
		int ret;

		child_go(&child);
		usleep(i % 16 * 20);
		ret = probe__tag(world.probe, session, child.pidfd);
		child_reap(&child);
		assert_true(ret == 0 || ret == -ESRCH);
		assert_int_equal(members(session), 0);
		assert_int_equal(records(), ret == 0);
		if (ret == 0)
			over(session);
		assert_false(known(session));
		tagged += ret == 0;
	}
	print_message("  %u of %u were tagged in time\n", tagged, n);
}

/*
 * Who sees that the last process is gone knows all numbers that were given out: or the session
 * would be closed before its last record.
 */
static void last_row(const void *unused)
{
	unsigned int i, n = rounds(500);

	(void)unused;
	for (i = 0; i < n; i++) {
		struct child child = child_start(NULL);
		uint32_t session = ++world.sessions;
		struct ls_session counters;

		assert_int_equal(probe__tag(world.probe, session, child.pidfd), 0);
		child_go(&child);
		do
			assert_int_equal(probe__counters(world.probe, session, &counters), 0);
		while (counters.members);
		assert_int_equal(counters.emitted, 1);
		child_reap(&child);
		over(session);
	}
}

static void connect_udp(void)
{
	enter_cgroup();
	_exit(outsider_udp() != 0);
}

/* Tagged, and ended before any of its acts; then its number is another's. */
static void reused_row(const void *unused)
{
	struct child child = child_start(connect_udp);
	uint32_t session = ++world.sessions;
	struct ls_session counters;
	pid_t pid;

	(void)unused;
	assert_int_equal(probe__tag(world.probe, session, child.pidfd), 0);
	kill(child.pid, SIGKILL);
	child_reap(&child);
	child_go(&child);
	pid = fork_as(child.pid);
	if (pid == 0)
		connect_udp();
	assert_int_equal(pid, child.pid);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_int_equal(probe__counters(world.probe, session, &counters), 0);
	assert_int_equal(counters.emitted, 1);
	assert_int_equal(counters.members, 0);
	assert_int_equal(records(), 1);
	over(session);
}

/* Numbers of another namespace would tag a stranger: they did, when nobody looked. */
static void namespace_row(const void *unused)
{
	const struct probe_opts opts = { .cgroup = world.cgroup };
	struct probe *probe;
	char why[512];
	int status;
	pid_t pid;

	(void)unused;
	pid = fork();
	if (pid == 0) {
		if (unshare(CLONE_NEWPID))
			_exit(121);
		pid = fork();
		if (pid == 0)
			_exit(probe__open(&probe, &opts, why, sizeof(why)) != -EOPNOTSUPP ||
			      !strstr(why, "pid namespace"));
		waitpid(pid, &status, 0);
		_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 122);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static const struct row rows[] = {
	{ "monitor in a pid namespace of its own", namespace_row, NULL },
	{ "a tagged process and its child ask for another ticket", nested_row, NULL },
	{ "descriptor of a thread", thread_row, NULL },
	{ "process on its way out", dying_row, NULL },
	{ "process that ends as it is tagged", race_row, NULL },
	{ "last exit and its number", last_row, NULL },
	{ "opener's tgid used again at once", reused_row, NULL },
};

static int set_up(void **state)
{
	(void)state;
	world__open(&world, (struct probe_opts){ .members_max = 64 }); /* quickly walked */
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	world__close(&world);
	return 0;
}

int main(int argc, char **argv)
{
	return rows_main(argc, argv, rows, sizeof(rows) / sizeof(rows[0]), set_up, tear_down);
}
