/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <stdio.h>

#include "lib/cmocka.h"
#include "lib/plan_fixture.h"

#define P       "/usr/bin/"
#define TEN     "0123456789"
#define HUNDRED TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN

static const char *const lines[] = {
	"nginx -t",
	"install -m 0600 /root/staged/*.pem... /etc/nginx/tls/",
	"systemctl restart nginx",
	"systemctl reload --now nginx php",
	"deploy --all ... end",
	"rm *.tmp...",
	"nginx -s {reload,quit}",
	"long " HUNDRED HUNDRED HUNDRED,
	"umlaut x" TEN HUNDRED HUNDRED TEN TEN TEN TEN "\xc3\xa4\xc3\xa4\xc3\xa4",
};

static const struct {
	const char *name, *path, *argv;
	const char *step; /* NULL: none is near */
	unsigned int argument;
	const char *approved, *actual; /* actual NULL: the command ended early */
} rows[] = {
	{ "another program", P "id", "id|-u|", NULL, 0, "", NULL },
	{ "a name that only begins alike", P "nginx2", "nginx2|-t|", NULL, 0, "", NULL },
	{ "a copied program", "/tmp/nginx", "nginx|-t|", "s0", 0, P "nginx", "/tmp/nginx" },
	{ "a program that takes a name", "/tmp/x", "nginx|-t|", "s0", 0, P "nginx", "/tmp/x" },
	{ "another argv[0]", P "nginx", "evil|-t|", "s0", 0, "nginx", "evil" },
	{ "a login shell's argv[0]", P "nginx", "-nginx|-t|", "s0", 0, "nginx", "-nginx" },
	{ "no argv[0]", P "nginx", "", "s0", 0, "nginx", "" },
	{ "the first argument", P "nginx", "nginx|-T|", "s0", 1, "-t", "-T" },
	{ "an argument missing", P "nginx", "nginx|", "s0", 1, "-t", NULL },
	{ "an argument more", P "nginx", "nginx|-t|-q|", "s0", 2, "(end)", "-q" },
	{ "an empty argument more", P "nginx", "nginx|-t||", "s0", 2, "(end)", "" },
	{ "the longer run of two steps", P "nginx", "nginx|-s|stop|", "s6", 2, "{reload,quit}",
	  "stop" },
	{ "behind a repeated word", P "install",
	  "install|-m|0600|/root/staged/a.pem|/root/staged/b.pem|/etc/|", "s1", 5,
	  "/etc/nginx/tls/", "/etc/" },
	{ "a repeated word, none", P "install", "install|-m|0600|/etc/nginx/tls/|", "s1", 3,
	  "/root/staged/*.pem...", "/etc/nginx/tls/" },
	{ "at the end of a repeated word", P "rm", "rm|a.tmp|/etc|", "s5", 2, "*.tmp...", "/etc" },
	{ "the step that goes on longest", P "systemctl", "systemctl|reload|--now|nginx|x|", "s3",
	  4, "php", "x" },
	{ "any arguments and no end", P "deploy", "deploy|--all|a|b|", "s4", 4, "end", NULL },
	{ "a long word", P "long", "long|x|", "s7", 1, HUNDRED HUNDRED TEN TEN TEN TEN TEN "01234",
	  "x" },
	{ "a long word of UTF-8", P "umlaut", "umlaut|x|", "s8", 1,
	  "x" TEN HUNDRED HUNDRED TEN TEN TEN TEN "\xc3\xa4\xc3\xa4", "x" },
};

static bool is_as(const struct nearest *got, size_t i)
{
	if (!rows[i].step || !got->step)
		return !rows[i].step && !got->step;
	if (strcmp(got->step->id, rows[i].step) != 0 || got->argument != rows[i].argument ||
	    strcmp(got->approved, rows[i].approved) != 0)
		return false;
	return rows[i].actual ? got->actual.p && span_is(got->actual, rows[i].actual)
			      : !got->actual.p;
}

static void test_nearest(void **state)
{
	struct plan *plan = fixture_plan(fixture_ticket(lines, sizeof(lines) / sizeof(lines[0])));
	struct buf argv = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct nearest got;

		fixture_action(&argv, "", rows[i].argv);
		plan_nearest(plan, span_of(rows[i].path), (struct span){ argv.p + 1, argv.n - 1 },
			     &got);
		if (!is_as(&got, i))
			fail_msg("%s: step %s, argument %u: approved %s, ran %.*s", rows[i].name,
				 got.step ? got.step->id : "none", got.argument, got.approved,
				 (int)got.actual.n, got.actual.p ? got.actual.p : "");
	}
	buf_free(&argv);
	plan_free(plan);
}

/* A long command line is not held against all of many long rules: the best so far is told. */
static void test_bounded(void **state)
{
	static const char *const many[] = { "wc a... b b b", "wc a... b b b", "wc a... b b b",
					    "wc a... c d" }; /* as the plan sorts them */
	struct plan *plan = fixture_plan(fixture_ticket(many, sizeof(many) / sizeof(many[0])));
	static const struct {
		const char *name;
		int args;
		const char *step;
	} lengths[] = { { "beyond the bound", 30000, "s0" }, { "within it", 5000, "s3" } };

	(void)state;
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		struct buf argv = { 0 };
		struct nearest got;

		buf_add(&argv, "wc", 3);
		for (int k = 0; k < lengths[i].args; k++)
			buf_add(&argv, "a", 2);
		buf_add(&argv, "c", 2);
		plan_nearest(plan, span_of(P "wc"), buf_span(&argv), &got);
		if (!got.step || strcmp(got.step->id, lengths[i].step) != 0)
			fail_msg("%s: step %s", lengths[i].name, got.step ? got.step->id : "none");
		buf_free(&argv);
	}
	plan_free(plan);
}

enum { MANY = 600 };

/* What the search that looks at every rule would say: the first step with the longest run. */
static unsigned int first_of(int a, int b, int c, unsigned int *argument)
{
	unsigned int best = 0;

	*argument = 0;
	for (unsigned int i = 0; i < MANY; i++) {
		unsigned int run = 1;

		if ((int)(i % 7) == a)
			run += (int)(i % 41) != b ? 1 : (int)i != c ? 2 : 3;
		if (run > *argument) {
			*argument = run;
			best = i;
		}
	}
	return best;
}

/* However many rules one program has, and wherever the nearest of them stands. */
static void test_many(void **state)
{
	static char text[MANY][32];
	const char *many[MANY];
	struct plan *plan;
	struct buf argv = { 0 };

	(void)state;
	for (int i = 0; i < MANY; i++) {
		snprintf(text[i], sizeof(text[i]), "wc a%d b%d c%d end", i % 7, i % 41, i);
		many[i] = text[i];
	}
	plan = fixture_plan(fixture_ticket(many, MANY));
	for (int i = 0; i < 7 * 43 * 3; i++) {
		int a = i % 8, b = i / 8 % 42, c = i * 31 % (MANY + 1);
		struct nearest got;
		unsigned int argument, step = first_of(a, b, c, &argument);
		char id[16];

		buf_reset(&argv);
		buf_addf(&argv, "wc%ca%d%cb%d%cc%d%cEND%c", 0, a, 0, b, 0, c, 0, 0);
		snprintf(id, sizeof(id), "s%u", step);
		plan_nearest(plan, span_of(i % 2 ? P "wc" : "/tmp/wc"), buf_span(&argv), &got);
		if (!got.step || strcmp(got.step->id, id) != 0 ||
		    (i % 2 ? got.argument != argument : got.argument))
			fail_msg("a%d b%d c%d: step %s, argument %u; want %s, %u", a, b, c,
				 got.step ? got.step->id : "none", got.argument, id, argument);
	}
	buf_free(&argv);
	plan_free(plan);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_nearest),
					    cmocka_unit_test(test_bounded),
					    cmocka_unit_test(test_many) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
