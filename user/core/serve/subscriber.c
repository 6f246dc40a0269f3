/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/serve/subscriber.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/base/buf.h"

/* Bytes that have a taker: [at, buf.n). What was taken is moved away only now and then. */
struct queue {
	struct buf buf;
	size_t at;
};

struct missed {
	uint64_t first, last, count; /* count 0: nothing to tell */
};

struct subscriber {
	enum subscriber_phase phase;
	size_t bound;
	struct queue queue;
	struct buf held;        /* SEAM: live lines, each with its newline */
	uint64_t held_last;     /* seq of the last of them */
	uint64_t pos;           /* CATCHUP, SEAM: rows up to here were read */
	uint64_t seam;          /* SEAM: what was emitted before the hold began ends here */
	uint64_t pushed;        /* highest seq in the queue or missed */
	uint64_t durable, told; /* highest durable seq known; the last that was told */
	struct missed missed;
	uint64_t missed_total;
};

static size_t queue_len(const struct queue *queue)
{
	return queue->buf.n - queue->at;
}

/*
 * Moves what is left to the front once at least as much was taken: linear in the bytes that pass.
 */
static void queue_compact(struct queue *queue)
{
	size_t left = queue_len(queue);

	if (queue->at == 0 || queue->at < left)
		return;
	if (left)
		memmove(queue->buf.p, queue->buf.p + queue->at, left);
	queue->buf.n = left;
	queue->at = 0;
}

/* All of it or, without the memory, nothing of it: a line is never cut in two. */
static bool queue_add(struct queue *queue, struct span line)
{
	queue_compact(queue);
	if (buf_reserve(&queue->buf, line.n + 1)) {
		queue->buf.failed = false;
		return false;
	}
	buf_add(&queue->buf, line.p, line.n);
	buf_addc(&queue->buf, '\n');
	return true;
}

static bool has_room(const struct subscriber *sub, size_t n)
{
	size_t len = queue_len(&sub->queue);

	return len == 0 || (len <= sub->bound && n <= sub->bound - len);
}

static bool tell_missed(struct subscriber *sub)
{
	char text[128];
	int n;

	if (sub->missed.count == 0)
		return true;
	n = snprintf(text, sizeof(text),
		     "{\"missed\":{\"first\":%" PRIu64 ",\"last\":%" PRIu64 ",\"count\":%" PRIu64
		     "}}",
		     sub->missed.first, sub->missed.last, sub->missed.count);
	if (!has_room(sub, (size_t)n + 1) ||
	    !queue_add(&sub->queue, (struct span){ text, (size_t)n }))
		return false;
	sub->missed = (struct missed){ 0 };
	return true;
}

/*
 * The gap is told before what follows it, or both wait; and it ends only where half of the room is
 * free again, so that a reader on the edge gets one gap and then lines, not a notice for each line.
 */
static void push(struct subscriber *sub, uint64_t seq, struct span line)
{
	bool in_gap = sub->missed.count && queue_len(&sub->queue) > sub->bound / 2;

	if (in_gap || !tell_missed(sub) || !has_room(sub, line.n + 1) ||
	    !queue_add(&sub->queue, line)) {
		if (sub->missed.count == 0)
			sub->missed.first = seq;
		sub->missed.last = seq;
		sub->missed.count++;
		sub->missed_total++;
		sub->pushed = seq;
		return;
	}
	sub->pushed = seq;
}

static void tell_durable(struct subscriber *sub)
{
	char text[48];
	int n;

	if (sub->phase != SUBSCRIBER_LIVE || sub->missed.count || sub->durable <= sub->told ||
	    sub->pushed <= sub->told)
		return;
	n = snprintf(text, sizeof(text), "{\"durable\":%" PRIu64 "}", sub->durable);
	if (has_room(sub, (size_t)n + 1) &&
	    queue_add(&sub->queue, (struct span){ text, (size_t)n }))
		sub->told = sub->durable;
}

int subscriber__new(struct subscriber **out, size_t bound, uint64_t after)
{
	struct subscriber *sub = calloc(1, sizeof(*sub));

	*out = sub;
	if (!sub)
		return -ENOMEM;
	sub->bound = bound;
	sub->pos = after;
	return 0;
}

int subscriber__new_live(struct subscriber **out, size_t bound, uint64_t last)
{
	int ret = subscriber__new(out, bound, last);

	if (ret)
		return ret;
	(*out)->phase = SUBSCRIBER_LIVE;
	(*out)->pushed = last;
	(*out)->told = last;
	return 0;
}

void subscriber__free(struct subscriber *sub)
{
	if (!sub)
		return;
	buf_free(&sub->queue.buf);
	buf_free(&sub->held);
	free(sub);
}

static void hold(struct subscriber *sub, uint64_t seq, struct span line)
{
	bool fits = sub->held.n == 0 ||
		    (sub->held.n <= sub->bound && line.n < sub->bound - sub->held.n);

	if (fits && !buf_reserve(&sub->held, line.n + 1)) {
		buf_add(&sub->held, line.p, line.n);
		buf_addc(&sub->held, '\n');
		sub->held_last = seq;
		return;
	}
	buf_reset(&sub->held);
	sub->phase = SUBSCRIBER_CATCHUP;
}

void subscriber__live(struct subscriber *sub, uint64_t seq, struct span line)
{
	if (sub->phase == SUBSCRIBER_LIVE)
		push(sub, seq, line);
	else if (sub->phase == SUBSCRIBER_SEAM)
		hold(sub, seq, line);
}

bool subscriber__wants(const struct subscriber *sub, uint64_t durable, uint64_t *after,
		       uint64_t *last)
{
	*after = sub->pos;
	*last = sub->phase == SUBSCRIBER_SEAM ? sub->seam : UINT64_MAX;
	if (sub->phase == SUBSCRIBER_LIVE || queue_len(&sub->queue) > sub->bound / 2)
		return false;
	return sub->phase == SUBSCRIBER_CATCHUP || durable >= sub->seam;
}

bool subscriber__row(struct subscriber *sub, uint64_t seq, const struct span *line)
{
	if (line) {
		if (!has_room(sub, line->n + 1) || !queue_add(&sub->queue, *line))
			return false;
		sub->pushed = seq;
	}
	sub->pos = seq;
	return true;
}

/*
 * What was emitted before the hold, and the store does not have: the disk refuses, or gave it up.
 */
static void miss_to_seam(struct subscriber *sub)
{
	if (sub->pos >= sub->seam)
		return;
	sub->missed = (struct missed){ sub->pos + 1, sub->seam, sub->seam - sub->pos };
	sub->missed_total += sub->missed.count;
	sub->pos = sub->pushed = sub->seam;
	tell_missed(sub);
}

/*
 * The held lines fit: the queue may go over its bound by them once, and live lines wait for room.
 */
static void go_live(struct subscriber *sub)
{
	if (sub->held.n && buf_reserve(&sub->queue.buf, sub->held.n)) {
		sub->queue.buf.failed = false;
		buf_reset(&sub->held);
		sub->phase = SUBSCRIBER_CATCHUP;
		return;
	}
	miss_to_seam(sub);
	buf_add(&sub->queue.buf, sub->held.p, sub->held.n);
	if (sub->held.n)
		sub->pushed = sub->held_last;
	buf_free(&sub->held);
	sub->phase = SUBSCRIBER_LIVE;
	sub->told = sub->pos;
	tell_durable(sub);
}

void subscriber__rows_end(struct subscriber *sub, uint64_t emitted)
{
	if (sub->phase == SUBSCRIBER_SEAM) {
		go_live(sub);
	} else if (sub->phase == SUBSCRIBER_CATCHUP) {
		sub->phase = SUBSCRIBER_SEAM;
		sub->seam = emitted;
	}
}

void subscriber__durable(struct subscriber *sub, uint64_t seq)
{
	if (seq > sub->durable)
		sub->durable = seq;
	tell_durable(sub);
}

struct span subscriber__pending(const struct subscriber *sub)
{
	return (struct span){ sub->queue.buf.p + sub->queue.at, queue_len(&sub->queue) };
}

void subscriber__sent(struct subscriber *sub, size_t n)
{
	size_t len = queue_len(&sub->queue);

	sub->queue.at += n < len ? n : len;
	queue_compact(&sub->queue);
	if (queue_len(&sub->queue) <= sub->bound / 2) {
		tell_missed(sub);
		tell_durable(sub);
	}
}

enum subscriber_phase subscriber__phase(const struct subscriber *sub)
{
	return sub->phase;
}

uint64_t subscriber__missed(const struct subscriber *sub)
{
	return sub->missed_total;
}
