/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "edge/process.h"
#include "lib/cmocka.h"

/* A child that waits to be killed, under a name that would mislead a careless reader of
 * /proc/PID/stat. */
static pid_t spawn(void)
{
	int ready[2];
	pid_t pid;
	char byte;

	assert_int_equal(pipe(ready), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		prctl(PR_SET_NAME, ") R 1 (");
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (write(ready[1], "", 1) == 1)
			pause();
		_exit(1);
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	close(ready[1]);
	return pid;
}

static int pidfd_of(pid_t pid)
{
	return (int)syscall(SYS_pidfd_open, pid, 0);
}

/* Ticks of /proc/PID/stat's field 22, read the simple way: field 3 is behind the last ")". */
static uint64_t start_of(pid_t pid)
{
	char path[64], text[1024];
	unsigned long long ticks = 0;
	FILE *file;
	size_t n;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	file = fopen(path, "r");
	assert_non_null(file);
	n = fread(text, 1, sizeof(text) - 1, file);
	fclose(file);
	text[n] = '\0';
	assert_int_equal(sscanf(strrchr(text, ')') + 2,
				"%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d "
				"%*d %*d %*d %llu",
				&ticks),
			 1);
	return ticks * (1000000000ull / (uint64_t)sysconf(_SC_CLK_TCK));
}

static void test_not_a_process(void **state)
{
	int null = open("/dev/null", O_RDONLY);
	pid_t pid;
	uid_t uid;

	(void)state;
	assert_int_equal(process_user(null, &pid, &uid), -EBADF);
	assert_int_equal(uid, (uid_t)-1);
	close(null);
	assert_int_equal(process_user(null, &pid, &uid), -EBADF);
	assert_int_equal(process_user(-1, &pid, &uid), -EBADF);
}

static void test_gone(void **state)
{
	pid_t child = spawn(), pid;
	int pidfd = pidfd_of(child);
	uint64_t start = start_of(child);
	uid_t uid;

	(void)state;
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	assert_int_equal(process_user(pidfd, &pid, &uid), -ESRCH);
	assert_int_equal(process_kill(child, start), -ESRCH);
	close(pidfd);
}

static void test_another_start(void **state)
{
	const uint64_t tick = 1000000000ull / (uint64_t)sysconf(_SC_CLK_TCK);
	pid_t child = spawn();
	uint64_t start = start_of(child);

	(void)state;
	assert_int_equal(process_kill(child, start + tick), -ESRCH);
	assert_int_equal(process_kill(child, start - 1), -ESRCH);
	assert_int_equal(process_kill(child, 0), -ESRCH);
	assert_int_equal(waitpid(child, NULL, WNOHANG), 0); /* it lives */
	assert_int_equal(process_kill(child, start + tick - 1), 0);
	assert_int_equal(waitpid(child, NULL, 0), child);
}

static void test_user(void **state)
{
	pid_t child = spawn(), pid;
	int pidfd = pidfd_of(child);
	uid_t uid;

	(void)state;
	assert_int_equal(process_user(pidfd, &pid, &uid), 0);
	assert_int_equal(pid, child);
	assert_int_equal(uid, getuid());
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	close(pidfd);
}

/* As a set-id program has it: real and effective user differ. */
static void test_mixed_users(void **state)
{
	int ready[2], pidfd;
	pid_t child, pid;
	uid_t uid;
	char byte;

	(void)state;
	if (getuid() != 0)
		skip();
	assert_int_equal(pipe(ready), 0);
	child = fork();
	if (child == 0) {
		if (setresuid(65534, 0, 0) == 0 && write(ready[1], "", 1) == 1)
			pause();
		_exit(1);
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	pidfd = pidfd_of(child);
	assert_int_equal(process_user(pidfd, &pid, &uid), -EPERM);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	close(pidfd);
	close(ready[0]);
	close(ready[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_not_a_process), cmocka_unit_test(test_gone),
		cmocka_unit_test(test_another_start), cmocka_unit_test(test_user),
		cmocka_unit_test(test_mixed_users),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
