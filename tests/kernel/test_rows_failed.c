// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Execs that fail, each a row: the record holds what was asked for and the error that the caller
 * got, and the process is what it was. Where this kernel does not show them, only the latter.
 *
 * Seen failing: E2BIG, ENAMETOOLONG and the long rows without the retry into the larger room;
 * 32-bit execve by another register; every row with arguments without unknown_zero(), and those
 * with an empty string, or one that fills a window, as 0 was taken for unreadable (Linux 6.1).
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

#include "exec_act.h"
#include "rows.h"

#define NOBODY 65534

static struct world world;
static struct room room;

static char *const none[] = { NULL };
static char *const two[] = { "two", "", NULL };
static char *even[4], *long_argv[8], *giga_argv[64];
static char *bad_argv[] = { "good", (char *)16, NULL };
static char long_name[PATH_MAX], endless_name[PATH_MAX];

/* What was asked for: of the room, but for a path that begins with a slash. */
struct failure {
	const char *path;
	char *const *argv; /* NULL: none */
	int error;
	void (*prepare)(const char *path);
	/* NULL: execve(path, argv, none) */
	void (*exec)(const char *path, char *const *argv);
	const char *filename; /* NULL: path */
	const char *cwd;      /* NULL: that of the test */
	int dirfd;            /* 0: LS_AT_FDCWD */
	uint32_t at_flags, flags;
	bool own_argv; /* the record's is none of `argv` */
};

static const char *path_of(const struct failure *failure)
{
	return failure->path[0] == '/' ? failure->path : room__path(&room, failure->path);
}

static void say_image(const char *key)
{
	char path[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path));

	dprintf(TRUTH_FD, "%s %.*s\n", key, (int)n, path);
}

static void fail_child(void *ctx)
{
	const struct failure *failure = ctx;
	const char *path = path_of(failure);

	say_image("before");
	if (failure->prepare)
		failure->prepare(path);
	if (failure->exec)
		failure->exec(path, failure->argv);
	else
		execve(path, failure->argv, none);
	dprintf(TRUTH_FD, "errno %d\n", errno);
	say_image("after");
	_exit(7);
}

/* Of what is kept of `argv`, as much as the record has. */
static void check_argv(const struct event_failed *failed, char *const *argv)
{
	struct span rest = failed->argv, item;
	bool cut = failed->failed_flags & (LS_FAILED_ARGV_TRUNCATED | LS_FAILED_UNREADABLE);

	for (; strings_next(&rest, &item); argv++) {
		assert_non_null(*argv);
		if (rest.n > 0 || !cut)
			assert_true(span_is(item, *argv));
		else
			assert_memory_equal(item.p, *argv, item.n);
	}
	if (cut && (failed->failed_flags & LS_FAILED_ARGV_TRUNCATED))
		assert_int_equal(failed->argv.n, LS_FAILED_ARGV_MAX);
	else if (!cut)
		assert_null(*argv);
}

static void check_failed(const struct failure *failure, const struct run *run,
			 const struct event *e)
{
	const char *filename = failure->filename ? failure->filename : path_of(failure);
	char cwd[PATH_MAX];

	assert_int_equal(e->failed.error, failure->error);
	if (e->failed.failed_flags != failure->flags)
		fail_msg("flags %#x; %u arguments in %zu bytes", e->failed.failed_flags,
			 e->failed.argc, e->failed.argv.n);
	if (!span_is(e->failed.filename, filename))
		fail_msg("filename is \"%.*s\"", (int)e->failed.filename.n, e->failed.filename.p);
	assert_true(span_is(e->failed.cwd, failure->cwd ? room.dir : getcwd(cwd, sizeof(cwd))));
	assert_int_equal(e->failed.dirfd, failure->dirfd ? failure->dirfd : LS_AT_FDCWD);
	assert_int_equal(e->failed.at_flags, failure->at_flags);
	if (!failure->own_argv)
		check_argv(&e->failed, failure->argv ? failure->argv : none);
	assert_int_equal(e->tgid, run->pid);
	assert_int_equal(e->image, 0);
	assert_true(e->start_ns > 0 && e->start_ns < e->ts_ns);
}

static void check_exit(const struct run *run)
{
	const struct event *e = run__event(run, RECORD_EXIT, 0);

	assert_string_equal(run__truth(run, "after", 0), run__truth(run, "before", 0));
	assert_int_equal(run__count(run, RECORD_EXEC), 0);
	assert_non_null(e);
	assert_int_equal(e->image, 0);
	assert_int_equal(e->exit.status, 7 << 8);
}

static void fail_row(const void *what)
{
	const struct failure *failure = what;
	const char *unseen = world__unseen(&world, "failed-exec");
	const struct event *e;
	struct run run;

	run__session(&run, &world, fail_child, (void *)(uintptr_t)failure, 0);
	if (!run__truth(&run, "errno", 0)[0]) {
		row_untried("this kernel does not refuse it, or has no such call");
		run__free(&run);
		return;
	}
	assert_int_equal(run__truth_u64(&run, "errno", 0), failure->error);
	check_exit(&run);
	e = run__event(&run, RECORD_EXEC_FAILED, 0);
	if (unseen) {
		assert_null(e);
		row_unseen("%s", unseen);
	} else {
		assert_non_null(e);
		assert_int_equal(run__count(&run, RECORD_EXEC_FAILED), 1);
		check_failed(failure, &run, e);
	}
	run__free(&run);
}

/* Ways to be refused. */

static void hold_for_write(const char *path)
{
	if (open(path, O_WRONLY) < 0)
		_exit(125);
}

static void as_nobody(const char *path)
{
	(void)path;
	if (setresuid(NOBODY, NOBODY, NOBODY))
		_exit(125);
}

static void exec_in_room(const char *path, char *const *argv)
{
	(void)path;
	if (chdir(room.dir))
		_exit(125);
	execve("./nothing", argv, none);
}

/* Descriptor 9, which the records then carry. */
static void open_at_9(const char *path, int flags)
{
	int fd = open(path, flags);

	if (fd < 0 || dup2(fd, 9) != 9 || (fd != 9 && close(fd)))
		_exit(125);
}

static void exec_at(const char *path, char *const *argv)
{
	(void)path;
	open_at_9(room.dir, O_PATH | O_DIRECTORY);
	syscall(SYS_execveat, 9, "symlink", argv, none, AT_SYMLINK_NOFOLLOW);
}

static void exec_empty_path(const char *path, char *const *argv)
{
	open_at_9(path, O_RDONLY);
	syscall(SYS_execveat, 9, "", argv, none, AT_EMPTY_PATH);
}

static void exec_nowhere(const char *path, char *const *argv)
{
	(void)path;
	syscall(SYS_execve, 16, argv, none);
}

static void exec_argv_nowhere(const char *path, char *const *argv)
{
	(void)argv;
	syscall(SYS_execve, path, 16, none);
}

/* Below 4 GiB, where a 32-bit caller can point to. */
struct low {
	unsigned int argv[4];
	char name[64], one[16], two[16];
};

static struct low *low_memory(const char *path)
{
	struct low *low = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);

	if (low == MAP_FAILED)
		_exit(125);
	snprintf(low->name, sizeof(low->name), "%s", path);
	snprintf(low->one, sizeof(low->one), "two");
	low->argv[0] = (unsigned int)(uintptr_t)low->one;
	low->argv[1] = (unsigned int)(uintptr_t)low->two;
	return low;
}

#if defined(__x86_64__)
/* arch/x86/entry/syscalls/syscall_32.tbl */
enum { EXECVE_32 = 11, EXECVEAT_32 = 358 };

static void exec_32(const char *path, char *const *argv)
{
	struct low *low = low_memory(path);
	long ret = EXECVE_32;

	(void)argv;
	asm volatile("int $0x80"
		     : "+a"(ret)
		     : "b"((long)low->name), "c"((long)low->argv), "d"(0L)
		     : "memory");
	errno = (int)-ret;
}

static void exec_at_32(const char *path, char *const *argv)
{
	struct low *low = low_memory("nothing");
	long ret = EXECVEAT_32;

	(void)path;
	(void)argv;
	open_at_9(room.dir, O_PATH | O_DIRECTORY);
	asm volatile("int $0x80"
		     : "+a"(ret)
		     : "b"(9L), "c"((long)low->name), "d"((long)low->argv), "S"(0L),
		       "D"((long)AT_SYMLINK_NOFOLLOW)
		     : "memory");
	errno = (int)-ret;
}
#endif

/* execvp() leaves a record for each directory, the last of them an exec. */
static void search_child(void *ctx)
{
	char path[2 * PATH_MAX];
	char *argv[] = { "self", NULL };

	(void)ctx;
	snprintf(path, sizeof(path), "/nowhere:%s:%s", room__path(&room, "empty"), room.dir);
	if (setenv("PATH", path, 1))
		_exit(125);
	execvpe("self", argv, none);
	_exit(124);
}

static void search_row(const void *what)
{
	const char *unseen = world__unseen(&world, "failed-exec");
	const struct event *e;
	struct run run;

	(void)what;
	run__session(&run, &world, search_child, NULL, 0);
	assert_int_equal(run__count(&run, RECORD_EXEC), 1);
	if (unseen) {
		row_unseen("%s", unseen);
	} else {
		assert_int_equal(run__count(&run, RECORD_EXEC_FAILED), 2);
		e = run__event(&run, RECORD_EXEC_FAILED, 0);
		assert_true(span_is(e->failed.filename, "/nowhere/self"));
		e = run__event(&run, RECORD_EXEC_FAILED, 1);
		assert_true(span_is(e->failed.filename, room__path(&room, "empty/self")));
		assert_int_equal(run__event(&run, RECORD_EXEC, 0)->sseq, 3);
	}
	run__free(&run);
}

#define FAILURE(title, ...)                                                                        \
	{                                                                                          \
		title, fail_row, &(const struct failure)                                           \
		{                                                                                  \
			__VA_ARGS__                                                                \
		}                                                                                  \
	}

static const struct row rows[] = {
	FAILURE("ENOENT", .path = "nothing", .argv = two, .error = ENOENT),
	FAILURE("ENOENT of the interpreter", .path = "no-interpreter", .argv = two,
		.error = ENOENT),
	FAILURE("EACCES", .path = "plain-file", .argv = two, .error = EACCES),
	FAILURE("EACCES of another user", .path = "root-only", .argv = two, .error = EACCES,
		.prepare = as_nobody),
	FAILURE("EACCES of a directory", .path = "empty", .argv = two, .error = EACCES),
	FAILURE("ENOEXEC", .path = "no-format", .argv = two, .error = ENOEXEC),
	FAILURE("ETXTBSY", .path = "busy", .argv = two, .error = ETXTBSY,
		.prepare = hold_for_write),
	FAILURE("E2BIG", .path = "self", .argv = giga_argv, .error = E2BIG,
		.flags = LS_FAILED_ARGV_TRUNCATED),
	FAILURE("ENOTDIR", .path = "self/x", .argv = two, .error = ENOTDIR),
	FAILURE("ENAMETOOLONG", .path = endless_name, .argv = two, .error = ENAMETOOLONG),
	FAILURE("EFAULT of the path", .path = "self", .argv = two, .error = EFAULT, .filename = "",
		.exec = exec_nowhere, .flags = LS_FAILED_UNREADABLE),
	FAILURE("EFAULT of the arguments", .path = "self", .error = EFAULT,
		.exec = exec_argv_nowhere, .flags = LS_FAILED_UNREADABLE),
	FAILURE("EFAULT of an argument", .path = "self", .argv = bad_argv, .error = EFAULT,
		.flags = LS_FAILED_UNREADABLE),

	FAILURE("no arguments", .path = "nothing", .argv = none, .error = ENOENT),
	FAILURE("arguments NULL", .path = "nothing", .error = ENOENT),
	FAILURE("arguments that fill windows", .path = "nothing", .argv = even, .error = ENOENT),
	FAILURE("long arguments", .path = "nothing", .argv = long_argv, .error = ENOENT),
	FAILURE("long path", .path = long_name, .argv = two, .error = ENOENT),
	FAILURE("relative path", .path = "nothing", .argv = two, .error = ENOENT,
		.exec = exec_in_room, .filename = "./nothing", .cwd = "room"),
	FAILURE("execveat below a directory", .path = "symlink", .argv = two, .error = ELOOP,
		.exec = exec_at, .filename = "symlink", .dirfd = 9,
		.at_flags = AT_SYMLINK_NOFOLLOW),
	FAILURE("execveat of a descriptor", .path = "plain-file", .argv = two, .error = EACCES,
		.exec = exec_empty_path, .filename = "", .dirfd = 9, .at_flags = AT_EMPTY_PATH),
	{ "PATH lookup", search_row, NULL },
#if defined(__x86_64__)
	FAILURE("32-bit execve", .path = "nothing", .argv = two, .error = ENOENT, .exec = exec_32),
	FAILURE("32-bit execveat", .path = "nothing", .argv = two, .error = ENOENT,
		.exec = exec_at_32, .filename = "nothing", .dirfd = 9,
		.at_flags = AT_SYMLINK_NOFOLLOW),
#endif
};

static char *letters(size_t n, char letter)
{
	char *text = malloc(n + 1);

	assert_non_null(text);
	memset(text, letter, n);
	text[n] = 0;
	return text;
}

/* 254, 255 and 256 bytes: a window less its NUL is 255. */
static void make_arguments(void)
{
	size_t i;

	for (i = 0; i < 3; i++)
		even[i] = letters(254 + i, (char)('a' + i));
	for (i = 0; i < 3; i++)
		long_argv[i] = letters(1000 + i, (char)('a' + i));
	for (i = 0; i < 40; i++)
		giga_argv[i] = letters(131071, (char)('a' + i % 26));
	memset(long_name, 'n', 3000);
	for (i = 0; i < 3000; i += 100)
		long_name[i] = '/';
	memset(endless_name, 'n', 2000);
	endless_name[0] = '/';
}

static void make_file(const char *name, mode_t mode, const char *text)
{
	const char *path = room__path(&room, name);
	FILE *out = fopen(path, "we");

	assert_non_null(out);
	fprintf(out, "%s\n", text);
	fclose(out);
	assert_int_equal(chmod(path, mode), 0);
}

static int set_up(void **state)
{
	(void)state;
	room__open(&room);
	make_file("plain-file", 0644, "");
	make_file("root-only", 0700, "#!/bin/sh");
	make_file("no-format", 0755, "");
	make_file("no-interpreter", 0755, "#!/nowhere/sh");
	copy_file(room.actor, room__path(&room, "busy"), 0755);
	assert_int_equal(symlink("self", room__path(&room, "symlink")), 0);
	assert_int_equal(mkdir(room__path(&room, "empty"), 0755), 0);
	make_arguments();
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

int main(int argc, char **argv)
{
	return rows_main(argc, argv, rows, sizeof(rows) / sizeof(rows[0]), set_up, tear_down);
}
