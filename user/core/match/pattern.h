/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_PATTERN_H
#define LOCKSTEP_PATTERN_H

#include <stdbool.h>
#include <stddef.h>

#include "core/base/err.h"
#include "core/base/span.h"

/*
 * The words of a `run` line (lockstep-ticket(5)): split as a shell would, each a pattern over
 * exactly one argument.
 */
struct atom; /* one element of a word: a literal byte, *, **, ?, a class, an alternation (atom.h) */
struct byte_set; /* what a class matches (atom.h) */

enum {
	COMMAND_BYTES_MAX = 4096,
	COMMAND_WORDS_MAX = 256,
	WORD_ATOMS_MAX = 4096,
	WORD_ALTERNATIVES_MAX = 64
};

enum word_repeat {
	WORD_ONCE,
	WORD_ONE_OR_MORE, /* WORD... */
	WORD_ANY_ARGS,    /* a lone ...: any arguments, none included */
	WORD_SECRET,      /* {secret}: any one argument, its record keeps a salted hash */
};

struct word {
	enum word_repeat repeat;
	struct atom *atoms; /* NULL where literal */
	size_t atoms_n;
	struct byte_set *sets; /* the classes of `atoms` */
	size_t sets_n;
	char *text;   /* as written */
	bool literal; /* no pattern character: `value` is the only match */
	char *value;  /* where literal: the bytes after quotes are taken away; else NULL */
};

struct command {
	/* words[0] names the program: literal, an absolute path or a bare name. */
	struct word *words;
	size_t words_n;
	char *text; /* as written */
};

/*
 * Parses one `run` line. 0, or -EINVAL with err->column relative to the line's start (from 1) and
 * err->line 0, or -ENOMEM. *out is empty on failure; else free with command_free().
 */
int command_parse(struct span text, struct command *out, struct err *err);
void command_free(struct command *command);

/*
 * The slow, obvious matcher: whether one argument is in the word's language (the repeat aside).
 * The automaton must agree with it on every input (a property test); nearest.c explains with it.
 * `?` and a class match one byte. place.h has what a pattern character never matches.
 */
bool word_matches(const struct word *word, struct span argument);
/* False for a word that no argument can match: a rule that can never match is an error. */
bool word_possible(const struct word *word);

/*
 * One pattern over a whole path or host name, the same characters as a word; `...` and {secret}
 * mean nothing in it. Errors as command_parse(); *out is empty on failure; else free with
 * word_free().
 */
int pattern_parse(struct span text, struct word *out, struct err *err);
void word_free(struct word *word);

#endif
