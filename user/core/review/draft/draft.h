/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_DRAFT_H
#define LOCKSTEP_DRAFT_H

#include "core/base/buf.h"
#include "core/plan/plan.h"

/*
 * A ticket drafted from what a session did: fed with its stored lines, writes YAML. For a person to
 * narrow, and so with comments that say what stands for what, and what was left out and why.
 *
 * The first level of the session's execs are steps, the execs below are the step's `children`, as
 * the judge would see them (judge/exec.c): a command that is a step somewhere is that step
 * everywhere.
 */
struct draft;

/* A profile to explain execs by: a compiled plan of it alone (plan.h). */
struct draft_profile {
	const char *name;
	const struct plan *plan;
};

struct draft_opts {
	const struct draft_profile *profiles; /* borrowed, as what they point to */
	size_t profiles_n;
};

int draft__new(struct draft **out, const struct draft_opts *opts); /* 0 or -ENOMEM */
void draft__free(struct draft *draft);                             /* NULL is allowed */

/*
 * The session's next line, in the order of the store; it may go afterwards. 0; -EINVAL for one that
 * is no line of ours, is of another session than those before or not behind them, which is left
 * out; -E2BIG beyond a bound (draft/part.h); -ENOMEM.
 */
int draft__line(struct draft *draft, struct span line);

/*
 * Appends the ticket, which ticket_parse() takes. Once, behind the last line. 0; -ENODATA when the
 * session's start was not among the lines, or none of them can be a step; -E2BIG when it would be
 * no ticket for its size; -ENOMEM.
 */
int draft__write(struct draft *draft, struct buf *out);

#endif
