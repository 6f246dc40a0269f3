/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_UNEXPLAINED_H
#define LOCKSTEP_UNEXPLAINED_H

#include "core/judge/judge.h"

/*
 * The acts of a session that no step explains: the first UNEXPLAINED_ACTS_MAX, for its
 * reconciliation.
 */
struct unexplained_acts {
	struct unexplained_act *v;
	size_t n, cap;
};

/* Does nothing when full, or without memory: the totals are counted elsewhere. */
void unexplained_acts_add(struct unexplained_acts *acts, const struct event *event,
			  const struct judgement *judgement);
void unexplained_acts_free(struct unexplained_acts *acts);

#endif
