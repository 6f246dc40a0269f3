/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/base/intervals.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/bisect.h"
#include "lib/cmocka.h"

static void test_bisect(void **state)
{
	static const int v[] = { 1, 3, 3, 3, 7, 9 };

	(void)state;
	for (size_t n = 0; n <= 6; n++) {
		for (int key = 0; key < 11; key++) {
			size_t want = 0;

			while (want < n && v[want] < key)
				want++;
			assert_int_equal(bisect(n, i, v[i] < key), want);
		}
	}
}

/* Against a table of bits. */
static void test_intervals(void **state)
{
	struct intervals set = { 0 };
	bool in[260] = { false };
	uint32_t random = 1;

	(void)state;
	for (int i = 0; i < 4000; i++) {
		uint64_t first, last;
		bool was = false;

		random = random * 1664525 + 1013904223;
		first = random >> 24;
		last = first + (random >> 20 & 3);
		if (i % 3 == 0 && in[first]) {
			assert_int_equal(intervals__reserve(&set), 0);
			intervals__take(&set, first);
			in[first] = false;
		} else {
			for (uint64_t n = first; n <= last; n++) {
				was |= in[n];
				in[n] = true;
			}
			assert_int_equal(intervals__add(&set, first, last), was ? -EEXIST : 0);
		}
		for (uint64_t n = 0; n < 259; n++) {
			uint64_t want = n;

			while (want < 260 && in[want])
				want++;
			assert_int_equal(intervals__missing(&set, n), want);
			assert_int_equal(intervals__has(&set, n), in[n]);
		}
		for (size_t n = 1; n < set.n; n++)
			assert_true(set.v[n].first > set.v[n - 1].last + 1);
		if (i % 40 == 39) {
			intervals__free(&set);
			memset(in, 0, sizeof(in));
		}
	}
	intervals__free(&set);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_bisect),
					    cmocka_unit_test(test_intervals) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
