/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_TICKET_DIFF_PART_H
#define LOCKSTEP_TICKET_DIFF_PART_H

#include "core/match/product.h"
#include "core/review/diff/ticket_diff.h"

/* The parts of ticket_diff(): diff/head.c and diff/meets.c. */

/* Who, where, when, by how many approved, and what is allowed to every step. 0, -E2BIG, -ENOMEM. */
int ticket_diff_head(const struct plan *was, const struct plan *is, ticket_diff_tell tell,
		     void *ctx);

/* The rules of an accept set. */
struct rules {
	const uint32_t *v;
	size_t n;
};

/* Every two sets that approve one action, and where each step of `is` is in them. */
struct meets {
	const struct plan *was, *is;
	struct product product;
	/* Step s, its run (0) or its children (1): [starts[2 * s + child] .. next) of. */
	uint32_t *starts;
	uint32_t *of; /* numbers of product.meets, ascending */
	uint64_t work;
};

enum { MEETS_NO_NODE = UINT32_MAX };

/* 0, -E2BIG, -ENOMEM; to be freed in any case. */
int meets__make(struct meets *meets, const struct plan *was, const struct plan *is);
void meets__free(struct meets *meets);
/* The rules of `is`, or of `was`, at a meeting. */
struct rules meets__has(const struct meets *meets, size_t meet);
struct rules meets__had(const struct meets *meets, size_t meet);
/* Counts rules that are looked at: 0, or -E2BIG when it is enough. */
int meets__work(struct meets *meets, size_t rules);
/*
 * The first action that is the run of step `is` (child: one of its children), and not of step
 * `was`: a node of the product, or MEETS_NO_NODE. 0 or -E2BIG.
 */
int meets__beyond(struct meets *meets, uint32_t was, uint32_t is, bool child, uint32_t *node);

#endif
