/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "edge/process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* pidfd_open and pidfd_send_signal have no wrapper in glibc 2.35 and before. */
static int pidfd_open_raw(pid_t pid)
{
	int fd = (int)syscall(SYS_pidfd_open, pid, 0);

	return fd < 0 ? -errno : fd;
}

static int pidfd_signal(int pidfd, int sig)
{
	return syscall(SYS_pidfd_send_signal, pidfd, sig, NULL, 0) ? -errno : 0;
}

/* The file's text, cut at n - 1 bytes. 0 or -errno. */
static int read_text(const char *path, char *text, size_t n)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got;
	int ret = 0;

	text[0] = '\0';
	if (fd < 0)
		return -errno;
	got = read(fd, text, n - 1);
	if (got < 0)
		ret = -errno;
	else
		text[got] = '\0';
	close(fd);
	return ret;
}

/*
 * "Pid:" of the descriptor's fdinfo (proc(5)): only a pidfd has it; -1 once the process was reaped.
 */
static int pidfd_pid(int pidfd, pid_t *pid)
{
	char path[64], text[1024];
	const char *at;
	int ret;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", pidfd);
	ret = read_text(path, text, sizeof(text));
	if (ret)
		return ret == -ENOENT ? -EBADF : ret;
	at = strstr(text, "\nPid:\t");
	if (!at)
		return -EBADF;
	*pid = (pid_t)strtol(at + 6, NULL, 10);
	return *pid > 0 ? 0 : -ESRCH;
}

int process_user(int pidfd, pid_t *pid, uid_t *uid)
{
	char path[64], text[4096];
	unsigned int real, effective, saved;
	const char *at;
	int ret;

	*uid = (uid_t)-1;
	*pid = -1;
	ret = pidfd_pid(pidfd, pid);
	if (ret)
		return ret;
	snprintf(path, sizeof(path), "/proc/%d/status", (int)*pid);
	ret = read_text(path, text, sizeof(text));
	if (ret)
		return ret == -ENOENT ? -ESRCH : ret;
	ret = pidfd_signal(pidfd, 0);
	if (ret)
		return ret;
	at = strstr(text, "\nUid:\t");
	if (!at || sscanf(at, "\nUid:\t%u\t%u\t%u", &real, &effective, &saved) != 3)
		return -EPROTO;
	if (real != effective || real != saved)
		return -EPERM;
	*uid = real;
	return 0;
}

/* Field 22 of /proc/PID/stat, in ticks since the boot; the name in field 2 may hold anything. */
static int start_ticks(pid_t pid, uint64_t *ticks)
{
	char path[64], text[1024];
	char *at;
	int field, ret;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	ret = read_text(path, text, sizeof(text));
	if (ret)
		return ret == -ENOENT ? -ESRCH : ret;
	at = strrchr(text, ')');
	for (field = 2; at && field < 22; field++)
		at = strchr(at + 1, ' ');
	if (!at)
		return -EPROTO;
	*ticks = strtoull(at, NULL, 10);
	return 0;
}

int process_started(pid_t tgid, uint64_t start_ns)
{
	uint64_t tick_ns = 1000000000ull / (uint64_t)sysconf(_SC_CLK_TCK);
	uint64_t ticks;
	int ret = start_ticks(tgid, &ticks);

	return ret || ticks == start_ns / tick_ns ? ret : -ESRCH;
}

int process_kill(pid_t tgid, uint64_t start_ns)
{
	int pidfd = pidfd_open_raw(tgid);
	int ret;

	if (pidfd < 0)
		return pidfd;
	ret = process_started(tgid, start_ns);
	/* the pidfd was open while stat was read: if it takes the signal, both were this process */
	if (!ret)
		ret = pidfd_signal(pidfd, SIGKILL);
	close(pidfd);
	return ret;
}
