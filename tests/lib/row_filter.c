// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "lib/row_filter.h"

/*
 * LOCKSTEP_ROW=NAME runs that test of a program alone, or that row of a table within a test. Linked
 * into every cmocka program in front of the library's function of that name, so that no program has
 * to do anything for it. A name that nothing has is an error; cmocka's own filter would run nothing
 * and report success.
 */

#include <dlfcn.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

typedef int run_fn(const char *group, const struct CMUnitTest *tests, size_t n,
		   CMFixtureFunction set_up, CMFixtureFunction tear_down);

static run_fn *real_run(void)
{
	void *found = dlsym(RTLD_NEXT, "_cmocka_run_group_tests");
	run_fn *run;

	if (!found) {
		fprintf(stderr, "cmocka: %s\n", dlerror());
		exit(2);
	}
	memcpy(&run, &found, sizeof(run)); /* ISO C knows no conversion between the two */
	return run;
}

/* Whether a table within a test had the row. */
static bool ran;

bool row_asked(const char *test, const char *row)
{
	const char *asked = getenv("LOCKSTEP_ROW");

	if (!asked || !asked[0] || !strcmp(asked, test))
		return true;
	ran |= !strcmp(asked, row);
	return !strcmp(asked, row);
}

int _cmocka_run_group_tests(const char *group, const struct CMUnitTest *const tests, const size_t n,
			    CMFixtureFunction set_up, CMFixtureFunction tear_down)
{
	const char *row = getenv("LOCKSTEP_ROW");
	int failed;

	if (!row || !row[0])
		return real_run()(group, tests, n, set_up, tear_down);
	for (size_t i = 0; i < n; i++)
		if (strcmp(tests[i].name, row) == 0)
			return real_run()(group, &tests[i], 1, set_up, tear_down);
	/* A row of a table within one of the tests, which asks row_asked(). */
	failed = real_run()(group, tests, n, set_up, tear_down);
	if (ran)
		return failed;
	fprintf(stderr, "LOCKSTEP_ROW: there is no row \"%s\"; there are these tests:\n", row);
	for (size_t i = 0; i < n; i++)
		fprintf(stderr, "\t%s\n", tests[i].name);
	return 2;
}
