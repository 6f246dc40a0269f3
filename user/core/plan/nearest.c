/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/plan/plan.h"

#include <string.h>

#include "core/match/automaton_reach.h"
#include "core/match/word_walk.h"
#include "core/plan/index.h"
#include "core/plan/program.h"

/* How far a command goes along with a rule. */
struct reach {
	unsigned int argument;   /* the first that differs */
	const struct word *word; /* what the rule wants there; NULL: nothing more */
	struct span actual;      /* p NULL: the command has no more */
};

/* argv from argv[1] on. */
static void rule_reach(const struct command *command, struct span argv, struct reach *out)
{
	const struct word_walk walk = { command->words + 1, command->words_n - 1, false };
	bool rows[2][COMMAND_WORDS_MAX], *at = rows[0], *next = rows[1], *swap;
	struct span argument;

	*out = (struct reach){ .argument = 1 };
	word_walk_begin(&walk, at);
	while (strings_next(&argv, &argument)) {
		if (!word_walk_take(&walk, at, argument, next)) {
			out->actual = argument;
			break;
		}
		swap = at;
		at = next;
		next = swap;
		out->argument++;
	}
	/* the furthest word that may be next; NULL where the rule wants nothing more */
	for (size_t w = walk.n; w > 0 && !out->word; w--)
		out->word = at[w - 1] ? &walk.words[w - 1] : NULL;
}

/* A pattern may be longer than its room: cut before the byte that begins a UTF-8 character. */
static void say_approved(struct nearest *out, const char *text)
{
	size_t n = strlen(text);

	if (n >= sizeof(out->approved)) {
		n = sizeof(out->approved) - 1;
		while (n && ((unsigned char)text[n] & 0xc0) == 0x80)
			n--;
	}
	memcpy(out->approved, text, n);
	out->approved[n] = 0;
}

enum { FAR, SAME_BASE, SAME_PATH, SAME_PROGRAM };

/* How near the program itself is. */
static int program_nearness(const struct plan *plan, const struct program *program,
			    struct span path, struct span argv0)
{
	const struct strings *dirs = &plan->path;
	struct span base = path_base(span_of(program->name));

	if (program_has_path(program, dirs, path))
		return program_has_argv0(program, dirs, argv0) ? SAME_PROGRAM : SAME_PATH;
	if (span_eq(path_base(path), base) || span_eq(path_base(argv0), base))
		return SAME_BASE;
	return FAR;
}

/*
 * Arguments looked at for one exec, over all rules. Whoever runs a command chooses how many it has,
 * and this is advice: the search ends with the best so far.
 */
enum { LOOKED_AT_MAX = 1 << 16 };

/*
 * Rules of a program that are looked at before the automaton is asked which could be the nearest.
 */
enum { TRIED_MAX = 16 };

/* How near a rule is. */
struct near {
	int nearness;
	unsigned int argument;
	uint32_t step;
};

struct search {
	const struct plan *plan;
	struct span path, argv0, rest;
	struct near best; /* so far */
	uint64_t looked_at;
	struct nearest *out;
	/* of the program whose rules are at hand */
	uint32_t program; /* UINT32_MAX: none */
	int nearness;
	struct automaton_reach reach; /* texts 0: not known */
	unsigned int tried;
};

/* The nearest program, then the longest run of arguments, then the first in the plan. */
static bool is_better(const struct near *a, const struct near *b)
{
	if (a->nearness != b->nearness)
		return a->nearness > b->nearness;
	if (a->argument != b->argument)
		return a->argument > b->argument;
	return a->step < b->step;
}

/* The arguments, as the program's rules would have them were path and argv[0] as approved. */
static void begin_program(struct search *search, uint32_t number)
{
	const struct program *program = &search->plan->programs[number];
	const struct ls_automaton *automaton = search->plan->automaton;

	search->program = number;
	search->tried = 0;
	search->reach = (struct automaton_reach){ 0 };
	search->nearness = program_nearness(search->plan, program, search->path, search->argv0);
	if (search->nearness == FAR || !automaton)
		return;
	if (search->nearness == SAME_PROGRAM)
		search->reach =
			automaton_reach(automaton, search->path, search->argv0, search->rest);
	else if (program->found && program->path && !program->script)
		search->reach = automaton_reach(automaton, span_of(program->path),
						span_of(program->path), search->rest);
}

static void look_at(struct search *search, const struct rule *rule)
{
	const struct step *step = search->plan->steps[rule->step];
	const struct program *program = &search->plan->programs[rule->program];
	struct near found = { search->nearness, 0, rule->step };
	struct nearest *out = search->out;
	struct reach reach;

	rule_reach(&step->run, search->rest, &reach);
	search->looked_at += reach.argument;
	found.argument = reach.argument;
	if (!is_better(&found, &search->best))
		return;
	search->best = found;
	out->step = step;
	if (found.nearness == SAME_PROGRAM) {
		out->argument = reach.argument;
		out->actual = reach.actual;
		say_approved(out, reach.word ? reach.word->text : "(end)");
		return;
	}
	/* the program differs: another argv[0] for its file, or another file under its name */
	out->argument = 0;
	if (found.nearness == SAME_PATH) {
		out->actual = search->argv0;
		say_approved(out, program->name);
	} else {
		out->actual = search->path;
		say_approved(out, program->found && program->path ? program->path : program->name);
	}
}

/*
 * Whether the best so far can't be beaten by a later step of this program: no rule of it goes along
 * further than the automaton does. Path and argv[0] are two of its texts.
 */
static bool is_as_far(const struct search *search)
{
	return search->reach.texts >= 2 && search->best.nearness == search->nearness &&
	       search->best.argument + 1 >= search->reach.texts;
}

/* The first step among the rules that go along as far as the automaton does; NULL: not to be found
 * so. */
static const struct rule *first_ahead(const struct search *search)
{
	const struct plan *plan = search->plan;
	const struct rule *first = NULL;
	ls_u32 sets[REACH_SETS_MAX];
	size_t n;

	if (search->reach.texts < 2 ||
	    !automaton_sets_in_reach(plan->automaton, search->reach.state, sets, &n))
		return NULL;
	for (size_t i = 0; i < n; i++) {
		for (uint32_t k = plan->set_starts[sets[i]]; k < plan->set_starts[sets[i] + 1];
		     k++) {
			const struct rule *rule = &plan->rules[plan->set_rules[k]];

			if (!rule->child && rule->program == search->program &&
			    (!first || rule->step < first->step))
				first = rule;
		}
	}
	return first;
}

/*
 * Of thousands of rules for one program mostly the first ones are as far as any, or few are:
 * whichever it is, not all of them are looked at.
 */
static bool try_rule(void *ctx, const struct rule *rule)
{
	struct search *search = ctx;
	const struct rule *first;

	if (rule->program != search->program)
		begin_program(search, rule->program);
	if (search->nearness == FAR || search->nearness < search->best.nearness ||
	    search->looked_at > LOOKED_AT_MAX)
		return true;
	look_at(search, rule);
	if (is_as_far(search))
		return true;
	if (++search->tried != TRIED_MAX)
		return false;
	first = first_ahead(search);
	if (first)
		look_at(search, first);
	return first && is_as_far(search);
}

void plan_nearest(const struct plan *plan, struct span path, struct span argv, struct nearest *out)
{
	struct search search = { .plan = plan,
				 .path = path,
				 .argv0 = { path.p, 0 },
				 .out = out,
				 .program = UINT32_MAX };

	*out = (struct nearest){ 0 };
	strings_next(&argv, &search.argv0);
	search.rest = argv;
	plan_index_each(plan, path_base(path), try_rule, &search);
	if (!span_eq(path_base(path), path_base(search.argv0))) {
		search.program = UINT32_MAX;
		plan_index_each(plan, path_base(search.argv0), try_rule, &search);
	}
}
