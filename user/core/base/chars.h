/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_CHARS_H
#define LOCKSTEP_CHARS_H

#include "core/base/span.h"

/* Classes of ASCII, whatever the locale; ctype.h asks the locale. */
static inline bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline bool is_upper(char c)
{
	return c >= 'A' && c <= 'Z';
}

static inline bool is_letter(char c)
{
	return is_upper(c) || (c >= 'a' && c <= 'z');
}

static inline bool is_alnum(char c)
{
	return is_letter(c) || is_digit(c);
}

static inline bool is_lower_hex(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'f');
}

static inline bool is_hex(char c)
{
	return is_lower_hex(c) || (c >= 'A' && c <= 'F');
}

static inline char ascii_lower(char c)
{
	return is_upper(c) ? (char)(c + 'a' - 'A') : c;
}

/* Writes the n bytes as 2 * n lower-case hex digits and a NUL. */
static inline void ascii_hex(char *out, const unsigned char *bytes, size_t n)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < n; i++) {
		*out++ = digits[bytes[i] >> 4];
		*out++ = digits[bytes[i] & 15];
	}
	*out = '\0';
}

/* One of the characters of `set`; NUL is not one of any. */
static inline bool is_one_of(char c, const char *set)
{
	return c && strchr(set, c);
}

/* Not empty, and `is` of every byte. */
static inline bool span_all(struct span text, bool (*is)(char c))
{
	for (size_t i = 0; i < text.n; i++) {
		if (!is(text.p[i]))
			return false;
	}
	return text.n > 0;
}

#endif
