// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What happens when there is no room: nothing goes missing without being counted.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/row_filter.h"
#include "lib/wait.h"
#include "rows.h"
#include "world.h"

static char actor[4096], leaf[4096];

static void act(void *mode)
{
	char *argv[] = { "actor_tree", mode, "20", NULL };
	char *env[] = { NULL };

	execve(actor, argv, env);
}

static void act_spawners(void *n)
{
	char *argv[] = { "actor_tree", "spawners", n, leaf, NULL };
	char *env[] = { NULL };

	execve(actor, argv, env);
}

/* run__session() holds emitted against what came and what was counted as lost. */
static void test_ring_too_small(void **state)
{
	struct world world;
	struct run run;
	uint64_t last = 0;
	size_t i;

	(void)state;
	world__open(&world, (struct probe_opts){ .ring_bytes = 4096 });
	world.hold = true;
	run__session(&run, &world, act, "many", 0);
	assert_int_equal(run.counters.emitted, 2 + 3 * 20);
	assert_true(run.counters.lost[LS_LOST_RING_FULL] > 0);
	assert_true(run.came > 0);
	for (i = 0; i < run.seen_n; i++)
		last = run.seen[i].event.sseq > last ? run.seen[i].event.sseq : last;
	assert_true(last <= run.counters.emitted);
	run__free(&run);
	world__close(&world);
}

/*
 * The ring's own wake-up rule looks at the consumer's position; a reader that gives nothing back
 * (its disk is slow) must be woken all the same, by each act that finds it asleep.
 */
static void test_wakeup(void **state)
{
	struct world world;
	struct run run;

	int64_t began;
	int gate[2];

	(void)state;
	assert_int_equal(pipe2(gate, O_CLOEXEC), 0);
	assert_int_equal(dup2(gate[0], STDIN_FILENO), STDIN_FILENO); /* that the actor reads */
	world__open(&world, (struct probe_opts){ 0 });
	world.keep = true;
	world.pace = gate[1];
	began = wait_now_ms();
	run__session(&run, &world, act, "paced", 0);
	assert_int_equal(run.came, 22);
	/* One for each act and for the nap after each but the last; others only from timers of 1 ms
	 * or more. */
	print_message("  %zu wakes for 20 acts in %lld ms\n", run.wakes,
		      (long long)(wait_now_ms() - began));
	assert_true(run.wakes >= 20 + 19);
	assert_true(run.wakes <= 22 + (size_t)(wait_now_ms() - began));
	close(gate[0]);
	close(gate[1]);
	run__free(&run);
	world__close(&world);
}

/*
 * A burst does not wake the reader for each record: after one that it found it naps for two
 * milliseconds, and is woken at once only by what comes after a look in vain. Seen failing with no
 * nap, 40 wakes in 30 ms.
 */
static void test_nap(void **state)
{
	struct world world;
	struct run run;
	int64_t began;

	(void)state;
	world__open(&world, (struct probe_opts){ 0 });
	began = wait_now_ms();
	run__session(&run, &world, act, "many", 0);
	assert_int_equal(run.came, 2 + 3 * 20);
	/* A timer is late on a slow machine, and early on none. */
	print_message("  %zu wakes in %lld ms\n", run.wakes, (long long)(wait_now_ms() - began));
	assert_true(run.wakes <= (size_t)(wait_now_ms() - began) + 4);
	run__free(&run);
	world__close(&world);
}

/* A ring that holds a few records carries many, when each is given back. */
static void test_release(void **state)
{
	struct world world;
	struct run run;
	size_t used, size, bytes = 0;
	int gate[2];

	(void)state;
	assert_int_equal(pipe2(gate, O_CLOEXEC), 0);
	assert_int_equal(dup2(gate[0], STDIN_FILENO), STDIN_FILENO); /* that the actor reads */
	world__open(&world, (struct probe_opts){ .ring_bytes = 5000 });
	/* Each child starts once what the one before it left is read: unpaced, whether there is
	 * room would depend on how soon the reader gets the processor. */
	world.pace_exits = gate[1];
	assert_int_equal(write(gate[1], "g", 1), 1);
	probe__fill(world.probe, &used, &size);
	assert_int_equal(size, 8192);
	assert_int_equal(used, 0);
	run__session(&run, &world, act, "many-paced", 0);
	assert_int_equal(run.counters.lost[LS_LOST_RING_FULL], 0);
	for (size_t i = 0; i < run.seen_n; i++)
		bytes += run.seen[i].n;
	print_message("  %zu bytes of records through a ring of %zu\n", bytes, size);
	assert_true(bytes > size);
	probe__fill(world.probe, &used, &size);
	assert_int_equal(used, 0);
	close(gate[0]);
	close(gate[1]);
	run__free(&run);
	world__close(&world);
}

static void test_members_full(void **state)
{
	struct world world;
	struct run run;

	(void)state;
	world__open(&world, (struct probe_opts){ .members_max = 4 });
	run__session(&run, &world, act, "crowd", 0);
	assert_true(run.counters.missed[LS_MISSED_MEMBER_FULL] > 0);
	/* The opener's exec and exit, and the exits of those that were tagged. */
	assert_int_equal(run.came, 2 + 20 - run.counters.missed[LS_MISSED_MEMBER_FULL]);
	run__free(&run);
	world__close(&world);
}

static void test_errors(void **state)
{
	const struct {
		const char *name;
		struct probe_opts opts;
		const char *why;
	} rows[] = {
		{ "no such cgroup",
		  { .cgroup = "/nonexistent" },
		  "cgroup \"/nonexistent\": No such file" },
		{ "not a cgroup", { .cgroup = "/proc" }, "cannot attach on_" },
		{ "ring too large", { .ring_bytes = 0x80000000u }, "ring of 2147483648 bytes" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct probe *probe;
		char why[300];

		if (!row_asked(__func__, rows[i].name))
			continue;
		print_message("  row: %s\n", rows[i].name);
		assert_true(probe__open(&probe, &rows[i].opts, why, sizeof(why)) < 0);
		assert_null(probe);
		print_message("       %s\n", why);
		assert_memory_equal(why, rows[i].why, strlen(rows[i].why));
		assert_null(strchr(why, '\n'));
	}
}

/*
 * Two spawners at full speed, and a ring that holds all of it where nobody gets to read it
 * meanwhile; LOCKSTEP_EXECS sets how many in all.
 */
static void test_full_speed(void **state)
{
	const char *asked = getenv("LOCKSTEP_EXECS");
	unsigned long execs = asked ? strtoul(asked, NULL, 10) : 20000;
	struct world world;
	struct run run;
	char each[32];
	int64_t began;

	(void)state;
	world__open(&world, (struct probe_opts){ .ring_bytes = 32u << 20 });
	world.count_only = true;
	snprintf(each, sizeof(each), "%lu", execs / 2);
	began = wait_now_ms();
	run__session(&run, &world, act_spawners, each, 0);
	print_message("  %lu execs in %lld ms\n", execs, (long long)(wait_now_ms() - began));
	assert_int_equal(run.counters.emitted, 2 * (execs / 2 * 2) + 2 + 2);
	assert_int_equal(run.counters.lost[LS_LOST_RING_FULL], 0);
	assert_int_equal(run.counters.lost[LS_LOST_FILL], 0);
	assert_int_equal(probe__recursion_misses(world.probe), 0);
	run__free(&run);
	world__close(&world);
}

static int set_up(void **state)
{
	(void)state;
	snprintf(actor, sizeof(actor), "%s", actor_path("actor_tree"));
	snprintf(leaf, sizeof(leaf), "%s", actor_path("actor_leaf"));
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_errors),     cmocka_unit_test(test_ring_too_small),
		cmocka_unit_test(test_wakeup),     cmocka_unit_test(test_nap),
		cmocka_unit_test(test_release),    cmocka_unit_test(test_members_full),
		cmocka_unit_test(test_full_speed),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
