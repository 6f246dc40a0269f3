/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_MUTANT_TALLY_H
#define LOCKSTEP_MUTANT_TALLY_H

#include "mutant_stage.h"
#include "mutant_rows.h"

/* The kinds of mutants, and what became of each. For test_mutants.c alone. */

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define KINDS(X)                                                                                   \
	X(byte, "one byte of an argument")                                                         \
	X(dropped, "an argument left out")                                                         \
	X(doubled, "an argument twice")                                                            \
	X(swapped, "two arguments swapped")                                                        \
	X(emptied, "an argument emptied")                                                          \
	X(more, "one more argument")                                                               \
	X(split, "an argument split")                                                              \
	X(joined, "two arguments joined")                                                          \
	X(argv0, "argv[0] forged")                                                                 \
	X(path, "the program's path")                                                              \
	X(user, "the user")                                                                        \
	X(address, "one bit of an address")                                                        \
	X(port, "a port")                                                                          \
	X(protocol, "a protocol")                                                                  \
	X(net, "another act on a socket")                                                          \
	X(unix, "a unix socket's path")                                                            \
	X(write, "a written file's path")                                                          \
	X(dotdot, "a .. component")                                                                \
	X(dot, "a . component")                                                                    \
	X(slash, "a double slash")                                                                 \
	X(dash, "a leading dash")                                                                  \
	X(file, "another file under the path")                                                     \
	X(fileless, "no file behind the program")                                                  \
	X(cut, "argv or environment not whole")                                                    \
	X(environment, "a variable that carries code")                                             \
	X(cwd, "another working directory")                                                        \
	X(stdin, "commands from another input")                                                    \
	X(window, "outside the window")                                                            \
	X(session, "another session")                                                              \
	X(order, "out of order")                                                                   \
	X(times, "once too often")                                                                 \
	X(parent, "another parent")                                                                \
	X(handover, "what children: any leaves out")

enum kind {
#define X(name, text) KIND_##name,
	KINDS(X)
#undef X
		KIND_COUNT
};

static const char *const kind_texts[] = {
#define X(name, text) text,
	KINDS(X)
#undef X
};

struct tally {
	unsigned int mutants, flagged, inside, missed;
};

struct original {
	const struct row *row;
	const struct step *step;
	struct act act;
	struct buf args, env;
};

/* One ticket on its stage, with all that it approves. */
struct set {
	struct stage stage;
	struct original v[COUNT(rows)];
	size_t n;
};

static struct tally tallies[KIND_COUNT];
static unsigned int originals, wrong;
static struct buf scratch; /* bytes of the mutant at hand */

/* ---- telling ---- */

static void say(const char *what, const struct act *act, const struct judgement *judged)
{
	if (wrong++ >= 20)
		return;
	print_message("%s: %.*s:", what, (int)act->exe.n, act->exe.p);
	for (size_t i = 0; i < act->args_n; i++)
		print_message(" \"%.*s\"", (int)act->args[i].n, act->args[i].p);
	print_message(" (%s, reasons %x)\n", verdict_name(judged->verdict), judged->reasons);
}

static void tally(enum kind kind, const struct judgement *judged, bool inside,
		  const struct act *act)
{
	bool flagged = judged->verdict == VERDICT_UNAPPROVED && judged->reasons;

	tallies[kind].mutants++;
	if (inside) {
		tallies[kind].inside++;
	} else if (flagged) {
		tallies[kind].flagged++;
	} else {
		tallies[kind].missed++;
		say(kind_texts[kind], act, judged);
	}
}

static void want_approved(const char *what, const struct act *act)
{
	struct judgement judged;

	stage_exec(act, &judged);
	if (judged.verdict != VERDICT_APPROVED)
		say(what, act, &judged);
}

/* Whatever the text: not the act that was approved. */
static void semantic(enum kind kind, const struct act *mutant)
{
	struct judgement judged;

	stage_exec(mutant, &judged);
	tally(kind, &judged, false, mutant);
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

/* Flagged, unless the oracle finds the text in a pattern; approved, when it is in the same step's.
 */
static void textual(enum kind kind, const struct original *o, const struct act *mutant)
{
	const struct step *inside;
	struct judgement judged;

	if (same_text(mutant, &o->act))
		return;
	inside = oracle_step(mutant, o->step, parent_step(o));
	stage_exec(mutant, &judged);
	tally(kind, &judged, inside, mutant);
	if (inside == o->step && judged.verdict != VERDICT_APPROVED)
		say("in the step's own pattern, but flagged", mutant, &judged);
}

#endif
