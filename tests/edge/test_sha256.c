/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "core/merkle.h"
#include "edge/sha256.h"
#include "edge/sha256_lanes.h"

/*
 * The tree's hashes, by the CPU's own instructions where it has them, are those that OpenSSL gives
 * (sha256__bytes()). Seen failing: with the length in the last block's bytes where it needs another
 * block, with the prefix forgotten in a message of less than a block, with the lanes changed over.
 */
enum { BYTES = 4096, AT_ONCE = 40 };

static unsigned char bytes[BYTES];

static bool can(void)
{
#ifdef __x86_64__
	return __builtin_cpu_supports("sha") && __builtin_cpu_supports("sse4.1");
#else
	return false;
#endif
}

static int setup(void **state)
{
	struct sha256 *sha256;
	uint64_t random = 88172645463325252;

	for (size_t i = 0; i < BYTES; i++) {
		random ^= random << 13;
		random ^= random >> 7;
		random ^= random << 17;
		bytes[i] = (unsigned char)random;
	}
	if (!can())
		print_message("this CPU has no instructions for it: OpenSSL against itself\n");
	*state = NULL;
	if (sha256__new(&sha256))
		return -1;
	*state = sha256;
	return 0;
}

static int teardown(void **state)
{
	sha256__free(*state);
	return 0;
}

static void compare(struct sha256 *sha256, size_t a_n, struct span of, const struct digest *is)
{
	char want[65], hex[65];

	assert_int_equal(sha256__bytes(sha256, bytes, a_n, of.p, of.n, want), 0);
	for (size_t i = 0; i < DIGEST_BYTES; i++)
		snprintf(hex + 2 * i, 3, "%02x", is->b[i]);
	if (strcmp(hex, want) != 0)
		fail_msg("%zu bytes behind %zu: %s, not %s", of.n, a_n, hex, want);
}

static void test_each_length(void **state)
{
	static const size_t before[] = { 0, 1, 55, 63, 64, 65 };

	for (size_t i = 0; i < sizeof(before) / sizeof(before[0]); i++) {
		for (size_t n = 0; n <= 400; n++) {
			const struct span of = { (const char *)bytes + 100, n };
			struct digest digest;

			assert_int_equal(sha256__raw(*state, bytes, before[i], of.p, of.n, &digest),
					 0);
			compare(*state, before[i], of, &digest);
			if (n)
				continue;
			assert_int_equal(sha256__raw(*state, bytes, before[i], NULL, 0, &digest),
					 0);
			compare(*state, before[i], of, &digest);
		}
	}
}

/* What fails its own example is left alone, and nobody would notice but by the time it takes. */
static void test_used(void **state)
{
	(void)state;
	assert_int_equal(sha256_lanes_work(), can());
}

/* Of any lengths side by side: one ends while the other goes on. */
static void test_several(void **state)
{
	struct span of[AT_ONCE];
	struct digest digests[AT_ONCE];

	srand(7);
	for (size_t n = 0; n <= AT_ONCE; n++) {
		for (size_t a_n = 0; a_n < 70; a_n += 23) {
			for (size_t i = 0; i < n; i++) {
				of[i].n = (size_t)rand() % (i % 3 ? BYTES / 2 : 130);
				of[i].p = (const char *)bytes + rand() % (BYTES / 2);
			}
			assert_int_equal(sha256__each(*state, bytes, a_n, of, n, digests), 0);
			for (size_t i = 0; i < n; i++)
				compare(*state, a_n, of[i], &digests[i]);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_used),
		cmocka_unit_test(test_each_length),
		cmocka_unit_test(test_several),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
