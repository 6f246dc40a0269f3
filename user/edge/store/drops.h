/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_STORE_DROPS_H
#define LOCKSTEP_STORE_DROPS_H

#include "edge/store/queue.h"

/*
 * What was dropped of which session, until somebody asks: one entry a session, however many rows,
 * for each stretch of time in which nothing was stored. No lock of its own.
 */
struct store_drop {
	char session[32]; /* "": of sessions that there was no memory to tell apart */
	uint64_t first, last, count;
	unsigned int turn;
};

struct store_drops {
	struct store_drop *of;
	size_t n, cap;
	struct store_drop rest;
	unsigned int turn;
};

void store_drops__add(struct store_drops *drops, const struct store_row *row);
void store_drops__add_all(struct store_drops *drops, const struct store_queue *queue);
/*
 * Something was stored: what is dropped from now on has entries of its own, so that no range holds
 * both.
 */
void store_drops__stored(struct store_drops *drops);
void store_drops__free(struct store_drops *drops); /* and empties it */

#endif
