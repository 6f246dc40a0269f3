/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/match/word_walk.h"

static const struct word *word_at(const struct word_walk *walk, size_t w)
{
	return &walk->words[walk->backward ? walk->n - 1 - w : w];
}

/* A lone `...` may match nothing. */
static void settle(const struct word_walk *walk, bool *at)
{
	for (size_t w = 0; w < walk->n; w++)
		at[w + 1] |= at[w] && word_at(walk, w)->repeat == WORD_ANY_ARGS;
}

void word_walk_begin(const struct word_walk *walk, bool *at)
{
	memset(at, 0, (walk->n + 1) * sizeof(*at));
	at[0] = true;
	settle(walk, at);
}

bool word_walk_take(const struct word_walk *walk, const bool *at, struct span argument, bool *next)
{
	bool any = false;

	memset(next, 0, (walk->n + 1) * sizeof(*next));
	for (size_t w = 0; w < walk->n; w++) {
		const struct word *word = word_at(walk, w);

		if (!at[w] || !word_matches(word, argument))
			continue;
		any = true;
		next[w] |= word->repeat == WORD_ONE_OR_MORE || word->repeat == WORD_ANY_ARGS;
		next[w + 1] = true;
	}
	settle(walk, next);
	return any;
}
