/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/review/draft/placeholder.h"

#include "core/base/array.h"
#include "core/base/bisect.h"
#include "core/base/chars.h"
#include "core/base/timestamp.h"
#include "core/plan/program.h"

enum {
	TEMP_MIN = 6, /* mktemp(1) wants at least three X, mkstemp(3) six */
	TEMP_MAX = 16,
	HEX_MIN = 16,
	HEX_MARKS_MAX = 40, /* a longer one is written as *, for no eye counts so many ? */
	PID_DIGITS_MAX = 7, /* PID_MAX_LIMIT is 4194304 */
	UUID_SIZE = 36,
	PYTHON_SIZE = 11, /* tempfile.py: "tmp" and eight of a-z 0-9 _ */
};

#define DAY_NS 86400000000000ll

/* A run of letters and digits, and what surrounds it. */
struct token {
	struct span text;
	size_t at, n;
};

static size_t run_of(struct span text, size_t at, bool (*is)(char c))
{
	size_t n = 0;

	while (n < text.n - at && is(text.p[at + n]))
		n++;
	return n;
}

static bool begins_with(struct span text, const char *prefix)
{
	size_t n = strlen(prefix);

	return text.n >= n && memcmp(text.p, prefix, n) == 0;
}

static bool ends_with(struct span text, const char *suffix)
{
	size_t n = strlen(suffix);

	return text.n >= n && memcmp(text.p + text.n - n, suffix, n) == 0;
}

/* "dd-dd" against "2026-11": 'd' is a digit, 'x' a hex digit, what else stands there is itself. */
static bool has_shape(struct span text, size_t at, const char *shape)
{
	for (; *shape; shape++, at++) {
		char c = at < text.n ? text.p[at] : 0;

		if (*shape == 'd' ? !is_digit(c) : *shape == 'x' ? !is_hex(c) : c != *shape)
			return false;
	}
	return true;
}

static void add_marks(struct buf *pattern, size_t n)
{
	while (n-- > 0)
		buf_addc(pattern, '?');
}

/* The text with a ? for each (hex) digit. */
static void add_shape(struct buf *pattern, struct span text, size_t at, size_t n)
{
	for (size_t i = at; i < at + n; i++)
		buf_addc(pattern, is_hex(text.p[i]) ? '?' : text.p[i]);
}

static size_t find_uuid(const struct token *token, struct buf *pattern)
{
	static const char shape[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
	struct span text = token->text;
	size_t end = token->at + UUID_SIZE;

	if (!has_shape(text, token->at, shape) || (end < text.n && is_alnum(text.p[end])))
		return 0;
	add_shape(pattern, text, token->at, UUID_SIZE);
	return UUID_SIZE;
}

static bool is_near(const struct placeholder_context *context, int64_t ns)
{
	return ns > context->time_ns - 2 * DAY_NS && ns < context->time_ns + 2 * DAY_NS;
}

/* digits: "20261123" or "2026-11-23". */
static bool is_near_date(const struct placeholder_context *context, const char *p, bool dashes)
{
	char text[] = "0000-00-00T00:00:00Z";
	int64_t ns;

	memcpy(text, p, 4);
	memcpy(text + 5, p + (dashes ? 5 : 4), 2);
	memcpy(text + 8, p + (dashes ? 8 : 6), 2);
	return !timestamp_parse(span_of(text), &ns) && is_near(context, ns);
}

/* The time of day behind a date, its mark included: "T20:30:00", "_2030", ".203000". */
static size_t time_behind(struct span text, size_t at)
{
	static const char *const shapes[] = { "dd:dd:dd", "dd-dd-dd", "dd:dd", "dddddd", "dddd" };

	if (at >= text.n || !memchr("T_-.", text.p[at], 4))
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(shapes); i++) {
		size_t n = strlen(shapes[i]);

		if (has_shape(text, at + 1, shapes[i]) &&
		    (at + 1 + n >= text.n || !is_digit(text.p[at + 1 + n])))
			return 1 + n;
	}
	return 0;
}

static size_t find_date(const struct placeholder_context *context, const struct token *token,
			struct buf *pattern)
{
	struct span text = token->text;
	const char *p = text.p + token->at;
	size_t digits = run_of(text, token->at, is_digit), n = 0;

	if (has_shape(text, token->at, "dddd-dd-dd") && is_near_date(context, p, true))
		n = 10;
	else if ((digits == 8 || digits == 12 || digits == 14) && is_near_date(context, p, false))
		n = digits;
	if (n == 0 || (token->at + n < text.n && is_digit(text.p[token->at + n])))
		return 0;
	n += time_behind(text, token->at + n);
	add_shape(pattern, text, token->at, n);
	return n;
}

/* Seconds of the epoch, or with three, six or nine digits more of them. */
static size_t find_epoch(const struct placeholder_context *context, const struct token *token,
			 struct buf *pattern)
{
	int64_t seconds = 0;

	if (run_of(token->text, token->at, is_digit) != token->n ||
	    (token->n != 10 && token->n != 13 && token->n != 16 && token->n != 19))
		return 0;
	for (size_t i = 0; i < 10; i++)
		seconds = seconds * 10 + (token->text.p[token->at + i] - '0');
	if (seconds > INT64_MAX / 1000000000 || !is_near(context, seconds * 1000000000))
		return 0;
	add_marks(pattern, token->n);
	return token->n;
}

static bool is_pid(const struct placeholder_context *context, uint32_t pid)
{
	size_t at = bisect(context->pids_n, i, context->pids[i] < pid);

	return at < context->pids_n && context->pids[at] == pid;
}

/* Numbers below 100 are rather counts, modes and ports than processes. */
static size_t find_pid(const struct placeholder_context *context, const struct token *token,
		       struct buf *pattern)
{
	uint32_t pid = 0;

	if (token->n < 3 || token->n > PID_DIGITS_MAX ||
	    run_of(token->text, token->at, is_digit) != token->n || token->text.p[token->at] == '0')
		return 0;
	for (size_t i = 0; i < token->n; i++)
		pid = pid * 10 + (uint32_t)(token->text.p[token->at + i] - '0');
	if (!is_pid(context, pid))
		return 0;
	buf_adds(pattern, "[0-9]*");
	return token->n;
}

static size_t find_hex(const struct token *token, struct buf *pattern)
{
	size_t digits = 0;

	if (token->n < HEX_MIN || run_of(token->text, token->at, is_hex) != token->n)
		return 0;
	for (size_t i = 0; i < token->n; i++)
		digits += is_digit(token->text.p[token->at + i]);
	if (digits == 0 || digits == token->n)
		return 0;
	if (token->n <= HEX_MARKS_MAX)
		add_marks(pattern, token->n);
	else
		buf_adds(pattern, "[0-9a-fA-F]*");
	return token->n;
}

static bool is_below_temp(struct span before)
{
	for (size_t i = 0; before.n && i < PATH_TEMP_DIRS_N; i++) {
		if (memmem(before.p, before.n, path_temp_dirs[i], strlen(path_temp_dirs[i])))
			return true;
	}
	return false;
}

/* Letters and digits that change their kind in the middle more often than a word does. */
static bool looks_random(struct span text)
{
	unsigned int changes = 0;

	for (size_t i = 1; i < text.n; i++) {
		bool digit = is_digit(text.p[i]) != is_digit(text.p[i - 1]);
		bool raised = is_upper(text.p[i]) && !is_upper(text.p[i - 1]);

		changes += digit || raised;
	}
	return changes >= 2;
}

/* Somebody's "NAME-XXXXXX": the six of mkstemp(3), at the end of a name, seldom make up a word. */
static bool ends_a_name(struct span text, struct span before, struct span own)
{
	size_t end = before.n + own.n;

	if (own.n != TEMP_MIN || !before.n || !memchr(".-_", before.p[before.n - 1], 3) ||
	    (end < text.n && text.p[end] != '/'))
		return false;
	for (size_t i = 0; i < own.n; i++) {
		if (is_digit(own.p[i]) || is_upper(own.p[i]))
			return true;
	}
	return false;
}

/*
 * Below a temporary directory, where a name or a part of one begins: what stands behind + and ~ is
 * a part of a version ("1.22.1-9+deb12u9").
 */
static bool may_be_random(struct span text, struct span before, struct span own)
{
	return ends_a_name(text, before, own) ||
	       (before.n && memchr("/.-_", before.p[before.n - 1], 4) && looks_random(own));
}

static bool is_python_char(char c)
{
	return (is_alnum(c) && !is_upper(c)) || c == '_';
}

/* mktemp(1)'s own "tmp.XXXXXXXXXX", Python's "tmpxxxxxxxx", and NAME.XXXXXX below /tmp. */
static size_t find_temp(const struct token *token, struct buf *pattern)
{
	struct span text = token->text, before = { text.p, token->at };
	struct span own = { text.p + token->at, token->n };
	bool below = is_below_temp(before), marked;

	if (below && ends_with(before, "/") && begins_with(own, "tmp") &&
	    run_of(text, token->at, is_python_char) == PYTHON_SIZE) {
		buf_adds(pattern, "tmp????????");
		return PYTHON_SIZE;
	}
	if (token->n < TEMP_MIN || token->n > TEMP_MAX)
		return 0;
	marked =
		ends_with(before, "tmp.") || ends_with(before, "tmp-") || ends_with(before, "tmp_");
	if (!(marked && below) && !(marked && looks_random(own)) &&
	    !(below && may_be_random(text, before, own)))
		return 0;
	add_marks(pattern, token->n);
	return token->n;
}

static struct placeholder find(const struct placeholder_context *context, const struct token *token,
			       struct buf *pattern)
{
	struct placeholder part = { .at = token->at };

	if ((part.n = find_uuid(token, pattern)))
		part.kind = PLACEHOLDER_UUID;
	else if ((part.n = find_date(context, token, pattern)))
		part.kind = PLACEHOLDER_TIME;
	else if ((part.n = find_epoch(context, token, pattern)))
		part.kind = PLACEHOLDER_TIME;
	else if ((part.n = find_pid(context, token, pattern)))
		part.kind = PLACEHOLDER_PID;
	else if ((part.n = find_hex(token, pattern)))
		part.kind = PLACEHOLDER_HEX;
	else if ((part.n = find_temp(token, pattern)))
		part.kind = PLACEHOLDER_TEMP;
	return part;
}

struct placeholder placeholder_next(const struct placeholder_context *context, struct span text,
				    size_t from, struct buf *pattern)
{
	struct placeholder none = { .at = text.n };

	while (from < text.n) {
		struct token token = { text, from, run_of(text, from, is_alnum) };
		bool whole = from == 0 || !is_alnum(text.p[from - 1]);
		struct placeholder part = whole && token.n ? find(context, &token, pattern) : none;

		if (part.n)
			return part;
		from += token.n ? token.n : 1;
	}
	return none;
}

const char *placeholder_reason(unsigned int kind)
{
	switch (kind) {
	case PLACEHOLDER_TEMP:
		return "for the random part of a temporary name";
	case PLACEHOLDER_PID:
		return "for the number of a process";
	case PLACEHOLDER_TIME:
		return "for the date or time of the recording";
	case PLACEHOLDER_UUID:
		return "for a UUID";
	case PLACEHOLDER_HEX:
		return "for a long hexadecimal number; if it is a checksum, write it out";
	default:
		return "for a byte that a ticket can't show, such as a line's end";
	}
}
