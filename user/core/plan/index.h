/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_PLAN_INDEX_H
#define LOCKSTEP_PLAN_INDEX_H

#include "core/plan/plan.h"

/*
 * The rules of a plan by the last components of what their programs are called, so that an exec
 * that no rule approves is explained without a look at all of them. Immutable.
 */
struct plan_index;

/* Of a plan whose rules are there. 0 or -ENOMEM; *out for plan_index_free(). */
int plan_index_build(const struct plan *plan, struct plan_index **out);
void plan_index_free(struct plan_index *index);

/*
 * Calls `each` with the rules for a step's own run whose program has that last component in its
 * name, its path or one of its texts, program by program, and of a program in the order of the
 * plan's steps. Where `each` returns true the program's other rules are left out. Without an index:
 * none.
 */
void plan_index_each(const struct plan *plan, struct span base,
		     bool (*each)(void *ctx, const struct rule *rule), void *ctx);

#endif
