/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_PAIR_SET_H
#define LOCKSTEP_PAIR_SET_H

#include <stdbool.h>

#include "core/base/table.h"

/* A set of pairs of numbers. The zero value is empty. */
struct pair_set {
	uint64_t *v; /* first << 32 | second */
	size_t n, cap;
	struct table table;
};

/* Adds a pair; *fresh: it was not there. 0 or -ENOMEM. */
int pair_set_add(struct pair_set *set, uint32_t first, uint32_t second, bool *fresh);
bool pair_set_has(const struct pair_set *set, uint32_t first, uint32_t second);
void pair_set_free(struct pair_set *set);

#endif
