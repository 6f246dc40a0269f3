/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "lib/mutant_tally.h"

#include "lib/cmocka.h"

const char *const mutant_kinds[] = {
#define X(name, text) text,
	KINDS(X)
#undef X
};

struct tally mutant_tallies[KIND_COUNT];

unsigned int mutant_originals, mutants_wrong;

struct buf mutant_scratch; /* bytes of the mutant at hand */

void mutant_report(const char *what, const struct act *act, const struct judgement *judged)
{
	if (mutants_wrong++ >= 20)
		return;
	print_message("%s: %.*s:", what, (int)act->exe.n, act->exe.p);
	for (size_t i = 0; i < act->args_n; i++)
		print_message(" \"%.*s\"", (int)act->args[i].n, act->args[i].p);
	print_message(" (%s, reasons %x)\n", verdict_name(judged->verdict), judged->reasons);
}

void mutant_count(enum kind kind, const struct judgement *judged, bool inside,
		  const struct act *act)
{
	bool flagged = judged->verdict == VERDICT_UNAPPROVED && judged->reasons;

	mutant_tallies[kind].mutants++;
	if (inside) {
		mutant_tallies[kind].inside++;
	} else if (flagged) {
		mutant_tallies[kind].flagged++;
	} else {
		mutant_tallies[kind].missed++;
		mutant_report(mutant_kinds[kind], act, judged);
	}
}

void mutant_want_approved(const char *what, const struct act *act)
{
	struct judgement judged;

	stage_exec(act, &judged);
	if (judged.verdict != VERDICT_APPROVED)
		mutant_report(what, act, &judged);
}

void mutant_semantic(enum kind kind, const struct act *mutant)
{
	struct judgement judged;

	stage_exec(mutant, &judged);
	mutant_count(kind, &judged, false, mutant);
}

static bool same_text(const struct act *a, const struct act *b)
{
	if (a->args_n != b->args_n || !span_eq(a->exe, b->exe) ||
	    !span_eq(a->filename, b->filename))
		return false;
	for (size_t i = 0; i < a->args_n; i++) {
		if (!span_eq(a->args[i], b->args[i]))
			return false;
	}
	return true;
}

static const struct step *parent_step(const struct original *o)
{
	return o->act.parent ? o->step : NULL;
}

void mutant_textual(enum kind kind, const struct original *o, const struct act *mutant)
{
	const struct step *inside;
	struct judgement judged;

	if (same_text(mutant, &o->act))
		return;
	inside = oracle_step(mutant, o->step, parent_step(o));
	stage_exec(mutant, &judged);
	mutant_count(kind, &judged, inside, mutant);
	if (inside == o->step && judged.verdict != VERDICT_APPROVED)
		mutant_report("in the step's own pattern, but flagged", mutant, &judged);
}
