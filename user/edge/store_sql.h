/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_STORE_SQL_H
#define LOCKSTEP_STORE_SQL_H

#include "store_queue.h"

/* The only user of sqlite: one connection, for one thread at a time. */
struct store_sql;

/* 0 or -errno with one line in why[], as store__open(). The file is there already when writing. */
int store_sql__open(struct store_sql **out, const char *path, bool write, char *why, size_t why_n);
void store_sql__close(struct store_sql *sql); /* NULL is allowed */
uint64_t store_sql__last_seq(struct store_sql *sql);
/* All of the queue in one transaction, or nothing of it: 0 or -errno. */
int store_sql__write(struct store_sql *sql, const struct store_queue *queue);

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
