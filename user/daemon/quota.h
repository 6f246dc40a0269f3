/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_DAEMON_QUOTA_H
#define LOCKSTEP_DAEMON_QUOTA_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * Whether a socket takes one more client of `uid`, when it has `clients` of whom `own` are of that
 * uid. One user may not take every place, and root always finds one: as many again are kept for it.
 */
static inline bool quota_allows(unsigned int max, unsigned int clients, unsigned int own, uid_t uid)
{
	if (uid == 0)
		return clients < 2 * max;
	return clients < max && own < (max + 3) / 4;
}

#endif
