/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_STORE_LOG_H
#define LOCKSTEP_STORE_LOG_H

#include "edge/store/store.h"

/*
 * The tree as the writer knows it: what is committed, and what the batch under way makes of it.
 * Each batch that has records gets a checkpoint; the one before is dropped again when it was made
 * within a second of one that stays.
 */
struct store_log {
	const struct store_seal *seal;
	struct merkle tree, next; /* committed; with the batch under way */
	uint64_t seq, next_seq;   /* of the last record in it */
	uint64_t loose;         /* size of the last checkpoint, where the next one replaces it; 0 */
	int64_t kept_ns;        /* when the last one that stays was made, wall clock */
	bool keep;              /* the batch has a record whose checkpoint stays */
	struct buf note, nodes; /* of the batch under way, then of the last one */
	int mark_fd;            /* PATH-log; -1: none */
};

void store_log__begin(struct store_log *log);
/* One record of the batch: 0 and its leaf, or -EIO. */
int store_log__add(struct store_log *log, const struct store_row *row, struct digest *leaf);
/* The checkpoint over the batch, into log->note and log->nodes. 0, -EIO, -ENOMEM. */
int store_log__sign(struct store_log *log);
/* The batch is on the disk. */
void store_log__commit(struct store_log *log, int64_t now_ns);

/* Whether the note is signed with our key and is of this tree: 0 and its last seq; -ENOENT. */
int store_log__check_note(const struct store_log *log, struct span note, const struct merkle *tree,
			  uint64_t *seq);
/* PATH-log, for reading and writing; 0 or -errno. */
int store_log__open_mark(struct store_log *log, const char *path);
/*
 * What an earlier writer left in the mark, of which signature and root are checked: 0, the tree,
 * its last seq and the note; -ENOENT where it is none of ours (a torn one is none).
 */
int store_log__read_mark(const struct store_log *log, struct merkle *tree, uint64_t *seq,
			 struct buf *note);
void store_log__free(struct store_log *log);

#endif
