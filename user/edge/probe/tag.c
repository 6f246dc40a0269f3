// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "edge/probe/tag.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* PROC_PID_INIT_INO (include/linux/proc_ns.h), since Linux 3.8. */
#define INITIAL_PIDNS 0xeffffffcu

/* PF_EXITING (include/linux/sched.h): set before the exit hook can run (do_exit, exit_signals). */
#define EXITING 0x4u

/* The file's text, cut at n - 1 bytes. 0 or -errno. */
static int read_text(const char *path, char *text, size_t n)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got;

	if (fd < 0)
		return -errno;
	got = read(fd, text, n - 1);
	close(fd);
	if (got <= 0)
		return -ESRCH;
	text[got] = '\0';
	return 0;
}

/* The number behind `label`, 0: there is none. */
static long number_at(const char *text, const char *label)
{
	const char *at = strstr(text, label);

	return at ? strtol(at + strlen(label), NULL, 10) : 0;
}

bool tag_numbers_agree(void)
{
	struct stat st;

	return !stat("/proc/self/ns/pid", &st) && st.st_ino == INITIAL_PIDNS;
}

int tag_tgid(int pidfd, uint32_t *tgid)
{
	char path[64], text[4096];
	long pid;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", pidfd);
	if (read_text(path, text, sizeof(text)) || !strstr(text, "\nPid:"))
		return -EBADF;
	pid = number_at(text, "\nPid:");
	if (pid <= 0)
		return -ESRCH;
	snprintf(path, sizeof(path), "/proc/%ld/status", pid);
	if (read_text(path, text, sizeof(text)))
		return -ESRCH;
	if (number_at(text, "\nTgid:") != pid)
		return -EINVAL;
	*tgid = (uint32_t)pid;
	return 0;
}

bool tag_gone(int pidfd)
{
	struct pollfd ended = { .fd = pidfd, .events = POLLIN };

	return poll(&ended, 1, 0) != 0;
}

/* Field 9 of its stat (proc(5)), behind the last parenthesis. One that is gone has ended. */
static bool thread_ends(uint32_t tgid, const char *tid)
{
	char path[300], text[1024], *end;
	unsigned int flags = EXITING;

	snprintf(path, sizeof(path), "/proc/%u/task/%s/stat", tgid, tid);
	if (read_text(path, text, sizeof(text)))
		return true;
	end = strrchr(text, ')');
	if (!end || sscanf(end, ") %*c %*d %*d %*d %*d %*d %u", &flags) != 1)
		return true;
	return flags & EXITING;
}

bool tag_ends(uint32_t tgid)
{
	char path[64];
	const struct dirent *entry;
	bool ends = true;
	DIR *tasks;

	snprintf(path, sizeof(path), "/proc/%u/task", tgid);
	tasks = opendir(path);
	if (!tasks)
		return true;
	while (ends && (entry = readdir(tasks)))
		if (entry->d_name[0] != '.')
			ends = thread_ends(tgid, entry->d_name);
	closedir(tasks);
	return ends;
}
