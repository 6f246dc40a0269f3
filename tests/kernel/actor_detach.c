// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * actor_detach MODE OUTSIDER CGROUP - takes processes away from their parent, their terminal, their
 * group, their cgroup, their user, their namespaces, in the way that the mode names. What it says:
 * truth.h.
 */
#include "truth.h"

#include <linux/sched.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <termios.h>

static void detach_setsid(char **args)
{
	pid_t pid = bear();

	(void)args;
	if (pid == 0) {
		must(setsid() == getpid());
		live();
	}
	reap(pid);
}

static void detach_groups(char **args)
{
	pid_t pid = bear();

	(void)args;
	if (pid == 0) {
		must(!setpgid(0, 0));
		udp();
		pid = bear();
		if (pid == 0) {
			must(getpgrp() == getppid() && !setpgid(0, 0));
			udp();
			must(!setpgid(0, getppid()));
			live();
		}
		reap(pid);
		pid = bear();
		if (pid == 0) {
			must(setsid() > 0);
			live();
		}
		reap(pid);
		leave(0);
	}
	reap(pid);
}

static void detach_double_fork(char **args)
{
	pid_t pid = bear();

	(void)args;
	if (pid == 0) {
		pid_t parent = me();

		must(setsid() > 0);
		if (bear() == 0) {
			outlive(parent);
			live();
		}
		leave(0);
	}
	reap(pid);
}

/* The opener is gone before its child does anything. */
static void detach_orphan(char **args)
{
	pid_t parent = me();

	(void)args;
	if (bear() == 0) {
		outlive(parent);
		live();
	}
}

/* daemon(3) forks by itself: who calls it ends in there. */
static void detach_daemon(char **args)
{
	pid_t pid = bear();

	(void)args;
	if (pid == 0) {
		pid_t caller = me();

		say("exit %d 0\n", caller);
		must(!daemon(0, 0));
		born(caller);
		outlive(caller);
		live();
	}
	reap(pid);
}

/* Stopped from the terminal, and continued in the background. */
static void job(int terminal)
{
	must(!setpgid(0, 0) && !tcsetpgrp(terminal, getpgrp()));
	udp();
	must(!raise(SIGTSTP));
	live();
}

static void shell(const char *terminal_name)
{
	int terminal, status;
	pid_t pid;

	must(setsid() > 0);
	terminal = open(terminal_name, O_RDWR | O_CLOEXEC);
	must(terminal >= 0 && !ioctl(terminal, TIOCSCTTY, 0));
	signal(SIGTTOU, SIG_IGN);
	pid = bear();
	if (pid == 0)
		job(terminal);
	must(waitpid(pid, &status, WUNTRACED) == pid && WIFSTOPPED(status));
	must(!tcsetpgrp(terminal, getpgrp()));
	udp();
	must(!kill(-pid, SIGCONT));
	reap(pid);
	leave(0);
}

static void detach_job(char **args)
{
	int master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC), off = 0;
	unsigned int number;
	char name[32];
	pid_t pid;

	(void)args;
	if (master < 0) {
		say("unseen this system has no terminals\n");
		return;
	}
	must(!ioctl(master, TIOCSPTLCK, &off) && !ioctl(master, TIOCGPTN, &number));
	snprintf(name, sizeof(name), "/dev/pts/%u", number);
	pid = bear();
	if (pid == 0)
		shell(name);
	reap(pid);
}

/* nohup executes the actor, or where it is not installed, who does what it does; then the signal
 * comes. */
static void detach_nohup(char **args)
{
	char self[256] = "";
	char *argv[] = { "nohup", self, "hung-up", NULL };
	char *env[] = { NULL };
	pid_t pid;

	(void)args;
	must(readlink("/proc/self/exe", self, sizeof(self) - 1) > 0);
	pid = bear();
	if (pid == 0 && access("/usr/bin/nohup", X_OK)) {
		signal(SIGHUP, SIG_IGN);
		become("hung-up", NULL);
	} else if (pid == 0) {
		say("exec %d\n", me());
		execve("/usr/bin/nohup", argv, env);
		must(false);
	}
	reap(pid);
}

static void hung_up(char **args)
{
	(void)args;
	must(!raise(SIGHUP));
	udp();
}

static void enter_cgroup(const char *cgroup)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/cgroup.procs", cgroup);
	put(path, "0");
}

/* Out of the opener's cgroup, into one beneath the hooks. */
static void detach_cgroup(char **args)
{
	pid_t pid = bear();

	if (pid == 0) {
		enter_cgroup(args[1]);
		pid = bear();
		if (pid == 0)
			live();
		reap(pid);
		live();
	}
	reap(pid);
}

/* Beside the hooks: a UDP connect is said by no line, and has no record. */
static void detach_cgroup_beside(char **args)
{
	pid_t pid = bear();

	if (pid == 0) {
		enter_cgroup(args[1]);
		tcp();
		must(connect_once(SOCK_DGRAM) == 0);
		become("beside", NULL);
	}
	reap(pid);
}

static void beside(char **args)
{
	(void)args;
	tcp();
	must(connect_once(SOCK_DGRAM) == 0);
}

static void detach_clone3_cgroup(char **args)
{
	struct clone_args clone = { .flags = CLONE_INTO_CGROUP, .exit_signal = SIGCHLD };
	pid_t caller = me(), pid;

	clone.cgroup = (uint64_t)open(args[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	pid = (pid_t)syscall(SYS_clone3, &clone, sizeof(clone));
	must(pid >= 0);
	if (pid == 0) {
		born(caller);
		live();
	}
	reap(pid);
}

static void detach_clone_parent(char **args)
{
	pid_t caller = me(), pid;

	(void)args;
	pid = (pid_t)syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0);
	must(pid >= 0);
	if (pid == 0) {
		born(caller);
		live();
	}
}

static void detach_loginuid(char **args)
{
	pid_t pid = bear();

	(void)args;
	if (pid == 0) {
		if (access("/proc/self/loginuid", W_OK)) {
			say("unseen this kernel keeps no login uids\n");
			leave(0);
		}
		put("/proc/self/loginuid", "4242");
		say("auid %d 4242\n", me());
		pid = bear();
		if (pid == 0) {
			say("auid %d 4242\n", me());
			live();
		}
		reap(pid);
		live();
	}
	reap(pid);
}

static void detach_user(char **args)
{
	pid_t pid = bear();

	(void)args;
	if (pid == 0) {
		must(!setresgid(65534, 65534, 65534) && !setresuid(65534, 65534, 65534));
		must(!prctl(PR_SET_DUMPABLE, 1));
		udp();
		tcp();
		pid = bear();
		if (pid == 0) {
			udp();
			leave(0);
		}
		reap(pid);
		leave(0);
	}
	reap(pid);
}

static void in_namespaces(int flags)
{
	pid_t pid = bear();

	if (pid == 0) {
		must(!unshare(flags));
		udp();
		pid = bear();
		if (pid == 0) {
			must(!(flags & CLONE_NEWPID) || getpid() == 1);
			pid = bear();
			if (pid == 0)
				live();
			reap(pid);
			live();
		}
		reap(pid);
		leave(0);
	}
	reap(pid);
}

static void detach_pidns(char **args)
{
	(void)args;
	in_namespaces(CLONE_NEWPID);
}

static void detach_userns(char **args)
{
	(void)args;
	in_namespaces(CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC);
}

static void detach_mntns(char **args)
{
	(void)args;
	in_namespaces(CLONE_NEWNS | CLONE_NEWCGROUP);
}

/* Lets the traced go on through every stop, until none of them is left. */
static void trace(pid_t pid, int ready)
{
	long options = PTRACE_O_TRACEFORK | PTRACE_O_TRACEEXEC | PTRACE_O_TRACEEXIT;
	int status;

	must(!ptrace(PTRACE_SEIZE, pid, 0, options));
	must(write(ready, "r", 1) == 1);
	while ((pid = waitpid(-1, &status, __WALL)) > 0)
		if (WIFSTOPPED(status))
			ptrace(PTRACE_CONT, pid, 0, status >> 16 ? 0 : WSTOPSIG(status));
	must(errno == ECHILD);
	leave(0);
}

/* Traced by a sibling, so that its parent by name and the one that it is reported to differ. */
static void detach_traced(char **args)
{
	pid_t traced, tracer, pid;
	int ready[2];
	char byte;

	(void)args;
	must(!pipe2(ready, O_CLOEXEC));
	traced = bear();
	if (traced == 0) {
		must(read(ready[0], &byte, 1) == 1);
		udp();
		pid = bear();
		if (pid == 0)
			live();
		reap(pid);
		live();
	}
	tracer = bear();
	if (tracer == 0)
		trace(traced, ready[1]);
	reap(traced);
	reap(tracer);
}

int main(int argc, char **argv)
{
	static const struct mode modes[] = {
		{ "setsid", detach_setsid },
		{ "groups", detach_groups },
		{ "double-fork", detach_double_fork },
		{ "orphan", detach_orphan },
		{ "daemon", detach_daemon },
		{ "job", detach_job },
		{ "nohup", detach_nohup },
		{ "hung-up", hung_up },
		{ "cgroup", detach_cgroup },
		{ "cgroup-beside", detach_cgroup_beside },
		{ "beside", beside },
		{ "clone3-cgroup", detach_clone3_cgroup },
		{ "clone-parent", detach_clone_parent },
		{ "loginuid", detach_loginuid },
		{ "user", detach_user },
		{ "pid-namespace", detach_pidns },
		{ "user-namespace", detach_userns },
		{ "mount-namespace", detach_mntns },
		{ "traced", detach_traced },
		{ NULL, NULL },
	};

	return truth_main(argc, argv, modes);
}
