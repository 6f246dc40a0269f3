/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <stdlib.h>

#include "core/session/session.h"
#include "lib/cmocka.h"

/* Bucket by bucket, as they lie there: who goes through them meets each of them once. */
static void check_walk(const struct sessions *sessions)
{
	const struct session *at = NULL;
	size_t n = 0;

	for (size_t i = 0; i < SESSION_BUCKETS; i++) {
		for (struct session *session = sessions->buckets[i]; session;
		     session = session->next) {
			at = sessions__next(sessions, at);
			assert_ptr_equal(at, session);
			n++;
		}
	}
	assert_null(n || at ? sessions__next(sessions, at) : at);
	assert_int_equal(n, sessions->n);
}

static void add(struct sessions *sessions, uint32_t number)
{
	struct session *session = calloc(1, sizeof(*session));

	assert_non_null(session);
	session->number = number;
	sessions__add(sessions, session);
	check_walk(sessions);
}

static void drop(struct sessions *sessions, uint32_t number)
{
	sessions__remove(sessions, number);
	assert_null(sessions__find(sessions, number));
	check_walk(sessions);
}

/* The first and the last bucket, both sides of a word of bits, and three that share a bucket. */
static void test_walk(void **state)
{
	static const uint32_t numbers[] = { 63,       0,        255, 64,  127, 128, 192,
					    63 + 256, 63 + 512, 1,   191, 254, 65,  UINT32_MAX };
	const size_t n = sizeof(numbers) / sizeof(*numbers);
	struct sessions sessions = { 0 };

	(void)state;
	assert_null(sessions__next(&sessions, NULL));
	for (size_t i = 0; i < n; i++)
		add(&sessions, numbers[i]);
	drop(&sessions, 2); /* never there */
	assert_int_equal(sessions.n, n);
	for (size_t i = 0; i < n; i++)
		drop(&sessions, numbers[i]);
	assert_null(sessions__next(&sessions, NULL));
	add(&sessions, 200);
	drop(&sessions, 200);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_walk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
