/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_STORE_PART_H
#define LOCKSTEP_STORE_PART_H

#include <limits.h>
#include <pthread.h>

#include "edge/store/drops.h"
#include "edge/store/sql.h"

/* What the files of the store share. */
struct store {
	struct store_opts opts;
	struct store_sql *sql;    /* the newest file; the thread's, once it runs */
	struct store_log log;     /* likewise */
	char *file;               /* its path; likewise */
	uint64_t taken_ms;        /* when it took the last batch, CLOCK_MONOTONIC; likewise */
	bool old_due;             /* what is too old is to be deleted; likewise */
	uint64_t base_bytes;      /* of it, that are no records of its own; likewise */
	uint64_t begun;           /* the tree's size where it begins; likewise */
	char *cut;                /* see store__cut() */
	struct store_sql *reader; /* for store__read(): opened when first needed */
	uint64_t reader_first;    /* which file that is of, see store_file.first */
	char path[PATH_MAX];
	int lock_fd; /* the side file that keeps a second writer out; -1: read only */
	char lock_path[PATH_MAX];
	int event_fd;
	uint64_t last_seq;
	bool thread_runs;
	pthread_t thread;

	pthread_mutex_t mutex;        /* everything below */
	pthread_cond_t work;          /* for the thread */
	pthread_cond_t done;          /* for store__flush() */
	struct store_backlog backlog; /* before `filling` */
	struct store_queue filling;
	struct store_queue batch; /* the thread's while `busy` */
	bool busy, stop;
	unsigned int waiting; /* callers in store__flush() */
	unsigned int hurried; /* callers in store__sync() */
	uint64_t seq, cursor; /* see store__durable() */
	int state, lost_by;   /* now, and the last error that dropped a row */
	uint64_t settled;     /* see store__settled() */
	struct store_gap gap;
	struct store_drops drops;
	int next_error;  /* see store__next_error() */
	bool full;       /* see store__full() */
	struct buf note; /* see store__checkpoint() */
};

void *store_writer(void *store); /* the thread: store.c */

void store_free(struct store *store);
/*
 * What stands at the path must be a regular file, and one that is to be written (`make`: made where
 * there is none) only its owner's. 0 or -errno as store__open().
 */
int store_check_file(const char *path, bool make);
int store_open_newest(struct store *store, char *why,
		      size_t why_n); /* store->reader; store/read.c */

/*
 * Opens the newest file and puts store->sql, log, cut and last_seq right (store/check.c). 0 or
 * -errno with why[].
 */
int store_check(struct store *store, char *why, size_t why_n);
/* store->sql is a file of the log that has `tree` before it. 0 or -errno. */
int store_begin_log(struct store *store, const struct merkle *tree, uint64_t seq);
/* The file that follows, in the place of store->sql. 0 or -errno. */
int store_next_file(struct store *store, uint64_t first);
void store_delete_old(struct store *store); /* once the file that followed has a record */

#endif
