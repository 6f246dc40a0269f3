/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/base/buf.h"
#include "core/judge/loss.h"
#include "lib/cmocka.h"

static void write_range(void *ctx, const struct loss_range *range)
{
	buf_addf(ctx, "%" PRIu64 "-%" PRIu64 "*%" PRIu64 " %s; ", range->first, range->last,
		 range->count, range->reason);
}

/*
 * One book's life as words: "5" came, "5r" came and was refused, "5x" is one that must be dropped,
 * "5m" came but moved to refused; "=E,F,L" is a settlement with emitted, ring-full and fill counts,
 * "!E,F,L" the final one; "+N" sets member_full, "%N" the recursion misses of what follows.
 * "S" is a program that was skipped, and has to be told if none was.
 * "DFIRST,LAST,COUNT" are numbers that were given up by the store.
 * "LFIRST,LAST,COUNT,N" is a loss that was recorded before a restart, N its reason's place in the
 * list, "R" says that all so far was before one; the number of dropped records is written behind
 * that. A settlement writes its ranges, then "closed" or "open".
 */
static const char *play_lost(struct loss_book *book, const char *script)
{
	struct loss_range range = { 0 };
	char *end;

	range.first = strtoull(script, &end, 10);
	range.last = strtoull(end + 1, &end, 10);
	range.count = strtoull(end + 1, &end, 10);
	range.reason = loss_reason_name(strtoull(end + 1, &end, 10));
	loss_book__lost(book, &range);
	return end;
}

static const char *play_not_stored(struct loss_book *book, const char *script)
{
	uint64_t first, last, count;
	char *end;

	first = strtoull(script, &end, 10);
	last = strtoull(end + 1, &end, 10);
	count = strtoull(end + 1, &end, 10);
	loss_book__not_stored(book, first, last, count);
	return end;
}

static void play(const char *script, struct buf *out)
{
	struct ls_session kernel = { 0 };
	uint64_t recursion = 10;
	bool restored = false;
	struct loss_book *book;
	struct loss_counts counts;

	assert_int_equal(loss_book__new(&book, recursion), 0);
	while (*script) {
		char kind = *script, *end;

		if (kind == ' ') {
			script++;
			continue;
		}
		if (kind >= '0' && kind <= '9') {
			uint64_t sseq = strtoull(script, &end, 10);
			bool came = loss_book__came(book, sseq, *end == 'r');

			if (came == (*end == 'x'))
				buf_addf(out, "%" PRIu64 " %s; ", sseq, came ? "taken" : "dropped");
			if (*end == 'm')
				loss_book__refuse(book, sseq);
			script = end + (*end == 'r' || *end == 'x' || *end == 'm');
			continue;
		}
		if (kind == 'L') {
			script = play_lost(book, script + 1);
			continue;
		}
		if (kind == 'D') {
			script = play_not_stored(book, script + 1);
			continue;
		}
		if (kind == 'S') {
			struct loss_range range;

			if (loss_book__skipped_before(book, &range))
				write_range(out, &range);
			script++;
			continue;
		}
		if (kind == 'R') {
			loss_book__restored(book);
			restored = true;
			script++;
			continue;
		}
		if (kind == '+') {
			kernel.missed[LS_MISSED_MEMBER_FULL] = strtoull(script + 1, &end, 10);
		} else if (kind == '%') {
			recursion = strtoull(script + 1, &end, 10);
		} else {
			kernel.emitted = strtoull(script + 1, &end, 10);
			kernel.lost[LS_LOST_RING_FULL] = strtoull(end + 1, &end, 10);
			kernel.lost[LS_LOST_FILL] = strtoull(end + 1, &end, 10);
			if (*end == ',')
				kernel.lost[LS_LOST_UNTRACKED] = strtoull(end + 1, &end, 10);
			buf_adds(out, loss_book__settle(book, &kernel, recursion, kind == '!',
							write_range, out)
					      ? "closed "
					      : "open ");
		}
		script = end;
	}
	loss_book__counts(book, &counts);
	buf_addf(out, "e%" PRIu64 " s%" PRIu64 " r%" PRIu64 " u%" PRIu64, counts.emitted,
		 counts.stored, counts.refused, counts.unexplained);
	if (restored)
		buf_addf(out, " d%" PRIu64, counts.dropped);
	buf_addc(out, 0);
	loss_book__free(book);
}

static void test_book(void **state)
{
	static const struct {
		const char *name, *script, *want;
	} rows[] = {
		{ "zero is no number", "0x 1 =1,0,0", "closed e1 s1 r0 u0" },
		{ "a duplicate is dropped", "1 2 2x 1x =2,0,0", "closed e2 s2 r0 u0" },
		{ "2^64-1 is no number yet", "18446744073709551615x 1 =1,0,0",
		  "closed e1 s1 r0 u0" },
		{ "far ahead is dropped", "67108866x 1 =1,0,0", "closed e1 s1 r0 u0" },
		{ "a number that nobody gave out", "1 5 =1,0,0 !1,0,0",
		  "open 0-0*1 unexplained; open e1 s2 r0 u0" },
		{ "a hole in flight is no loss", "1 3 =3,0,0 2 =3,0,0", "open closed e3 s3 r0 u0" },
		{ "the tail in flight is no loss", "1 =3,0,0 2 3 =3,0,0",
		  "open closed e3 s3 r0 u0" },
		{ "a hole that the kernel counts", "1 3 =3,1,0",
		  "2-2*1 ring_full; closed e3 s2 r0 u0" },
		{ "the first", "2 =2,1,0", "1-1*1 ring_full; closed e2 s1 r0 u0" },
		{ "the tail", "1 =4,3,0", "2-4*3 ring_full; closed e4 s1 r0 u0" },
		{ "everything", "=3,3,0", "1-3*3 ring_full; closed e3 s0 r0 u0" },
		{ "two holes", "1 3 6 =6,3,0",
		  "2-2*1 ring_full; 4-5*2 ring_full; closed e6 s3 r0 u0" },
		{ "two reasons", "1 6 =6,3,1", "2-4*3 ring_full; 5-5*1 fill; closed e6 s2 r0 u0" },
		{ "found out later", "1 3 =3,0,0,1", "2-2*1 untracked; closed e3 s2 r0 u0" },
		{ "three reasons", "1 5 =5,1,1,1",
		  "2-2*1 ring_full; 3-3*1 fill; 4-4*1 untracked; closed e5 s2 r0 u0" },
		{ "half of it still in flight", "1 5 =5,1,0 2 4 =5,1,0",
		  "open 3-3*1 ring_full; closed e5 s4 r0 u0" },
		{ "more lost later", "1 3 =3,1,0 5 =5,2,0",
		  "2-2*1 ring_full; closed 4-4*1 ring_full; closed e5 s3 r0 u0" },
		{ "one that was reported lost comes", "1 3 =3,1,0 2x =3,1,0",
		  "2-2*1 ring_full; closed closed e3 s2 r0 u0" },
		{ "at the end nothing is in flight", "1 4 !4,0,0",
		  "2-3*2 unexplained; open e4 s2 r0 u2" },
		{ "some explained, some not", "1 5 !5,2,0",
		  "2-3*2 ring_full; 4-4*1 unexplained; open e5 s2 r0 u1" },
		{ "more lost than missing", "1 2 !2,1,0",
		  "0-0*1 unexplained; 0-0*1 unexplained; open e2 s2 r0 u0" },
		{ "refused is accounted", "1 2r 3r 5r 4 =5,0,0",
		  "2-3*2 refused; 5-5*1 refused; closed e5 s2 r3 u0" },
		{ "refused after it was taken", "1 2m =2,0,0",
		  "2-2*1 refused; closed e2 s1 r1 u0" },
		/*
		 * Seen failing: without the count in accounted_sum(), with `told` left as it was.
		 */
		{ "the disk takes none of it", "1 2 3 D1,3,3 =3,0,0 =3,0,0",
		  "1-3*3 not_stored; closed closed e3 s0 r0 u0" },
		{ "the disk takes some, twice", "1 2 3 4 D2,2,1 =4,0,0 D3,4,2 =4,0,0",
		  "2-2*1 not_stored; closed 3-4*2 not_stored; closed e4 s1 r0 u0" },
		{ "given up in two pieces, told in one", "1 2 3 4 D4,4,1 D1,2,2 =4,0,0",
		  "1-4*3 not_stored; closed e4 s1 r0 u0" },
		{ "given up besides what the ring lost", "1 4 5r D1,4,2 =5,2,0",
		  "5-5*1 refused; 1-4*2 not_stored; 2-3*2 ring_full; closed e5 s0 r1 u0" },
		{ "more given up than there were", "1 D1,9,9 D1,9,9 =1,0,0",
		  "1-9*1 not_stored; closed e1 s0 r0 u0" },
		{ "restored: what was not stored", "1 4 L2,3,2,7 R 5 =5,0,0 D5,5,1 =5,0,0",
		  "closed 5-5*1 not_stored; closed e5 s2 r0 u0 d0" },
		{ "a child that could not be tagged", "1 +2 =1,0,0 =1,0,0 +3 =1,0,0",
		  "0-0*2 member_full; closed closed 0-0*1 member_full; closed e1 s1 r0 u0" },
		{ "programs skipped before the session are not its", "1 %10 =1,0,0 %12 =1,0,0",
		  "closed 0-0*2 recursion; closed e1 s1 r0 u0" },
		{ "skipped before the session was known, told once, beside those that come",
		  "1 %10 S S =1,0,0 %11 =1,0,0 S",
		  "0-0*1 recursion; closed 0-0*1 recursion; closed e1 s1 r0 u0" },
		{ "skipped, and told already", "1 %10 =1,0,0 %11 =1,0,0 S =1,0,0",
		  "closed 0-0*1 recursion; closed closed e1 s1 r0 u0" },
		/*
		 * Seen failing: without the range taken out, the count added, `restored` looked at.
		 */
		{ "restored: a forged range", "1 L5,2,9,0 L3,900000000,9,0 R =1,0,0",
		  "closed e1 s1 r0 u0 d0" },
		{ "restored: more than is missing", "1 4 L2,3,9,2 R 5 =5,0,0",
		  "open e5 s3 r0 u2 d0" },
		{ "restored: a range in the middle of a hole", "1 7 L3,4,2,2 R 2 5 6 =7,0,0",
		  "closed e7 s5 r2 u0 d0" },
		{ "restored: two reasons of one range", "1 6 L2,5,3,0 L2,5,1,1 R =6,3,1",
		  "closed e6 s2 r0 u0 d0" },
		{ "restored: one reason of two, the other not recorded yet",
		  "1 6 L2,4,3,0 R =6,3,1", "5-5*1 fill; closed e6 s2 r0 u0 d0" },
		{ "restored: the tail was lost", "1 L2,4,3,0 R =5,3,0 5 =5,3,0",
		  "open closed e5 s2 r0 u0 d0" },
		{ "restored: counts that take no number",
		  "1 L0,0,2,3 L0,0,1,5 R +2 %11 =1,0,0 %12 =1,0,0",
		  "closed 0-0*1 recursion; closed e1 s1 r0 u0 d0" },
		{ "restored: what comes again is of no account", "1 2 3 R 2x 3x 4 4x =4,0,0",
		  "closed e4 s4 r0 u0 d1" },
		{ "split a hole and fill it from both ends", "9 5 1 8 2 4 6 7 3 =9,0,0",
		  "closed e9 s9 r0 u0" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct buf out = { 0 };

		play(rows[i].script, &out);
		if (strcmp(out.p, rows[i].want))
			fail_msg("row \"%s\": got %s", rows[i].name, out.p);
		buf_free(&out);
	}
}

static void count_range(void *ctx, const struct loss_range *range)
{
	*(uint64_t *)ctx += range->count;
}

/* Every second record is missing: far more holes than are told apart, and the sum is exact all the
 * same. */
static void test_many_holes(void **state)
{
	struct loss_book *book;
	struct loss_counts counts;
	struct ls_session kernel = { .emitted = 200000, .lost = { 100000 - 7000, 0 } };
	uint64_t reported = 0;

	(void)state;
	assert_int_equal(loss_book__new(&book, 0), 0);
	for (uint64_t i = 2; i <= 200000; i += 2)
		assert_true(loss_book__came(book, i, false));
	for (uint64_t i = 1; i < 14000; i += 2) /* late ones, into what was blurred */
		assert_true(loss_book__came(book, i, false));
	assert_true(loss_book__settle(book, &kernel, 0, false, count_range, &reported));
	assert_int_equal(reported, 93000);
	loss_book__counts(book, &counts);
	assert_int_equal(counts.stored, 107000);
	loss_book__free(book);
}

/* Any order of arrival, any losses: the books close exactly when all is accounted for. */
static void test_random(void **state)
{
	unsigned int seed = 1;

	(void)state;
	for (int round = 0; round < 300; round++) {
		uint64_t order[500], n = (uint64_t)(rand_r(&seed) % 500) + 1, reported = 0,
				     lost = 0;
		struct ls_session kernel = { .emitted = n };
		struct loss_book *book;

		assert_int_equal(loss_book__new(&book, 0), 0);
		for (uint64_t i = 0; i < n; i++)
			order[i] = i + 1;
		for (uint64_t i = 0; i < n; i++) {
			uint64_t k = (uint64_t)rand_r(&seed) % n, swap = order[i];

			order[i] = order[k];
			order[k] = swap;
		}
		for (uint64_t i = 0; i < n; i++) {
			if (rand_r(&seed) % 4 == 0)
				lost++;
			else
				assert_true(loss_book__came(book, order[i], false));
		}
		kernel.lost[LS_LOST_RING_FULL] = lost;
		if (!loss_book__settle(book, &kernel, 0, false, count_range, &reported) ||
		    reported != lost)
			fail_msg("round %d: %" PRIu64 " reported of %" PRIu64, round, reported,
				 lost);
		loss_book__free(book);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_book),
		cmocka_unit_test(test_many_holes),
		cmocka_unit_test(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
