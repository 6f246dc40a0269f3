/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_TICKET_DIFF_H
#define LOCKSTEP_TICKET_DIFF_H

#include "core/base/buf.h"
#include "core/plan/plan.h"

/*
 * What one ticket, `is`, allows and another, `was`, did not. Both are plans that were compiled and
 * not looked up, so that the answer is the same on every host: a program is the paths that its name
 * can mean.
 *
 * Judged on the automata: every action that a step of `is` approves is held against the steps of
 * `was` that approve the same action. One of them alone has to give all that the step gives
 * (step_compare.h); what two of them give together counts as more. So it can be said of a step that
 * it allows more when it does not, and never the other way round, with one exception: where several
 * steps of `was` approve the same command, which of them a run is counted for hangs on the runs
 * before, and so do `times` and `order: strict`; here it is one that gives enough.
 */

/* One difference. What it points to lives until the call returns. */
struct ticket_difference {
	const struct step *step; /* of `is`; NULL: of the ticket as a whole */
	const char *key;         /* "window", "connect", …; NULL: the command itself */
	/*
	 * With a step and a key: the one of `was` that comes nearest; with neither: one of `was`
	 * that had to be done more often.
	 */
	const struct step *other;
	struct span has, had; /* the key's values, as a person reads them */
	struct span action;   /* of a step: a command that shows it, as automaton.h has it */
	bool bare; /* its program is named without a directory, and means the same in both */
};

typedef void (*ticket_diff_tell)(void *ctx, const struct ticket_difference *difference);

/*
 * The ticket's differences first, then each step's, in their order: of its commands that `was` does
 * not approve the shortest, and of those that it approves for less the shortest. 0, however many
 * there were; -E2BIG where the two are too large to be compared, -ENOMEM: then what was told is not
 * all.
 */
int ticket_diff(const struct plan *was, const struct plan *is, ticket_diff_tell tell, void *ctx);

/* Appends a difference as a line, its command as a shell would read it. */
void ticket_difference_line(const struct ticket_difference *difference, struct buf *out);

#endif
