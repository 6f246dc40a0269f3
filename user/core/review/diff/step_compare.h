/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_STEP_COMPARE_H
#define LOCKSTEP_STEP_COMPARE_H

#include "core/base/buf.h"
#include "core/plan/plan.h"
#include "core/ticket/keys.h"

/*
 * What a step allows, its commands aside, and another step does not: key by key. Where it can't be
 * told without trying every value (a destination within two others together, a write that only some
 * programs are held to), it counts as more: "no more" is never said wrongly. Of children, `any` is
 * compared with less; two lists are the caller's to compare.
 */
#define STEP_KEY_BIT(key) (1u << (key))

/* A step in its plan. */
struct placed_step {
	const struct plan *plan;
	const struct step *step;
};

/*
 * *keys: the STEP_KEY_BIT()s of what `has` allows and `had` did not. 0, -E2BIG (patterns), -ENOMEM.
 */
int step_compare(struct placed_step had, struct placed_step has, unsigned int *keys);
/* The first destination that `has` has and none of the n lists covers; NULL: no such one. */
const struct dest *step_compare_dest(const struct dests *const *lists, size_t n,
				     const struct dests *has);
/* The first pattern with a path that none of the n lists has. 0, -E2BIG, -ENOMEM. */
int step_compare_pattern(const struct patterns *const *lists, size_t n, const struct patterns *has,
			 const struct word **out);
/* Appends what a step says of a key. */
void step_key_value(const struct step *step, enum step_key key, struct buf *out);

#endif
