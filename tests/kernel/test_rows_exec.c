// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The tricks by which a program can be executed, each a row: what the record says, against what the
 * program says about itself.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "exec_ways.h"
#include "rows.h"

#define NOBODY 65534
#define LOADER "/lib64/ld-linux-x86-64.so.2"

static struct world world;
static struct room room;
static char dynamic[PATH_MAX]; /* the actor, linked for a loader */

static char *const none[] = { NULL };
static char *const empty_argv0[] = { "", "one", NULL };
static char *const forged_argv[] = { "/usr/bin/vim", "/etc/hosts", NULL };
static char *const again_env[] = { "A=1", "ACTOR_EXEC=/proc/self/exe", NULL };
static char *many_argv[2048 + 1];
static char *long_argv[4];
static char *mega_argv[24];
static char *giga_argv[64];

/* By file. */

static int exec_path_lookup(const struct act *act)
{
	if (setenv("PATH", act->room->dir, 1))
		_exit(125);
	return execvpe("self", act->argv, act->env);
}

static int exec_in_room(const struct act *act)
{
	if (chdir(act->room->dir))
		_exit(125);
	return execve(act->path, act->argv, act->env);
}

/* Descriptor 9, which the names of the records then carry. */
static void open_at_9(const char *path, int flags)
{
	int fd = open(path, flags);

	if (fd < 0 || dup2(fd, 9) != 9 || (fd != 9 && close(fd)))
		_exit(125);
}

static int exec_9(const struct act *act)
{
	return (int)syscall(SYS_execveat, 9, "", act->argv, act->env, AT_EMPTY_PATH);
}

static int exec_fd(const struct act *act)
{
	open_at_9(act->path, O_RDONLY);
	return exec_9(act);
}

static int exec_fd_path(const struct act *act)
{
	open_at_9(act->path, O_PATH);
	return exec_9(act);
}

static int exec_at_directory(const struct act *act)
{
	open_at_9(act->room->dir, O_PATH | O_DIRECTORY);
	return (int)syscall(SYS_execveat, 9, "self", act->argv, act->env, 0);
}

static int exec_dev_fd(const struct act *act)
{
	open_at_9(act->room->actor, O_RDONLY);
	return execve(act->path, act->argv, act->env);
}

static int exec_memfd(const struct act *act)
{
	char path[32];
	int fd = (int)syscall(SYS_memfd_create, "od/d", 0), in, out;
	char buffer[65536];
	ssize_t n;

	in = open(act->room->actor, O_RDONLY | O_CLOEXEC);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	out = open(path, O_WRONLY | O_CLOEXEC);
	while ((n = read(in, buffer, sizeof(buffer))) > 0)
		if (write(out, buffer, (size_t)n) != n)
			_exit(125);
	if (n < 0 || close(out) || dup2(fd, 9) != 9)
		_exit(125);
	return exec_9(act);
}

static int exec_deleted(const struct act *act)
{
	const char *gone = room__path(act->room, "gone");

	if (link(act->room->actor, gone))
		_exit(125);
	open_at_9(gone, O_RDONLY);
	if (unlink(gone))
		_exit(125);
	return exec_9(act);
}

/* By another program. */

static int exec_loader(const struct act *act)
{
	char *argv[] = { "ld.so", dynamic, "one", NULL };

	return execve(act->path, argv, act->env);
}

static int exec_applet(const struct act *act)
{
	char *argv[] = { "env", "--", (char *)(uintptr_t)act->room->actor, "one", NULL };

	return execve(room__path(act->room, "env"), argv, act->env);
}

static int exec_busybox(const struct act *act)
{
	char *argv[] = { "busybox", "env", "--", (char *)(uintptr_t)act->room->actor, "one", NULL };

	return execve(act->other, argv, act->env);
}

static int exec_setpriv(const struct act *act)
{
	char *argv[] = { "setpriv",
			 "--reuid=65534",
			 "--clear-groups",
			 "--",
			 (char *)(uintptr_t)act->room->actor,
			 NULL };

	return execve(act->other, argv, act->env);
}

static int exec_su(const struct act *act)
{
	char *argv[] = { "su", "-s", (char *)(uintptr_t)act->room->actor, "nobody", NULL };

	return execve(act->other, argv, act->env);
}

/* It closes all from descriptor 3 on, so the truth goes through the first that it leaves. */
static int exec_sudo(const struct act *act)
{
	char *argv[] = { "sudo",
			 "-n",
			 "-u",
			 "nobody",
			 "/bin/sh",
			 "-c",
			 "exec 3>&1 \"$0\"",
			 (char *)(uintptr_t)act->room->actor,
			 NULL };

	if (dup2(TRUTH_FD, STDOUT_FILENO) < 0)
		_exit(125);
	return execve(act->other, argv, act->env);
}

static int exec_as_nobody(const struct act *act)
{
	if (setresuid(NOBODY, NOBODY, NOBODY))
		_exit(125);
	return execve(act->path, act->argv, act->env);
}

static int exec_large_stack(const struct act *act)
{
	struct rlimit limit = { 64 << 20, RLIM_INFINITY };

	if (setrlimit(RLIMIT_STACK, &limit))
		_exit(125);
	return execve(act->path, act->argv, act->env);
}

static int exec_default_stack(const struct act *act)
{
	struct rlimit limit = { 8 << 20, RLIM_INFINITY };

	if (setrlimit(RLIMIT_STACK, &limit))
		_exit(125);
	return execve(act->path, act->argv, act->env);
}

/* What the rows say beyond the actor's own record. */

/* The record of the program before the actor, whose text the row gives. */
static const struct event *check_first(const struct run *run, const char *exe, const char *filename,
				       const char *interp)
{
	const struct event *e = run__event(run, RECORD_EXEC, 0);
	char resolved[PATH_MAX];

	assert_non_null(realpath(exe, resolved));
	assert_true(span_is(e->exec.exe, resolved));
	assert_true(span_is(e->exec.filename, filename));
	assert_true(span_is(e->exec.interp, interp));
	assert_int_equal(e->image, 0);
	assert_int_equal(e->tgid, run->pid);
	return e;
}

static void check_argv(const struct event *e, const char *const *want)
{
	struct span rest = e->exec.argv, item = { 0 };

	for (; *want; want++) {
		assert_true(strings_next(&rest, &item));
		assert_true(span_is(item, *want));
	}
	assert_int_equal(rest.n, 0);
}

static void check_env_script(const struct act *act, const struct run *run, const struct event *e)
{
	const char *script = room__path(act->room, "env-script");
	char option[128];
	const char *want[] = { "/usr/bin/env", option, script, "one", NULL };

	(void)e;
	snprintf(option, sizeof(option), "-S %s -x", act->room->actor);
	check_argv(check_first(run, "/usr/bin/env", script, "/usr/bin/env"), want);
}

static void check_applet(const struct act *act, const struct run *run, const struct event *e)
{
	const char *want[] = { "env", "--", act->room->actor, "one", NULL };
	const char *place = room__path(act->room, "env");

	(void)e;
	check_argv(check_first(run, act->other, place, ""), want);
}

static void check_busybox(const struct act *act, const struct run *run, const struct event *e)
{
	const char *want[] = { "busybox", "env", "--", act->room->actor, "one", NULL };

	(void)e;
	check_argv(check_first(run, act->other, act->other, ""), want);
}

static void check_tool(const struct act *act, const struct run *run, const struct event *e)
{
	(void)e;
	check_first(run, act->other, act->other, "");
}

/* The kernel's loader is what runs; the program is no more than an argument. */
static void check_loader(const struct act *act, const struct run *run, const struct event *e)
{
	const char *want[] = { "ld.so", dynamic, "one", NULL };

	check_argv(e, want);
	check_first(run, act->path, act->path, "");
	assert_int_equal(run__truth_u64(run, "argc", 0), 2);
}

static void check_namespace(const struct act *act, const struct run *run, const struct event *e)
{
	struct stat st;

	(void)act;
	(void)run;
	assert_int_equal(stat("/proc/self/ns/mnt", &st), 0);
	assert_int_not_equal(e->mntns, st.st_ino);
}

static void check_user_namespace(const struct act *act, const struct run *run,
				 const struct event *e)
{
	(void)act;
	(void)e;
	assert_int_equal(run__truth_u64(run, "uid", 0), 0);
}

static void check_setuid(const struct act *act, const struct run *run, const struct event *e)
{
	(void)act;
	(void)run;
	assert_int_equal(e->uid, NOBODY);
	assert_int_equal(e->euid, 0);
}

/* The first LS_ARGV_MAX_DEFAULT bytes of what was there, and how much that was. */
static void check_cut(const struct act *act, const struct run *run, const struct event *e)
{
	struct span rest = e->exec.argv, item = { 0 };
	size_t i, total = 0;

	(void)run;
	for (i = 0; act->argv[i]; i++)
		total += strlen(act->argv[i]) + 1;
	assert_int_equal(e->exec.argv_len, total);
	assert_int_equal(e->exec.argv.n, LS_ARGV_MAX_DEFAULT);
	assert_int_equal(e->exec.argc, i);
	for (i = 0; strings_next(&rest, &item); i++)
		assert_memory_equal(item.p, act->argv[i], item.n);
}

/* Rows. */

static void exec_row(const void *act)
{
	act__run(act, &room, &world);
	while (waitpid(-1, NULL, WNOHANG) > 0) /* CLONE_PARENT's child is the test's */
		;
}

/* Also tells where a program is that the row needs, "" when it is nowhere. */
static const char *tool(const char *name)
{
	static const char *const places[] = { "/usr/bin", "/bin", "/usr/sbin", "/sbin" };
	static char path[64];
	size_t i;

	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", places[i], name);
		if (!access(path, X_OK))
			return path;
	}
	row_untried("%s is not installed here", name);
	return "";
}

/* The act's `other` is the name of a program. */
static void tool_row(const void *what)
{
	struct act act = *(const struct act *)what;

	act.other = tool(act.other);
	if (act.other[0])
		exec_row(&act);
}

static void setuid_row(const void *act)
{
	struct statvfs st;

	assert_int_equal(statvfs(room.dir, &st), 0);
	if (st.f_flag & ST_NOSUID)
		row_untried("\"%s\" is mounted nosuid", room.dir);
	else
		exec_row(act);
}

static void cgroup_row(const void *what)
{
	struct act act = *(const struct act *)what;
	char path[160];

	snprintf(path, sizeof(path), "%s-other", world.cgroup);
	assert_int_equal(mkdir(path, 0755), 0);
	act.other = path;
	exec_row(&act);
	assert_int_equal(rmdir(path), 0);
}

static void loader_row(const void *act)
{
	if (access(LOADER, X_OK))
		row_untried("there is no " LOADER " here");
	else
		exec_row(act);
}

#define ROW(title, ...)                                                                            \
	{                                                                                          \
		title, exec_row, &(const struct act)                                               \
		{                                                                                  \
			.name = title, __VA_ARGS__                                                 \
		}                                                                                  \
	}
#define ROW_BY(how, title, ...)                                                                    \
	{                                                                                          \
		title, how, &(const struct act)                                                    \
		{                                                                                  \
			.name = title, __VA_ARGS__                                                 \
		}                                                                                  \
	}
static const struct row rows[] = {
	ROW("plain"),
	ROW("PATH lookup", .exec = exec_path_lookup),
	ROW("relative path", .exec = exec_in_room, .path = "./self"),
	ROW("relative path with ..", .exec = exec_in_room, .path = "mnt/../self"),
	ROW("symlink", .path = "@/symlink"),
	ROW("hard link", .path = "@/hardlink"),
	ROW("bind mount", .path = "@/bound", .exec = exec_bind_mount),
	ROW("mount namespace", .path = "@/mnt/self", .exec = exec_mount_namespace,
	    .check = check_namespace),
	ROW("file of another mount namespace", .path = "@/foreign/self", .filename = "",
	    .exec = exec_foreign_file, .blind = ACT_OTHERS, .flags = LS_EXEC_FOREIGN),
	ROW("chroot", .path = "/self", .root = "@/jail", .exec = exec_chroot),

	ROW("#! script", .path = "@/script", .interp = "@/self"),
	ROW("#! script by a relative path", .exec = exec_in_room, .path = "./script",
	    .interp = "@/self"),
	ROW("nested #!", .path = "@/nested", .interp = "@/self"),
	ROW("#! script by a descriptor", .path = "@/script", .exec = exec_fd,
	    .filename = "/dev/fd/9", .interp = "@/self"),
	ROW_BY(tool_row, "#!/usr/bin/env -S", .path = "@/env-script", .other = "env",
	       .filename = "@/self", .blind = ACT_OTHERS, .image = 1, .check = check_env_script),

	ROW("fexecve", .exec = exec_fd, .filename = "/dev/fd/9"),
	ROW("execveat of an O_PATH descriptor", .exec = exec_fd_path, .filename = "/dev/fd/9"),
	ROW("execveat below a directory", .exec = exec_at_directory, .filename = "/dev/fd/9/self"),
	ROW("memfd", .exec = exec_memfd, .filename = "/dev/fd/9",
	    .flags = LS_EXEC_FILELESS | LS_EXEC_DELETED | LS_EXEC_FOREIGN),
	ROW("deleted file", .exec = exec_deleted, .filename = "/dev/fd/9",
	    .flags = LS_EXEC_DELETED),
	ROW("/proc/self/exe", .env = again_env, .filename = "/proc/self/exe", .blind = ACT_OTHERS,
	    .image = 1),
	ROW("/dev/fd/N", .path = "/dev/fd/9", .exec = exec_dev_fd),

	ROW_BY(loader_row, "ld-linux.so PROG", .path = LOADER, .exec = exec_loader,
	       .blind = ACT_LOADER, .check = check_loader),
	ROW_BY(tool_row, "busybox applet by its name", .exec = exec_applet, .other = "busybox",
	       .blind = ACT_OTHERS, .image = 1, .check = check_applet),
	ROW_BY(tool_row, "busybox applet as an argument", .exec = exec_busybox, .other = "busybox",
	       .blind = ACT_OTHERS, .image = 1, .check = check_busybox),
	ROW_BY(setuid_row, "setuid program", .path = "@/setuid", .exec = exec_as_nobody,
	       .flags = LS_EXEC_SECURE, .check = check_setuid),
	ROW("another user", .exec = exec_as_nobody),
	ROW_BY(tool_row, "setpriv", .exec = exec_setpriv, .other = "setpriv", .blind = ACT_OTHERS,
	       .image = 1, .check = check_tool),
	ROW_BY(tool_row, "su", .exec = exec_su, .other = "su", .filename = "", .blind = ACT_OTHERS,
	       .image = 1, .check = check_tool),
	ROW_BY(tool_row, "sudo", .exec = exec_sudo, .other = "sudo", .filename = "",
	       .blind = ACT_OTHERS | ACT_IMAGE, .check = check_tool),

	ROW("a thread that is not the leader", .exec = exec_in_thread),
	ROW("vfork", .exec = exec_vfork, .blind = ACT_OTHERS),
	ROW("posix_spawn", .exec = exec_posix_spawn, .blind = ACT_OTHERS),
	ROW("CLONE_PARENT", .exec = exec_clone_parent, .blind = ACT_OTHERS),
	ROW_BY(cgroup_row, "clone3 into another cgroup", .exec = exec_clone3_cgroup,
	       .blind = ACT_OTHERS),
	ROW("pid namespace", .exec = exec_pid_namespace, .blind = ACT_OTHERS | ACT_PID),
	ROW("user namespace", .exec = exec_user_namespace, .blind = ACT_UID, .uid = NOBODY,
	    .check = check_user_namespace),

	ROW("argv NULL", .argv = none),
	ROW("argv[0] empty", .argv = empty_argv0),
	ROW("argv[0] forged", .argv = forged_argv),
	ROW("2,048 arguments", .argv = many_argv),
	ROW("a 128 KiB argument", .argv = long_argv),
	ROW("total near ARG_MAX", .argv = mega_argv, .exec = exec_default_stack),
	ROW("total beyond what a record keeps", .argv = giga_argv, .exec = exec_large_stack,
	    .blind = ACT_ARGV, .flags = LS_EXEC_ARGV_TRUNCATED, .check = check_cut),
};

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

static void make_file(const char *name, mode_t mode, const char *format, const char *of)
{
	const char *path = room__path(&room, name);
	FILE *out = fopen(path, "we");

	assert_non_null(out);
	fprintf(out, "%s%s%s\n", format, of, *of ? " -x" : "");
	fclose(out);
	assert_int_equal(chmod(path, mode), 0);
}

static void make_files(void)
{
	make_file("script", 0755, "#!", room.actor);
	make_file("nested", 0755, "#!", room__path(&room, "script"));
	make_file("env-script", 0755, "#!/usr/bin/env -S ", room.actor);
	copy_file(room.actor, room__path(&room, "setuid"), 04755);
	assert_int_equal(symlink("self", room__path(&room, "symlink")), 0);
	assert_int_equal(link(room.actor, room__path(&room, "hardlink")), 0);
	assert_int_equal(symlink(tool("busybox"), room__path(&room, "env")), 0);
	assert_int_equal(mkdir(room__path(&room, "mnt"), 0755), 0);
}

static int set_up(void **state)
{
	(void)state;
	snprintf(dynamic, sizeof(dynamic), "%s", actor_path("actor_dynamic"));
	room__open(&room);
	make_files();
	fill(many_argv, 0, 2048, 3);
	fill(long_argv, 0, 1, 4);
	fill(long_argv, 1, 2, 131071);
	fill(mega_argv, 0, 15, 131071);
	fill(mega_argv, 15, 16, 131071 - 8192);
	fill(giga_argv, 0, 40, 131071);
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
