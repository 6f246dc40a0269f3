/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <stdio.h>
#include <stdlib.h>

#include "core/match/secrets.h"
#include "lib/cmocka.h"

static void test_find(void **state)
{
	static const struct {
		const char *name, *run, *argv; /* "|" for NUL */
		bool all;
		const char *want;
	} rows[] = {
		{ "no {secret}", "cmd a", "cmd|a|", true, "" },
		{ "does not match", "cmd {secret} a", "cmd|x|b|", true, "" },
		{ "argv[0] is none", "cmd {secret}", "secret|x|", true, "x " },
		{ "no argv", "cmd {secret}", "", true, "" },
		{ "two", "cmd {secret} -- {secret}", "cmd|x|--|y|", true, "x y " },
		{ "an empty one", "cmd {secret} a", "cmd||a|", true, " " },
		{ "behind any arguments", "cmd ... -p {secret}", "cmd|a|b|-p|x|", true, "x " },
		{ "before any arguments", "cmd {secret} ...", "cmd|x|y|", true, "x " },
		{ "behind one or more", "cmd a*... {secret}", "cmd|ab|ac|x|", true, "x " },
		{ "either could be it", "cmd ... {secret} ...", "cmd|x|y|", true, "x y " },
		{ "more than fit", "cmd ... {secret} ...", "cmd|1|2|3|4|5|6|7|8|9|", false,
		  "1 2 3 4 5 6 7 8 " },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct command command;
		struct span found[8];
		char argv[256], got[256] = "";
		size_t n = 0, len = strlen(rows[i].argv);
		bool all;

		memcpy(argv, rows[i].argv, len);
		for (size_t k = 0; k < len; k++)
			argv[k] = argv[k] == '|' ? 0 : argv[k];
		assert_int_equal(command_parse(span_of(rows[i].run), &command, NULL), 0);
		all = secrets_add(&command, (struct span){ argv, len }, found, 8, &n);
		for (size_t k = 0; k < n; k++)
			snprintf(got + strlen(got), sizeof(got) - strlen(got), "%.*s ",
				 (int)found[k].n, found[k].p);
		if (all != rows[i].all || strcmp(got, rows[i].want))
			fail_msg("row \"%s\": %d \"%s\"", rows[i].name, all, got);
		command_free(&command);
	}
}

/* Too much to work out is no reason to show anything. */
static void test_too_much(void **state)
{
	size_t n = SECRETS_CELLS_MAX, found_n = 0;
	char *argv = malloc(2 * n);
	struct command command;
	struct span found[1];

	(void)state;
	for (size_t i = 0; i < n; i++) {
		argv[2 * i] = 'x';
		argv[2 * i + 1] = 0;
	}
	assert_int_equal(command_parse(span_of("cmd {secret} ..."), &command, NULL), 0);
	assert_true(secrets_any(&command));
	assert_false(secrets_add(&command, (struct span){ argv, 2 * n }, found, 1, &found_n));
	assert_int_equal(found_n, 0);
	command_free(&command);
	free(argv);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_find),
					    cmocka_unit_test(test_too_much) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
