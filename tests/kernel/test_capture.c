// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A session's records as a capture file, from the real kernel.
 *
 * test_capture FILE CMD [ARG...] makes a fixture: it runs CMD as a session of its own and writes
 * what the kernel said about it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <unistd.h>

#include <cmocka.h>

#include "world.h"

static void act(void *argv)
{
	execvp(((char **)argv)[0], argv);
}

static void session_to_file(char **argv, const char *path, struct run *run)
{
	struct world world;

	world__open(&world, (struct probe_opts){ 0 });
	run__session(run, &world, act, argv, 0);
	assert_int_equal(run__capture(run, path), 0);
	world__close(&world);
}

static size_t read_file(const char *path, unsigned char *out, size_t room)
{
	FILE *in = fopen(path, "re");
	size_t n;

	assert_non_null(in);
	n = fread(out, 1, room, in);
	assert_true(feof(in));
	fclose(in);
	return n;
}

static void test_capture(void **state)
{
	static unsigned char bytes[1 << 20];
	static struct decoder decoder;
	char path[64], mode[] = "tcp-v4-connect", program[4096];
	char *argv[] = { program, mode, NULL };
	struct ls_capture_hdr hdr;
	size_t n, at, records = 0;
	struct run run;

	(void)state;
	snprintf(program, sizeof(program), "%s", actor_path("actor_net"));
	snprintf(path, sizeof(path), "/tmp/lockstep-test-%d.capture", getpid());
	session_to_file(argv, path, &run);
	n = read_file(path, bytes, sizeof(bytes));
	unlink(path);
	memcpy(&hdr, bytes, sizeof(hdr));
	assert_int_equal(hdr.magic, LS_CAPTURE_MAGIC);
	assert_int_equal(hdr.version, LS_WIRE_VERSION);
	for (at = sizeof(hdr); at < n; records++) {
		struct event event;
		ls_u32 len;

		memcpy(&len, bytes + at, sizeof(len));
		assert_true(len <= n - at);
		assert_int_equal(decode_record(&decoder, bytes + at, len, &event), 0);
		at += (len + 7u) & ~(size_t)7;
	}
	assert_int_equal(at, n);
	assert_int_equal(records, run.counters.emitted);
	run__free(&run);
}

static char **fixture_argv;
static const char *fixture_path;

static void make_fixture(void **state)
{
	struct run run;

	(void)state;
	session_to_file(fixture_argv, fixture_path, &run);
	print_message("%zu records in %s\n", run.came, fixture_path);
	run__free(&run);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_capture) };
	const struct CMUnitTest fixture[] = { cmocka_unit_test(make_fixture) };

	if (argc < 3)
		return cmocka_run_group_tests(tests, NULL, NULL);
	fixture_path = argv[1];
	fixture_argv = argv + 2;
	return cmocka_run_group_tests(fixture, NULL, NULL);
}
