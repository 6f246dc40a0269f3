/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_ERR_H
#define LOCKSTEP_ERR_H

#include <stdbool.h>
#include <stddef.h>

/*
 * One thing that is wrong with an input. A parser fills it and returns -errno; it never prints.
 * line and column count from 1; 0 means that the input has none. The message is lower case, without
 * a full stop, says what was expected and what was found, and holds no raw control bytes.
 */
struct err {
	char message[400];
	unsigned int line;
	unsigned int column;
};

/* Fills *err (NULL is allowed) and returns `code` (a -errno), so that a parser can return it. */
int err_set(struct err *err, int code, unsigned int line, unsigned int column, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));

/* What is wrong with one input, in the order in which it was found. The zero value is empty. */
enum { ERRS_MAX = 20 };

struct errs {
	struct err v[ERRS_MAX];
	size_t n;
	bool more; /* at least one that found no room */
};

/* Appends, as err_set() fills, and returns `code`; a full list only notes that there is more. */
int errs_add(struct errs *errs, int code, unsigned int line, unsigned int column, const char *fmt,
	     ...) __attribute__((format(printf, 5, 6)));
/* Empties the list (NULL is allowed), without a look at what it held. */
void errs_reset(struct errs *errs);

#endif
