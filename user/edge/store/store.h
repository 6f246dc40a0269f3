/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_STORE_H
#define LOCKSTEP_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/log/audit.h"
#include "core/log/checkpoint.h"

/*
 * The record on disk (SQLite: WAL, synchronous FULL). One writer: a thread of the store takes rows
 * from a bounded queue and commits them in batches, so that whoever reads the ring never waits for
 * the disk. A second writer on the same file is refused; readers work beside the writer. store.c is
 * the thread and its bounds, store_sql*.c the only users of sqlite.
 *
 * A commit costs a signature and a sync of the disk, however many rows share them. So under load
 * rows gather: a batch is taken STORE_BETWEEN_MS (milliseconds of CLOCK_MONOTONIC) after the one
 * before, or sooner when it is full, or when somebody waits: store__flush(), store__sync(),
 * store__hurry(), store__close(). After that long without a batch, what comes is taken within
 * STORE_GATHER_MS, which is about what a short program takes from its exec to its exit; but more
 * than STORE_FEW rows by then are load. A power cut takes what gathers; what ends the process only
 * does not, where the ring is pinned: without that, ask for less (store_opts.between_ms).
 *
 * The lines are the leaves of one Merkle tree (core/log/merkle.h), and every commit has a signed
 * checkpoint of it (core/log/checkpoint.h); those that no second of activity needs are dropped
 * again.
 *
 * A store is one file or more: PATH, and PATH.N for those that follow, N the first seq of each in
 * twenty digits. Beside them stand PATH-lock, PATH.new (while a file is made), PATH-log (the last
 * checkpoint: what is missing at the log's end is seen by it) and PATH.cut-TIME (what had to be cut
 * off).
 *
 * store__read() and store__get_ticket() are for one thread at a time; the rest may be called from
 * any.
 */
struct store;

enum { STORE_GATHER_MS = 5, STORE_BETWEEN_MS = 100, STORE_FEW = 8 };

struct store_row {
	uint64_t seq;
	int64_t time_ns;              /* wall clock, nanoseconds of the epoch */
	const char *session, *ticket; /* "" where the record has none */
	const char *kind, *verdict;   /* names as in the line; "" for null */
	uint64_t sseq;                /* 0: none */
	const char *line;             /* the canonical line */
	size_t line_n;
	bool begins; /* of store__append(): the first of a new file, see store__full() */
};

/* Who signs the log. Called by one thread at a time: store__open()'s, then the writer's. */
struct store_seal {
	struct hash_ops hash;
	struct note_key key;
	int (*sign)(void *ctx, const void *bytes, size_t n,
		    unsigned char signature[ED25519_SIGNATURE_BYTES]); /* 0 or -EIO */
	/* 0; -EBADMSG: no signature of these bytes by that key; -EIO. */
	int (*verify)(const unsigned char pub[ED25519_KEY_BYTES], const void *bytes, size_t n,
		      const unsigned char signature[ED25519_SIGNATURE_BYTES]);
	void *ctx;
};

struct store_opts {
	const char *path;
	struct store_seal seal;
	uint64_t file_bytes; /* of one file, see store__full(); 0: no bound */
	/* Older files are deleted whole, their checkpoints kept; 0: none is. */
	unsigned int keep_files;
	unsigned int between_ms; /* see STORE_BETWEEN_MS, for which 0 stands */
	unsigned int keep_days;  /* likewise those whose last record is older; 0: none is */
};

/*
 * Opens for writing; makes the file (mode 0600) where there is none. Checks the end of the log
 * against its checkpoints, and cuts off what does not agree with them (store__cut()). 0 or -errno
 * with one line in why[]: -EBUSY another writer has it, -EBADMSG not a store of ours,
 * -EPROTONOSUPPORT of another version, -ELOOP a symbolic link, -EPERM a file that others may write,
 * -EKEYREJECTED signed with another key, or what the system said.
 */
int store__open(struct store **out, const struct store_opts *opts, char *why, size_t why_n);
/* What store__open() had to cut off or found missing, a sentence; "" when nothing. */
const char *store__cut(const struct store *store);
/* For store__read() only: never waits for the writer. 0 or -errno as above, -ENOENT. */
int store__open_readonly(struct store **out, const char *path, char *why, size_t why_n);
/*
 * Commits what is queued (as store__flush()), stops the thread. 0 or the error that dropped rows.
 */
int store__close(struct store *store);

/*
 * Copies the row into the queue. 0; -ENOSPC or -ENOMEM when it was dropped (and counted, see
 * store__state()), which a caller that heeds store__room() does not meet.
 */
int store__append(struct store *store, const struct store_row *row);
/* A ticket's exact bytes under their SHA-256 (hex). Goes through the queue; returned as above. */
int store__put_ticket(struct store *store, const char *sha256, const void *bytes, size_t n);
/*
 * What an open session needs to go on after a restart, under a name of the caller's; a second one
 * of that name replaces the first. what NULL: the session is over, and all of it goes. In the order
 * of the rows around it; returned as above.
 */
int store__put_resume(struct store *store, const char *session, const char *what, const void *bytes,
		      size_t n);
/* False: the queue is full, so stop reading the ring until the store's descriptor says more. */
bool store__room(struct store *store);
/*
 * The file is as large as it may be. Whoever appends then waits until all is committed
 * (store__sync()), and appends a row with the last checkpoint (store__checkpoint()) in it and
 * `begins` set: that is the first of the next file.
 */
bool store__full(struct store *store);
/* Why the last file that was to be begun was not; 0: it was. -EMFILE: there are too many. */
int store__next_error(struct store *store);
/* The last checkpoint, ended by no NUL; n 0: none yet. 0 or -ENOMEM. */
int store__checkpoint(struct store *store, struct buf *out);

/* The rows appended so far cover the ring up to `cursor`. */
void store__mark(struct store *store, uint64_t cursor);

/* What was appended is committed without gathering more; does not wait for that. */
void store__hurry(struct store *store);
/* Blocks until all that was appended is committed or dropped. 0 or -errno of what dropped it. */
int store__flush(struct store *store);
/*
 * Commits what was appended, waiting no longer than `ms`, and gives nothing up: 0, -ETIMEDOUT, or
 * what the disk refuses with.
 */
int store__sync(struct store *store, unsigned int ms);
/* The highest committed seq; and the highest mark of which every row is committed or dropped. */
void store__durable(struct store *store, uint64_t *seq, uint64_t *cursor);
int store__fd(const struct store *store); /* eventfd: readable when one of these moved; read it */

/*
 * 0 while it records; -ENOSPC, -EIO, … since the disk refuses. It keeps trying, and drops the
 * oldest rows only when the queue is full: how many, the first and the last seq so far.
 */
struct store_gap {
	uint64_t dropped, first, last;
};
int store__state(struct store *store, struct store_gap *gap);
/* Every row up to this seq is committed or dropped; it follows the drops that store__dropped()
 * gives. */
uint64_t store__settled(struct store *store);
/*
 * Calls `each` for the sessions of which rows with an sseq were dropped since the last call: how
 * many, the lowest and the highest number. "" stands for sessions that there was no memory to tell
 * apart.
 */
void store__dropped(struct store *store,
		    void (*each)(void *ctx, const char *session, uint64_t first, uint64_t last,
				 uint64_t count),
		    void *ctx);
uint64_t store__last_seq(const struct store *store); /* when it was opened; 0 for an empty store */

struct store_filter {
	uint64_t after;                                /* seq > after */
	const char *session, *ticket, *kind, *verdict; /* NULL: any */
	int64_t since_ns, until_ns;                    /* since <= time < until; 0: open */
};

/*
 * Calls `each` for the rows in seq order until it returns non-zero or `limit` rows were given
 * (0: all). Returns what `each` returned, 0 at the end, or -errno. Gives what is committed; no lock
 * is held and no read transaction is open while `each` runs, so a slow reader costs the writer
 * nothing. A store that was opened to write reads through a connection of its own.
 */
int store__read(struct store *store, const struct store_filter *filter, uint64_t limit,
		int (*each)(void *ctx, uint64_t seq, const char *line, size_t n), void *ctx);
/* Every store__put_resume() that holds, by session and name; the rest as store__read(). */
int store__resumes(struct store *store,
		   int (*each)(void *ctx, const char *session, const char *what, const void *bytes,
			       size_t n),
		   void *ctx);
/*
 * How many records of the session's kernel events (those with an sseq) are committed. 0 or -errno.
 */
int store__events(struct store *store, const char *session, uint64_t *n);
/*
 * The whole log, for core/log/audit.h: file by file, in each its rows in order, a checkpoint behind
 * the last row that it covers, the checkpoints of files that were deleted (`kept`), and the
 * tickets. Returns what a function returned other than 0; 0; -errno. A part that can't be read is
 * given to `unreadable`, and the next file follows. Only of a store that was opened to read.
 * Functions other than `file` and `row` may be NULL: then nobody asks.
 */
struct store_walk_ops {
	int (*file)(void *ctx, const char *path, struct span key, uint64_t size, uint64_t seq,
		    struct span nodes);
	int (*kept)(void *ctx, uint64_t size, struct span note);
	int (*row)(void *ctx, const struct store_row *row, struct span leaf);
	int (*checkpoint)(void *ctx, uint64_t size, struct span note, struct span nodes);
	int (*ticket)(void *ctx, const char *sha256, struct span bytes);
	/* The row that follows, or (seq 0) the file, is not as a writer makes it. */
	void (*odd)(void *ctx, uint64_t seq, const char *what);
	void (*unreadable)(void *ctx, const char *path, const char *why);
};
/* A row as the audit takes it. */
static inline struct audit_row store_audit_row(const struct store_row *row, struct span leaf)
{
	return (struct audit_row){
		.seq = row->seq,
		.time_ns = row->time_ns,
		.session = span_of(row->session),
		.ticket = span_of(row->ticket),
		.kind = span_of(row->kind),
		.verdict = span_of(row->verdict),
		.sseq = row->sseq,
		.line = { row->line, row->line_n },
		.leaf = leaf,
	};
}

int store__walk(struct store *store, const struct store_walk_ops *ops, void *ctx);
/*
 * Whose log it is, as note_key_text(); of a reader what its newest file says. 0, -errno, -ENOMEM.
 */
int store__key(struct store *store, struct buf *out);
/* What is in PATH-log: the last checkpoint that a writer of this store made. 0; -ENOENT. */
int store__last_mark(const struct store *store, struct buf *note);

/* A ticket's bytes: 0 and *bytes for free(), -ENOENT, or -errno as store__read(). */
int store__get_ticket(struct store *store, const char *sha256, void **bytes, size_t *n);

#endif
