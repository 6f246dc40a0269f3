// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "exec_ways.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void must(bool done)
{
	if (!done)
		_exit(125);
}

static int run_path(const struct act *act)
{
	execve(act->path, act->argv, act->env);
	_exit(126);
}

static int wait_and_exit(pid_t pid)
{
	int status;

	must(pid > 0 && waitpid(pid, &status, 0) == pid && status == 0);
	_exit(0);
}

static int thread_main(void *act)
{
	return run_path(act);
}

/* The process keeps its tgid, and the record says so. */
int exec_in_thread(const struct act *act)
{
	static char stack[65536] __attribute__((aligned(16)));
	int flags =
		CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM;

	clone(thread_main, stack + sizeof(stack), flags, (void *)(uintptr_t)act);
	return pause();
}

int exec_vfork(const struct act *act)
{
	pid_t pid = vfork();

	if (pid == 0)
		run_path(act);
	return wait_and_exit(pid);
}

int exec_posix_spawn(const struct act *act)
{
	pid_t pid;

	must(!posix_spawn(&pid, act->path, NULL, NULL, act->argv, act->env));
	return wait_and_exit(pid);
}

/* The child is the test's own, which cannot wait here; the opener goes at once. */
int exec_clone_parent(const struct act *act)
{
	long pid = syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0);

	must(pid >= 0);
	if (pid == 0)
		run_path(act);
	_exit(0);
}

int exec_clone3_cgroup(const struct act *act)
{
	struct clone_args args = { .flags = CLONE_INTO_CGROUP, .exit_signal = SIGCHLD };
	long pid;

	args.cgroup = (uint64_t)open(act->other, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	pid = syscall(SYS_clone3, &args, sizeof(args));
	must(pid >= 0);
	if (pid == 0)
		run_path(act);
	return wait_and_exit((pid_t)pid);
}

int exec_pid_namespace(const struct act *act)
{
	pid_t pid;

	must(!unshare(CLONE_NEWPID));
	pid = fork();
	must(pid >= 0);
	if (pid == 0)
		run_path(act);
	dprintf(TRUTH_FD, "outer %d\n", pid);
	return wait_and_exit(pid);
}

static void put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	must(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
}

/* In its own eyes it is root; to the initial user namespace it is who it was. */
int exec_user_namespace(const struct act *act)
{
	char map[32];

	must(!setresuid(act->uid, act->uid, act->uid));
	must(!prctl(PR_SET_DUMPABLE, 1) && !unshare(CLONE_NEWUSER));
	snprintf(map, sizeof(map), "0 %u 1", act->uid);
	put("/proc/self/uid_map", map);
	return run_path(act);
}

static void own_mounts(void)
{
	must(!unshare(CLONE_NEWNS));
	must(!mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
}

static void tmpfs_with_actor(const struct act *act, const char *name)
{
	char copy[PATH_MAX + 8];
	const char *at = room__path(act->room, name);

	must((!mkdir(at, 0755) || errno == EEXIST) && !mount("tmpfs", at, "tmpfs", 0, "mode=0755"));
	snprintf(copy, sizeof(copy), "%s/self", at);
	copy_file(act->room->actor, copy, 0755);
}

int exec_mount_namespace(const struct act *act)
{
	own_mounts();
	tmpfs_with_actor(act, "mnt");
	return run_path(act);
}

int exec_bind_mount(const struct act *act)
{
	int fd = open(act->path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	own_mounts();
	must(fd >= 0 && !close(fd));
	must(!mount(act->room->actor, act->path, NULL, MS_BIND, NULL));
	return run_path(act);
}

int exec_chroot(const struct act *act)
{
	const char *proc = room__path(act->room, "jail/proc");

	own_mounts();
	tmpfs_with_actor(act, "jail");
	must(!mkdir(proc, 0755) && !mount("/proc", proc, NULL, MS_BIND | MS_REC, NULL));
	must(!chroot(act->root) && !chdir("/"));
	return run_path(act);
}

/* Holds a mount namespace of its own until the opener's program is gone. */
static int holder(const struct act *act, int ready)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	own_mounts();
	tmpfs_with_actor(act, "foreign");
	must(write(ready, "r", 1) == 1);
	return pause();
}

int exec_foreign_file(const struct act *act)
{
	char path[PATH_MAX], byte;
	int ready[2];
	pid_t pid;

	must(!pipe2(ready, O_CLOEXEC));
	pid = fork();
	must(pid >= 0);
	if (pid == 0)
		holder(act, ready[1]);
	must(read(ready[0], &byte, 1) == 1);
	snprintf(path, sizeof(path), "/proc/%d/root%s", pid, act->path);
	execve(path, act->argv, act->env);
	return -1;
}
