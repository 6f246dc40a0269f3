/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_AUTOMATON_AHEAD_H
#define LOCKSTEP_AUTOMATON_AHEAD_H

#include <stdbool.h>
#include <stddef.h>

#include "core/base/span.h"
#include "lockstep/automaton.h"

/* What an automaton says of an action that none of its rules matches: advice, never a verdict. */

/* How far along some rule goes with the action. */
struct ahead {
	unsigned int texts; /* whole texts, each with its NUL, that some rule begins with */
	ls_u32 state;       /* behind the last of these */
};

/* The action is path and argv0, each as a text with a NUL behind it, and argv. */
struct ahead automaton_ahead(const struct ls_automaton *automaton, struct span path,
			     struct span argv0, struct span argv);

enum { AHEAD_STATES_MAX = 256, AHEAD_SETS_MAX = 64 };

/*
 * The accept sets that can still be reached from a state: fills sets[] and *n. False where there
 * are more than AHEAD_SETS_MAX, or more than AHEAD_STATES_MAX states on the way.
 */
bool automaton_sets_ahead(const struct ls_automaton *automaton, ls_u32 state,
			  ls_u32 sets[AHEAD_SETS_MAX], size_t *n);

#endif
