/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_JSON_H
#define LOCKSTEP_JSON_H

#include <stdint.h>

#include "buf.h"

/*
 * Writes canonical JSON (RFC 8259) into a buffer: no blanks, members in the order of the calls. The
 * comma is put where the byte before is the end of a value, so nothing has to be carried around.
 * `key` is a constant that needs no escaping; NULL: an element of an array. Failure is the buffer's.
 *
 * Strings: valid UTF-8 goes through; what text_is_hidden() names is written as \uXXXX (its surrogate
 * pair where needed), so that even a raw line does no harm on a terminal; each byte that is no part
 * of valid UTF-8 becomes U+FFFD.
 */
void json_begin(struct buf *out); /* an object by itself: never a comma before it */
void json_open(struct buf *out, const char *key, char bracket); /* '{' or '[' */
void json_close(struct buf *out, char bracket);			/* '}' or ']' */

/* Returns whether the text was valid UTF-8, that is, whether the line holds it exactly. */
bool json_text(struct buf *out, const char *key, struct span text);
void json_base64(struct buf *out, const char *key, struct span bytes);
void json_cstr(struct buf *out, const char *key, const char *text); /* NULL text: null */
void json_u64(struct buf *out, const char *key, uint64_t value);
void json_i64(struct buf *out, const char *key, int64_t value);
void json_bool(struct buf *out, const char *key, bool value);
void json_null(struct buf *out, const char *key);
/* A value that is canonical JSON already. */
void json_raw(struct buf *out, const char *key, const char *json);

/* Decimal digits of `value` into `out` (at least 20 bytes), without NUL; returns how many. */
size_t json_digits(uint64_t value, char *out);

#endif
