/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/base/json_read.h"

#include <errno.h>

#include "core/base/chars.h"
#include "core/base/unitext.h"

struct scan {
	const char *p, *end;
};

static bool skip_byte(struct scan *scan, char c)
{
	if (scan->p == scan->end || *scan->p != c)
		return false;
	scan->p++;
	return true;
}

static void skip_blanks(struct scan *scan)
{
	while (scan->p < scan->end &&
	       (*scan->p == ' ' || *scan->p == '\t' || *scan->p == '\n' || *scan->p == '\r'))
		scan->p++;
}

static bool skip_word(struct scan *scan, const char *word)
{
	size_t n = strlen(word);

	if ((size_t)(scan->end - scan->p) < n || memcmp(scan->p, word, n) != 0)
		return false;
	scan->p += n;
	return true;
}

static bool skip_digits(struct scan *scan)
{
	const char *from = scan->p;

	while (scan->p < scan->end && is_digit(*scan->p))
		scan->p++;
	return scan->p > from;
}

static bool skip_number(struct scan *scan)
{
	skip_byte(scan, '-');
	if (!skip_byte(scan, '0') && !skip_digits(scan))
		return false;
	if (skip_byte(scan, '.') && !skip_digits(scan))
		return false;
	if (skip_byte(scan, 'e') || skip_byte(scan, 'E')) {
		if (!skip_byte(scan, '+'))
			skip_byte(scan, '-');
		return skip_digits(scan);
	}
	return true;
}

/* Four hex digits; -1 when they are not there. */
static int take_unit(struct scan *scan)
{
	int unit = 0;

	if (scan->end - scan->p < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		char c = *scan->p++;

		if (c >= '0' && c <= '9')
			unit = unit << 4 | (c - '0');
		else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
			unit = unit << 4 | ((c | 0x20) - 'a' + 10);
		else
			return -1;
	}
	return unit;
}

/* What follows a backslash: the character that it stands for, or -1. */
static int32_t take_escape(struct scan *scan)
{
	static const char letters[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
	const char *letter;
	int unit, low;

	if (scan->p == scan->end)
		return -1;
	letter = *scan->p ? strchr(letters, *scan->p) : NULL;
	if (letter) {
		scan->p++;
		return meant[letter - letters];
	}
	if (!skip_byte(scan, 'u'))
		return -1;
	unit = take_unit(scan);
	if (unit < 0xd800 || unit > 0xdfff)
		return unit;
	if (unit > 0xdbff || !skip_word(scan, "\\u"))
		return -1;
	low = take_unit(scan);
	if (low < 0xdc00 || low > 0xdfff)
		return -1;
	return 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
}

/* Behind the opening quote, up to and with the closing one. */
static bool skip_string(struct scan *scan, bool escapes)
{
	while (scan->p < scan->end) {
		unsigned char c = (unsigned char)*scan->p;
		uint32_t unused;
		size_t n = 1;

		if (c == '"') {
			scan->p++;
			return true;
		}
		if (c < 0x20)
			return false;
		if (c >= 0x80)
			n = unitext_decode((struct span){ scan->p, (size_t)(scan->end - scan->p) },
					   &unused);
		if (n == 0)
			return false;
		scan->p += n;
		if (c == '\\' && (!escapes || take_escape(scan) < 0))
			return false;
	}
	return false;
}

static int skip_value(struct scan *scan, unsigned int depth);

/*
 * A bit for what each key so far looks like. A clear bit says that no key was this one; only a set
 * one has to be told from the others byte by byte. So objects with the same few dozen keys, as
 * records are, cost next to nothing for it, and one that is made to collide no more than it did
 * without.
 */
struct seen {
	uint64_t bits[4];
};

static bool seen_before(struct seen *seen, struct span key)
{
	unsigned int look = (unsigned int)key.n * 37;
	uint64_t *word, bit;
	bool before;

	if (key.n > 0)
		look += (unsigned char)key.p[0] * 5u + (unsigned char)key.p[key.n / 2] * 11u +
			(unsigned char)key.p[key.n - 1] * 59u;
	word = &seen->bits[look / 64 % 4];
	bit = (uint64_t)1 << look % 64;
	before = *word & bit;
	*word |= bit;
	return before;
}

static int add_member(struct json_object *object, struct seen *seen,
		      const struct json_member *member)
{
	size_t others = seen_before(seen, member->key) ? object->n : 0;

	for (size_t i = 0; i < others; i++) {
		if (span_eq(object->members[i].key, member->key))
			return -EINVAL;
	}
	if (object->n == JSON_MEMBERS_MAX)
		return -E2BIG;
	object->members[object->n++] = *member;
	return 0;
}

static int scan_member(struct scan *scan, unsigned int depth, struct json_object *object,
		       struct seen *seen)
{
	struct json_member member;
	int ret;

	skip_blanks(scan);
	if (!skip_byte(scan, '"'))
		return -EINVAL;
	member.key.p = scan->p;
	if (!skip_string(scan, false))
		return -EINVAL;
	member.key.n = (size_t)(scan->p - 1 - member.key.p);
	skip_blanks(scan);
	if (!skip_byte(scan, ':'))
		return -EINVAL;
	skip_blanks(scan);
	member.value.p = scan->p;
	ret = skip_value(scan, depth);
	member.value.n = (size_t)(scan->p - member.value.p);
	return ret ? ret : add_member(object, seen, &member);
}

/* Behind the opening brace. `depth` is this object's. */
static int scan_object(struct scan *scan, unsigned int depth, struct json_object *object)
{
	struct seen seen = { 0 };
	int ret;

	object->n = 0;
	if (depth > JSON_DEPTH_MAX)
		return -E2BIG;
	skip_blanks(scan);
	if (skip_byte(scan, '}'))
		return 0;
	do {
		ret = scan_member(scan, depth, object, &seen);
		if (ret)
			return ret;
		skip_blanks(scan);
	} while (skip_byte(scan, ','));
	return skip_byte(scan, '}') ? 0 : -EINVAL;
}

/* Not inlined into the recursion: its members are 3 KiB of stack. */
static __attribute__((noinline)) int skip_object(struct scan *scan, unsigned int depth)
{
	struct json_object object;

	return scan_object(scan, depth, &object);
}

static int skip_array(struct scan *scan, unsigned int depth)
{
	int ret;

	if (depth > JSON_DEPTH_MAX)
		return -E2BIG;
	skip_blanks(scan);
	if (skip_byte(scan, ']'))
		return 0;
	do {
		skip_blanks(scan);
		ret = skip_value(scan, depth);
		if (ret)
			return ret;
		skip_blanks(scan);
	} while (skip_byte(scan, ','));
	return skip_byte(scan, ']') ? 0 : -EINVAL;
}

/* `depth` is that of the object or array around it. */
static int skip_value(struct scan *scan, unsigned int depth)
{
	bool ok;

	if (skip_byte(scan, '{'))
		return skip_object(scan, depth + 1);
	if (skip_byte(scan, '['))
		return skip_array(scan, depth + 1);
	if (skip_byte(scan, '"'))
		ok = skip_string(scan, true);
	else
		ok = skip_word(scan, "true") || skip_word(scan, "false") ||
		     skip_word(scan, "null") || skip_number(scan);
	return ok ? 0 : -EINVAL;
}

int json_read(struct span text, struct json_object *out)
{
	struct scan scan;
	int ret = -EINVAL;

	out->n = 0;
	if (text.n == 0)
		return -EINVAL;
	if (text.n > JSON_BYTES_MAX)
		return -E2BIG;
	scan = (struct scan){ text.p, text.p + text.n };
	skip_blanks(&scan);
	if (skip_byte(&scan, '{'))
		ret = scan_object(&scan, 1, out);
	skip_blanks(&scan);
	if (!ret && scan.p != scan.end)
		ret = -EINVAL;
	if (ret)
		out->n = 0;
	return ret;
}

struct span json_get(const struct json_object *object, const char *key)
{
	struct span wanted = span_of(key);

	for (size_t i = 0; i < object->n; i++) {
		if (span_eq(object->members[i].key, wanted))
			return object->members[i].value;
	}
	return (struct span){ NULL, 0 };
}

bool json_is_null(struct span value)
{
	return span_is(value, "null");
}

bool json_is_string(struct span value)
{
	return value.n >= 2 && value.p[0] == '"';
}

/* Behind the opening quote of a checked string. */
static struct scan scan_string(struct span value)
{
	return (struct scan){ value.p + 1, value.p + value.n };
}

/* Takes the next character of a checked string; false at its closing quote. */
static bool take_character(struct scan *scan, uint32_t *c)
{
	*c = 0;
	if (*scan->p == '"')
		return false;
	if (skip_byte(scan, '\\'))
		*c = (uint32_t)take_escape(scan);
	else
		scan->p +=
			unitext_decode((struct span){ scan->p, (size_t)(scan->end - scan->p) }, c);
	return true;
}

static size_t encode(uint32_t c, char out[4])
{
	static const unsigned char leads[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
	size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;

	for (size_t i = n; i-- > 1; c >>= 6)
		out[i] = (char)(0x80 | (c & 0x3f));
	out[0] = (char)(leads[n] | c);
	return n;
}

struct span json_inside(struct span value)
{
	if (value.n < 2 || *value.p != '"')
		return (struct span){ 0 };
	return (struct span){ value.p + 1, value.n - 2 };
}

bool json_is(struct span value, const char *text)
{
	struct span rest = span_of(text);
	struct scan scan;
	char bytes[4];
	uint32_t c;

	if (!json_is_string(value))
		return false;
	scan = scan_string(value);
	while (take_character(&scan, &c)) {
		size_t n = encode(c, bytes);

		if (n > rest.n || memcmp(rest.p, bytes, n) != 0)
			return false;
		rest.p += n;
		rest.n -= n;
	}
	return rest.n == 0;
}

int json_read_text(struct span value, struct buf *out)
{
	const char *from;
	struct scan scan;
	uint32_t c;

	if (!json_is_string(value))
		return -EINVAL;
	scan = scan_string(value);
	/* decoded it is never longer than written */
	if (buf_reserve(out, value.n))
		return -ENOMEM;
	for (;;) {
		for (from = scan.p; *scan.p != '"' && *scan.p != '\\'; scan.p++)
			;
		buf_add(out, from, (size_t)(scan.p - from));
		if (!take_character(&scan, &c))
			return 0;
		out->n += encode(c, out->p + out->n);
	}
}

int json_read_bool(struct span value, bool *out)
{
	*out = span_is(value, "true");
	return *out || span_is(value, "false") ? 0 : -EINVAL;
}

int json_read_u64(struct span value, uint64_t *out)
{
	uint64_t number = 0;

	*out = 0;
	if (value.n == 0)
		return -EINVAL;
	for (size_t i = 0; i < value.n; i++) {
		unsigned int digit = (unsigned char)value.p[i] - (unsigned int)'0';

		if (digit > 9 || number > (UINT64_MAX - digit) / 10)
			return -EINVAL;
		number = number * 10 + digit;
	}
	*out = number;
	return 0;
}

int json_read_i64(struct span value, int64_t *out)
{
	bool negative = value.n > 0 && value.p[0] == '-';
	uint64_t number, most = (uint64_t)INT64_MAX + negative;

	*out = 0;
	if (negative)
		value = (struct span){ value.p + 1, value.n - 1 };
	if (json_read_u64(value, &number) || number > most)
		return -EINVAL;
	*out = negative ? (int64_t)(0 - number) : (int64_t)number;
	return 0;
}

struct span json_items(struct span array)
{
	if (array.n < 2 || array.p[0] != '[')
		return (struct span){ NULL, 0 };
	return (struct span){ array.p + 1, array.n - 2 };
}

bool json_next(struct span *items, struct span *value)
{
	struct scan scan;
	bool found;

	*value = (struct span){ NULL, 0 };
	if (items->n == 0)
		return false;
	scan = (struct scan){ items->p, items->p + items->n };
	skip_blanks(&scan);
	if (skip_byte(&scan, ','))
		skip_blanks(&scan);
	value->p = scan.p;
	found = scan.p < scan.end && skip_value(&scan, 0) == 0;
	value->n = found ? (size_t)(scan.p - value->p) : 0;
	items->p = scan.p;
	items->n = found ? (size_t)(scan.end - scan.p) : 0;
	return found;
}
