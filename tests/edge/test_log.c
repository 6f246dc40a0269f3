/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "edge/log.h"
#include "lib/cmocka.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static char dir[64], path[100];
static int service = -1;

/* What the service is: a datagram socket at a path. */
static void start_service(void)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };

	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", path);
	service = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	assert_true(service >= 0);
	assert_int_equal(bind(service, (struct sockaddr *)&addr, sizeof(addr)), 0);
}

static void stop_service(void)
{
	close(service);
	unlink(path);
}

static int make_dir(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/lockstep-log.XXXXXX");
	if (!mkdtemp(dir))
		return -1;
	snprintf(path, sizeof(path), "%s/log", dir);
	return 0;
}

static int remove_dir(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(dir);
}

static void received(const char *want, size_t n)
{
	char got[1024];
	ssize_t len = recv(service, got, sizeof(got), 0);

	assert_true(len >= 0);
	if (n == 0) { /* the time and the pid are the machine's */
		got[len] = '\0';
		assert_non_null(strstr(got, want));
		return;
	}
	assert_int_equal(len, n);
	assert_memory_equal(got, want, n);
}

static void test_no_service(void **state)
{
	struct log *log;

	(void)state;
	assert_int_equal(log__open_at(&log, LOG_TO_JOURNALD, "t", path), -ENOENT);
	assert_null(log);
}

static void test_journald(void **state)
{
	static const struct log_field fields[] = { { "LOCKSTEP_A", "one" },
						   { "LOCKSTEP_B", "x\ny" } };
	static const char plain[] = "PRIORITY=4\nSYSLOG_IDENTIFIER=t\nMESSAGE=a?b? [0m\n";
	static const char both[] = "PRIORITY=2\nSYSLOG_IDENTIFIER=t\nMESSAGE=m\nLOCKSTEP_A=one\n"
				   "LOCKSTEP_B\n\3\0\0\0\0\0\0\0x\ny\n";
	struct log *log;

	(void)state;
	start_service();
	assert_int_equal(log__open_at(&log, LOG_TO_JOURNALD, "t", path), 0);
	log__line(log, LOG_LEVEL_WARNING, "a\nb\x1b [0m", NULL, 0);
	received(plain, sizeof(plain) - 1);
	log__line(log, LOG_LEVEL_CRITICAL, "m", fields, 2);
	received(both, sizeof(both) - 1);
	assert_int_equal(log__failed(log), 0);
	log__close(log);
	stop_service();
}

/* A service that was restarted is found again; one that is gone costs a count, never a wait. */
static void test_restart(void **state)
{
	struct log *log;

	(void)state;
	start_service();
	assert_int_equal(log__open_at(&log, LOG_TO_SYSLOG, "t", path), 0);
	log__line(log, LOG_LEVEL_ERROR, "first", NULL, 0);
	received("<83>", 0); /* authpriv.err */
	stop_service();
	log__line(log, LOG_LEVEL_ERROR, "nobody hears this", NULL, 0);
	assert_int_equal(log__failed(log), 1);
	start_service();
	log__line(log, LOG_LEVEL_INFO, "second", NULL, 0);
	received("]: second", 0);
	assert_int_equal(log__failed(log), 1);
	for (int i = 0; i < 2000 && log__failed(log) == 1; i++)
		log__line(log, LOG_LEVEL_INFO, "nobody reads", NULL, 0);
	assert_true(log__failed(log) > 1);
	log__close(log);
	stop_service();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_no_service, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(test_journald, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(test_restart, make_dir, remove_dir),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
