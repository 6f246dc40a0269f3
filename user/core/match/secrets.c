/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/match/secrets.h"

#include <stdlib.h>

#include "core/match/word_walk.h"

/*
 * An argument is a secret where a {secret} word takes it, the words before that word take the
 * arguments before it, and those after it the ones after it. The former is a walk from the front,
 * the latter one from the end; each keeps where it stood after every argument.
 */
struct alignment {
	struct word_walk front, back;
	const struct span *args;
	size_t args_n;
	bool *fronts, *backs; /* a row of words + 1 for each count of arguments */
};

static bool *row(const struct alignment *al, bool *rows, size_t args)
{
	return rows + args * (al->front.n + 1);
}

static void walk_all(const struct alignment *al)
{
	word_walk_begin(&al->front, al->fronts);
	word_walk_begin(&al->back, al->backs);
	for (size_t a = 0; a < al->args_n; a++) {
		word_walk_take(&al->front, row(al, al->fronts, a), al->args[a],
			       row(al, al->fronts, a + 1));
		word_walk_take(&al->back, row(al, al->backs, a), al->args[al->args_n - 1 - a],
			       row(al, al->backs, a + 1));
	}
}

static bool is_secret(const struct alignment *al, size_t a)
{
	const bool *before = row(al, al->fronts, a);
	const bool *after = row(al, al->backs, al->args_n - 1 - a);

	for (size_t w = 0; w < al->front.n; w++) {
		if (al->front.words[w].repeat == WORD_SECRET && before[w] &&
		    after[al->front.n - 1 - w])
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

/* Another command may have found it before. False: no room. */
static bool add_secret(struct span secret, struct span *secrets, size_t max, size_t *n)
{
	for (size_t i = 0; i < *n; i++) {
		if (secrets[i].p == secret.p)
			return true;
	}
	if (*n == max)
		return false;
	secrets[(*n)++] = secret;
	return true;
}

static bool align(const struct command *command, struct span argv, struct span *secrets, size_t max,
		  size_t *n)
{
	struct alignment al = { .front = { command->words + 1, command->words_n - 1, false } };
	struct span *args = NULL;
	bool all = true;
	size_t cells;

	al.back = al.front;
	al.back.backward = true;
	al.args_n = split_args(argv, NULL);
	if (al.args_n + 1 > SECRETS_CELLS_MAX / (al.front.n + 1))
		return false;
	cells = (al.args_n + 1) * (al.front.n + 1);
	args = calloc(al.args_n + 1, sizeof(*args));
	al.fronts = calloc(cells, 2 * sizeof(*al.fronts));
	if (!args || !al.fronts) {
		all = false;
		goto out;
	}
	al.backs = al.fronts + cells;
	split_args(argv, args);
	al.args = args;
	walk_all(&al);
	for (size_t a = 0; a < al.args_n && all; a++) {
		if (is_secret(&al, a))
			all = add_secret(args[a], secrets, max, n);
	}
out:
	free(al.fronts);
	free(args);
	return all;
}

/* Asked for each exec that a rule matches, and mostly of commands without a secret. */
bool secrets_add(const struct command *command, struct span argv, struct span *secrets, size_t max,
		 size_t *n)
{
	return !secrets_any(command) || align(command, argv, secrets, max, n);
}
