/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_LOSS_H
#define LOCKSTEP_LOSS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lockstep/state.h"

/*
 * The books of one session: which sequence numbers came, which are holes, and which holes are
 * losses. The ring's order is not the sequence's, so a hole is a loss only when the kernel's own
 * counters, read when nothing was in flight, say so (docs/design.md, "Losses and the outcome").
 */
struct loss_counts {
	uint64_t emitted; /* as the kernel counted */
	uint64_t stored;  /* events that became records */
	uint64_t lost[LS_LOST_REASONS];
	uint64_t missed[LS_MISSED_REASONS];
	uint64_t refused;    /* came, but could not become records */
	uint64_t not_stored; /* became records that the disk did not take */
	uint64_t dropped;    /* duplicates and impossible numbers: of no account in the books */
	uint64_t recursion_misses; /* programs that the kernel skipped since the session's open */
	/*
	 * Stored, but not whole: execs whose arguments, or one of whose paths, could not all be
	 * read.
	 */
	uint64_t argv_unreadable, path_unreadable;
	/* emitted - stored - refused - not_stored - sum(lost), when positive. */
	uint64_t unexplained;
};

struct loss_range {
	uint64_t first, last; /* sequence numbers, inclusive; 0..0: took none (missed, recursion) */
	uint64_t count;
	/* "ring_full", "fill", "refused", "member_full", "sock_full", "recursion", "untracked",
	   "not_stored", "unexplained" */
	const char *reason;
};

const char *loss_reason_name(size_t i); /* the i-th of those; NULL behind the last */

struct loss_book;

/* recursion_misses: the probe's count when the session was opened. 0 or -ENOMEM. */
int loss_book__new(struct loss_book **out, uint64_t recursion_misses);
void loss_book__free(struct loss_book *book);
/*
 * A record with this number came (stored) or came and was refused. False: a duplicate, 0, or so far
 * ahead that the kernel can't have given it out; drop it.
 */
bool loss_book__came(struct loss_book *book, uint64_t sseq, bool refused);
/* The record that just came could not be stored after all: it moves from stored to refused. */
void loss_book__refuse(struct loss_book *book, uint64_t sseq);
/* An exec that was stored: its LS_EXEC_* say whether it is whole. */
void loss_book__exec(struct loss_book *book, uint32_t exec_flags);
/* `count` records with numbers of first..last were given up by the store: they move from stored. */
void loss_book__not_stored(struct loss_book *book, uint64_t first, uint64_t last, uint64_t count);
/*
 * The kernel's counters of the session, read while the ring held nothing of before. Calls `report`
 * for each new range; returns true when the books are closed: emitted is the sum of
 * stored, refused, not_stored and lost.
 * `final`: nothing can be in flight any more, so what does not balance is reported as unexplained.
 */
bool loss_book__settle(struct loss_book *book, const struct ls_session *kernel,
		       uint64_t recursion_misses, bool final,
		       void (*report)(void *ctx, const struct loss_range *range), void *ctx);
/*
 * A loss that was reported before a restart: `count` of its numbers are no holes any more. After
 * the numbers that came before it were given to loss_book__came().
 */
void loss_book__lost(struct loss_book *book, const struct loss_range *range);
/*
 * A program was skipped for an act of the session, perhaps before the book was opened. True: none
 * was counted until now, so that this one is, beside those that loss_book__settle() will find;
 * *range is to be reported.
 */
bool loss_book__skipped_before(struct loss_book *book, struct loss_range *range);
/* What was given so far is what was known before a restart: it may come again, of no account. */
void loss_book__restored(struct loss_book *book);
/* The highest number that is known of. */
uint64_t loss_book__top(const struct loss_book *book);
void loss_book__counts(const struct loss_book *book, struct loss_counts *out);

#endif
