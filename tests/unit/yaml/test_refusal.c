/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <errno.h>

#include "core/yaml/refusal.h"
#include "lib/cmocka.h"

#define ROWS(rows) (sizeof(rows) / sizeof((rows)[0]))

static const struct {
	const char *name;
	size_t errors;
	const char *line, *lines; /* lines: their end */
} rows[] = {
	{ "none", 0, "a\\x1bb: refused", "" },
	{ "one", 1, "a\\x1bb:1:7: e1", "a\\x1bb:1:7: e1\n" },
	{ "two", 2, "a\\x1bb:1:7: e1 (and 1 more)", "a\\x1bb:1:7: e1\na\\x1bb:2:7: e2\n" },
	{ "a full list", ERRS_MAX, "a\\x1bb:1:7: e1 (and 19 more)", "a\\x1bb:20:7: e20\n" },
	{ "one more", ERRS_MAX + 1, "a\\x1bb:1:7: e1 (and at least 20 more)",
	  "a\\x1bb:20:7: e20\na\\x1bb: ... and more\n" },
	{ "many more", ERRS_MAX + 9, "a\\x1bb:1:7: e1 (and at least 20 more)",
	  "a\\x1bb:20:7: e20\na\\x1bb: ... and more\n" },
};

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct buf lines = { 0 };
		struct refusal refusal;
		size_t n = strlen(rows[i].lines);
		char line[200];

		refusal_begin(&refusal, "a\x1b"
					"b");
		for (unsigned int k = 1; k <= rows[i].errors; k++)
			assert_int_equal(errs_add(&refusal.errs, -EINVAL, k, 7, "e%u", k), -EINVAL);
		refusal_line(&refusal, line, sizeof(line));
		assert_string_equal(line, rows[i].line);
		refusal_lines(&refusal, &lines);
		if (lines.n < n || (n && memcmp(lines.p + lines.n - n, rows[i].lines, n) != 0))
			fail_msg("%s: got %.*s", rows[i].name, (int)lines.n, lines.p);
		buf_free(&lines);
	}
}

/* One for the whole file takes the place of what was said before; what does not fit is cut. */
static void test_whole(void **state)
{
	struct refusal refusal;
	char line[40], file[5000];

	(void)state;
	refusal_begin(&refusal, "x");
	errs_add(&refusal.errs, -EINVAL, 1, 1, "before");
	assert_int_equal(refusal_whole(&refusal, "f", -ENOENT, "no 100% file"), -ENOENT);
	refusal_line(&refusal, line, sizeof(line));
	assert_string_equal(line, "f: no 100% file");
	memset(file, 'f', sizeof(file) - 1);
	file[sizeof(file) - 1] = 0;
	refusal_whole(&refusal, file, -ENOENT, "none");
	assert_int_equal(strlen(refusal.file), sizeof(refusal.file) - 1);
	refusal_line(&refusal, line, sizeof(line));
	assert_int_equal(strlen(line), sizeof(line) - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
