/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/base/json.h"

#include "core/base/base64.h"
#include "core/base/text.h"
#include "core/base/unitext.h"

enum { DIGITS_MAX = 20 };

/* What of ASCII a string can't hold as it is; everything from 0x80 on is looked at by character. */
static const unsigned char special[256] = {
	[0x00 ... 0x1f] = 1,
	['"'] = 1,
	['\\'] = 1,
	[0x7f ... 0xff] = 1,
};

void json_begin(struct buf *out)
{
	buf_addc(out, '{');
}

void json_close(struct buf *out, char bracket)
{
	buf_addc(out, bracket);
}

static void add_unit(struct buf *out, uint32_t unit)
{
	static const char hex[] = "0123456789abcdef";
	const char text[] = {
		'\\',          'u', hex[unit >> 12 & 15], hex[unit >> 8 & 15], hex[unit >> 4 & 15],
		hex[unit & 15]
	};

	buf_add(out, text, sizeof(text));
}

static void add_ascii_escape(struct buf *out, unsigned char c)
{
	static const char letters[128] = {
		['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n',  ['\f'] = 'f',
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

/*
 * A set bit for a byte of the word that `special` has, or none where there is none: what borrows
 * and carries do above the first such byte is no matter ("Bit Twiddling Hacks", haszero and
 * hasless).
 */
static inline uint64_t has_special(uint64_t word)
{
	const uint64_t ones = 0x0101010101010101u, high = ones << 7;
	uint64_t quote = word ^ ones * '"', backslash = word ^ ones * '\\';

	return (((word - ones * 0x20) & ~word) | ((quote - ones) & ~quote) |
		((backslash - ones) & ~backslash) | (word + ones) | word) &
	       high;
}

/*
 * Copies the plain bytes at the start of a text, by words: an argument's bytes pass here, and few
 * are special. Returns how many; `out` has room for all of the text.
 */
static inline size_t copy_plain(char *out, struct span text)
{
	uint64_t word;
	size_t i = 0;

	for (; text.n - i >= 8; i += 8) {
		memcpy(&word, text.p + i, 8);
		if (has_special(word))
			break;
		memcpy(out + i, &word, 8);
	}
	/* The rest with some of what is known to be plain, as one word more. */
	if (i > 0 && i < text.n && text.n - i < 8) {
		memcpy(&word, text.p + text.n - 8, 8);
		if (!has_special(word)) {
			memcpy(out + text.n - 8, &word, 8);
			return text.n;
		}
	}
	if (i == 0 && text.n >= 4 && text.n < 8) {
		uint32_t first, last;

		memcpy(&first, text.p, 4);
		memcpy(&last, text.p + text.n - 4, 4);
		if (!has_special((uint64_t)first << 32 | last)) {
			memcpy(out, &first, 4);
			memcpy(out + text.n - 4, &last, 4);
			return text.n;
		}
	}
	for (; i < text.n && !special[(unsigned char)text.p[i]]; i++)
		out[i] = text.p[i];
	return i;
}

bool json_put_text(struct buf *out, char *p, struct span text)
{
	size_t i;

	*p++ = '"';
	i = copy_plain(p, text);
	p += i;
	if (i == text.n) {
		*p++ = '"';
		json_wrote(out, p);
		return true;
	}
	json_wrote(out, p);
	return add_rest(out, (struct span){ text.p + i, text.n - i });
}

void json_base64(struct buf *out, const char *key, struct span bytes)
{
	json_token(out, key, "\"", 1);
	base64_encode(out, bytes);
	buf_addc(out, '"');
}

static size_t digits_of(uint64_t value)
{
	size_t n = 1;

	for (; value >= 10000; value /= 10000)
		n += 4;
	return n + (value >= 10) + (value >= 100) + (value >= 1000);
}

/* Two at a time: the division is what it costs. */
size_t json_digits(uint64_t value, char *out)
{
	static const char pairs[] = "00010203040506070809101112131415161718192021222324"
				    "25262728293031323334353637383940414243444546474849"
				    "50515253545556575859606162636465666768697071727374"
				    "75767778798081828384858687888990919293949596979899";
	size_t n = digits_of(value), at = n;

	while (value >= 100) {
		memcpy(out + (at -= 2), pairs + value % 100 * 2, 2);
		value /= 100;
	}
	if (value >= 10)
		memcpy(out, pairs + value * 2, 2);
	else
		out[0] = (char)('0' + value);
	return n;
}

void json_i64(struct buf *out, const char *key, int64_t value)
{
	char *p = json_lead(out, key, DIGITS_MAX + 1);

	if (!p)
		return;
	if (value < 0)
		*p++ = '-';
	json_wrote(out, p + json_digits(value < 0 ? 0 - (uint64_t)value : (uint64_t)value, p));
}
