/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "lib/random_command.h"

uint64_t random_state;

uint32_t random_below(uint32_t n)
{
	random_state ^= random_state >> 12;
	random_state ^= random_state << 25;
	random_state ^= random_state >> 27;
	return (uint32_t)((random_state * 2685821657736338717u) >> 33) % n;
}

/* Pieces that make the rules of place.h meet one another often. */
static const char *const pieces[] = { "a",    "b",     ".",     "..",   "/",      "-",     "a/",
				      "/.",   "*",     "**",    "?",    "[ab]",   "[!a]",  "[.a]",
				      "[-a]", "{a,b}", "{.,*}", "{,-}", "{..,a}", "{?,/}", "b.",
				      "./",   "[+-9]", "'*'",   "{a,}", "{b?,*a}" };

static const char bytes[] = { 'a', 'b', '.', '.', '/', '/', '-', '*', 'c', '\xff' };

void random_piece(struct buf *line)
{
	buf_adds(line, pieces[random_below(COUNT(pieces))]);
}

static void random_word(struct buf *line)
{
	uint32_t n = 1 + random_below(5), mark = random_below(12);

	if (mark == 0) {
		buf_adds(line, " ...");
		return;
	}
	if (mark == 1) {
		buf_adds(line, " {secret}");
		return;
	}
	buf_adds(line, " ");
	for (uint32_t i = 0; i < n; i++)
		random_piece(line);
	if (mark == 2)
		buf_adds(line, "''...");
}

void random_line(struct buf *line, const char *program)
{
	struct command command;

	for (;;) {
		uint32_t words = 1 + random_below(3);

		buf_reset(line);
		buf_adds(line, program);
		for (uint32_t w = 0; w < words; w++)
			random_word(line);
		if (command_parse(buf_span(line), &command, NULL) == 0)
			break;
	}
	command_free(&command);
	buf_addc(line, 0);
}

/* Bytes at random, or a walk through the pattern that takes every byte it can from it. */
static void random_argument(const struct word *word, struct buf *out)
{
	uint32_t n = random_below(6);

	if (word && word->literal && random_below(4)) {
		buf_adds(out, word->value);
		return;
	}
	for (size_t i = 0; word && i < word->atoms_n && random_below(8); i++) {
		const struct atom *atom = &word->atoms[i];

		if (atom->kind == ATOM_BYTE)
			buf_addc(out, (char)atom->byte);
		else if (atom->kind == ATOM_JUMP || (atom->kind == ATOM_FORK && random_below(2)))
			i = atom->arg - 1;
		else if (atom->kind != ATOM_FORK)
			buf_addc(out, bytes[random_below(COUNT(bytes))]);
	}
	for (uint32_t i = 0; !(word && random_below(4)) && i < n; i++)
		buf_addc(out, bytes[random_below(COUNT(bytes))]);
}

/* A walk to the end of the pattern that gives each atom what it takes, rules about dots aside. */
static void random_match(const struct word *word, struct buf *out)
{
	if (word->literal)
		buf_adds(out, word->value);
	for (size_t i = 0; i < word->atoms_n; i++) {
		const struct atom *atom = &word->atoms[i];
		char byte = bytes[random_below(COUNT(bytes))];

		if (atom->kind == ATOM_BYTE)
			buf_addc(out, (char)atom->byte);
		else if (atom->kind == ATOM_JUMP || (atom->kind == ATOM_FORK && random_below(2)))
			i = atom->arg - 1;
		else if (atom->kind == ATOM_SET)
			buf_addc(out, byte_set_has(&word->sets[atom->arg], (unsigned char)byte)
					      ? byte
					      : 'b');
		else if (atom->kind == ATOM_ONE || (atom->kind != ATOM_FORK && random_below(2)))
			buf_addc(out, byte == '/' && atom->kind != ATOM_DEEP ? 'a' : byte);
	}
}

void random_argv(const struct command *command, struct buf *out)
{
	bool match = random_below(2);

	buf_reset(out);
	for (size_t w = 1; w < command->words_n; w++) {
		const struct word *word = &command->words[w];
		uint32_t n = word->repeat == WORD_ANY_ARGS ? random_below(3) : 1;

		if (word->repeat == WORD_ONE_OR_MORE)
			n += random_below(3);
		for (uint32_t i = 0; i < n; i++) {
			if (match)
				random_match(word, out);
			else
				random_argument(word, out);
			buf_addc(out, 0);
		}
	}
	if (random_below(8) == 0) {
		random_argument(NULL, out);
		buf_addc(out, 0);
	}
}
