/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_NAMES_H
#define LOCKSTEP_NAMES_H

#include <stddef.h>
#include <stdint.h>

/* A set of names, numbered from 0 in the order in which they came. Borrows the strings. */
struct names {
	const char **v;
	size_t n, cap;
	uint32_t *table; /* open addressing: number + 1, 0 empty */
	size_t table_n;
};

/* The number of `name`, which is added where it is new: *out == n of before. 0 or -ENOMEM. */
int names_add(struct names *names, const char *name, uint32_t *out);
/* The number of `name`, or -1. */
long names_find(const struct names *names, const char *name);
void names_free(struct names *names);

#endif
