/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_SPAN_H
#define LOCKSTEP_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* Borrowed bytes: never a C string, may hold NUL. Valid as long as what it was cut from. */
struct span {
	const char *p;
	size_t n;
};

static inline struct span span_of(const char *text)
{
	return (struct span){ text, text ? strlen(text) : 0 };
}

static inline bool span_eq(struct span a, struct span b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static inline bool span_is(struct span a, const char *text)
{
	return span_eq(a, span_of(text));
}

#endif
