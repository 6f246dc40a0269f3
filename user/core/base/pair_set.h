/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_PAIR_SET_H
#define LOCKSTEP_PAIR_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A set of pairs of numbers, in no pair both 0. The zero value is empty. */
struct pair_set {
	uint64_t *table; /* open addressing: 0 empty */
	size_t table_n;  /* 0 or a power of two */
	size_t n;
};

/* Adds a pair; *fresh: it was not there. 0 or -ENOMEM. */
int pair_set_add(struct pair_set *set, uint32_t first, uint32_t second, bool *fresh);
bool pair_set_has(const struct pair_set *set, uint32_t first, uint32_t second);
void pair_set_free(struct pair_set *set);

#endif
