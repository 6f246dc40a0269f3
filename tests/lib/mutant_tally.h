/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_MUTANT_TALLY_H
#define LOCKSTEP_MUTANT_TALLY_H

#include "lib/mutant_rows.h"
#include "lib/mutant_stage.h"

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

extern const char *const mutant_kinds[];

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

extern struct tally mutant_tallies[KIND_COUNT];
extern unsigned int mutant_originals, mutants_wrong;
extern struct buf mutant_scratch;

/* ---- telling ---- */

void mutant_report(const char *what, const struct act *act, const struct judgement *judged);
void mutant_count(enum kind kind, const struct judgement *judged, bool inside,
		  const struct act *act);
void mutant_want_approved(const char *what, const struct act *act);

/* Whatever the text: not the act that was approved. */
void mutant_semantic(enum kind kind, const struct act *mutant);

/*
 * Flagged, unless the oracle finds the text in a pattern; approved, when it is in the same step's.
 */
void mutant_textual(enum kind kind, const struct original *o, const struct act *mutant);

#endif
