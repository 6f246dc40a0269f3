/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_TICKET_DIFF_PART_H
#define LOCKSTEP_TICKET_DIFF_PART_H

#include "ticket_diff.h"

/* The parts of ticket_diff(), one file each. */

/* Who, where, when, by how many approved, and what is allowed to every step. 0, -E2BIG, -ENOMEM. */
int ticket_diff_head(const struct plan *was, const struct plan *is, ticket_diff_tell tell,
		     void *ctx);

static inline bool strings_have(const struct strings *strings, const char *text)
{
	for (size_t i = 0; i < strings->n; i++) {
		if (strcmp(strings->v[i], text) == 0)
			return true;
	}
	return false;
}

#endif
