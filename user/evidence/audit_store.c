/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "evidence/audit_store.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>

/*
 * To read a record and to hash it cost about the same, and only the latter has to be done in order
 * with the rest of the audit: a thread reads ahead, and packs what it gives into one block while
 * the other is audited. Where there is one CPU to run on, one thread does both by turns, with
 * blocks that stay in its cache.
 */
enum { BLOCK_BYTES = 512 << 10, ALONE_BYTES = 64 << 10, NUMBERS = 3, SPANS = 6 };

enum given {
	GIVEN_FILE,
	GIVEN_KEPT,
	GIVEN_ROW,
	GIVEN_CHECKPOINT,
	GIVEN_TICKET,
	GIVEN_ODD,
	GIVEN_UNREADABLE
};

/*
 * What the store gave with one call; the bytes follow it, each span ended by a NUL that is none of
 * it.
 */
struct item {
	enum given given;
	uint64_t number[NUMBERS];
	struct span span[SPANS];
};

struct ahead {
	struct store *store;
	size_t at; /* the block that the reader fills; its own */
	size_t block_bytes;
	struct audit *alone; /* whoever reads audits too; else NULL */
	int audited;         /* what that came to */

	pthread_mutex_t mutex; /* everything below */
	pthread_cond_t moved;
	struct buf block[2];
	bool full[2]; /* the auditor's, until it is not */
	bool over;    /* no other comes, and `read` is why */
	bool stop;    /* the auditor wants no more */
	int read;
};

static int audit_row(struct audit *audit, const struct item *item)
{
	const struct span *span = item->span;
	const struct audit_row row = {
		.seq = item->number[0],
		.time_ns = (int64_t)item->number[1],
		.sseq = item->number[2],
		.line = span[0],
		.leaf = span[1],
		.session = span[2],
		.ticket = span[3],
		.kind = span[4],
		.verdict = span[5],
	};

	return audit__row(audit, &row);
}

static int audit_item(struct audit *audit, const struct item *item)
{
	const struct span *span = item->span;

	switch (item->given) {
	case GIVEN_FILE:
		return audit__file(audit, span[0].p, span[1], item->number[0], item->number[1],
				   span[2]);
	case GIVEN_KEPT:
		return audit__kept(audit, item->number[0], span[0]);
	case GIVEN_ROW:
		return audit_row(audit, item);
	case GIVEN_CHECKPOINT:
		return audit__checkpoint(audit, item->number[0], span[0], span[1]);
	case GIVEN_TICKET:
		return audit__ticket(audit, span[0].p, span[1]);
	case GIVEN_ODD:
		audit__odd(audit, item->number[0], span[0].p);
		break;
	case GIVEN_UNREADABLE:
		audit__unreadable(audit, span[0].p, span[1].p);
	}
	return 0;
}

static const char *take(const char *p, struct item *item)
{
	memcpy(item, p, sizeof(*item)); /* nothing aligns it */
	p += sizeof(*item);
	for (size_t i = 0; i < SPANS; i++) {
		if (!item->span[i].p)
			continue;
		item->span[i].p = p;
		p += item->span[i].n + 1;
	}
	return p;
}

static int audit_block(struct audit *audit, const struct buf *block)
{
	const char *p = block->p, *end = block->p + block->n;
	struct item item;
	int ret = 0;

	while (!ret && p < end) {
		p = take(p, &item);
		ret = audit_item(audit, &item);
	}
	return ret;
}

/* What was read, by whoever read it. */
static int audit_now(struct ahead *ahead)
{
	struct buf *block = &ahead->block[ahead->at];

	ahead->audited = audit_block(ahead->alone, block);
	buf_reset(block);
	return ahead->audited ? -ECANCELED : 0;
}

/* Gives the block away, and waits for the other. */
static int hand_over(struct ahead *ahead)
{
	int ret;

	pthread_mutex_lock(&ahead->mutex);
	ahead->full[ahead->at] = true;
	pthread_cond_signal(&ahead->moved);
	ahead->at = !ahead->at;
	while (ahead->full[ahead->at] && !ahead->stop)
		pthread_cond_wait(&ahead->moved, &ahead->mutex);
	ret = ahead->stop ? -ECANCELED : 0;
	pthread_mutex_unlock(&ahead->mutex);
	return ret;
}

static char *put(char *at, const void *p, size_t n)
{
	memcpy(at, p, n);
	return at + n;
}

static int give(void *ctx, const struct item *item)
{
	struct ahead *ahead = ctx;
	struct buf *block = &ahead->block[ahead->at];
	size_t n = sizeof(*item);
	char *at;

	for (size_t i = 0; i < SPANS; i++)
		n += item->span[i].p ? item->span[i].n + 1 : 0;
	if (ahead->audited)
		return -ECANCELED;
	if (buf_reserve(block, n))
		return -ENOMEM;
	at = put(block->p + block->n, item, sizeof(*item));
	for (size_t i = 0; i < SPANS; i++) {
		if (!item->span[i].p)
			continue;
		at = put(at, item->span[i].p, item->span[i].n);
		*at++ = '\0';
	}
	block->n += n;
	if (block->n < ahead->block_bytes)
		return 0;
	return ahead->alone ? audit_now(ahead) : hand_over(ahead);
}

static int on_file(void *ctx, const char *path, struct span key, uint64_t size, uint64_t seq,
		   struct span nodes)
{
	return give(ctx,
		    &(struct item){ GIVEN_FILE, { size, seq }, { span_of(path), key, nodes } });
}

static int on_kept(void *ctx, uint64_t size, struct span note)
{
	return give(ctx, &(struct item){ GIVEN_KEPT, { size }, { note } });
}

static int on_row(void *ctx, const struct store_row *row, struct span leaf)
{
	return give(ctx, &(struct item){
				 GIVEN_ROW,
				 { row->seq, (uint64_t)row->time_ns, row->sseq },
				 { { row->line, row->line_n },
				   leaf,
				   span_of(row->session),
				   span_of(row->ticket),
				   span_of(row->kind),
				   span_of(row->verdict) },
			 });
}

static int on_checkpoint(void *ctx, uint64_t size, struct span note, struct span nodes)
{
	return give(ctx, &(struct item){ GIVEN_CHECKPOINT, { size }, { note, nodes } });
}

static int on_ticket(void *ctx, const char *sha256, struct span bytes)
{
	return give(ctx, &(struct item){ GIVEN_TICKET, { 0 }, { span_of(sha256), bytes } });
}

/* Of these two what give() returns is returned by the next call, or by the last one. */
static void on_odd(void *ctx, uint64_t seq, const char *what)
{
	(void)give(ctx, &(struct item){ GIVEN_ODD, { seq }, { span_of(what) } });
}

static void on_unreadable(void *ctx, const char *path, const char *why)
{
	(void)give(ctx, &(struct item){ GIVEN_UNREADABLE, { 0 }, { span_of(path), span_of(why) } });
}

/* 0 or why not all was read, whatever became of what was. */
static int read_all(struct ahead *ahead)
{
	const struct store_walk_ops ops = { on_file,   on_kept, on_row,       on_checkpoint,
					    on_ticket, on_odd,  on_unreadable };
	int ret = store__walk(ahead->store, &ops, ahead);

	return !ret && ahead->block[ahead->at].failed ? -ENOMEM : ret;
}

static void *read_ahead(void *ctx)
{
	struct ahead *ahead = ctx;
	int ret = read_all(ahead);

	pthread_mutex_lock(&ahead->mutex);
	ahead->full[ahead->at] = ret != -ENOMEM;
	ahead->read = ret;
	ahead->over = true;
	pthread_cond_signal(&ahead->moved);
	pthread_mutex_unlock(&ahead->mutex);
	return NULL;
}

/* Audits block by block until the last, or until it can't go on. */
static int audit_blocks(struct ahead *ahead, struct audit *audit)
{
	int ret = 0;

	pthread_mutex_lock(&ahead->mutex);
	for (size_t at = 0; !ret; at = !at) {
		while (!ahead->full[at] && !ahead->over)
			pthread_cond_wait(&ahead->moved, &ahead->mutex);
		if (!ahead->full[at])
			break;
		pthread_mutex_unlock(&ahead->mutex);
		ret = audit_block(audit, &ahead->block[at]);
		buf_reset(&ahead->block[at]);
		pthread_mutex_lock(&ahead->mutex);
		ahead->full[at] = false;
		ahead->stop = ret != 0;
		pthread_cond_signal(&ahead->moved);
	}
	pthread_mutex_unlock(&ahead->mutex);
	return ret;
}

static int audit_alone(struct audit *audit, struct store *store)
{
	struct ahead ahead = { .store = store, .block_bytes = ALONE_BYTES, .alone = audit };
	int ret = read_all(&ahead);

	if (ret != -ENOMEM && !ahead.audited)
		audit_now(&ahead);
	buf_free(&ahead.block[0]);
	return ahead.audited ? ahead.audited : ret;
}

static bool one_cpu(void)
{
	cpu_set_t cpus;

	return !sched_getaffinity(0, sizeof(cpus), &cpus) && CPU_COUNT(&cpus) == 1;
}

static int audit_ahead(struct audit *audit, struct store *store)
{
	struct ahead ahead = { .store = store,
			       .block_bytes = BLOCK_BYTES,
			       .mutex = PTHREAD_MUTEX_INITIALIZER,
			       .moved = PTHREAD_COND_INITIALIZER };
	pthread_t reader;
	int ret = -pthread_create(&reader, NULL, read_ahead, &ahead);

	if (ret)
		return ret;
	ret = audit_blocks(&ahead, audit);
	pthread_join(reader, NULL);
	buf_free(&ahead.block[0]);
	buf_free(&ahead.block[1]);
	return ret ? ret : ahead.read;
}

/* A writer may go on meanwhile: what its mark says now is at most what is read afterwards. */
static int hold_mark(struct audit *audit, struct store *store, const char *path)
{
	struct buf mark = { 0 };
	char name[PATH_MAX];
	int ret = store__last_mark(store, &mark);

	snprintf(name, sizeof(name), "%s-log", path);
	if (!ret)
		ret = audit__hold(audit, name, buf_span(&mark));
	buf_free(&mark);
	/* None, or torn by a power cut: then it says nothing. */
	return ret == -ENOENT || ret == -EBADMSG ? 0 : ret;
}

int audit_store(struct audit *audit, struct store *store, const char *path)
{
	int ret = hold_mark(audit, store, path);

	if (!ret)
		ret = one_cpu() ? audit_alone(audit, store) : audit_ahead(audit, store);
	return ret ? ret : audit__end(audit);
}
