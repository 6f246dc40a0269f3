/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_WORD_PARSE_H
#define LOCKSTEP_WORD_PARSE_H

#include "core/match/atom.h"
#include "core/match/pattern.h"

/* A cursor over a line, and the word that is being read. Between words.c and pattern.c. */
struct word_parse {
	struct span text;
	size_t at; /* next byte */
	struct err *err;
	struct atom *atoms;
	size_t atoms_n, atoms_cap;
	struct byte_set *sets;
	size_t sets_n, sets_cap;
	bool pattern; /* a pattern character was read */
	bool plain;   /* the last byte was an unquoted literal one */
	bool command; /* a command's word: `...` and {secret} mean something */
};

/*
 * Reads one word from `at` up to a blank or the end. 0 and *out is the caller's; -EINVAL, -ENOMEM.
 * The cursor is behind the word.
 */
int word_parse__next(struct word_parse *parse, struct word *out);
/* Fills the error, pointing at byte `at` of the line. Returns -EINVAL. */
int word_parse__refuse(const struct word_parse *parse, size_t at, const char *message);

#endif
