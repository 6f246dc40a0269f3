/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/judge/images.h"
#include "core/judge/runs.h"
#include "lib/cmocka.h"

static void add(struct images *images, uint64_t sseq, const char *path)
{
	struct image image = { .sseq = sseq, .step = (uint32_t)sseq };

	assert_int_equal(images__add(images, &image, span_of(path)), 0);
}

static void test_unknown(void **state)
{
	struct images *images;

	(void)state;
	assert_int_equal(images__new(&images), 0);
	assert_null(images__find(images, 0));
	assert_null(images__find(images, 1));
	images__drop(images, 0);
	images__drop(images, 1);
	add(images, 5, "/a");
	assert_null(images__find(images, 4));
	add(images, 5, "/b"); /* a number again: the later one holds */
	assert_true(span_is(image_path(images__find(images, 5)), "/b"));
	images__drop(images, 5);
	assert_null(images__find(images, 5));
	images__free(images);
}

/* Against a plain array: whatever is added and dropped in whatever order. */
static void test_random(void **state)
{
	enum { NUMBERS = 2000 };
	bool here[NUMBERS + 1] = { false };
	char path[32];
	struct images *images;
	unsigned int seed = 7;

	(void)state;
	assert_int_equal(images__new(&images), 0);
	for (int i = 0; i < 200000; i++) {
		uint64_t n = (uint64_t)rand_r(&seed) % NUMBERS + 1;

		if (rand_r(&seed) % 2) {
			snprintf(path, sizeof(path), "/bin/%u", (unsigned int)n % 50);
			add(images, n, path);
			here[n] = true;
		} else {
			images__drop(images, n);
			here[n] = false;
		}
		n = (uint64_t)rand_r(&seed) % NUMBERS + 1;
		if (!images__find(images, n) == here[n])
			fail_msg("round %d: %llu", i, (unsigned long long)n);
	}
	for (uint64_t n = 1; n <= NUMBERS; n++) {
		const struct image *image = images__find(images, n);

		snprintf(path, sizeof(path), "/bin/%u", (unsigned int)n % 50);
		assert_int_equal(image != NULL, here[n]);
		if (image && (image->step != n || !span_is(image_path(image), path)))
			fail_msg("number %llu", (unsigned long long)n);
	}
	images__free(images);
}

static void test_full(void **state)
{
	struct image image = { 0 };
	struct images *images;

	(void)state;
	assert_int_equal(images__new(&images), 0);
	for (image.sseq = 1; image.sseq <= IMAGES_MAX; image.sseq++)
		assert_int_equal(images__add(images, &image, span_of("/x")), 0);
	assert_int_equal(images__add(images, &image, span_of("/x")), -ENOSPC);
	assert_null(images__find(images, image.sseq));
	images__drop(images, 1);
	assert_int_equal(images__add(images, &image, span_of("/x")), 0);
	images__free(images);
}

/* A million images of programs with paths as long as they get would be gigabytes. */
static void test_long_paths(void **state)
{
	struct image image = { .step = 7 };
	char path[4096];
	struct images *images;

	(void)state;
	assert_int_equal(images__new(&images), 0);
	memset(path, 'x', sizeof(path));
	for (image.sseq = 1; image.sseq <= IMAGES_PATHS_MAX / sizeof(path) + 1; image.sseq++) {
		snprintf(path, sizeof(path), "/%llu", (unsigned long long)image.sseq);
		assert_int_equal(images__add(images, &image, (struct span){ path, sizeof(path) }),
				 0);
	}
	assert_int_equal(image_path(images__find(images, 1)).n, sizeof(path));
	assert_int_equal(images__find(images, image.sseq - 1)->step, 7);
	assert_int_equal(image_path(images__find(images, image.sseq - 1)).n, 0);
	images__drop(images, 1);
	images__drop(images, 2);
	assert_int_equal(images__add(images, &image, (struct span){ path, sizeof(path) }), 0);
	assert_int_equal(image_path(images__find(images, image.sseq)).n, sizeof(path));
	images__free(images);
}

static void sum_steps(void *ctx, uint32_t step)
{
	*(uint32_t *)ctx += step;
}

static void test_runs(void **state)
{
	uint32_t sum = 0;
	struct runs *runs;

	(void)state;
	assert_int_equal(runs__new(&runs), 0);
	assert_int_equal(runs__begin(runs, 7, 1, 10), 0);
	assert_int_equal(runs__begin(runs, 7, 1, 20), 0);
	assert_int_equal(runs__begin(runs, 7, 2, 40), 0); /* the number again, another process */
	assert_int_equal(runs__begin(runs, 7 + 1024, 1, 80), 0); /* the same bucket */
	runs__end(runs, 8, 1, sum_steps, &sum);
	runs__end(runs, 7, 3, sum_steps, &sum);
	assert_int_equal(sum, 0);
	runs__end(runs, 7, 1, sum_steps, &sum);
	assert_int_equal(sum, 30);
	runs__end(runs, 7, 1, sum_steps, &sum);
	assert_int_equal(sum, 30);
	for (uint32_t i = 2; i < RUNS_MAX; i++)
		assert_int_equal(runs__begin(runs, i, 9, 1), 0);
	assert_int_equal(runs__begin(runs, 1, 9, 1), -ENOSPC);
	runs__end(runs, 5, 9, sum_steps, &sum);
	assert_int_equal(runs__begin(runs, 1, 9, 1), 0);
	runs__free(runs);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unknown), cmocka_unit_test(test_random),
		cmocka_unit_test(test_full),    cmocka_unit_test(test_long_paths),
		cmocka_unit_test(test_runs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
