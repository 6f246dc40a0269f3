/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_STORE_SQL_H
#define LOCKSTEP_STORE_SQL_H

#include "edge/store/log.h"
#include "edge/store/queue.h"

/* The only user of sqlite: one connection, for one thread at a time. */
struct store_sql;

/* 0 or -errno with one line in why[], as store__open(). The file is there already when writing. */
int store_sql__open(struct store_sql **out, const char *path, bool write, char *why, size_t why_n);
void store_sql__close(struct store_sql *sql); /* NULL is allowed */
uint64_t store_sql__bytes(
	struct store_sql *sql); /* of the database, its log included; 0: not known */
uint64_t store_sql__last_seq(struct store_sql *sql);
/*
 * All of the queue in one transaction, with the checkpoint over it, or nothing of it: 0 and `log`
 * as it is then, or -errno.
 */
int store_sql__write(struct store_sql *sql, const struct store_queue *queue, struct store_log *log);

/* Where a place in the log is: spans borrow until the next call. */
struct store_place {
	struct span key; /* as note_key_text() */
	uint64_t size, seq;
	struct span note, nodes; /* note: of a checkpoint */
};

/* The file says where it begins. 0, -ENOENT where it does not yet, or -errno. */
int store_sql__begins(struct store_sql *sql, const struct store_place *place);
int store_sql__begin(struct store_sql *sql, struct buf *text, struct store_place *out);
/* The last checkpoint of at most `size` records of this file. 0, -ENOENT, -errno. */
int store_sql__checkpoint(struct store_sql *sql, uint64_t size, struct buf *text,
			  struct store_place *out);
bool store_sql__empty(struct store_sql *sql); /* neither record nor checkpoint in it, for certain */
/*
 * What a new file takes over from the one before it, at `path`: what a restart needs of open
 * sessions, and the tickets that it names. And the checkpoints of a file that is to be deleted. 0
 * or -errno.
 */
int store_sql__carry(struct store_sql *sql, const char *path);
int store_sql__keep_checkpoints(struct store_sql *sql, const char *path);
/* Whether a session of which a restart still needs something has records in the file at `path`: 1,
 * 0, -errno. */
int store_sql__needs(struct store_sql *sql, const char *path);
/* The wall clock of the last record, nanoseconds; 0: none. */
int64_t store_sql__last_ns(struct store_sql *sql);

/*
 * See store__walk(). walk: from behind the place on, without tickets. walk_all: the whole file, and
 * whether what its rows are found by leads to all of them. Both return as that.
 */
int store_sql__walk_all(struct store_sql *sql, const struct store_place *begin,
			const struct store_walk_ops *ops, void *ctx);
int store_sql__walk(struct store_sql *sql, const struct store_place *from,
		    const struct store_walk_ops *ops, void *ctx);
int store_sql__walk_kept(struct store_sql *sql, uint64_t size, const struct store_walk_ops *ops,
			 void *ctx);
int store_sql__walk_tickets(struct store_sql *sql, const struct store_walk_ops *ops, void *ctx);
/* Removes what is behind the place, records and checkpoints. 0 or -errno. */
int store_sql__cut(struct store_sql *sql, uint64_t size, uint64_t seq);

/*
 * A part of the rows that the filter lets through, after seq `after`: at most `limit` rows, and
 * about a megabyte. Adds them to *page as queue items with seq and line only. 0 or -errno.
 */
int store_sql__page(struct store_sql *sql, const struct store_filter *filter, uint64_t after,
		    uint64_t limit, struct store_queue *page);
int store_sql__events(struct store_sql *sql, const char *session, uint64_t *n);
int store_sql__resumes(struct store_sql *sql, struct store_queue *out); /* all; 0 or -errno */
int store_sql__ticket(struct store_sql *sql, const char *sha256, void **bytes, size_t *n);

#endif
