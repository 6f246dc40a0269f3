/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */

/*
 * actor_clock - acts, sets the wall clock forward and back, suspends the machine, acts again, and
 * says what it did, one line each, times in ns: act PID BEFORE AFTER               a child that
 * executed, connected and ended; by the boot clock step BY OFFSET                     the wall
 * clock was set: by how much, and how far it is ahead of the boot clock since suspended BOOT
 * MONOTONIC OFFSET    by how much these clocks moved meanwhile, and OFFSET as above unsuspended WHY
 * this machine can't be suspended actor_clock act - what the child executes.
 *
 * Only in the guest, whose clock is nobody else's: tests/vm/guest.py says so on the kernel's
 * command line.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SECOND 1000000000ll
/* The kernel takes no time that would overflow within 30 years (TIME_SETTOD_SEC_MAX,
 * linux/time64.h). */
#define LATEST ((INT64_MAX / SECOND - 30ll * 365 * 24 * 3600 - 3600) * SECOND)

static void fail(const char *what)
{
	fprintf(stderr, "actor_clock: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int64_t now(clockid_t clock)
{
	struct timespec ts;

	if (clock_gettime(clock, &ts))
		fail("clock_gettime");
	return ts.tv_sec * SECOND + ts.tv_nsec;
}

/* The tightest of many brackets: this processor is emulated. */
static int64_t ahead(clockid_t clock)
{
	int64_t best = INT64_MAX, offset = 0;

	for (int i = 0; i < 16; i++) {
		int64_t before = now(CLOCK_BOOTTIME), at = now(clock), after = now(CLOCK_BOOTTIME);

		if (after - before < best) {
			best = after - before;
			offset = at - before - (after - before) / 2;
		}
	}
	return offset;
}

/* Longer than the collector takes to see a step, so that each is one of its own. */
static void wait_a_while(void)
{
	nanosleep(&(struct timespec){ 1, 0 }, NULL);
}

static int act(void)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons(53),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	return fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to));
}

static void act_in_child(void)
{
	char *argv[] = { "actor_clock", "act", NULL };
	int64_t before = now(CLOCK_BOOTTIME);
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		execv("/proc/self/exe", argv);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0)
		fail("act");
	printf("act %d %lld %lld\n", pid, (long long)before, (long long)now(CLOCK_BOOTTIME));
}

static void set_wall(int64_t ns)
{
	struct timespec to = { ns / SECOND, ns % SECOND };
	int64_t before = ahead(CLOCK_REALTIME), after;

	if (clock_settime(CLOCK_REALTIME, &to))
		fail("clock_settime");
	after = ahead(CLOCK_REALTIME);
	printf("step %lld %lld\n", (long long)(after - before), (long long)after);
}

/* Acts before the collector can have seen it, and behind that. */
static void step_to(int64_t ns)
{
	set_wall(ns);
	act_in_child();
	wait_a_while();
	act_in_child();
}

static int put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), error = 0;

	if (fd < 0)
		return errno;
	if (write(fd, text, strlen(text)) < 0)
		error = errno;
	close(fd);
	return error;
}

/* To RAM, until the emulator wakes the machine some seconds later (tests/vm/emulator.py). */
static void suspend(void)
{
	int64_t boot = now(CLOCK_BOOTTIME), monotonic = now(CLOCK_MONOTONIC);
	int error = put("/sys/power/state", "mem");

	if (error) {
		printf("unsuspended %s\n", strerror(error));
		return;
	}
	boot = now(CLOCK_BOOTTIME) - boot;
	monotonic = now(CLOCK_MONOTONIC) - monotonic;
	printf("suspended %lld %lld %lld\n", (long long)boot, (long long)monotonic,
	       (long long)ahead(CLOCK_REALTIME));
	act_in_child();
	wait_a_while();
	act_in_child();
}

static int in_guest(void)
{
	char line[4096] = "";
	int fd = open("/proc/cmdline", O_RDONLY | O_CLOEXEC);

	if (fd < 0 || read(fd, line, sizeof(line) - 1) < 0)
		fail("/proc/cmdline");
	close(fd);
	return strstr(line, " LOCKSTEP_EXECS=") != NULL;
}

int main(int argc, char **argv)
{
	int64_t offset;

	if (argc == 2 && !strcmp(argv[1], "act"))
		return act();
	if (!in_guest()) {
		fprintf(stderr, "actor_clock: this machine's clock is not ours\n");
		return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	offset = ahead(CLOCK_REALTIME);
	printf("step 0 %lld\n", (long long)offset);
	act_in_child();
	step_to(now(CLOCK_REALTIME) + 3600 * SECOND);
	step_to(now(CLOCK_REALTIME) - 7200 * SECOND);
	suspend();
	/*
	 * As early as the kernel takes it, which after a suspend is before the machine was started.
	 */
	step_to(now(CLOCK_MONOTONIC) + SECOND / 2);
	step_to(LATEST);
	step_to(now(CLOCK_BOOTTIME) + offset);
	return 0;
}
