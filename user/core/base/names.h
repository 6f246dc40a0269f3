/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_NAMES_H
#define LOCKSTEP_NAMES_H

#include "core/base/table.h"

/* A set of names, numbered from 0 in the order in which they were added. Borrows the strings. */
struct names {
	const char **v;
	size_t n, cap;
	struct table table;
};

/* *out is the number of `name`; a new one is added, as number n. 0 or -ENOMEM. */
int names_add(struct names *names, const char *name, uint32_t *out);
/* The number of `name`, or -1. */
long names_find(const struct names *names, const char *name);
void names_free(struct names *names);

#endif
