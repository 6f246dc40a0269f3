/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_STORE_DROPS_H
#define LOCKSTEP_STORE_DROPS_H

#include "store_queue.h"

/*
 * What was dropped of which session, until somebody asks: one entry a session, however many rows.
 * No lock of its own.
 */
struct store_drop {
	char session[32]; /* "": of sessions that there was no memory to tell apart */
	uint64_t first, last, count;
};

struct store_drops {
	struct store_drop *of;
	size_t n, cap;
	struct store_drop rest;
};

void store_drops__add(struct store_drops *drops, const struct store_row *row);
void store_drops__add_all(struct store_drops *drops, const struct store_queue *queue);
void store_drops__free(struct store_drops *drops); /* and empties it */

#endif
