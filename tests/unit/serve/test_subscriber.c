/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <stdio.h>

#include "core/serve/subscriber.h"
#include "lib/cmocka.h"

/*
 * A script of letters drives one subscriber, a small store stands beside it, and what the reader
 * got is compared as text. Line N is "N" (or "N" and padding), so that a gap or a double is seen.
 *
 *   l    the next record is emitted (live, not yet durable)      L  the same, dropped by the filter
 *   b    the next record is emitted, 40 bytes long
 *   d    everything that was emitted becomes durable; the subscriber is told
 *   s    the store is read once, at most two rows, if the subscriber wants it
 *   S    likewise until it does not want any more
 *   x    the disk refuses: the store gives what it has, and that is all
 *   w    the reader takes everything      v  the reader takes three bytes
 */
enum { BOUND = 64, ROWS = 2, RECORDS_MAX = 64 };

struct world {
	struct subscriber *sub;
	uint64_t emitted, durable;
	bool refuses;
	bool dropped[RECORDS_MAX];
	bool big[RECORDS_MAX];
	char got[4096];
	size_t got_n;
};

struct row {
	const char *name;
	int64_t after;   /* -1: live only */
	uint64_t before; /* records that are durable before it begins */
	const char *script;
	const char *want; /* newlines as spaces */
};

static struct span line_of(const struct world *world, uint64_t seq, char text[64])
{
	int n = snprintf(text, 64,
			 world->big[seq] ? "%llu........................................" : "%llu",
			 (unsigned long long)seq);

	return (struct span){ text, (size_t)n };
}

static void emit(struct world *world, bool dropped, bool big)
{
	uint64_t seq = ++world->emitted;
	char text[64];

	assert_true(seq < RECORDS_MAX);
	world->dropped[seq] = dropped;
	world->big[seq] = big;
	if (!dropped)
		subscriber__live(world->sub, seq, line_of(world, seq, text));
}

static bool read_store(struct world *world)
{
	uint64_t after, last, seq;
	char text[64];
	struct span line;
	int rows = 0;

	if (!subscriber__wants(world->sub, world->refuses ? UINT64_MAX : world->durable, &after,
			       &last))
		return false;
	for (seq = after + 1; seq <= world->durable && seq <= last; seq++, rows++) {
		line = line_of(world, seq, text);
		if (rows == ROWS ||
		    !subscriber__row(world->sub, seq, world->dropped[seq] ? NULL : &line))
			return true;
	}
	subscriber__rows_end(world->sub, world->emitted);
	return true;
}

static void take(struct world *world, size_t n)
{
	struct span pending = subscriber__pending(world->sub);
	size_t i;

	if (n > pending.n)
		n = pending.n;
	for (i = 0; i < n; i++)
		world->got[world->got_n++] = pending.p[i] == '\n' ? ' ' : pending.p[i];
	subscriber__sent(world->sub, n);
}

static void step(struct world *world, char c)
{
	int i;

	switch (c) {
	case 'l':
	case 'L':
	case 'b':
		emit(world, c == 'L', c == 'b');
		break;
	case 'd':
		world->durable = world->emitted;
		subscriber__durable(world->sub, world->durable);
		break;
	case 's':
		read_store(world);
		break;
	case 'S':
		for (i = 0; i < 100 && read_store(world); i++)
			;
		break;
	case 'x':
		world->refuses = true;
		break;
	case 'v':
		take(world, 3);
		break;
	case 'w':
		while (subscriber__pending(world->sub).n)
			take(world, SIZE_MAX);
		break;
	default:
		fail_msg("unknown letter '%c'", c);
	}
}

#define DOTS "........................................"

static const struct row rows[] = {
	{ "live: what finds no room is counted, then told, then it goes on", -1, 0, "bbbbwlw",
	  "1" DOTS " {\"missed\":{\"first\":2,\"last\":4,\"count\":3}} 5 " },
	{ "live: the notice waits for half of the room", -1, 0, "bbvvblw",
	  "1" DOTS " {\"missed\":{\"first\":2,\"last\":4,\"count\":3}} " },
	{ "live: a gap does not end where only a short line fits", -1, 0, "bblwlw",
	  "1" DOTS " {\"missed\":{\"first\":2,\"last\":3,\"count\":2}} 4 " },
	{ "live: dropped by the filter is not missed", -1, 0, "LLlwLw", "3 " },
	{ "live: durable only once something was sent", -1, 3, "dwldwdw", "4 {\"durable\":4} " },
	{ "live: durable waits behind a gap", -1, 0, "bbdwdw",
	  "1" DOTS " {\"missed\":{\"first\":2,\"last\":2,\"count\":1}} {\"durable\":2} " },
	{ "live: an empty queue takes any line", -1, 0, "bwbw", "1" DOTS " 2" DOTS " " },
	{ "catch-up: all that is durable, then live", 0, 5, "swswswswSlw", "1 2 3 4 5 6 " },
	{ "catch-up: after a number", 3, 5, "Slw", "4 5 6 " },
	{ "catch-up: after the end", 9, 5, "Slw", "6 " },
	{ "seam: emitted but not durable comes once, from the store", 0, 2, "llsSwldSwlw",
	  "1 2 3 4 5 {\"durable\":5} 6 " },
	{ "seam: nothing is told live before the store has it", 0, 0, "lsSlw", "" },
	{ "seam: held lines follow in order", 0, 0, "lSlldSw", "1 2 3 {\"durable\":3} " },
	{ "seam: held lines that outgrow come from the store", 0, 0, "lSbbbdSwSwSwSwlw",
	  "1 2" DOTS " 3" DOTS " 4" DOTS " 5 " },
	{ "seam: rows that the filter drops are passed over", 0, 0, "LLLdSlw", "4 " },
	{ "seam: a disk that refuses does not hold the live lines back", 0, 1, "SlxSwlw",
	  "1 2 3 " },
	{ "seam: what the disk refused before the hold was missed", 0, 1, "lSxSlw",
	  "1 {\"missed\":{\"first\":2,\"last\":2,\"count\":1}} 3 " },
	{ "catch-up: a slow reader stops the reading, not the rest", 0, 0, "bbbdsssswsssswsssswSlw",
	  "1" DOTS " 2" DOTS " 3" DOTS " 4 " },
};

static int run(const struct row *row)
{
	struct world world = { 0 };
	const char *c;
	int ret;

	world.emitted = world.durable = row->before;
	ret = row->after < 0 ? subscriber__new_live(&world.sub, BOUND, row->before)
			     : subscriber__new(&world.sub, BOUND, (uint64_t)row->after);
	assert_int_equal(ret, 0);
	for (c = row->script; *c; c++)
		step(&world, *c);
	subscriber__free(world.sub);
	if (strcmp(world.got, row->want) == 0)
		return 0;
	print_error("%s: got \"%s\", want \"%s\"\n", row->name, world.got, row->want);
	return 1;
}

static void test_scripts(void **state)
{
	int failed = 0;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		failed += run(&rows[i]);
	assert_int_equal(failed, 0);
}

/* Whatever the interleaving, each number comes once, in order, or is within a told gap. */
static void test_no_gap_no_double(void **state)
{
	static const char letters[] = "lllldssswvb";
	struct world world;
	unsigned int seed, rnd, i;
	char *p, *end;
	unsigned long long next, n;

	(void)state;
	for (seed = 1; seed <= 3000; seed++) {
		world = (struct world){ .emitted = seed % 4, .durable = seed % 4 };
		assert_int_equal(subscriber__new(&world.sub, BOUND, 0), 0);
		for (rnd = seed * 2654435761u, i = 0; i < 50; i++) {
			rnd = rnd * 1103515245u + 12345u;
			step(&world, letters[(rnd >> 16) % (sizeof(letters) - 1)]);
		}
		for (i = 0; i < 20; i++) {
			step(&world, 'd');
			step(&world, 'S');
			step(&world, 'w');
		}
		for (next = 1, p = world.got; *p; p = end + strspn(end, ". ")) {
			if (strncmp(p, "{\"durable\":", 11) == 0) {
				end = strchr(p, '}') + 1;
				continue;
			}
			if (strncmp(p, "{\"missed\":{\"first\":", 19) == 0) {
				assert_int_equal(strtoull(p + 19, &end, 10), next);
				next = strtoull(strstr(p, "\"last\":") + 7, &end, 10) + 1;
				end = strchr(p, ' ');
				continue;
			}
			n = strtoull(p, &end, 10);
			if (n != next)
				fail_msg("seed %u: got %llu, want %llu in \"%s\"", seed, n, next,
					 world.got);
			next++;
		}
		if (next != world.emitted + 1)
			fail_msg("seed %u: ended at %llu of %llu", seed, next - 1,
				 (unsigned long long)world.emitted);
		subscriber__free(world.sub);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_scripts),
		cmocka_unit_test(test_no_gap_no_double),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
