/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_WORD_WALK_H
#define LOCKSTEP_WORD_WALK_H

#include "core/match/pattern.h"

/*
 * A command's words against arguments, one argument after the other: a small nondeterministic
 * machine. at[w], of n + 1: the words before word w may be done with, and w is next. A word that
 * repeats stays next after each argument that it took.
 *
 * Backward it goes from the last word to the first, for a caller that gives the last argument
 * first; at[w] then is of the last w words.
 */
struct word_walk {
	const struct word *words;
	size_t n;
	bool backward;
};

/* Before the first argument. */
void word_walk_begin(const struct word_walk *walk, bool *at);
/* *next after one more argument. False: no word takes it, and nothing is next. */
bool word_walk_take(const struct word_walk *walk, const bool *at, struct span argument, bool *next);

#endif
