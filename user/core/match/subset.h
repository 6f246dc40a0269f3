/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_SUBSET_H
#define LOCKSTEP_SUBSET_H

#include <errno.h>

#include "core/base/grow.h"
#include "core/base/table.h"
#include "core/match/nfa.h"
#include "core/match/place.h"

/*
 * The states of the subset construction. An item is an instruction that may be the next to take a
 * byte, and the place in which it is: pc << PLACE_BITS | place. A state is a sorted set of items,
 * kept once; state 0 is the empty set.
 */
enum { PLACE_BITS = 4 };

struct items {
	uint32_t *v;
	size_t n, cap;
};

struct state {
	uint32_t first, n; /* its items, in `pool` */
	uint32_t row;      /* the caller's */
};

struct subset {
	const struct nfa *nfa;
	struct items pool; /* the items of all states */
	struct state *states;
	size_t states_n, states_cap;
	struct table table; /* states by their sets */
	/* States to visit, a stack: depth first keeps a chain of states together. */
	struct items todo;
	struct items set, stack, touched; /* of the set in hand */
	uint16_t *marked; /* per instruction: places that the set in hand has seen */
	uint64_t work;    /* steps taken */
};

int subset__init(struct subset *subset, const struct nfa *nfa); /* 0 or -ENOMEM; free in any case */
void subset__free(struct subset *subset);

/* Empties the set in hand. */
void subset__begin(struct subset *subset);
/* Adds an item and all that is reached from it without a byte. 0 or -ENOMEM. */
int subset__add(struct subset *subset, uint32_t item);
/* The number of the state that is the set in hand; a new one goes on `todo`. 0, -E2BIG, -ENOMEM. */
int subset__intern(struct subset *subset, uint32_t *out);

static inline int items_add(struct items *items, uint32_t item)
{
	if (grow_to(items->v, items->cap, items->n + 1))
		return -ENOMEM;
	items->v[items->n++] = item;
	return 0;
}

/* Ascending. */
void items_sort(uint32_t *v, size_t n);

static inline uint32_t item_of(size_t pc, enum place place)
{
	return (uint32_t)(pc << PLACE_BITS | place);
}

static inline size_t item_pc(uint32_t item)
{
	return item >> PLACE_BITS;
}

static inline enum place item_place(uint32_t item)
{
	return item & ((1u << PLACE_BITS) - 1);
}

#endif
