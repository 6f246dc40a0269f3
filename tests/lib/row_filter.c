// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * LOCKSTEP_ROW=NAME runs that test of a program alone. Linked into every cmocka program in front of
 * the library's function of that name, so that none has to do anything for it; a name that no test
 * has is an error, where cmocka's own filter would run nothing and be content.
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

int _cmocka_run_group_tests(const char *group, const struct CMUnitTest *const tests, const size_t n,
			    CMFixtureFunction set_up, CMFixtureFunction tear_down)
{
	const char *row = getenv("LOCKSTEP_ROW");

	if (!row || !row[0])
		return real_run()(group, tests, n, set_up, tear_down);
	for (size_t i = 0; i < n; i++)
		if (strcmp(tests[i].name, row) == 0)
			return real_run()(group, &tests[i], 1, set_up, tear_down);
	fprintf(stderr, "LOCKSTEP_ROW: there is no \"%s\"; there are:\n", row);
	for (size_t i = 0; i < n; i++)
		fprintf(stderr, "\t%s\n", tests[i].name);
	return 2;
}
