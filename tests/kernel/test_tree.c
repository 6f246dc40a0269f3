// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Who belongs to a session, and whose image each act is: forks, threads, daemons, and processes
 * outside.
 *
 * Seen failing: fork, spawn, daemon, killed, clone-parent, crowd, fork-threads and many with
 * on_fork doing nothing, threads and leader-first with a thread counted as a process, forget with
 * the members left in their map, and outside with children of an actor that is no member taken into
 * session 1.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/row_filter.h"
#include "rows.h"
#include "world.h"

static struct world world;
static char actor[4096];

static void act(void *ctx)
{
	char *argv[] = { "actor_tree", ctx, "20", NULL };
	char *env[] = { NULL };

	execve(actor, argv, env);
}

/* The n-th event of this kind, which has to be there. */
static const struct event *event_at(const struct run *run, enum record_kind kind, size_t n)
{
	const struct event *e = run__event(run, kind, n);

	if (!e)
		fail_msg("no record %zu of kind %d among %zu", n, kind, run->seen_n);
	return e;
}

/* The record of this process's end. */
static const struct event *exit_of(const struct run *run, uint32_t tgid)
{
	const struct event *e;
	size_t i;

	for (i = 0; (e = run__event(run, RECORD_EXIT, i)); i++)
		if (e->tgid == tgid)
			return e;
	fail_msg("no record of the end of process %u", tgid);
	return NULL;
}

static const struct event *opener_exit(const struct run *run)
{
	return exit_of(run, (uint32_t)run->pid);
}

static const struct event *child_exit(const struct run *run, const char *name)
{
	return exit_of(run, (uint32_t)run__truth_u64(run, name, 0));
}

static void check_fork(const struct run *run)
{
	const struct event *connect = event_at(run, RECORD_CONNECT, 0);

	assert_int_equal(connect->tgid, run__truth_u64(run, "child", 0));
	assert_int_equal(connect->ppid, run->pid);
	assert_int_equal(connect->image, 1);
	assert_true(connect->shared);
	assert_true(connect->start_ns > event_at(run, RECORD_EXEC, 0)->start_ns);
	assert_int_equal(child_exit(run, "child")->exit.status, 3 << 8);
	assert_int_equal(child_exit(run, "child")->image, 1);
	assert_true(child_exit(run, "child")->shared);
	assert_false(child_exit(run, "child")->last);
	assert_true(opener_exit(run)->shared);
	assert_true(opener_exit(run)->last);
	assert_int_equal(run->seen_n, 4);
}

static void check_spawn(const struct run *run)
{
	const struct event *exec = event_at(run, RECORD_EXEC, 1);
	const struct event *connect = event_at(run, RECORD_CONNECT, 0);

	assert_int_equal(exec->tgid, run__truth_u64(run, "child", 0));
	assert_int_equal(exec->image, 1);
	assert_true(exec->shared);
	assert_int_equal(connect->image, exec->sseq);
	assert_false(connect->shared);
	assert_int_equal(child_exit(run, "child")->image, exec->sseq);
	assert_false(child_exit(run, "child")->shared);
	assert_int_equal(run->seen_n, 5);
}

static void check_daemon(const struct run *run)
{
	const struct event *exec = event_at(run, RECORD_EXEC, 1);

	assert_int_equal(exec->tgid, run__truth_u64(run, "grandchild", 0));
	assert_int_equal(exec->image, 1);
	assert_int_equal(event_at(run, RECORD_CONNECT, 0)->image, exec->sseq);
	assert_true(child_exit(run, "grandchild")->last);
	assert_false(opener_exit(run)->last);
	assert_int_equal(run->seen_n, 6);
}

static void check_killed(const struct run *run)
{
	assert_int_equal(child_exit(run, "child")->exit.status, 9);
	assert_int_equal(run->seen_n, 3);
}

static void check_threads(const struct run *run)
{
	assert_int_equal(run->seen_n, 3);
	assert_int_equal(event_at(run, RECORD_CONNECT, 0)->tgid, run->pid);
	assert_true(event_at(run, RECORD_CONNECT, 0)->tid != (uint32_t)run->pid);
	assert_false(opener_exit(run)->shared);
}

static void check_leader_first(const struct run *run)
{
	assert_int_equal(run->seen_n, 3);
	assert_int_equal(event_at(run, RECORD_CONNECT, 0)->tgid, run->pid);
	assert_int_equal(opener_exit(run)->exit.status, 5 << 8);
	assert_true(opener_exit(run)->last);
}

static void check_clone_parent(const struct run *run)
{
	const struct event *connect = event_at(run, RECORD_CONNECT, 0);

	assert_int_equal(connect->tgid, run__truth_u64(run, "child", 0));
	assert_int_equal(connect->ppid, getpid());
	assert_int_equal(connect->image, 1);
	assert_int_equal(run->seen_n, 4);
}

static void check_crowd(const struct run *run)
{
	size_t i;

	assert_int_equal(run->seen_n, 22);
	for (i = 0; i < 20; i++)
		exit_of(run, (uint32_t)run__truth_u64(run, "child", i));
}

/* Each child once, by run_check() in world.c: nobody is left, and no number is missing. */
static void check_fork_threads(const struct run *run)
{
	assert_int_equal(run->seen_n, 2 + 4 * 20);
	assert_int_equal(run->counters.emitted, 2 + 4 * 20);
}

static void check_many(const struct run *run)
{
	assert_int_equal(run->seen_n, 2 + 3 * 20);
	assert_int_equal(run->counters.emitted, 2 + 3 * 20);
}

static const struct {
	const char *mode;
	void (*check)(const struct run *run);
} rows[] = {
	{ "fork", check_fork },
	{ "spawn", check_spawn },
	{ "daemon", check_daemon },
	{ "killed", check_killed },
	{ "threads", check_threads },
	{ "leader-first", check_leader_first },
	{ "clone-parent", check_clone_parent },
	{ "crowd", check_crowd },
	{ "fork-threads", check_fork_threads },
	{ "many", check_many },
};

static void test_rows(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct run run;

		if (!row_asked(__func__, rows[i].mode))
			continue;
		print_message("  row: %s\n", rows[i].mode);
		run__session(&run, &world, act, (void *)(uintptr_t)rows[i].mode, 0);
		rows[i].check(&run);
		run__free(&run);
		while (waitpid(-1, NULL, WNOHANG) > 0) /* clone-parent's child is ours */
			;
	}
}

/* A tree outside of every session, in the same cgroup, that does all that a session's does. */
static pid_t outsider(int truth)
{
	char path[256];
	pid_t pid = fork();
	int fd;

	if (pid != 0)
		return pid;
	snprintf(path, sizeof(path), "%s/cgroup.procs", world.cgroup);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, "0", 1) != 1 || dup2(truth, TRUTH_FD) < 0)
		_exit(120);
	act("many");
	_exit(121);
}

static bool tgid_seen(const struct run *run, unsigned long tgid)
{
	size_t i;

	for (i = 0; i < run->seen_n; i++)
		if (run->seen[i].event.tgid == tgid)
			return true;
	return false;
}

static void test_outside(void **state)
{
	static char text[65536];
	unsigned long outside_pid, outside_children = 0;
	struct run run;
	int truth[2], status;
	ssize_t n;
	char *line;

	(void)state;
	assert_int_equal(pipe2(truth, O_CLOEXEC), 0);
	outside_pid = (unsigned long)outsider(truth[1]);
	close(truth[1]);
	run__session(&run, &world, act, "many", 0);
	assert_int_equal(waitpid((pid_t)outside_pid, &status, 0), outside_pid);
	assert_int_equal(status, 0);
	n = read(truth[0], text, sizeof(text) - 1);
	assert_true(n > 0);
	close(truth[0]);
	assert_false(tgid_seen(&run, outside_pid));
	for (line = text; (line = strstr(line, "child ")); line += 6, outside_children++)
		assert_false(tgid_seen(&run, strtoul(line + 6, NULL, 10)));
	assert_int_equal(outside_children, 20);
	check_many(&run);
	run__free(&run);
}

static int no_member_seen;

static void count_member(void *ctx, uint32_t tgid, const struct ls_member *member)
{
	(void)tgid;
	(void)member;
	++*(int *)ctx;
}

/* Forgetting a session while its processes live: they are outside from then on. */
static void test_forget(void **state)
{
	int members = 0, go[2];
	struct ls_session counters;
	const void *record;
	size_t n;
	pid_t pid;
	int pidfd;

	(void)state;
	assert_int_equal(pipe2(go, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		char byte;

		close(go[1]);
		_exit(read(go[0], &byte, 1) == 0 ? 0 : 1);
	}
	close(go[0]);
	pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	assert_int_equal(probe__tag(world.probe, 900, pidfd), 0);
	assert_int_equal(probe__members(world.probe, 900, count_member, &members), 1);
	assert_int_equal(probe__forget(world.probe, 900), 0);
	assert_int_equal(probe__members(world.probe, 900, count_member, &no_member_seen), 0);
	assert_int_equal(probe__forget(world.probe, 900), -ENOENT);
	assert_int_equal(probe__counters(world.probe, 900, &counters), -ENOENT);
	close(go[1]);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_int_equal(probe__next(world.probe, &record, &n), 0);
	/* What is gone cannot be tagged. */
	assert_int_equal(probe__tag(world.probe, 901, pidfd), -ESRCH);
	assert_int_equal(probe__counters(world.probe, 901, &counters), -ENOENT);
	close(pidfd);
}

static int set_up(void **state)
{
	(void)state;
	snprintf(actor, sizeof(actor), "%s", actor_path("actor_tree"));
	world__open(&world, (struct probe_opts){ 0 });
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	world__close(&world);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_outside),
		cmocka_unit_test(test_forget),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
