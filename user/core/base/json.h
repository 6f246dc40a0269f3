/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_JSON_H
#define LOCKSTEP_JSON_H

#include <stdint.h>

#include "core/base/buf.h"

/*
 * Writes canonical JSON (RFC 8259) into a buffer: no blanks, members in the order of the calls. The
 * comma is put where the byte before is the end of a value, so nothing has to be carried around.
 * `key` is a constant that needs no escaping; NULL: an element of an array. Failure is the
 * buffer's.
 *
 * Strings: valid UTF-8 goes through; what text_is_hidden() names is written as \uXXXX (its
 * surrogate pair where needed), so that even a raw line does no harm on a terminal; each byte that
 * is no part of valid UTF-8 becomes U+FFFD.
 */
void json_begin(struct buf *out);               /* an object by itself: never a comma before it */
void json_close(struct buf *out, char bracket); /* '}' or ']' */

/* Decimal digits of `value` into `out` (at least 20 bytes), without NUL; returns how many. */
size_t json_digits(uint64_t value, char *out);

/*
 * Comma where one is due, key and colon, and room for `more` bytes behind them. NULL: no memory.
 * Like all that follows inline: a line is some fifty members, and of a literal key the compiler
 * knows the length and the bytes.
 */
static inline char *json_lead(struct buf *out, const char *key, size_t more)
{
	size_t n = key ? strlen(key) : 0;
	char *p;

	if ((out->failed || n + 4 + more > out->cap - out->n) && buf_reserve(out, n + 4 + more))
		return NULL;
	p = out->p + out->n;
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

/* What was written behind json_lead() ends here. */
static inline void json_wrote(struct buf *out, const char *end)
{
	out->n = (size_t)(end - out->p);
}

/* The value behind json_lead(), which had room for text.n + 2. */
bool json_put_text(struct buf *out, char *p, struct span text);

static inline void json_token(struct buf *out, const char *key, const char *token, size_t n)
{
	char *p = json_lead(out, key, n);

	if (!p)
		return;
	memcpy(p, token, n);
	json_wrote(out, p + n);
}

static inline void json_open(struct buf *out, const char *key, char bracket) /* '{' or '[' */
{
	json_token(out, key, &bracket, 1);
}

/* Returns whether the text was valid UTF-8, that is, whether the line holds it exactly. */
static inline bool json_text(struct buf *out, const char *key, struct span text)
{
	char *p = json_lead(out, key, text.n + 2);

	return !p || json_put_text(out, p, text);
}

static inline void json_u64(struct buf *out, const char *key, uint64_t value)
{
	char *p = json_lead(out, key, 20);

	if (p)
		json_wrote(out, p + json_digits(value, p));
}

static inline void json_bool(struct buf *out, const char *key, bool value)
{
	if (value)
		json_token(out, key, "true", 4);
	else
		json_token(out, key, "false", 5);
}

static inline void json_null(struct buf *out, const char *key)
{
	json_token(out, key, "null", 4);
}

static inline void json_cstr(struct buf *out, const char *key,
			     const char *text) /* NULL text: null */
{
	if (text)
		json_text(out, key, span_of(text));
	else
		json_null(out, key);
}

/* A value that is canonical JSON already. */
static inline void json_raw(struct buf *out, const char *key, const char *json)
{
	json_token(out, key, json, strlen(json));
}

void json_i64(struct buf *out, const char *key, int64_t value);
void json_base64(struct buf *out, const char *key, struct span bytes);

#endif
