/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/base/table.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/hash.h"
#include "lib/cmocka.h"

static uint32_t random_step(uint32_t *random)
{
	return *random = *random * 1664525 + 1013904223;
}

static uint32_t find(const struct table *table, const uint32_t *keys, uint32_t hash, uint32_t key)
{
	return table_find(table, hash, i, keys[i] == key);
}

/*
 * Against an array: keys come and go. The hash is poor on purpose, so that runs are long and wrap.
 */
static void test_table(void **state)
{
	struct table table = { 0 };
	uint32_t keys[300] = { 0 }, where[300], random = 1;

	(void)state;
	memset(where, 0xff, sizeof(where));
	assert_int_equal(find(&table, keys, 1, 1), TABLE_NONE);
	for (int i = 0; i < 20000; i++) {
		uint32_t key = (random_step(&random) >> 16) % 300, at = where[key], last;

		assert_int_equal(find(&table, keys, key / 7 * 13, key), at);
		if (at == TABLE_NONE) {
			where[key] = (uint32_t)table.n;
			keys[table.n] = key;
			assert_int_equal(table_add(&table, key / 7 * 13), 0);
			continue;
		}
		last = keys[table.n - 1];
		table_remove(&table, key / 7 * 13, at, last / 7 * 13);
		keys[at] = last;
		where[last] = at;
		where[key] = TABLE_NONE;
	}
	assert_true(table.n > 50);
	for (uint32_t key = 0; key < 300; key++)
		assert_int_equal(find(&table, keys, key / 7 * 13, key), where[key]);
	table_free(&table);
	assert_int_equal(find(&table, keys, 1, 1), TABLE_NONE);
}

/* The vectors of RFC 9923. */
static void test_fnv1a(void **state)
{
	(void)state;
	assert_true(fnv1a(span_of("")) == 0xcbf29ce484222325u);
	assert_true(fnv1a(span_of("a")) == 0xaf63dc4c8601ec8cu);
	assert_true(fnv1a(span_of("foobar")) == 0x85944171f73967e8u);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_table),
					    cmocka_unit_test(test_fnv1a) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
