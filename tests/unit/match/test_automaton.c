/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <errno.h>

#include "core/match/automaton_build.h"
#include "lib/cmocka.h"
#include "lib/plan_fixture.h"
#include "lib/random_command.h"

/* The definition: words from `w` on against the arguments, by trying everything. */
static bool slow_match(const struct command *command, size_t w, struct span argv)
{
	struct span rest = argv, argument;
	const struct word *word = &command->words[w];

	if (w == command->words_n)
		return argv.n == 0;
	if (word->repeat == WORD_ANY_ARGS && slow_match(command, w + 1, argv))
		return true;
	if (!strings_next(&rest, &argument) || !word_matches(word, argument))
		return false;
	if (word->repeat != WORD_ANY_ARGS && slow_match(command, w + 1, rest))
		return true;
	return (word->repeat == WORD_ANY_ARGS || word->repeat == WORD_ONE_OR_MORE) &&
	       slow_match(command, w, rest);
}

static bool has_rule(const struct plan *plan, const uint32_t *rules, size_t n, uint32_t step)
{
	for (size_t i = 0; i < n; i++) {
		if (plan->rules[rules[i]].step == step)
			return true;
	}
	return false;
}

static uint32_t hold_against(const struct plan *plan, struct span action, struct span argv)
{
	const uint32_t *rules;
	size_t n = plan_match(plan, action, &rules);

	for (uint32_t s = 0; s < plan->steps_n; s++) {
		bool want = slow_match(&plan->steps[s]->run, 1, argv);

		if (has_rule(plan, rules, n, s) == want)
			continue;
		print_message("state %llx, step %s, action:", (unsigned long long)random_state,
			      plan->steps[s]->run.text);
		for (size_t i = 0; i < argv.n; i++)
			print_message("%c", argv.p[i] ? argv.p[i] : '|');
		fail_msg(" is %s for the slow matcher only", want ? "a match" : "none");
	}
	return n != 0;
}

enum { PROPERTY_PLANS = 1500, PROPERTY_ACTIONS = 40, PROPERTY_STEPS = 4 };

static uint32_t try_plan(struct buf texts[PROPERTY_STEPS])
{
	const char *lines[PROPERTY_STEPS];
	struct buf action = { 0 }, argv = { 0 };
	uint32_t hits = 0;
	struct plan *plan;

	for (int i = 0; i < PROPERTY_STEPS; i++) {
		random_line(&texts[i], "x");
		lines[i] = texts[i].p;
	}
	plan = fixture_plan(fixture_ticket(lines, PROPERTY_STEPS));
	for (int i = 0; i < PROPERTY_ACTIONS; i++) {
		random_argv(&plan->steps[random_below(PROPERTY_STEPS)]->run, &argv);
		fixture_action(&action, "/usr/bin/x", "x|");
		buf_add(&action, argv.p, argv.n);
		hits += hold_against(plan, buf_span(&action), buf_span(&argv));
	}
	buf_free(&action);
	buf_free(&argv);
	plan_free(plan);
	return hits;
}

static void test_property(void **state)
{
	struct buf texts[PROPERTY_STEPS] = { { 0 } };
	uint32_t hits = 0;

	(void)state;
	random_state = 20261123;
	for (int i = 0; i < PROPERTY_PLANS; i++)
		hits += try_plan(texts);
	/* the cases must not all be on one side */
	assert_in_range(hits, PROPERTY_PLANS * PROPERTY_ACTIONS / 10,
			PROPERTY_PLANS * PROPERTY_ACTIONS * 9 / 10);
	for (int i = 0; i < PROPERTY_STEPS; i++)
		buf_free(&texts[i]);
}

/* Whatever bytes come, a walk stays in the table and ends dead or in a set that there is. */
static void test_noise(void **state)
{
	static const char *const lines[] = { "x **", "x ... y", "x {a,b}*...", "y [!a]?" };
	struct plan *plan = fixture_plan(fixture_ticket(lines, 4));
	char noise[256];

	(void)state;
	random_state = 1;
	for (int i = 0; i < 20000; i++) {
		uint32_t n = random_below(sizeof(noise));

		for (uint32_t k = 0; k < n; k++)
			noise[k] = (char)random_below(256);
		assert_in_range(automaton_walk(plan->automaton, (struct span){ noise, n }), 0,
				plan->automaton->head.sets_n);
	}
	plan_free(plan);
}

/*
 * The rows of the table read back: every class of every state that a walk can reach is in bounds.
 */
static void test_table_bounds(void **state)
{
	static const char *const lines[] = { "x **", "x ... y", "x {a,b}*...", "y [!a]?" };
	struct plan *plan = fixture_plan(fixture_ticket(lines, 4));
	const struct ls_automaton *automaton = plan->automaton;
	uint32_t n = automaton->head.entries_n, filled = 0;

	(void)state;
	assert_int_equal(n & (n - 1), 0);
	assert_in_range(automaton->head.start, 1, n - 1);
	for (uint32_t i = 0; i < n; i++) {
		uint32_t column = automaton->entries[i] & LS_AUTOMATON_CLASS_MASK;
		uint32_t value = automaton->entries[i] >> LS_AUTOMATON_CLASS_BITS;

		if (column == LS_COLUMN_FREE)
			continue;
		filled++;
		assert_in_range(i - column, 1, n - 1); /* no row begins at the dead state */
		assert_in_range(value, 0,
				column == LS_COLUMN_ACCEPT ? automaton->head.sets_n : n - 1);
	}
	assert_true(filled > 0);
	plan_free(plan);
}

/* Subset construction explodes on these; each must be refused, and soon. */
static void test_hostile(void **state)
{
	static const char *const hostile[] = {
		"x *a?????"
		"????????????????????????????????????????",
		"x "
		"**a[!x][!x][!x][!x][!x][!x][!x][!x][!x][!x][!x][!x][!x][!x][!x][!x][!x][!x][!x][!"
		"x][!x][!x]",
		"x ... a ?* ?* ?* ?* ?* ?* ?* ?* ?* ?* ?* ?* ?* ?* ?* ?* ?* ?* ?* ?* ?* ?* ?* ?* "
		"?* ?* ?*",
		"x *a*b?c*????????"
		"?????????"
		"?????????"
		"?????????"
		"?????????... *b?????????",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(hostile); i++) {
		struct plan *plan;
		struct err err = { 0 };
		int ret;

		assert_int_equal(plan_new(fixture_ticket(&hostile[i], 1), NULL, 0, &plan, &err), 0);
		ret = plan_compile(plan, &err);
		if (ret != -E2BIG || !strstr(err.message, "\"s0\""))
			fail_msg("%s: %d %s", hostile[i], ret, err.message);
		plan_free(plan);
	}
}

/* The largest tickets that are meant to work, one program or as many as rules. */
static void test_many_rules(void **state)
{
	enum { RULES = 3000 };
	static char texts[RULES][96];
	static const char *lines[RULES];

	(void)state;
	for (int many = 0; many < 2; many++) {
		struct buf action = { 0 };
		struct plan *plan;
		const uint32_t *rules;

		for (int i = 0; i < RULES; i++) {
			snprintf(texts[i], sizeof(texts[i]),
				 "tool%d --verbose --file /srv/data/%d.conf", many ? i : 0, i);
			lines[i] = texts[i];
		}
		plan = fixture_plan(fixture_ticket(lines, RULES));
		for (int i = 0; i < RULES; i += 7) {
			buf_reset(&action);
			buf_addf(&action,
				 "/usr/bin/tool%d%ctool%d%c--verbose%c--file%c/srv/data/%d.conf%c",
				 many ? i : 0, 0, many ? i : 0, 0, 0, 0, i, 0);
			assert_int_equal(plan_match(plan, buf_span(&action), &rules), 1);
			assert_int_equal(plan->rules[rules[0]].step, i);
		}
		assert_true(plan->automaton->head.entries_n <= 1u << 19);
		buf_free(&action);
		plan_free(plan);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_property),     cmocka_unit_test(test_noise),
		cmocka_unit_test(test_table_bounds), cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_many_rules),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
