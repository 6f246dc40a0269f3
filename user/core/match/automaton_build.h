/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_AUTOMATON_BUILD_H
#define LOCKSTEP_AUTOMATON_BUILD_H

#include "core/match/nfa.h"
#include "lockstep/automaton.h"

/*
 * What bounds a build, whatever the patterns are: subset construction is exponential in the worst
 * case (`*a?????????????????`). Reaching one is -E2BIG.
 */
enum {
	AUTOMATON_ITEMS_MAX =
		1 << 22, /* instructions in all the sets together: 16 MiB while building */
	AUTOMATON_MOVES_MAX = 1 << 22,  /* moves out of one state: 64 MiB while building */
	AUTOMATON_WORK_MAX = 1 << 24,   /* moves and steps that are looked at: half a second */
	AUTOMATON_LISTED_MAX = 1 << 20, /* rules in all accept sets together */
};

/* Accept set s (from 1) is rules[starts[s] .. starts[s + 1]), ascending. */
struct accept_sets {
	uint32_t *starts; /* sets_n + 2 of them */
	uint32_t *rules;
};

struct automaton_built {
	struct ls_automaton *automaton; /* both the caller's: free() and accept_sets_free() */
	struct accept_sets sets;
	uint32_t culprit; /* -E2BIG: the rule that took most of the room */
};

/* 0, -E2BIG or -ENOMEM; on failure nothing is to be freed. */
int automaton_build(const struct nfa *nfa, struct automaton_built *out);
void accept_sets_free(struct accept_sets *sets);

/* The plain loop: the accept set of an action, 0: none. */
uint32_t automaton_walk(const struct ls_automaton *automaton, struct span action);

#endif
