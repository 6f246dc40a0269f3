/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */

/*
 * For LD_PRELOAD: fsync(2) and fdatasync(2) of the program wait as long as there is a file by the
 * name in $LOCKSTEP_STALL, as on a disk that has stopped answering. Who waits makes a file of that
 * name and
 * ".waits", so that a test knows when one does.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static void stall(void)
{
	const struct timespec pause = { .tv_nsec = 1000000 };
	const char *file = getenv("LOCKSTEP_STALL");
	char waits[4096];

	if (!file || access(file, F_OK) != 0)
		return;
	snprintf(waits, sizeof(waits), "%s.waits", file);
	close(open(waits, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	while (access(file, F_OK) == 0)
		nanosleep(&pause, NULL);
}

int fsync(int fd)
{
	stall();
	return (int)syscall(SYS_fsync, fd);
}

int fdatasync(int fd)
{
	stall();
	return (int)syscall(SYS_fdatasync, fd);
}
