/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_PRODUCT_H
#define LOCKSTEP_PRODUCT_H

#include "core/base/buf.h"
#include "core/base/pair_set.h"
#include "lockstep/automaton.h"

/*
 * Two automata, A and B, walked side by side over everything that B can read: breadth first, so
 * that what is met first is met by the shortest action. An action with an empty argument comes
 * after all those that have none, for it is hard to read and seldom what is meant.
 */
enum { PRODUCT_NODES_MAX = 1 << 20 }; /* pairs of states: 40 MiB */

struct product_node {
	uint32_t a, b; /* states; a 0: A is dead, B never is */
	uint32_t parent;
	unsigned char byte; /* that led here */
};

/* An accept set of B and the one that A has for the same action (0: none), each pair once. */
struct product_meet {
	uint32_t a_set, b_set;
	uint32_t node; /* the first such action */
};

struct product {
	const struct ls_automaton *a, *b;
	struct product_node *nodes;
	size_t nodes_n, nodes_cap;
	struct product_meet *meets; /* shortest first */
	size_t meets_n, meets_cap;
	uint32_t *deferred; /* nodes whose next argument may be empty */
	size_t deferred_n, deferred_cap;
	struct pair_set seen, met;
	unsigned char bytes[256]; /* one of each class, those that read best first */
	unsigned int bytes_n;
};

/*
 * Either may be NULL, which reads nothing. 0; -E2BIG beyond PRODUCT_NODES_MAX; -ENOMEM. To be freed
 * in any case.
 */
int product__walk(struct product *product, const struct ls_automaton *a,
		  const struct ls_automaton *b);
/* Appends the bytes that lead to a node. */
void product__action(const struct product *product, uint32_t node, struct buf *out);
void product__free(struct product *product);

#endif
