// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What an exec record says, against what the program that was executed says about itself: standard
 * input, working directory, arguments of every length. The ways to execute are test_rows_exec's.
 *
 * Seen failing: exit status with 0 for it; no environment and odd bytes with decode.c giving argv
 * for an empty environment, and argv less its last byte, by which the sizes of argv and the
 * truncated one failed too; stdin with LS_STDIN_NULL for each kind; cwd on another mount and of
 * 1,000 bytes with the root in its place; detached and shared with image_foreign() returning 0;
 * another user with an euid of 0. "Shared" also hung, on a busy machine, before who shares looked
 * whether the caller had gone.
 */
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

#include "exec_act.h"
#include "lib/row_filter.h"
#include "rows.h"

static struct world world;
static struct room room;

static char *const exit_env[] = { "ACTOR_EXIT=7", NULL };
static char *const none[] = { NULL };
static char *const odd_argv[] = { "odd",   "new\nline", "esc\033[31m", "\xff\xfe\x80", "",
				  "tab\t", "",          NULL };

static char *long_argv[4];

static void stdin_from(const char *path, int flags)
{
	int fd = open(path, flags);

	if (fd < 0 || dup2(fd, 0) < 0)
		_exit(125);
	if (fd != 0)
		close(fd);
}

static void stdin_zero(void)
{
	stdin_from("/dev/zero", O_RDONLY);
}

static void stdin_file(void)
{
	stdin_from(room.actor, O_RDONLY);
}

static void stdin_closed(void)
{
	close(0);
}

static void stdin_pipe(void)
{
	int fds[2];

	if (pipe(fds) || dup2(fds[0], 0) < 0)
		_exit(125);
	close(fds[0]);
	close(fds[1]);
}

static void stdin_socket(void)
{
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds) || dup2(fds[0], 0) < 0)
		_exit(125);
	close(fds[0]);
	close(fds[1]);
}

/* A session of its own with a new pseudo terminal as its controlling one. */
static void stdin_tty(void)
{
	int unlock = 0, number, master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
	char path[64];

	if (master < 0 || ioctl(master, TIOCSPTLCK, &unlock) || ioctl(master, TIOCGPTN, &number))
		_exit(125);
	snprintf(path, sizeof(path), "/dev/pts/%d", number);
	setsid();
	stdin_from(path, O_RDWR);
	if (ioctl(0, TIOCSCTTY, 0) || fcntl(master, F_SETFD, 0) || dup2(master, 9) < 0)
		_exit(125);
}

static void cwd_elsewhere(void)
{
	if (chdir("/proc/self/net"))
		_exit(125);
}

static void cwd_deep(void)
{
	char name[201];
	int i;

	memset(name, 'd', 200);
	name[200] = 0;
	for (i = 0; i < 5; i++)
		if (chdir(name))
			_exit(125);
}

static void in_room(void)
{
	if (chdir(room.dir))
		_exit(125);
}

/* The same directory, through a mount that is in no namespace's tree. */
static void cwd_detached(void)
{
	int fd = (int)syscall(SYS_open_tree, AT_FDCWD, room.dir, 1 /* OPEN_TREE_CLONE */);

	if (fd < 0 || fchdir(fd) || close(fd))
		_exit(125);
}

/* On a busy machine the caller can be gone before it is known that its end is to be ours. */
static int wait_for_end(void *caller)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	return getppid() == *(pid_t *)caller ? pause() : 0;
}

/* Who lives as long as the caller and could move its working directory. */
static void cwd_shared(void)
{
	static char stack[16384] __attribute__((aligned(16)));
	pid_t self = getpid();

	if (clone(wait_for_end, stack + sizeof(stack), CLONE_FS, &self) < 0)
		_exit(125);
}

static void in_room_deep(void)
{
	in_room();
	cwd_deep();
}

static void as_nobody(void)
{
	if (setresuid(65534, 65533, 65533))
		_exit(125);
}

static void act_row(const char *test, const struct act *act)
{
	if (!row_asked(test, act->name))
		return;
	print_message("  row: %s\n", act->name);
	act__run(act, &room, &world);
}

static void test_rows(void **state)
{
	static const struct act rows[] = {
		{ .name = "exit status", .env = exit_env, .status = 7 },
		{ .name = "no environment", .env = none },
		{ .name = "odd bytes, empty arguments, empty last one", .argv = odd_argv },
		{ .name = "stdin closed", .prepare = stdin_closed, .blind = ACT_STDIN },
		{ .name = "stdin a pipe", .prepare = stdin_pipe, .stdin_kind = LS_STDIN_PIPE },
		{ .name = "stdin a socket", .prepare = stdin_socket, .stdin_kind = LS_STDIN_PIPE },
		{ .name = "stdin a file", .prepare = stdin_file, .stdin_kind = LS_STDIN_FILE },
		{ .name = "stdin another device",
		  .prepare = stdin_zero,
		  .stdin_kind = LS_STDIN_OTHER },
		{ .name = "stdin a terminal", .prepare = stdin_tty, .stdin_kind = LS_STDIN_TTY },
		{ .name = "cwd on another mount", .prepare = cwd_elsewhere },
		{ .name = "cwd of 1,000 bytes", .prepare = in_room_deep },
		{ .name = "cwd on a detached mount",
		  .prepare = cwd_detached,
		  .blind = ACT_CWD,
		  .flags = LS_EXEC_FOREIGN },
		{ .name = "cwd shared with another process",
		  .prepare = cwd_shared,
		  .blind = ACT_OTHERS,
		  .flags = LS_EXEC_FOREIGN },
		{ .name = "another user", .prepare = as_nobody, .flags = LS_EXEC_SECURE },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		act_row(__func__, &rows[i]);
}

/* argv one byte around every size at which the copy changes its windows. */
static void test_copy_edges(void **state)
{
	static const size_t edges[] = { 256, 1024, 2048, 4096, 8192, 131072 };
	static char argument[131072 + 8];
	char *argv[] = { argument, NULL };
	char name[64];
	struct act act = { .name = name, .argv = argv, .env = none };
	size_t i;
	int more;

	(void)state;
	for (i = 0; i < sizeof(edges) / sizeof(edges[0]); i++) {
		for (more = -1; more <= 1; more++) {
			size_t n = edges[i] + (size_t)(more - 1);

			if (n + 1 > 131072)
				continue;
			memset(argument, 'x', n);
			argument[n] = 0;
			snprintf(name, sizeof(name), "%zu bytes of argv", n + 1);
			act_row(__func__, &act);
		}
	}
}

static void test_truncated(void **state)
{
	struct act act = act__filled(&(struct act){ .argv = long_argv }, &room);
	const struct event *e;
	struct world small;
	struct run run;

	(void)state;
	world__close(&world);
	world__open(&small, (struct probe_opts){ .argv_max = 1000, .env_max = 6 });
	run__session(&run, &small, act__child, &act, 0);
	e = run__event(&run, RECORD_EXEC, 0);
	assert_non_null(e);
	assert_int_equal(e->exec.exec_flags, LS_EXEC_ARGV_TRUNCATED | LS_EXEC_ENV_TRUNCATED);
	assert_int_equal(e->exec.argv.n, 1000);
	assert_int_equal(e->exec.argv_len, 5 + 102401 + 5);
	assert_int_equal(e->exec.env.n, 6);
	assert_memory_equal(e->exec.env.p, "A=1\0PA", 6);
	assert_int_equal(e->exec.env_len, 4 + 14);
	run__free(&run);
	world__close(&small);
	world__open(&world, (struct probe_opts){ 0 });
}

static void fill(char **argv, size_t from, size_t to, size_t bytes)
{
	size_t i;

	for (i = from; i < to; i++) {
		argv[i] = malloc(bytes + 1);
		assert_non_null(argv[i]);
		memset(argv[i], 'a' + (int)(i % 26), bytes);
		argv[i][bytes] = 0;
	}
	argv[to] = NULL;
}

static void make_deep(void)
{
	char name[201], before[PATH_MAX];
	int i;

	memset(name, 'd', 200);
	name[200] = 0;
	assert_non_null(getcwd(before, sizeof(before)));
	assert_int_equal(chdir(room.dir), 0);
	for (i = 0; i < 5; i++)
		assert_int_equal(mkdir(name, 0755) | chdir(name), 0);
	assert_int_equal(chdir(before), 0);
}

static int set_up(void **state)
{
	(void)state;
	room__open(&room);
	make_deep();
	fill(long_argv, 0, 1, 4);
	fill(long_argv, 1, 2, 102400);
	fill(long_argv, 2, 3, 4);
	world__open(&world, (struct probe_opts){ 0 });
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	world__close(&world);
	room__close(&room);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_copy_edges),
		cmocka_unit_test(test_truncated),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
