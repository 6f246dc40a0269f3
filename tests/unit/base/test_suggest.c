/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/base/suggest.h"
#include "lib/cmocka.h"

#define ROWS(rows) (sizeof(rows) / sizeof((rows)[0]))

/* names: what is offered, with a blank behind each */
static const struct {
	const char *name, *word, *names, *want; /* want NULL: none is near */
} rows[] = {
	{ "nothing offered", "run", "", NULL },
	{ "far", "foo", "id run as times ", NULL },
	{ "three edits", "chxxxren", "children ", NULL },
	{ "three letters, two edits", "rxx", "run ", NULL },
	{ "two letters, both others", "xy", "as id ", NULL },
	{ "an empty word", "", "as run ", NULL },
	{ "a word too long", "childrenchildrenchildren1", "childrenchildrenchildren ", NULL },
	{ "a name too long", "childrenchildrenchildren", "childrenchildrenchildren1 ", NULL },
	{ "two swaps in three letters", "nru", "run ", NULL },
	{ "one letter more", "comands", "commands ", "commands" },
	{ "one letter less", "timess", "times ", "times" },
	{ "another letter", "tines", "times ", "times" },
	{ "neighbours swapped", "tiems", "times ", "times" },
	{ "neighbours swapped in three letters", "rnu", "run ", "run" },
	{ "two edits", "chldrn", "run children ", "children" },
	{ "case is no edit", "STRICT", "any strict ", "strict" },
	{ "the nearer of two", "pipes", "file pipe ", "pipe" },
	{ "the first of two as near", "fipe", "file pipe ", "file" },
	{ "itself", "run", "ran run ", "run" },
	{ "the longest", "childrenchildrenchildrem", "childrenchildrenchildren ",
	  "childrenchildrenchildren" },
};

static const char *nearest(const char *word, char *names)
{
	struct suggest suggest = { .word = span_of(word) };

	for (char *end; *names; names = end + 1) {
		end = strchr(names, ' ');
		*end = 0;
		suggest_offer(&suggest, names);
	}
	return suggest.nearest;
}

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		char names[100] = { 0 };
		const char *got;

		memcpy(names, rows[i].names, strlen(rows[i].names));
		got = nearest(rows[i].word, names);
		if (!got != !rows[i].want || (got && strcmp(got, rows[i].want) != 0))
			fail_msg("%s: got %s", rows[i].name, got ? got : "none");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_rows) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
