// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "rows.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static const char *otherwise; /* than passed */
static char why[256];

void row_unseen(const char *format, ...)
{
	va_list args;

	otherwise = "not visible";
	va_start(args, format);
	vsnprintf(why, sizeof(why), format, args);
	va_end(args);
}

void row_untried(const char *format, ...)
{
	va_list args;

	otherwise = "not tried";
	va_start(args, format);
	vsnprintf(why, sizeof(why), format, args);
	va_end(args);
}

static void row_test(void **state)
{
	const struct row *row = *state;

	otherwise = NULL;
	row->run(row->what);
	if (otherwise)
		print_message("  %s: %s\n%s %s: %s\n", otherwise, why, otherwise, row->name, why);
	else
		print_message("passed %s\n", row->name);
}

static const struct row *row_find(const struct row *rows, size_t n, const char *name)
{
	for (; n > 0; n--, rows++)
		if (!strcmp(rows->name, name))
			return rows;
	return NULL;
}

int rows_main(int argc, char **argv, const struct row *rows, size_t n, int (*set_up)(void **state),
	      int (*tear_down)(void **state))
{
	struct CMUnitTest tests[128] = { 0 };
	const char *asked = getenv("LOCKSTEP_ROW");
	size_t i;

	if (argc == 3 && !strcmp(argv[1], "--row"))
		asked = argv[2];
	if (asked) {
		rows = row_find(rows, n, asked);
		n = rows != NULL;
	}
	if ((argc != 1 && argc != 3) || n == 0 || n > sizeof(tests) / sizeof(tests[0])) {
		fprintf(stderr, "usage: %s [--row NAME], NAME one of its rows\n", argv[0]);
		return 2;
	}
	for (i = 0; i < n; i++) {
		tests[i].name = rows[i].name;
		tests[i].test_func = row_test;
		tests[i].initial_state = (void *)(uintptr_t)&rows[i];
	}
	return _cmocka_run_group_tests("rows", tests, n, set_up, tear_down);
}
