/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_LOOSE_H
#define LOCKSTEP_LOOSE_H

#include "core/judge/judge.h"

/* The acts of a session that no step explains: the first LOOSE_ACTS_MAX, for its reconciliation. */
struct loose_acts {
	struct loose_act *v;
	size_t n, cap;
};

/* Does nothing when full, or without memory: the totals are counted elsewhere. */
void loose_acts_add(struct loose_acts *acts, const struct event *event,
		    const struct judgement *judgement);
void loose_acts_free(struct loose_acts *acts);

#endif
