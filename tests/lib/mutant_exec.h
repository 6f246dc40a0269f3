/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_MUTANT_EXEC_H
#define LOCKSTEP_MUTANT_EXEC_H

#include "lib/mutant_tally.h"

/* Execs changed in one respect at a time. For test_mutants.c alone. */

/* ---- arguments ---- */

struct span mutant_text(const char *format, struct span a, struct span b);
void mutate_bytes(const struct original *o);
void mutate_arguments(const struct original *o);
void mutate_more(const struct original *o);
void mutate_cuts(const struct original *o);
void mutate_argv0(const struct original *o);

/* ---- the program ---- */

void mutate_path(const struct original *o);

#define MUTATE(kind, o, change)                                                                    \
	do {                                                                                       \
		struct act mutant = (o)->act;                                                      \
		change;                                                                            \
		mutant_semantic(kind, &mutant);                                                    \
	} while (0)

/* A copy, a bind mount, an edit, another namespace's. */
void mutate_file(const struct original *o);
void mutate_flags(const struct original *o);
void mutate_user(const struct original *o);

/* ---- texts that look like what was approved ---- */

void mutate_components(const struct original *o);
void mutate_dashes(const struct original *o);

/* ---- surroundings ---- */

void mutate_environment(const struct original *o);
void mutate_cwd(const struct original *o);

/* A script by a relative path is the one in the directory, and only spelled so. */
void mutate_relative(const struct original *o);
void mutate_stdin(const struct original *o);
void mutate_time(const struct original *o);
void mutate_session(const struct original *o);
void mutate_times(const struct original *o);

/* ---- the tree ---- */

/* A child of another step's program, of a refused one, and of none. */
void mutate_parent(const struct set *set, const struct original *o);
void mutate_handover(const struct original *o);

#endif
