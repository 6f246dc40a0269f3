/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "json.h"

#include "base64.h"
#include "text.h"
#include "unitext.h"

enum { DIGITS_MAX = 20 };

/* What of ASCII a string can't hold as it is; everything from 0x80 on is looked at by character. */
static const unsigned char special[256] = {
	[0x00 ... 0x1f] = 1, ['"'] = 1, ['\\'] = 1, [0x7f ... 0xff] = 1,
};

/* Where to write `n` more bytes, or NULL. Inline: a line is some fifty members. */
static inline char *room(struct buf *out, size_t n)
{
	if (!out->failed && n <= out->cap - out->n)
		return out->p + out->n;
	return buf_reserve(out, n) ? NULL : out->p + out->n;
}

/* Says that what was written up to `end` counts. */
static inline void wrote(struct buf *out, const char *end)
{
	out->n = (size_t)(end - out->p);
}

/* Comma where one is due, key and colon, and room for `more` bytes behind them. NULL: no memory. */
static inline char *lead(struct buf *out, const char *key, size_t more)
{
	size_t n = key ? strlen(key) : 0;
	char *p = room(out, n + 4 + more);

	if (!p)
		return NULL;
	if (out->n > 0 && p[-1] != '{' && p[-1] != '[')
		*p++ = ',';
	if (key) {
		*p++ = '"';
		memcpy(p, key, n);
		p += n;
		*p++ = '"';
		*p++ = ':';
	}
	return p;
}

static void put(struct buf *out, const char *key, const char *token, size_t n)
{
	char *p = lead(out, key, n);

	if (!p)
		return;
	memcpy(p, token, n);
	wrote(out, p + n);
}

void json_begin(struct buf *out)
{
	buf_addc(out, '{');
}

void json_open(struct buf *out, const char *key, char bracket)
{
	put(out, key, &bracket, 1);
}

void json_close(struct buf *out, char bracket)
{
	buf_addc(out, bracket);
}

static void add_unit(struct buf *out, uint32_t unit)
{
	static const char hex[] = "0123456789abcdef";
	const char text[] = { '\\', 'u', hex[unit >> 12 & 15], hex[unit >> 8 & 15], hex[unit >> 4 & 15],
			      hex[unit & 15] };

	buf_add(out, text, sizeof(text));
}

static void add_ascii_escape(struct buf *out, unsigned char c)
{
	static const char letters[128] = {
		['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n',   ['\f'] = 'f',
		['\r'] = 'r', ['"'] = '"',  ['\\'] = '\\',
	};

	if (!letters[c]) {
		add_unit(out, c);
		return;
	}
	buf_addc(out, '\\');
	buf_addc(out, letters[c]);
}

/* Writes the character at the start of `rest`; returns its bytes, or 0 when it is none. */
static size_t add_character(struct buf *out, struct span rest)
{
	uint32_t c;
	size_t n = unitext_decode(rest, &c);

	if (n == 0)
		buf_adds(out, "\xef\xbf\xbd");
	else if (n == 1)
		add_ascii_escape(out, (unsigned char)c);
	else if (!text_is_hidden(c))
		buf_add(out, rest.p, n);
	else if (c < 0x10000)
		add_unit(out, c);
	else {
		add_unit(out, 0xd800 + ((c - 0x10000) >> 10));
		add_unit(out, 0xdc00 + ((c - 0x10000) & 0x3ff));
	}
	return n;
}

/* What follows the plain bytes at the start of a text, up to its end and the closing quote. */
static bool add_rest(struct buf *out, struct span text)
{
	bool exact = true;
	size_t i = 0, from;

	while (i < text.n) {
		size_t n = add_character(out, (struct span){ text.p + i, text.n - i });

		exact = exact && n > 0;
		i += n ? n : 1;
		for (from = i; i < text.n && !special[(unsigned char)text.p[i]]; i++)
			;
		buf_add(out, text.p + from, i - from);
	}
	buf_addc(out, '"');
	return exact;
}

bool json_text(struct buf *out, const char *key, struct span text)
{
	char *p = lead(out, key, text.n + 2);
	size_t i = 0;

	if (!p)
		return true;
	*p++ = '"';
	while (i < text.n && !special[(unsigned char)text.p[i]])
		i++;
	if (i > 0)
		memcpy(p, text.p, i);
	p += i;
	if (i == text.n) {
		*p++ = '"';
		wrote(out, p);
		return true;
	}
	wrote(out, p);
	return add_rest(out, (struct span){ text.p + i, text.n - i });
}

void json_base64(struct buf *out, const char *key, struct span bytes)
{
	put(out, key, "\"", 1);
	base64_encode(out, bytes);
	buf_addc(out, '"');
}

void json_cstr(struct buf *out, const char *key, const char *text)
{
	if (text)
		json_text(out, key, span_of(text));
	else
		json_null(out, key);
}

size_t json_digits(uint64_t value, char *out)
{
	char text[DIGITS_MAX];
	size_t at = DIGITS_MAX;

	do {
		text[--at] = (char)('0' + value % 10);
		value /= 10;
	} while (value);
	memcpy(out, text + at, DIGITS_MAX - at);
	return DIGITS_MAX - at;
}

void json_u64(struct buf *out, const char *key, uint64_t value)
{
	char *p = lead(out, key, DIGITS_MAX);

	if (p)
		wrote(out, p + json_digits(value, p));
}

void json_i64(struct buf *out, const char *key, int64_t value)
{
	char *p = lead(out, key, DIGITS_MAX + 1);

	if (!p)
		return;
	if (value < 0)
		*p++ = '-';
	wrote(out, p + json_digits(value < 0 ? 0 - (uint64_t)value : (uint64_t)value, p));
}

void json_bool(struct buf *out, const char *key, bool value)
{
	put(out, key, value ? "true" : "false", value ? 4 : 5);
}

void json_null(struct buf *out, const char *key)
{
	put(out, key, "null", 4);
}

void json_raw(struct buf *out, const char *key, const char *json)
{
	put(out, key, json, strlen(json));
}
