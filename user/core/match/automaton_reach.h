/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_AUTOMATON_REACH_H
#define LOCKSTEP_AUTOMATON_REACH_H

#include <stdbool.h>
#include <stddef.h>

#include "core/base/span.h"
#include "lockstep/automaton.h"

/* What an automaton says of an action that none of its rules matches: advice, never a verdict. */

/* How far along some rule goes with the action. */
struct automaton_reach {
	unsigned int texts; /* whole texts, each with its NUL, that some rule begins with */
	ls_u32 state;       /* behind the last of these */
};

/* The action is path and argv0, each as a text with a NUL behind it, and argv. */
struct automaton_reach automaton_reach(const struct ls_automaton *automaton, struct span path,
				       struct span argv0, struct span argv);

enum { REACH_STATES_MAX = 256, REACH_SETS_MAX = 64 };

/*
 * The accept sets that can still be reached from a state: fills sets[] and *n. False where there
 * are more than REACH_SETS_MAX, or more than REACH_STATES_MAX states on the way.
 */
bool automaton_sets_in_reach(const struct ls_automaton *automaton, ls_u32 state,
			     ls_u32 sets[REACH_SETS_MAX], size_t *n);

#endif
