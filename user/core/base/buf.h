/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_BUF_H
#define LOCKSTEP_BUF_H

#include <stdbool.h>
#include <stddef.h>

#include "core/base/span.h"

/*
 * A growable run of bytes. A failed allocation makes it sticky: `failed` is set, later appends do
 * nothing, and the caller checks once at the end. The zero value is an empty buffer.
 */
struct buf {
	char *p;
	size_t n;
	size_t cap;
	bool failed;
};

void buf_add(struct buf *buf, const void *p, size_t n);
void buf_addc(struct buf *buf, char c);
void buf_adds(struct buf *buf, const char *text);
void buf_addf(struct buf *buf, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Makes room for `n` more bytes, so that the next appends of as many can't fail. 0 or -ENOMEM. */
int buf_reserve(struct buf *buf, size_t n);
void buf_reset(struct buf *buf); /* empties it, keeps the memory, clears `failed` */
void buf_free(struct buf *buf);

static inline struct span buf_span(const struct buf *buf)
{
	return (struct span){ buf->p, buf->n };
}

#endif
