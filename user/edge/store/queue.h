/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_STORE_QUEUE_H
#define LOCKSTEP_STORE_QUEUE_H

#include "core/base/buf.h"
#include "edge/store/store.h"

/*
 * Rows on their way to the disk, packed one behind the other: what the producer fills and what the
 * writer takes as one batch. No lock of its own.
 */
struct store_queue {
	struct store_queue *next; /* see store_backlog */
	struct buf bytes;
	size_t rows;
	uint64_t first, last; /* seq of the first and last event in it, 0: none */
	uint64_t mark;        /* see store__mark(); valid where marked */
	bool marked;
	bool begins;  /* the first row in it begins a new file */
	bool hurried; /* see store__hurry() */
};

enum queue_kind { QUEUE_EVENT, QUEUE_TICKET, QUEUE_RESUME };

struct queue_item {
	enum queue_kind kind;
	struct store_row row; /* an event; of a resume only .session */
	const char *key;      /* a ticket's SHA-256; what of a resume, NULL or "": it is over */
	const void *bytes;    /* of the latter two */
	size_t bytes_n;
};

/* 0 or -ENOMEM, with nothing added. */
int store_queue__add(struct store_queue *queue, const struct queue_item *item);
/* Walks from *off (start with 0): false at the end. *item borrows from the queue. */
bool store_queue__next(const struct store_queue *queue, size_t *off, struct queue_item *item);
void store_queue__reset(struct store_queue *queue); /* empties it; gives back what a burst took and
						       this filling did not need */
void store_queue__free(struct store_queue *queue);

/* Queues that are full, the oldest first, so that the writer need not take all as one batch. */
struct store_backlog {
	struct store_queue *first, *last;
	size_t bytes;
};

/*
 * put: *queue, which is empty then. 0 or -ENOMEM, with nothing changed. take: the oldest into *out,
 * whose memory of before is given back; false: there is none.
 */
int store_backlog__put(struct store_backlog *backlog, struct store_queue *queue);
bool store_backlog__take(struct store_backlog *backlog, struct store_queue *out);
void store_backlog__free(struct store_backlog *backlog);

#endif
