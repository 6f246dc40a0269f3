/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/match/pattern.h"

#include <errno.h>

#include "core/base/grow.h"
#include "core/match/word_parse.h"

static bool is_blank(unsigned char c)
{
	return c == ' ' || c == '\t';
}

static bool is_control(unsigned char c)
{
	return c < 0x20 || c == 0x7f;
}

int word_parse__refuse(const struct word_parse *parse, size_t at, const char *message)
{
	return err_set(parse->err, -EINVAL, 0, (unsigned int)at + 1, "%s", message);
}

/* The byte `ahead` of the cursor, 0 behind the end (NUL is refused wherever it stands). */
static unsigned char peek(const struct word_parse *parse, size_t ahead)
{
	if (ahead >= parse->text.n - parse->at)
		return 0;
	return (unsigned char)parse->text.p[parse->at + ahead];
}

static bool at_end(const struct word_parse *parse)
{
	return parse->at == parse->text.n;
}

static bool word_ends(const struct word_parse *parse, size_t ahead)
{
	return ahead >= parse->text.n - parse->at || is_blank(peek(parse, ahead));
}

static int add_atom(struct word_parse *parse, enum atom_kind kind, unsigned char byte, size_t arg)
{
	if (parse->atoms_n == WORD_ATOMS_MAX)
		return word_parse__refuse(parse, parse->at, "expected a shorter word");
	if (grow_to(parse->atoms, parse->atoms_cap, parse->atoms_n + 1))
		return -ENOMEM;
	parse->atoms[parse->atoms_n++] = (struct atom){ kind, byte, (uint32_t)arg };
	parse->pattern |= kind != ATOM_BYTE;
	return 0;
}

/* One byte that quotes made literal. */
static int take_literal(struct word_parse *parse)
{
	unsigned char c = peek(parse, 0);
	int ret;

	if (is_control(c))
		return word_parse__refuse(parse, parse->at, "control characters are not allowed");
	ret = add_atom(parse, ATOM_BYTE, c, 0);
	parse->at++;
	return ret;
}

static int take_single_quoted(struct word_parse *parse)
{
	size_t open = parse->at++;
	int ret = 0;

	while (!ret && !at_end(parse) && peek(parse, 0) != '\'')
		ret = take_literal(parse);
	if (!ret && at_end(parse))
		return word_parse__refuse(parse, open, "this ' is never closed");
	parse->at++;
	return ret;
}

/* In double quotes a backslash escapes only $ ` " \ (POSIX XCU 2.2.3). */
static int take_double_quoted(struct word_parse *parse)
{
	size_t open = parse->at++;
	int ret = 0;

	while (!ret && !at_end(parse) && peek(parse, 0) != '"') {
		unsigned char c = peek(parse, 0), next = peek(parse, 1);

		if (c == '$' || c == '`')
			return word_parse__refuse(parse, parse->at,
						  "the shell expands this before the program runs: "
						  "write the value, or use single quotes");
		if (c == '\\' && (next == '$' || next == '`' || next == '"' || next == '\\'))
			parse->at++;
		ret = take_literal(parse);
	}
	if (!ret && at_end(parse))
		return word_parse__refuse(parse, open, "this \" is never closed");
	parse->at++;
	return ret;
}

static int take_escape(struct word_parse *parse)
{
	parse->at++;
	if (at_end(parse))
		return word_parse__refuse(parse, parse->at - 1,
					  "expected a character after the backslash");
	return take_literal(parse);
}

/* One member of a class, a backslash taken away. */
static int class_byte(struct word_parse *parse, unsigned char *out)
{
	unsigned char c = peek(parse, 0);

	if (c == '\\') {
		parse->at++;
		c = peek(parse, 0);
	} else if (c == '[' &&
		   (peek(parse, 1) == ':' || peek(parse, 1) == '.' || peek(parse, 1) == '=')) {
		return word_parse__refuse(parse, parse->at,
					  "named classes are not known: write ranges, as in a-z");
	} else if (is_blank(c) || c == '\'' || c == '"') {
		return word_parse__refuse(parse, parse->at,
					  "in [...], put a backslash before this character");
	}
	if (at_end(parse) || is_control(c))
		return word_parse__refuse(parse, parse->at, "expected a character and later a ]");
	if (c >= 0x80)
		return word_parse__refuse(parse, parse->at, "expected ASCII characters in [...]");
	if (c == '/')
		return word_parse__refuse(parse, parse->at, "[...] never matches /");
	parse->at++;
	*out = c;
	return 0;
}

static int class_member(struct word_parse *parse, struct byte_set *set)
{
	size_t start = parse->at;
	unsigned char low, high;
	int ret = class_byte(parse, &low);

	if (ret)
		return ret;
	high = low;
	if (peek(parse, 0) == '-' && peek(parse, 1) != ']') {
		parse->at++;
		ret = class_byte(parse, &high);
		if (ret)
			return ret;
	}
	if (high < low)
		return word_parse__refuse(parse, start, "this range runs backwards");
	for (unsigned int c = low; c <= high; c++)
		byte_set_add(set, (unsigned char)c);
	return 0;
}

static int add_set(struct word_parse *parse, struct byte_set *set, bool negated)
{
	if (grow_to(parse->sets, parse->sets_cap, parse->sets_n + 1))
		return -ENOMEM;
	for (int i = 0; negated && i < 4; i++)
		set->bits[i] = ~set->bits[i];
	set->bits[0] &= ~((uint64_t)1 | (uint64_t)1 << '/');
	parse->sets[parse->sets_n++] = *set;
	return add_atom(parse, ATOM_SET, 0, parse->sets_n - 1);
}

static int take_class(struct word_parse *parse)
{
	size_t open = parse->at++;
	struct byte_set set = { { 0 } };
	bool negated = peek(parse, 0) == '!' || peek(parse, 0) == '^';
	bool first = true;

	parse->at += negated;
	while (first || peek(parse, 0) != ']') {
		int ret;

		if (at_end(parse))
			return word_parse__refuse(
				parse, open, "this [ is never closed: quote it to mean itself");
		ret = class_member(parse, &set);
		if (ret)
			return ret;
		first = false;
	}
	parse->at++;
	return add_set(parse, &set, negated);
}

static int take_star(struct word_parse *parse)
{
	bool deep = peek(parse, 1) == '*';

	if (deep && peek(parse, 2) == '*')
		return word_parse__refuse(parse, parse->at, "expected * or **");
	parse->at += deep ? 2 : 1;
	return add_atom(parse, deep ? ATOM_DEEP : ATOM_STAR, 0, 0);
}

/* What the shell would take for itself, and what to write instead. */
static const char *shell_says(unsigned char c)
{
	switch (c) {
	case '|':
	case '&':
	case ';':
	case '(':
	case ')':
		return "write one step per command, or quote this character to mean itself";
	case '<':
	case '>':
		return "redirections are no arguments: leave them out, or quote this character to "
		       "mean itself";
	case '$':
	case '`':
		return "the shell expands this before the program runs: write the value or a "
		       "pattern, "
		       "or quote this character to mean itself";
	case '~':
		return "the shell expands this: write the directory, or quote this character to "
		       "mean itself";
	case '#':
		return "a comment is not part of the command: leave it out, or quote this "
		       "character to mean itself";
	case '}':
		return "no { is open here: quote this character to mean itself";
	default:
		return NULL;
	}
}

static int take_plain(struct word_parse *parse)
{
	const char *says = shell_says(peek(parse, 0));

	if (says)
		return word_parse__refuse(parse, parse->at, says);
	parse->plain = true;
	return take_literal(parse);
}

static int take_alternatives(struct word_parse *parse);

/* One element of a word: a quoted run, a pattern character or a plain byte. */
static int take_element(struct word_parse *parse, bool braces)
{
	unsigned char c = peek(parse, 0);

	parse->plain = false;
	switch (c) {
	case '\'':
		return take_single_quoted(parse);
	case '"':
		return take_double_quoted(parse);
	case '\\':
		return take_escape(parse);
	case '[':
		return take_class(parse);
	case '*':
		return take_star(parse);
	case '?':
		parse->at++;
		return add_atom(parse, ATOM_ONE, 0, 0);
	case '{':
		if (braces)
			return word_parse__refuse(parse, parse->at,
						  "{...} can't stand inside {...}");
		return take_alternatives(parse);
	default:
		return take_plain(parse);
	}
}

/* One alternative, up to its comma or the closing brace. */
static int take_branch(struct word_parse *parse, size_t open)
{
	for (;;) {
		unsigned char c = peek(parse, 0);
		int ret;

		if (word_ends(parse, 0))
			return word_parse__refuse(
				parse, open,
				"expected , or } before the word's end (quote a blank, "
				"quote { to mean itself)");
		if (c == ',' || c == '}')
			return 0;
		ret = take_element(parse, true);
		if (ret)
			return ret;
	}
}

/* `{a,b,c}` becomes  fork B; a; jump end; B: fork C; b; jump end; C: c; end: */
static int take_alternatives(struct word_parse *parse)
{
	size_t open = parse->at, jumps[WORD_ALTERNATIVES_MAX], jumps_n = 0;

	do {
		size_t fork = parse->atoms_n;
		int ret = add_atom(parse, ATOM_FORK, 0, 0);

		parse->at++;
		if (!ret)
			ret = take_branch(parse, open);
		if (!ret && jumps_n == WORD_ALTERNATIVES_MAX)
			ret = word_parse__refuse(parse, open, "expected at most 64 alternatives");
		if (!ret) {
			jumps[jumps_n++] = parse->atoms_n;
			ret = add_atom(parse, ATOM_JUMP, 0, 0);
		}
		if (ret)
			return ret;
		/* the last one has no other to fork to: both ways lead into it */
		parse->atoms[fork].arg =
			(uint32_t)(peek(parse, 0) == ',' ? parse->atoms_n : fork + 1);
	} while (peek(parse, 0) == ',');
	parse->at++;
	if (jumps_n < 2)
		return word_parse__refuse(parse, open,
					  "expected {a,b,…}: quote { and } to mean themselves");
	for (size_t i = 0; i < jumps_n; i++)
		parse->atoms[jumps[i]].arg = (uint32_t)parse->atoms_n;
	return 0;
}

static bool starts_with(const struct word_parse *parse, const char *text)
{
	size_t n = strlen(text);

	return n <= parse->text.n - parse->at && memcmp(parse->text.p + parse->at, text, n) == 0;
}

/* The marks of a command's word: {secret} as a whole word, `...` as one or at its end. */
static int take_mark(struct word_parse *parse, size_t start, enum word_repeat *repeat)
{
	if (starts_with(parse, "{secret}")) {
		if (parse->at != start || !word_ends(parse, 8))
			return word_parse__refuse(parse, parse->at,
						  "{secret} must be a word of its own");
		parse->at += 8;
		*repeat = WORD_SECRET;
	} else if (starts_with(parse, "...") && word_ends(parse, 3)) {
		if (parse->plain && parse->text.p[parse->at - 1] == '.')
			return word_parse__refuse(parse, parse->at - 1,
						  "quote the dots that are text");
		*repeat = parse->at == start ? WORD_ANY_ARGS : WORD_ONE_OR_MORE;
		parse->at += 3;
	}
	return 0;
}

static int take_word(struct word_parse *parse, enum word_repeat *repeat)
{
	size_t start = parse->at;

	parse->plain = false;
	*repeat = WORD_ONCE;
	while (!word_ends(parse, 0)) {
		int ret = parse->command ? take_mark(parse, start, repeat) : 0;

		if (!ret && *repeat == WORD_ONCE)
			ret = take_element(parse, false);
		if (ret || *repeat != WORD_ONCE)
			return ret;
	}
	return 0;
}

static char *copy_text(const char *p, size_t n)
{
	char *text = malloc(n + 1);

	if (!text)
		return NULL;
	memcpy(text, p, n);
	text[n] = 0;
	return text;
}

static char *literal_value(const struct word_parse *parse)
{
	char *value = malloc(parse->atoms_n + 1);

	if (!value)
		return NULL;
	for (size_t i = 0; i < parse->atoms_n; i++)
		value[i] = (char)parse->atoms[i].byte;
	value[parse->atoms_n] = 0;
	return value;
}

/* Turns what was read into *out. The atoms of a literal word are dropped: `value` says the same. */
static int finish_word(struct word_parse *parse, size_t start, struct word *out)
{
	out->text = copy_text(parse->text.p + start, parse->at - start);
	if (!out->text)
		return -ENOMEM;
	if (out->repeat == WORD_ANY_ARGS || out->repeat == WORD_SECRET)
		return 0;
	if (!parse->pattern) {
		out->literal = true;
		out->value = literal_value(parse);
		return out->value ? 0 : -ENOMEM;
	}
	out->atoms = parse->atoms;
	out->atoms_n = parse->atoms_n;
	out->sets = parse->sets;
	out->sets_n = parse->sets_n;
	parse->atoms = NULL; /* transferred, as are the sets */
	parse->sets = NULL;
	if (!word_possible(out))
		return word_parse__refuse(
			parse, start,
			"no argument can ever match this word: a pattern character never "
			"matches a leading dot, a leading - or a .. component");
	return 0;
}

int word_parse__next(struct word_parse *parse, struct word *out)
{
	size_t start = parse->at;
	int ret;

	*out = (struct word){ 0 };
	parse->pattern = false;
	ret = take_word(parse, &out->repeat);
	if (!ret)
		ret = finish_word(parse, start, out);
	if (ret)
		word_free(out);
	free(parse->atoms);
	free(parse->sets);
	parse->atoms = NULL;
	parse->sets = NULL;
	parse->atoms_n = parse->atoms_cap = 0;
	parse->sets_n = parse->sets_cap = 0;
	return ret;
}

int pattern_parse(struct span text, struct word *out, struct err *err)
{
	struct word_parse parse = { .text = text, .err = err };
	int ret;

	*out = (struct word){ 0 };
	if (text.n == 0)
		return word_parse__refuse(&parse, 0, "expected a pattern, got nothing");
	if (text.n > COMMAND_BYTES_MAX)
		return word_parse__refuse(&parse, COMMAND_BYTES_MAX, "expected at most 4096 bytes");
	ret = word_parse__next(&parse, out);
	if (!ret && !at_end(&parse)) {
		word_free(out);
		ret = word_parse__refuse(&parse, parse.at, "expected one pattern: quote the blank");
	}
	return ret;
}

void word_free(struct word *word)
{
	free(word->atoms);
	free(word->sets);
	free(word->text);
	free(word->value);
	*word = (struct word){ 0 };
}
