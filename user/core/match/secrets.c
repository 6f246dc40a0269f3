/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/match/secrets.h"

#include <stdlib.h>

/*
 * A command's words are a small nondeterministic machine: state w means that the words before w are
 * done with. reach[a][w]: the first a arguments can lead to state w; goal[a][w]: from there the
 * rest can be matched. An argument is a secret where a {secret} word leads from the one to the
 * other.
 */
struct alignment {
	const struct word *words; /* words[1] and on; words[0] is the program */
	size_t words_n;
	const struct span *args;
	size_t args_n;
	unsigned char *reach, *goal;
};

static unsigned char *cell(const struct alignment *al, unsigned char *table, size_t arg,
			   size_t word)
{
	return &table[arg * (al->words_n + 1) + word];
}

static bool takes(const struct word *word, struct span arg)
{
	if (word->repeat == WORD_SECRET || word->repeat == WORD_ANY_ARGS)
		return true;
	return word_matches(word, arg);
}

/* States that words take without an argument: a lone "..." may be none at all. */
static void skip_forward(const struct alignment *al, size_t arg)
{
	for (size_t w = 0; w < al->words_n; w++) {
		if (*cell(al, al->reach, arg, w) && al->words[w].repeat == WORD_ANY_ARGS)
			*cell(al, al->reach, arg, w + 1) = 1;
	}
}

static void fill_reach(const struct alignment *al)
{
	*cell(al, al->reach, 0, 0) = 1;
	skip_forward(al, 0);
	for (size_t a = 0; a < al->args_n; a++) {
		for (size_t w = 0; w < al->words_n; w++) {
			const struct word *word = &al->words[w];

			if (!*cell(al, al->reach, a, w) || !takes(word, al->args[a]))
				continue;
			*cell(al, al->reach, a + 1, w + 1) = 1;
			if (word->repeat == WORD_ONE_OR_MORE || word->repeat == WORD_ANY_ARGS)
				*cell(al, al->reach, a + 1, w) = 1;
		}
		skip_forward(al, a + 1);
	}
}

static bool goal_cell(const struct alignment *al, size_t a, size_t w)
{
	const struct word *word = &al->words[w];
	bool repeats = word->repeat == WORD_ONE_OR_MORE || word->repeat == WORD_ANY_ARGS;

	if (word->repeat == WORD_ANY_ARGS && *cell(al, al->goal, a, w + 1))
		return true;
	if (a == al->args_n || !takes(word, al->args[a]))
		return false;
	return *cell(al, al->goal, a + 1, w + 1) || (repeats && *cell(al, al->goal, a + 1, w));
}

static void fill_goal(const struct alignment *al)
{
	*cell(al, al->goal, al->args_n, al->words_n) = 1;
	for (size_t a = al->args_n + 1; a-- > 0;) {
		for (size_t w = al->words_n; w-- > 0;)
			*cell(al, al->goal, a, w) = goal_cell(al, a, w);
	}
}

static bool is_secret(const struct alignment *al, size_t a)
{
	for (size_t w = 0; w < al->words_n; w++) {
		if (al->words[w].repeat == WORD_SECRET && *cell(al, al->reach, a, w) &&
		    *cell(al, al->goal, a + 1, w + 1))
			return true;
	}
	return false;
}

static size_t split_args(struct span argv, struct span *args)
{
	struct span item;
	size_t n = 0;

	if (!strings_next(&argv, &item))
		return 0;
	for (; strings_next(&argv, &item); n++) {
		if (args)
			args[n] = item;
	}
	return n;
}

bool secrets_any(const struct command *command)
{
	for (size_t i = 1; i < command->words_n; i++) {
		if (command->words[i].repeat == WORD_SECRET)
			return true;
	}
	return false;
}

bool secrets_find(const struct command *command, struct span argv, struct span *secrets, size_t max,
		  size_t *n)
{
	struct alignment al = { .words = command->words + 1, .words_n = command->words_n - 1 };
	struct span *args = NULL;
	bool all = false;
	size_t cells;

	*n = 0;
	al.args_n = split_args(argv, NULL);
	if (al.args_n + 1 > SECRETS_CELLS_MAX / (al.words_n + 1))
		return false;
	cells = (al.args_n + 1) * (al.words_n + 1);
	args = calloc(al.args_n + 1, sizeof(*args));
	al.reach = calloc(cells, 2);
	if (!args || !al.reach)
		goto out;
	al.goal = al.reach + cells;
	split_args(argv, args);
	al.args = args;
	fill_reach(&al);
	fill_goal(&al);
	for (size_t a = 0; a < al.args_n; a++) {
		if (!is_secret(&al, a))
			continue;
		if (*n == max)
			goto out;
		secrets[(*n)++] = args[a];
	}
	all = true;
out:
	free(al.reach);
	free(args);
	return all;
}
