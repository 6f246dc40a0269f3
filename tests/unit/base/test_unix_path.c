/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/base/unix_path.h"
#include "lib/cmocka.h"

#define ROWS(rows) (sizeof(rows) / sizeof((rows)[0]))

static const struct {
	const char *path, *want;
} tidy_rows[] = {
	{ "", "" },
	{ "run/x", "run/x" },
	{ ".../run/x", ".../run/x" },
	{ "@//x/./y", "@//x/./y" },
	{ "/", "" },
	{ "/.", "" },
	{ "/..", "/.." },
	{ "/var/run/../x", "/run/../x" },
	{ "/var/runx/y", "/var/runx/y" },
	{ "/var/run", "/var/run" },
	{ "/x/var/run/y", "/x/var/run/y" },
	{ "/.x/..y/...", "/.x/..y/..." },
	{ "/run/x", "/run/x" },
	{ "//run///x//", "/run/x" },
	{ "/./run/././x/.", "/run/x" },
	{ "/var/run/x", "/run/x" },
	{ "//var/./run//x", "/run/x" },
};

static void test_tidy(void **state)
{
	char room[UNIX_PATH_ROOM];

	(void)state;
	for (size_t i = 0; i < ROWS(tidy_rows); i++) {
		struct span got = unix_path_tidy(span_of(tidy_rows[i].path), room);

		if (!span_is(got, tidy_rows[i].want))
			fail_msg("\"%s\": \"%.*s\"", tidy_rows[i].path, (int)got.n, got.p);
	}
}

/* As long as can be, it stays inside the room. */
static void test_tidy_long(void **state)
{
	static char path[UNIX_PATH_ROOM + 1], room[UNIX_PATH_ROOM];
	struct span got;

	(void)state;
	memset(path, 'x', sizeof(path));
	path[0] = '/';
	got = unix_path_tidy((struct span){ path, UNIX_PATH_ROOM }, room);
	assert_ptr_equal(got.p, room);
	assert_int_equal(got.n, UNIX_PATH_ROOM);
	got = unix_path_tidy((struct span){ path, UNIX_PATH_ROOM + 1 }, room);
	assert_ptr_equal(got.p, path);
}

static const struct {
	const char *path;
	bool want;
} match_rows[] = {
	{ "", false },    { "x", false },    { "@x", false },     { "/x/", false },
	{ "//x", false }, { "/./x", false }, { "/x/..", false },  { "/x//y", false },
	{ "/x", true },   { "/x/y", true },  { "/.x/..y", true }, { "/var/run/x", true },
};

static void test_can_match(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(match_rows); i++) {
		if (unix_path_can_match(span_of(match_rows[i].path)) != match_rows[i].want)
			fail_msg("\"%s\": %d", match_rows[i].path, !match_rows[i].want);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tidy),
		cmocka_unit_test(test_tidy_long),
		cmocka_unit_test(test_can_match),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
