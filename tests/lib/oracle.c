/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "lib/oracle.h"

void *oracle_room(size_t n, size_t size)
{
	void *room = calloc(n + 1, size);

	if (!room)
		abort();
	return room;
}

static const char *oracle_class_end(const char *p)
{
	if (*p == '!' || *p == '^')
		p++;
	for (bool first = true; first || *p != ']'; first = false)
		p += *p == '\\' ? 2 : 1;
	return p;
}

static unsigned char oracle_member(const char **p)
{
	if (**p == '\\')
		++*p;
	return (unsigned char)*(*p)++;
}

static bool oracle_class_has(const char *p, unsigned char byte)
{
	const char *end = oracle_class_end(p);
	bool negated = *p == '!' || *p == '^', has = false;

	if (negated)
		p++;
	while (p < end) {
		unsigned char low = oracle_member(&p), high = low;

		if (p[0] == '-' && p + 1 < end) {
			p++;
			high = oracle_member(&p);
		}
		has = has || (byte >= low && byte <= high);
	}
	return has != negated && byte != '/' && byte != 0;
}

static const char *oracle_add(struct oracle_word *word, enum oracle_kind kind, const char *p,
			      const char *next)
{
	word->tokens[word->n++] = (struct oracle_token){ kind, (unsigned char)*p, p + 1 };
	return next;
}

static const char *oracle_quoted(struct oracle_word *word, const char *p)
{
	char quote = *p++;

	for (; *p != quote; p++) {
		if (quote == '"' && *p == '\\' && p[1] && strchr("$`\"\\", p[1]))
			p++;
		oracle_add(word, OR_BYTE, p, NULL);
	}
	return p + 1;
}

static const char *oracle_element(struct oracle_word *word, const char *p, bool *open)
{
	switch (*p) {
	case '\'':
	case '"':
		return oracle_quoted(word, p);
	case '\\':
		return oracle_add(word, OR_BYTE, p + 1, p + 2);
	case '[':
		return oracle_add(word, OR_CLASS, p, oracle_class_end(p + 1) + 1);
	case '?':
		return oracle_add(word, OR_ONE, p, p + 1);
	case '*':
		return p[1] == '*' ? oracle_add(word, OR_DEEP, p, p + 2)
				   : oracle_add(word, OR_STAR, p, p + 1);
	case '{':
		*open = true;
		return oracle_add(word, OR_OPEN, p, p + 1);
	case '}':
		*open = false;
		return oracle_add(word, OR_CLOSE, p, p + 1);
	case ',':
		return oracle_add(word, *open ? OR_COMMA : OR_BYTE, p, p + 1);
	default:
		return oracle_add(word, OR_BYTE, p, p + 1);
	}
}

static bool oracle_blank(char c)
{
	return c == ' ' || c == '\t' || c == 0;
}

const char *oracle_word_read(const char *p, bool marks, struct oracle_word *word)
{
	const char *begin = p;
	bool open = false;

	*word = (struct oracle_word){ .tokens = oracle_room(strlen(p), sizeof(*word->tokens)) };
	while (!oracle_blank(*p)) {
		if (marks && p == begin && strncmp(p, "{secret}", 8) == 0 && oracle_blank(p[8])) {
			word->repeat = OR_SECRET;
			return p + 8;
		}
		if (marks && strncmp(p, "...", 3) == 0 && oracle_blank(p[3])) {
			word->repeat = p == begin ? OR_ANY : OR_MANY;
			return p + 3;
		}
		p = oracle_element(word, p, &open);
	}
	return p;
}

static bool oracle_is(struct span arg, size_t at, char c)
{
	return at < arg.n && arg.p[at] == c;
}

static bool oracle_begins(struct span arg, size_t at)
{
	return at == 0 || oracle_is(arg, at - 1, '/');
}

static bool oracle_ends(struct span arg, size_t at)
{
	return at == arg.n || oracle_is(arg, at, '/');
}

static bool oracle_dots(struct span arg, size_t at)
{
	return oracle_is(arg, at, '.') && oracle_is(arg, at + 1, '.');
}

/* A pattern character stands where a word begins that has a dash, or a component that has a dot;
 * or by a ".." that is a whole component. */
static bool oracle_rule_broken(struct span arg, struct oracle_taken taken)
{
	if (taken.from == 0 && oracle_is(arg, 0, '-'))
		return true;
	for (size_t at = taken.from; at <= taken.to; at++) {
		if (oracle_begins(arg, at) && oracle_is(arg, at, '.'))
			return true;
	}
	for (size_t at = 0; at < arg.n; at++) {
		if (oracle_begins(arg, at) && oracle_dots(arg, at) && oracle_ends(arg, at + 2) &&
		    taken.from <= at + 2 && taken.to >= at)
			return true;
	}
	return false;
}

/*
 * A value: what stands behind other text of its component, as in --dir=*, a path perhaps. It is not
 * ".." where a pattern character stands in it or by it, and the byte before it is none that one
 * took.
 */
static bool oracle_value_climbs(struct span arg, const struct oracle_taken *taken, size_t n)
{
	bool *wild = oracle_room(arg.n, sizeof(*wild)), climbs = false;

	for (size_t i = 0; i < n; i++)
		memset(wild + taken[i].from, true, taken[i].to - taken[i].from);
	for (size_t at = 1; at < arg.n; at++) {
		if (oracle_begins(arg, at) || wild[at - 1] || arg.p[at - 1] == '.' ||
		    !oracle_dots(arg, at) || !oracle_ends(arg, at + 2))
			continue;
		for (size_t i = 0; i < n; i++)
			climbs = climbs || (taken[i].from <= at + 2 && taken[i].to >= at);
	}
	free(wild);
	return climbs;
}

static bool oracle_stands(const struct oracle_try *try)
{
	for (size_t i = 0; i < try->taken_n; i++) {
		if (oracle_rule_broken(try->arg, try->taken[i]))
			return false;
	}
	return !oracle_value_climbs(try->arg, try->taken, try->taken_n);
}

static bool oracle_takes(const struct oracle_token *token, unsigned char byte)
{
	if (token->kind == OR_CLASS)
		return oracle_class_has(token->class, byte);
	return byte != 0 && (token->kind == OR_DEEP || byte != '/');
}

static bool oracle_from(struct oracle_try *try, size_t token, size_t at);

/* A pattern character: every length that it may have. */
static bool oracle_wild(struct oracle_try *try, size_t token, size_t at)
{
	const struct oracle_token *t = &try->word->tokens[token];
	bool many = t->kind == OR_STAR || t->kind == OR_DEEP, found = false;
	struct oracle_taken *taken = &try->taken[try->taken_n++];

	*taken = (struct oracle_taken){ at, at };
	while (!found) {
		if (many || taken->to == at + 1)
			found = oracle_from(try, token + 1, taken->to);
		if (found || (!many && taken->to == at + 1) || taken->to == try->arg.n ||
		    !oracle_takes(t, (unsigned char)try->arg.p[taken->to]))
			break;
		taken->to++;
	}
	try->taken_n--;
	return found;
}

static size_t oracle_close(const struct oracle_word *word, size_t token)
{
	while (word->tokens[token].kind != OR_CLOSE)
		token++;
	return token;
}

static bool oracle_from(struct oracle_try *try, size_t token, size_t at)
{
	const struct oracle_token *t = &try->word->tokens[token];
	size_t close;

	if (++*try->steps > ORACLE_STEPS_MAX)
		return false;
	if (token == try->word->n)
		return at == try->arg.n && oracle_stands(try);
	switch (t->kind) {
	case OR_BYTE:
		return oracle_is(try->arg, at, (char)t->byte) &&
		       oracle_from(try, token + 1, at + 1);
	case OR_COMMA:
	case OR_CLOSE:
		return oracle_from(try, oracle_close(try->word, token) + 1, at);
	case OR_OPEN:
		close = oracle_close(try->word, token);
		for (size_t i = token; i < close; i++) {
			if ((i == token || try->word->tokens[i].kind == OR_COMMA) &&
			    oracle_from(try, i + 1, at))
				return true;
		}
		return false;
	default:
		return oracle_wild(try, token, at);
	}
}

bool oracle_word_has(const struct oracle_word *word, struct span arg, unsigned long *steps)
{
	struct oracle_try try = { .word = word, .arg = arg, .steps = steps };
	bool has;

	if (word->repeat == OR_ANY || word->repeat == OR_SECRET)
		return true;
	try.taken = oracle_room(word->n, sizeof(*try.taken));
	has = oracle_from(&try, 0, 0);
	free(try.taken);
	return has;
}

/* Words from the first on against the arguments, by trying everything. */
static bool oracle_words_take(const struct oracle_word *word, const struct oracle_word *end,
			      const struct span *args, size_t n, unsigned long *steps)
{
	if (++*steps > ORACLE_STEPS_MAX)
		return false;
	if (word == end)
		return n == 0;
	if (word->repeat == OR_ANY && oracle_words_take(word + 1, end, args, n, steps))
		return true;
	if (n == 0 || !oracle_word_has(word, *args, steps))
		return false;
	if (word->repeat != OR_ANY && oracle_words_take(word + 1, end, args + 1, n - 1, steps))
		return true;
	return (word->repeat == OR_ANY || word->repeat == OR_MANY) &&
	       oracle_words_take(word, end, args + 1, n - 1, steps);
}

enum oracle_answer oracle_command(const char *line, const struct span *args, size_t n)
{
	struct oracle_word *words = oracle_room(strlen(line), sizeof(*words));
	size_t words_n = 0;
	unsigned long steps = 0;
	bool takes;

	for (const char *p = line; *p;) {
		p += strspn(p, " \t");
		if (*p)
			p = oracle_word_read(p, true, &words[words_n++]);
	}
	takes = oracle_words_take(words + 1, words + words_n, args, n, &steps);
	for (size_t i = 0; i < words_n; i++)
		free(words[i].tokens);
	free(words);
	if (steps > ORACLE_STEPS_MAX)
		return ORACLE_TOO_LONG;
	return takes ? ORACLE_YES : ORACLE_NO;
}
