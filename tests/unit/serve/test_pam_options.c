/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/serve/pam_options.h"
#include "lib/cmocka.h"

#define A127                                                                                       \
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"                          \
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

/* want: ticket/run_dir/words and a wait that is not the default, "refused": so it is, and what is
 * left denies. */
static const struct row {
	const char *name;
	const char *words[4];
	const char *want;
} rows[] = {
	{ "a word that is none", { "optionl" }, "refused" },
	{ "a good word first", { "optional", "auto", "x" }, "refused" },
	{ "upper case", { "OPTIONAL" }, "refused" },
	{ "a word with a value", { "optional=yes" }, "refused" },
	{ "empty", { "" }, "refused" },
	{ "ticket without an id", { "ticket" }, "refused" },
	{ "ticket that is empty", { "ticket=" }, "refused" },
	{ "ticket that is a path", { "ticket=../CHG-1" }, "refused" },
	{ "ticket too long", { "ticket=" A127 "a" }, "refused" },
	{ "relative directory", { "run_dir=run" }, "refused" },
	{ "no directory", { "run_dir=" }, "refused" },
	{ "no wait", { "wait_ms=" }, "refused" },
	{ "a wait of nothing", { "wait_ms=0" }, "refused" },
	{ "a wait below nothing", { "wait_ms=-1" }, "refused" },
	{ "a wait with a unit", { "wait_ms=4s" }, "refused" },
	{ "a wait too long", { "wait_ms=600001" }, "refused" },
	{ "a wait with more digits than a number has", { "wait_ms=4294967297" }, "refused" },

	{ "nothing", { NULL }, "-/run/lockstep/required" },
	{ "optional", { "optional" }, "-/run/lockstep/optional" },
	{ "the last of two holds", { "optional", "required" }, "-/run/lockstep/required" },
	{ "ticket", { "ticket=CHG-1" }, "CHG-1/run/lockstep/required" },
	{ "longest ticket", { "ticket=" A127 }, A127 "/run/lockstep/required" },
	{ "all", { "auto", "ruser", "run_dir=/d", "optional" }, "-/d/optional auto ruser" },
	{ "the shortest wait", { "wait_ms=1" }, "-/run/lockstep/required waits 1" },
	{ "the longest wait", { "wait_ms=600000" }, "-/run/lockstep/required waits 600000" },
};

static int run_row(const struct row *row)
{
	struct pam_options options;
	struct err err = { .message = "" };
	const char *words[4];
	char got[400], waits[32] = "";
	int n = 0, ret;

	while (n < 4 && row->words[n]) {
		words[n] = row->words[n];
		n++;
	}
	ret = pam_options_read(n, words, &options, &err);
	if (options.wait_ms != 400)
		snprintf(waits, sizeof(waits), " waits %u", options.wait_ms);
	snprintf(got, sizeof(got), "%s%s/%s%s%s%s", options.ticket ? options.ticket : "-",
		 options.run_dir, options.optional ? "optional" : "required",
		 options.automatic ? " auto" : "", options.ruser ? " ruser" : "", waits);
	if (strcmp(row->want, "refused") == 0
		    ? ret == -EINVAL && err.message[0] && !strcmp(got, "-/run/lockstep/required")
		    : !ret && strcmp(got, row->want) == 0)
		return 0;
	print_error("%s: got %d \"%s\" (%s), want \"%s\"\n", row->name, ret, got, err.message,
		    row->want);
	return 1;
}

static void test_read(void **state)
{
	int failed = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		failed += run_row(&rows[i]);
	assert_int_equal(failed, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_read) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
