/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_TESTS_ORACLE_H
#define LOCKSTEP_TESTS_ORACLE_H

/*
 * What lockstep-ticket(5) says of command lines, written a second time: slowly, by trying
 * everything, from the line's text. Shares nothing with user/core but the span; the automaton and
 * word_matches() must agree with it. For lines that command_parse() accepts: it refuses nothing
 * itself.
 *
 * A match is first looked for without the rules about dots and dashes, and then, once it is known
 * which bytes each pattern character took, held against them as they are written.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/span.h"

enum oracle_answer { ORACLE_NO, ORACLE_YES, ORACLE_TOO_LONG };

enum { ORACLE_STEPS_MAX = 1 << 18 };

enum oracle_kind { OR_BYTE, OR_ONE, OR_CLASS, OR_STAR, OR_DEEP, OR_OPEN, OR_COMMA, OR_CLOSE };

struct oracle_token {
	enum oracle_kind kind;
	unsigned char byte;
	const char *class; /* behind the "[" */
};

enum oracle_repeat { OR_ONCE, OR_MANY, OR_ANY, OR_SECRET };

struct oracle_word {
	enum oracle_repeat repeat;
	struct oracle_token *tokens;
	size_t n;
};

/* The bytes [from, to) that one pattern character took. */
struct oracle_taken {
	size_t from, to;
};

struct oracle_try {
	const struct oracle_word *word;
	struct span arg;
	struct oracle_taken *taken;
	size_t taken_n;
	unsigned long *steps;
};

void *oracle_room(size_t n, size_t size);

/* ---- reading ---- */

/* Reads one word; returns what is behind it. marks: `...` and {secret} mean something. */
const char *oracle_word_read(const char *p, bool marks, struct oracle_word *word);

/* ---- matching ---- */

bool oracle_word_has(const struct oracle_word *word, struct span arg, unsigned long *steps);

/* Whether the line's words behind the program take these arguments, argv[1] the first of them. */
enum oracle_answer oracle_command(const char *line, const struct span *args, size_t n);

#endif
