/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/event/event.h"
#include "core/match/automaton_build.h"
#include "lib/cmocka.h"
#include "lib/oracle.h"
#include "lib/plan_fixture.h"
#include "lib/random_command.h"

enum { PAIRS = 200000, STEPS = 2, ACTIONS = 50, ARGS_MAX = 32 };

struct counts {
	unsigned int yes, no, too_long;
};

static size_t split(struct span argv, struct span args[ARGS_MAX])
{
	size_t n = 0;

	while (n < ARGS_MAX && strings_next(&argv, &args[n]))
		n++;
	return n;
}

static void print_action(struct span argv)
{
	for (size_t i = 0; i < argv.n; i++)
		print_message(argv.p[i] ? "%c" : "|", argv.p[i]);
	print_message("\n");
}

/* The oracle itself, against what the manual page says in words. */
static void test_oracle(void **state)
{
	static const struct {
		const char *line, *argv;
		enum oracle_answer want;
	} rows[] = {
		{ "x *", "a/b|", ORACLE_NO },
		{ "x *", ".a|", ORACLE_NO },
		{ "x *", "-a|", ORACLE_NO },
		{ "x *", "|", ORACLE_YES },
		{ "x *", "", ORACLE_NO },
		{ "x *", "a|b|", ORACLE_NO },
		{ "x *.pem", ".pem|", ORACLE_NO },
		{ "x *-x", "-x|", ORACLE_NO },
		{ "x a*", "a-.x|", ORACLE_YES },
		{ "x /a/?", "/a//|", ORACLE_NO },
		{ "x /a/?", "/a/.|", ORACLE_NO },
		{ "x /a/[!b]", "/a//|", ORACLE_NO },
		{ "x /a/[!b]", "/a/b|", ORACLE_NO },
		{ "x /a/[!b]", "/a/\xff|", ORACLE_YES },
		{ "x [a-c]", "d|", ORACLE_NO },
		{ "x [a-c]", "b|", ORACLE_YES },
		{ "x [\\]a]", "]|", ORACLE_YES },
		{ "x []a]", "]|", ORACLE_YES },
		{ "x [a-]", "a|", ORACLE_YES },
		{ "x /a/**", "/a/b/c|", ORACLE_YES },
		{ "x /a/**", "/a/b/.c|", ORACLE_NO },
		{ "x /a/**", "/a/b/../c|", ORACLE_NO },
		{ "x /a/**", "/a/..|", ORACLE_NO },
		{ "x /a/.*", "/a/..|", ORACLE_NO },
		{ "x /a/.*", "/a/.b|", ORACLE_YES },
		{ "x /a/..*", "/a/..|", ORACLE_NO },
		{ "x /a/{..,b}", "/a/..|", ORACLE_YES },
		{ "x **/..", "a/..|", ORACLE_YES },
		{ "x --dir=**", "--dir=../a|", ORACLE_NO },
		{ "x --dir=*", "--dir=..|", ORACLE_NO },
		{ "x --dir=*", "--dir=...|", ORACLE_YES },
		{ "x --dir=.**", "--dir=../a|", ORACLE_NO },
		{ "x --dir=.*", "--dir=..|", ORACLE_NO },
		{ "x --dir=.*", "--dir=.a|", ORACLE_YES },
		{ "x --dir=*.**", "--dir=../a|", ORACLE_NO },
		{ "x --dir=*..", "--dir=..|", ORACLE_NO },
		{ "x --dir=..*", "--dir=..|", ORACLE_NO },
		{ "x --dir=..*/a", "--dir=../a|", ORACLE_NO },
		{ "x --dir=../*", "--dir=../a|", ORACLE_YES },
		{ "x --dir=.*", "--dir=...|", ORACLE_YES },
		{ "x a*.*", "ab..|", ORACLE_YES },
		{ "x {a,b}c", "bc|", ORACLE_YES },
		{ "x {a,b}c", "abc|", ORACLE_NO },
		{ "x {a,}c", "c|", ORACLE_YES },
		{ "x a,b", "a,b|", ORACLE_YES },
		{ "x a*...", "", ORACLE_NO },
		{ "x a*...", "a|ab|", ORACLE_YES },
		{ "x a*...", "a|b|", ORACLE_NO },
		{ "x a ... b", "a|b|", ORACLE_YES },
		{ "x a ... b", "a|-x|b|b|", ORACLE_YES },
		{ "x a ... b", "a|b|c|", ORACLE_NO },
		{ "x {secret} a", "-p|a|", ORACLE_YES },
		{ "x {secret} a", "a|", ORACLE_NO },
		{ "x 'a b*' \"c\\\"\" \\* d''", "a b*|c\"|*|d|", ORACLE_YES },
		{ "x 'a b*'", "a bc|", ORACLE_NO },
		{ "x ''", "|", ORACLE_YES },
		{ "x ''", "", ORACLE_NO },
	};
	struct span args[ARGS_MAX];
	struct buf argv = { 0 };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		buf_reset(&argv);
		for (const char *p = rows[i].argv; *p; p++)
			buf_addc(&argv, *p == '|' ? 0 : *p);
		if (oracle_command(rows[i].line, args, split(buf_span(&argv), args)) !=
		    rows[i].want)
			fail_msg("row \"%s\" on \"%s\"", rows[i].line, rows[i].argv);
	}
	buf_free(&argv);
}

static bool automaton_has(const struct plan *plan, struct span action, uint32_t step)
{
	const uint32_t *rules;
	size_t n = plan_match(plan, action, &rules);

	for (size_t i = 0; i < n; i++) {
		if (plan->rules[rules[i]].step == step)
			return true;
	}
	return false;
}

static void try_pair(const struct plan *plan, uint32_t step, struct span argv, struct span action,
		     struct counts *counts)
{
	struct span args[ARGS_MAX];
	size_t n = split(argv, args);
	enum oracle_answer want = oracle_command(plan->steps[step]->run.text, args, n);

	counts->yes += want == ORACLE_YES;
	counts->no += want == ORACLE_NO;
	counts->too_long += want == ORACLE_TOO_LONG;
	if (want == ORACLE_TOO_LONG || automaton_has(plan, action, step) == (want == ORACLE_YES))
		return;
	print_message("%s on ", plan->steps[step]->run.text);
	print_action(argv);
	fail_msg("is %s for the oracle only", want == ORACLE_YES ? "a match" : "none");
}

static void try_lines(struct buf texts[STEPS], struct counts *counts)
{
	struct buf argv = { 0 }, action = { 0 };
	const char *lines[STEPS];
	struct plan *plan;

	for (int i = 0; i < STEPS; i++) {
		random_line(&texts[i], "x");
		lines[i] = texts[i].p;
	}
	plan = fixture_plan(fixture_ticket(lines, STEPS));
	for (int i = 0; i < ACTIONS; i++) {
		random_argv(&plan->steps[i % STEPS]->run, &argv);
		fixture_action(&action, "/usr/bin/x", "x|");
		buf_add(&action, argv.p, argv.n);
		try_pair(plan, (uint32_t)i % STEPS, buf_span(&argv), buf_span(&action), counts);
	}
	buf_free(&argv);
	buf_free(&action);
	plan_free(plan);
}

static void test_property(void **state)
{
	struct buf texts[STEPS] = { { 0 } };
	struct counts counts = { 0 };

	(void)state;
	random_state = 20417;
	for (int i = 0; i < PAIRS / ACTIONS; i++)
		try_lines(texts, &counts);
	print_message(
		"%u pairs of a pattern and a command: %u match, %u do not, %u took too long\n",
		PAIRS, counts.yes, counts.no, counts.too_long);
	assert_int_equal(counts.too_long, 0);
	assert_in_range(counts.yes, PAIRS / 5, PAIRS * 4 / 5);
	for (int i = 0; i < STEPS; i++)
		buf_free(&texts[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_oracle),
		cmocka_unit_test(test_property),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
