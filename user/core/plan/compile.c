/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/plan/plan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/names.h"
#include "core/match/atom.h"
#include "core/match/automaton_build.h"
#include "core/plan/index.h"
#include "core/plan/program.h"

/*
 * The literal bytes that every match has: of alternatives the fewest, or each that is added to a
 * list would make it win over the one word that it is wider than. Forks and jumps lead forward.
 */
static uint32_t word_literal_bytes(const struct word *word)
{
	uint32_t fewest[WORD_ATOMS_MAX + 1];

	if (word->literal)
		return (uint32_t)strlen(word->value);
	fewest[word->atoms_n] = 0;
	for (size_t i = word->atoms_n; i-- > 0;) {
		const struct atom *atom = &word->atoms[i];

		fewest[i] = fewest[i + 1] + (atom->kind == ATOM_BYTE);
		if (atom->kind == ATOM_JUMP ||
		    (atom->kind == ATOM_FORK && fewest[atom->arg] < fewest[i]))
			fewest[i] = fewest[atom->arg];
	}
	return fewest[0];
}

/* What leaves a choice: pattern characters, alternatives, and how often a word may come. */
static uint32_t choices(const struct command *command)
{
	uint32_t n = 0;

	for (size_t w = 0; w < command->words_n; w++) {
		const struct word *word = &command->words[w];

		n += word->repeat != WORD_ONCE;
		for (size_t i = 0; i < word->atoms_n; i++)
			n += word->atoms[i].kind != ATOM_BYTE;
	}
	return n;
}

static uint32_t literal_bytes(const struct command *command)
{
	uint32_t n = 0;

	for (size_t w = 0; w < command->words_n; w++)
		n += word_literal_bytes(&command->words[w]);
	return n;
}

/* A rule on its way: rules are sorted, so each remembers its command. */
struct draft {
	struct rule rule;
	const struct command *command;
	uint32_t choices; /* where two are as specific, the one that leaves fewer wins */
	bool own;
	size_t nth;
};

static int compare_drafts(const void *a, const void *b)
{
	const struct draft *x = a, *y = b;

	if (x->own != y->own)
		return x->own ? -1 : 1;
	if (x->rule.specificity != y->rule.specificity)
		return x->rule.specificity > y->rule.specificity ? -1 : 1;
	if (x->choices != y->choices)
		return x->choices < y->choices ? -1 : 1;
	return x->nth < y->nth ? -1 : 1;
}

static void add_draft(const struct plan *plan, const struct names *programs, struct draft *drafts,
		      size_t *n, uint32_t step, const struct command *command, bool child)
{
	drafts[*n] = (struct draft){
		.rule = { step, child, (uint32_t)names_find(programs, command->words[0].value),
			  literal_bytes(command) },
		.command = command,
		.choices = choices(command),
		.own = step < plan->own_steps_n,
		.nth = *n,
	};
	++*n;
}

static size_t count_rules(const struct plan *plan)
{
	size_t n = 0;

	for (size_t i = 0; i < plan->steps_n; i++)
		n += 1 + plan->steps[i]->child_runs_n;
	return n;
}

/* Every rule of the plan, best first. The caller frees them; NULL: no memory. */
static struct draft *draft_rules(const struct plan *plan, const struct names *programs)
{
	struct draft *drafts = calloc(count_rules(plan) + 1, sizeof(*drafts));
	size_t n = 0;

	if (!drafts)
		return NULL;
	for (uint32_t i = 0; i < plan->steps_n; i++) {
		const struct step *step = plan->steps[i];

		add_draft(plan, programs, drafts, &n, i, &step->run, false);
		for (size_t c = 0; c < step->child_runs_n; c++)
			add_draft(plan, programs, drafts, &n, i, &step->child_runs[c], true);
	}
	qsort(drafts, n, sizeof(*drafts), compare_drafts);
	return drafts;
}

static int name_programs(const struct plan *plan, struct names *programs)
{
	uint32_t number;
	int ret = 0;

	for (size_t i = 0; i < plan->programs_n && !ret; i++)
		ret = names_add(programs, plan->programs[i].name, &number);
	return ret;
}

/* The rules of each program, best first: program p has rules[starts[p] .. starts[p + 1]). */
struct by_program {
	uint32_t *starts, *rules;
};

static int group_rules(const struct draft *drafts, size_t rules_n, size_t programs_n,
		       struct by_program *out)
{
	uint32_t *starts = calloc(programs_n + 2, sizeof(*starts));
	uint32_t *rules = calloc(rules_n + 1, sizeof(*rules));

	*out = (struct by_program){ starts, rules };
	if (!starts || !rules)
		return -ENOMEM;
	for (size_t i = 0; i < rules_n; i++)
		starts[drafts[i].rule.program + 2]++;
	for (size_t p = 0; p < programs_n; p++)
		starts[p + 2] += starts[p + 1];
	/* starts[p + 1] moves from the begin of p's rules to their end, which is the begin of the
	 * next */
	for (uint32_t i = 0; i < rules_n; i++)
		rules[starts[drafts[i].rule.program + 1]++] = i;
	return 0;
}

static void rule_emit(struct nfa *nfa, uint32_t rule, const struct command *command)
{
	nfa_own(nfa, rule);
	for (size_t w = 1; w < command->words_n; w++)
		nfa_word(nfa, &command->words[w]);
	nfa_emit(nfa, NFA_ACCEPT, 0, rule);
}

/* A program's path and argv[0], once, then its rules as the branches of a fork. */
static void program_rules(struct nfa *nfa, const struct plan *plan, uint32_t program,
			  const struct draft *drafts, const uint32_t *rules, size_t n)
{
	nfa_own(nfa, rules[0]);
	program_emit(&plan->programs[program], &plan->path, nfa);
	for (size_t i = 0; i < n; i++) {
		size_t fork = i + 1 < n ? nfa_emit(nfa, NFA_FORK, 0, 0) : 0;

		rule_emit(nfa, rules[i], drafts[rules[i]].command);
		if (i + 1 < n)
			nfa_patch(nfa, fork);
	}
}

static void plan_program(struct nfa *nfa, const struct plan *plan, const struct draft *drafts,
			 const struct by_program *by)
{
	for (uint32_t p = 0; p < plan->programs_n; p++) {
		size_t fork = p + 1 < plan->programs_n ? nfa_emit(nfa, NFA_FORK, 0, 0) : 0;

		program_rules(nfa, plan, p, drafts, by->rules + by->starts[p],
			      by->starts[p + 1] - by->starts[p]);
		if (p + 1 < plan->programs_n)
			nfa_patch(nfa, fork);
	}
}

static int keep_rules(struct plan *plan, const struct draft *drafts, size_t n)
{
	plan->rules = calloc(n + 1, sizeof(*plan->rules));
	if (!plan->rules)
		return -ENOMEM;
	plan->rules_n = n;
	for (size_t i = 0; i < n; i++)
		plan->rules[i] = drafts[i].rule;
	return 0;
}

static int outgrown(const struct plan *plan, uint32_t rule, struct err *err)
{
	const struct step *step = rule < plan->rules_n ? plan->steps[plan->rules[rule].step] : NULL;

	return err_set(err, -E2BIG, step && !step->profile ? step->line : 0, 0,
		       "step \"%s\": with its pattern the automaton outgrows its bound: "
		       "write it with fewer * and ?, or as several steps",
		       step ? step->id : "?");
}

static int build(struct plan *plan, const struct nfa *nfa, struct err *err)
{
	struct automaton_built built;
	int ret = automaton_build(nfa, &built);

	if (ret == -E2BIG)
		return outgrown(plan, built.culprit, err);
	if (ret)
		return ret;
	plan->automaton = built.automaton;
	plan->set_starts = built.sets.starts;
	plan->set_rules = built.sets.rules;
	return 0;
}

int plan_compile(struct plan *plan, struct err *err)
{
	struct by_program by = { 0 };
	struct names programs = { 0 };
	struct draft *drafts = NULL;
	struct nfa nfa = { 0 };
	size_t n = count_rules(plan);
	int ret;

	if (n == 0 || !plan->ticket)
		return 0;
	ret = name_programs(plan, &programs);
	if (!ret) {
		drafts = draft_rules(plan, &programs);
		ret = drafts ? keep_rules(plan, drafts, n) : -ENOMEM;
	}
	if (!ret)
		ret = plan_index_build(plan, &plan->index);
	if (!ret)
		ret = group_rules(drafts, n, plan->programs_n, &by);
	if (!ret) {
		plan_program(&nfa, plan, drafts, &by);
		ret = build(plan, &nfa, err);
	}
	names_free(&programs);
	free(drafts);
	free(by.starts);
	free(by.rules);
	nfa_free(&nfa);
	return ret;
}
