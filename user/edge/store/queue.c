/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "edge/store/queue.h"

#include <errno.h>
#include <stdlib.h>

enum { KEEP_BYTES = 256 << 10, TEXTS = 5 };

/* What stands before the texts of one item; copied out, because the packing does not align it. */
struct packed {
	uint64_t seq, sseq;
	int64_t time_ns;
	size_t text_n[TEXTS]; /* with the NUL */
	size_t bytes_n;
	enum queue_kind kind;
};

static const char *or_empty(const char *text)
{
	return text ? text : "";
}

int store_queue__add(struct store_queue *queue, const struct queue_item *item)
{
	const struct store_row *row = &item->row;
	const char *texts[TEXTS] = { or_empty(row->session), or_empty(row->ticket),
				     or_empty(row->kind), or_empty(row->verdict),
				     or_empty(item->key) };
	struct packed packed = { row->seq, row->sseq, row->time_ns, { 0 }, 0, item->kind };
	bool event = item->kind == QUEUE_EVENT;
	size_t total = sizeof(packed);
	const void *bytes = event ? row->line : item->bytes;

	packed.bytes_n = event ? row->line_n : item->bytes_n;
	for (size_t i = 0; i < TEXTS; i++) {
		packed.text_n[i] = strlen(texts[i]) + 1;
		total += packed.text_n[i];
	}
	if (buf_reserve(&queue->bytes, total + packed.bytes_n)) {
		queue->bytes.failed = false; /* what is in it stays good */
		return -ENOMEM;
	}
	buf_add(&queue->bytes, &packed, sizeof(packed));
	for (size_t i = 0; i < TEXTS; i++)
		buf_add(&queue->bytes, texts[i], packed.text_n[i]);
	buf_add(&queue->bytes, bytes, packed.bytes_n);
	queue->begins = queue->rows ? queue->begins : row->begins;
	queue->rows++;
	if (event) {
		queue->first = queue->first ? queue->first : row->seq;
		queue->last = row->seq;
	}
	return 0;
}

bool store_queue__next(const struct store_queue *queue, size_t *off, struct queue_item *item)
{
	const char *p = queue->bytes.p + *off;
	const char *texts[TEXTS];
	struct packed packed;

	if (*off >= queue->bytes.n)
		return false;
	memcpy(&packed, p, sizeof(packed));
	p += sizeof(packed);
	for (size_t i = 0; i < TEXTS; i++) {
		texts[i] = p;
		p += packed.text_n[i];
	}
	*item = (struct queue_item){
		.kind = packed.kind,
		.row = { packed.seq, packed.time_ns, texts[0], texts[1], texts[2], texts[3],
			 packed.sseq, p, packed.bytes_n, false },
		.key = texts[4],
		.bytes = p,
		.bytes_n = packed.bytes_n,
	};
	*off = (size_t)(p - queue->bytes.p) + packed.bytes_n;
	return true;
}

void store_queue__reset(struct store_queue *queue)
{
	struct buf bytes = queue->bytes;

	/*
	 * Not in the middle of a burst: its pages would be cleared and mapped anew for each batch.
	 */
	if (bytes.cap > KEEP_BYTES && bytes.n <= KEEP_BYTES)
		buf_free(&bytes);
	buf_reset(&bytes);
	*queue = (struct store_queue){ .bytes = bytes };
}

void store_queue__free(struct store_queue *queue)
{
	buf_free(&queue->bytes);
}

int store_backlog__put(struct store_backlog *backlog, struct store_queue *queue)
{
	struct store_queue *full = malloc(sizeof(*full));

	if (!full)
		return -ENOMEM;
	*full = *queue;
	full->next = NULL;
	if (backlog->last)
		backlog->last->next = full;
	else
		backlog->first = full;
	backlog->last = full;
	backlog->bytes += full->bytes.n;
	*queue = (struct store_queue){ 0 };
	return 0;
}

bool store_backlog__take(struct store_backlog *backlog, struct store_queue *out)
{
	struct store_queue *full = backlog->first;

	if (!full)
		return false;
	store_queue__free(out);
	*out = *full;
	out->next = NULL;
	backlog->first = full->next;
	if (!backlog->first)
		backlog->last = NULL;
	backlog->bytes -= out->bytes.n;
	free(full);
	return true;
}

void store_backlog__free(struct store_backlog *backlog)
{
	struct store_queue queue = { 0 };

	while (store_backlog__take(backlog, &queue))
		;
	store_queue__free(&queue);
}
