/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "edge/store/store.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>

#include "edge/store/part.h"

enum {
	RETRY_MS = 200,  /* between two tries while the disk refuses */
	FLUSH_TRIES = 3, /* of a batch that somebody waits for, then it is dropped */
	BATCH_ROWS = 4096,
	BATCH_BYTES = 1 << 20, /* what a batch holds, or one row */
	ROOM_BYTES = 8 << 20,  /* store__room() is false from here on */
	HARD_BYTES = 72 << 20, /* room for what one more ring record (2 MiB of argv) can become */
};

static void tell(struct store *store)
{
	eventfd_write(store->event_fd, 1);
}

static void count_dropped(struct store *store, const struct store_queue *queue, int error)
{
	uint64_t n = queue->rows;

	store->gap.dropped += n;
	if (!store->gap.first)
		store->gap.first = queue->first;
	if (queue->last)
		store->gap.last = queue->last;
	store->lost_by = error;
	store_drops__add_all(&store->drops, queue);
}

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static struct timespec at_ms(uint64_t ms)
{
	return (struct timespec){ (time_t)(ms / 1000), (long)(ms % 1000) * 1000000 };
}

static bool is_queued(const struct store *store)
{
	return store->backlog.first || store->filling.rows;
}

static size_t queued_bytes(const struct store *store)
{
	return store->backlog.bytes + store->filling.bytes.n;
}

/* What is under the mutex, so that none is missed: who appends, asks or stops signals `work`. */
static bool may_gather(const struct store *store)
{
	return !store->backlog.first && store->filling.rows < BATCH_ROWS &&
	       store->filling.bytes.n < BATCH_BYTES && !store->filling.hurried && !store->hurried &&
	       !store->waiting && !store->stop;
}

/* Calls with the mutex held, as the next. */
static void gather_until(struct store *store, uint64_t ms)
{
	const struct timespec until = at_ms(ms);

	while (may_gather(store)) {
		if (pthread_cond_timedwait(&store->work, &store->mutex, &until) == ETIMEDOUT)
			break;
	}
}

/* Sleeps until there is a batch worth a commit, or something to hurry for. */
static void wait_for_batch(struct store *store)
{
	const unsigned int asked_ms = store->opts.between_ms;
	const unsigned int between_ms = asked_ms ? asked_ms : STORE_BETWEEN_MS;
	uint64_t begun_ms, until_ms = store->taken_ms + between_ms;

	while (!is_queued(store) && !store->stop)
		pthread_cond_wait(&store->work, &store->mutex);
	begun_ms = now_ms();
	if (begun_ms >= until_ms) {
		gather_until(store, begun_ms + STORE_GATHER_MS);
		if (store->filling.rows <= STORE_FEW)
			return;
		until_ms = begun_ms + between_ms;
	}
	gather_until(store, until_ms);
}

/* The batch is settled: committed, or given up with `error`. */
static void settle_batch(struct store *store, int error)
{
	if (error)
		count_dropped(store, &store->batch, error);
	else if (store->batch.last)
		store->seq = store->batch.last;
	if (!error)
		store_drops__stored(&store->drops);
	if (store->batch.last)
		store->settled = store->batch.last;
	if (store->batch.marked)
		store->cursor = store->batch.mark;
	store_queue__reset(&store->batch);
	store->busy = false;
	/* A mark that came while the batch was under way, with no row after it, holds already. */
	if (!is_queued(store) && store->filling.marked) {
		store->cursor = store->filling.mark;
		store->filling.marked = false;
	}
	pthread_cond_broadcast(&store->done);
	tell(store);
}

static void set_state(struct store *store, int state)
{
	if (store->state == state)
		return;
	store->state = state;
	pthread_cond_broadcast(&store->done);
	tell(store);
}

static void sleep_ms(long ms)
{
	struct timespec ts = { ms / 1000, ms % 1000 * 1000000L };

	nanosleep(&ts, NULL);
}

/*
 * Before a batch that begins one; what was appended earlier is committed in the one before. Where
 * it can't be had the batch goes into the old file: store__full() goes on to be true.
 */
static void next_file(struct store *store)
{
	int ret;

	if (!store->batch.begins || store->log.tree.size == store->begun)
		return;
	ret = store_next_file(store, store->batch.first);
	pthread_mutex_lock(&store->mutex);
	store->next_error = ret;
	pthread_mutex_unlock(&store->mutex);
}

/*
 * Commits the batch however often it takes. It is given up when somebody waits for an answer, and
 * when the queue behind it is full: then the newest rows are worth more than the oldest.
 */
static void write_batch(struct store *store)
{
	unsigned int tries = 0;
	bool give_up;
	int ret;

	do {
		pthread_mutex_unlock(&store->mutex);
		if (tries)
			sleep_ms(RETRY_MS);
		next_file(store);
		ret = store_sql__write(store->sql, &store->batch, &store->log);
		if (!ret)
			store_delete_old(store);
		pthread_mutex_lock(&store->mutex);
		tries++;
		if (!ret) {
			buf_reset(&store->note);
			buf_add(&store->note, store->log.note.p, store->log.note.n);
			store->full = store->opts.file_bytes &&
				      store_sql__bytes(store->sql) >
					      store->base_bytes + store->opts.file_bytes;
		}
		set_state(store, ret);
		/* What no later try can mend: a seq that is there already, a row beyond sqlite's
		 * bounds. */
		give_up = (ret == -EEXIST || ret == -E2BIG) ||
			  ((store->waiting || store->stop) && tries >= FLUSH_TRIES) ||
			  queued_bytes(store) >= ROOM_BYTES;
	} while (ret && !give_up);
	settle_batch(store, ret);
}

void *store_writer(void *arg)
{
	struct store *store = arg;
	bool room;

	pthread_mutex_lock(&store->mutex);
	for (;;) {
		wait_for_batch(store);
		if (!is_queued(store) && store->stop)
			break;
		/* What is taken leaves room: if there was none, somebody waits for it. */
		room = queued_bytes(store) < ROOM_BYTES;
		store->taken_ms = now_ms();
		if (!store_backlog__take(&store->backlog, &store->batch)) {
			struct store_queue empty = store->batch;

			store->batch = store->filling;
			store->filling = empty;
		}
		store->busy = true;
		if (!room && queued_bytes(store) < ROOM_BYTES)
			tell(store);
		write_batch(store);
	}
	pthread_mutex_unlock(&store->mutex);
	return NULL;
}

int store__close(struct store *store)
{
	int ret;

	if (!store)
		return 0;
	if (store->thread_runs) {
		pthread_mutex_lock(&store->mutex);
		store->stop = true;
		pthread_cond_signal(&store->work);
		pthread_mutex_unlock(&store->mutex);
		pthread_join(store->thread, NULL);
	}
	ret = store->lost_by;
	store_free(store);
	return ret;
}

static int append(struct store *store, const struct queue_item *item, size_t n)
{
	size_t queued;
	int ret = -ENOSPC;

	pthread_mutex_lock(&store->mutex);
	queued = queued_bytes(store);
	if (!is_queued(store) || (queued < HARD_BYTES && n <= HARD_BYTES - queued)) {
		/*
		 * What does not fit into the batch that is filled begins the next one. Without the
		 * memory for that it makes this one larger.
		 */
		struct store_queue *filling = &store->filling;

		if (filling->rows &&
		    (filling->bytes.n >= BATCH_BYTES || n > BATCH_BYTES - filling->bytes.n))
			(void)store_backlog__put(&store->backlog, filling);
		ret = store_queue__add(filling, item);
	}
	if (ret) {
		struct store_queue one = { .rows = 1,
					   .first = item->row.seq,
					   .last = item->row.seq };

		count_dropped(store, &one, ret);
		store_drops__add(&store->drops, &item->row);
		tell(store);
	} else if (store->filling.rows == 1 || !may_gather(store)) {
		pthread_cond_signal(&store->work);
	}
	pthread_mutex_unlock(&store->mutex);
	return ret;
}

int store__append(struct store *store, const struct store_row *row)
{
	const struct queue_item item = { .row = *row };

	return append(store, &item, row->line_n);
}

int store__put_ticket(struct store *store, const char *sha256, const void *bytes, size_t n)
{
	const struct queue_item item = {
		.kind = QUEUE_TICKET, .key = sha256, .bytes = bytes, .bytes_n = n
	};

	return append(store, &item, n);
}

int store__put_resume(struct store *store, const char *session, const char *what, const void *bytes,
		      size_t n)
{
	const struct queue_item item = {
		.kind = QUEUE_RESUME,
		.row.session = session,
		.key = what,
		.bytes = bytes,
		.bytes_n = n,
	};

	return append(store, &item, n);
}

bool store__room(struct store *store)
{
	bool room;

	pthread_mutex_lock(&store->mutex);
	room = queued_bytes(store) < ROOM_BYTES;
	pthread_mutex_unlock(&store->mutex);
	return room;
}

bool store__full(struct store *store)
{
	bool full;

	pthread_mutex_lock(&store->mutex);
	full = store->full;
	pthread_mutex_unlock(&store->mutex);
	return full;
}

int store__next_error(struct store *store)
{
	int ret;

	pthread_mutex_lock(&store->mutex);
	ret = store->next_error;
	pthread_mutex_unlock(&store->mutex);
	return ret;
}

int store__checkpoint(struct store *store, struct buf *out)
{
	buf_reset(out);
	pthread_mutex_lock(&store->mutex);
	buf_add(out, store->note.p, store->note.n);
	pthread_mutex_unlock(&store->mutex);
	return out->failed ? -ENOMEM : 0;
}

void store__mark(struct store *store, uint64_t cursor)
{
	pthread_mutex_lock(&store->mutex);
	if (!is_queued(store) && !store->busy) {
		if (store->cursor != cursor)
			tell(store);
		store->cursor = cursor;
	} else {
		store->filling.mark = cursor;
		store->filling.marked = true;
	}
	pthread_mutex_unlock(&store->mutex);
}

int store__flush(struct store *store)
{
	uint64_t dropped;
	int ret;

	pthread_mutex_lock(&store->mutex);
	dropped = store->gap.dropped;
	store->waiting++;
	pthread_cond_signal(&store->work);
	while (is_queued(store) || store->busy)
		pthread_cond_wait(&store->done, &store->mutex);
	store->waiting--;
	ret = store->gap.dropped == dropped ? 0 : store->lost_by;
	pthread_mutex_unlock(&store->mutex);
	return ret;
}

void store__hurry(struct store *store)
{
	pthread_mutex_lock(&store->mutex);
	if (store->filling.rows) {
		store->filling.hurried = true;
		pthread_cond_signal(&store->work);
	}
	pthread_mutex_unlock(&store->mutex);
}

int store__sync(struct store *store, unsigned int ms)
{
	const struct timespec until = at_ms(now_ms() + ms);
	int ret = 0;

	pthread_mutex_lock(&store->mutex);
	store->hurried++;
	pthread_cond_signal(&store->work);
	while (!ret && !store->state && (is_queued(store) || store->busy))
		ret = -pthread_cond_timedwait(&store->done, &store->mutex, &until);
	store->hurried--;
	if (store->state)
		ret = store->state;
	pthread_mutex_unlock(&store->mutex);
	return ret;
}

void store__durable(struct store *store, uint64_t *seq, uint64_t *cursor)
{
	pthread_mutex_lock(&store->mutex);
	*seq = store->seq;
	*cursor = store->cursor;
	pthread_mutex_unlock(&store->mutex);
}

int store__fd(const struct store *store)
{
	return store->event_fd;
}

int store__state(struct store *store, struct store_gap *gap)
{
	int state;

	pthread_mutex_lock(&store->mutex);
	*gap = store->gap;
	state = store->state;
	pthread_mutex_unlock(&store->mutex);
	return state;
}

uint64_t store__settled(struct store *store)
{
	uint64_t seq;

	pthread_mutex_lock(&store->mutex);
	seq = store->settled;
	pthread_mutex_unlock(&store->mutex);
	return seq;
}

void store__dropped(struct store *store,
		    void (*each)(void *ctx, const char *session, uint64_t first, uint64_t last,
				 uint64_t count),
		    void *ctx)
{
	struct store_drops drops;

	pthread_mutex_lock(&store->mutex);
	drops = store->drops;
	store->drops = (struct store_drops){ 0 };
	pthread_mutex_unlock(&store->mutex);
	for (size_t i = 0; i < drops.n; i++)
		each(ctx, drops.of[i].session, drops.of[i].first, drops.of[i].last,
		     drops.of[i].count);
	if (drops.rest.count)
		each(ctx, "", drops.rest.first, drops.rest.last, drops.rest.count);
	store_drops__free(&drops);
}
