/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "edge/store/drops.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/grow.h"

/* From the end: the rows of one session stand together, mostly. */
static struct store_drop *find(struct store_drops *drops, const char *session)
{
	struct store_drop *moved;

	for (size_t i = drops->n; i > 0; i--) {
		if (drops->of[i - 1].turn == drops->turn &&
		    strcmp(drops->of[i - 1].session, session) == 0)
			return &drops->of[i - 1];
	}
	moved = strlen(session) < sizeof(moved->session)
			? grow_array(drops->of, &drops->cap, drops->n + 1, sizeof(*moved))
			: NULL;
	if (!moved)
		return &drops->rest;
	drops->of = moved;
	moved += drops->n++;
	*moved = (struct store_drop){ .turn = drops->turn };
	snprintf(moved->session, sizeof(moved->session), "%s", session);
	return moved;
}

void store_drops__add(struct store_drops *drops, const struct store_row *row)
{
	struct store_drop *drop;

	if (!row->sseq)
		return;
	drop = find(drops, row->session);
	if (!drop->count || row->sseq < drop->first)
		drop->first = row->sseq;
	if (row->sseq > drop->last)
		drop->last = row->sseq;
	drop->count++;
}

void store_drops__add_all(struct store_drops *drops, const struct store_queue *queue)
{
	struct queue_item item;
	size_t off = 0;

	while (store_queue__next(queue, &off, &item))
		store_drops__add(drops, &item.row);
}

void store_drops__stored(struct store_drops *drops)
{
	if (drops->n)
		drops->turn++;
}

void store_drops__free(struct store_drops *drops)
{
	free(drops->of);
	*drops = (struct store_drops){ 0 };
}
