/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/base/buf.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define BUF_MIN 256

int buf_reserve(struct buf *buf, size_t n)
{
	size_t cap = buf->cap ? buf->cap : BUF_MIN;
	char *p;

	if (buf->failed)
		return -ENOMEM;
	if (n <= buf->cap - buf->n)
		return 0;
	while (n > cap - buf->n) {
		if (cap > SIZE_MAX / 2)
			goto fail;
		cap *= 2;
	}
	p = realloc(buf->p, cap);
	if (!p)
		goto fail;
	buf->p = p;
	buf->cap = cap;
	return 0;
fail:
	buf->failed = true;
	return -ENOMEM;
}

void buf_add(struct buf *buf, const void *p, size_t n)
{
	if (n == 0 || buf_reserve(buf, n))
		return;
	memcpy(buf->p + buf->n, p, n);
	buf->n += n;
}

void buf_addc(struct buf *buf, char c)
{
	buf_add(buf, &c, 1);
}

void buf_adds(struct buf *buf, const char *text)
{
	buf_add(buf, text, strlen(text));
}

void buf_addf(struct buf *buf, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0 || buf_reserve(buf, (size_t)n + 1))
		return;
	va_start(ap, fmt);
	vsnprintf(buf->p + buf->n, (size_t)n + 1, fmt, ap);
	va_end(ap);
	buf->n += (size_t)n;
}

void buf_reset(struct buf *buf)
{
	buf->n = 0;
	buf->failed = false;
}

void buf_free(struct buf *buf)
{
	free(buf->p);
	*buf = (struct buf){ 0 };
}
