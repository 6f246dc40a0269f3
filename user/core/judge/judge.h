/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_JUDGE_H
#define LOCKSTEP_JUDGE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/event/event.h"
#include "core/judge/verdict.h"
#include "core/plan/plan.h"

/*
 * Holds the acts of one session against its plan. Pure: the caller brings events in the ring's
 * order, times and losses. Memory is bounded (judge.c says by what); beyond the bound an act is
 * indeterminate, never approved.
 */
struct judge;

struct judge_opts {
	/* Borrowed. NULL, or its ticket NULL: no ticket, everything is no_ticket. */
	const struct plan *plan;
	uint32_t operator_uid;
	bool shell; /* the session's first exec may be an interactive login shell (session start) */
	bool wrong_host, wrong_operator; /* checked at the open; becomes a reason of every act */
	int64_t boot_to_wall_ns; /* wall clock = boot clock + this, when the session was opened */
	uint32_t mntns;          /* where the plan's names were looked up; 0: not compared */
	uint32_t sees;           /* JUDGE_SEES_* (sees.h): of what not every host shows */
	/* The environment at the session's start, NUL-ended; the table's variables are copied. */
	struct span env;
};

int judge__new(struct judge **out, const struct judge_opts *opts); /* 0 or -ENOMEM */
void judge__free(struct judge *judge);
/* The variables of the start that were taken for granted, NUL-ended; valid as long as the judge. */
struct span judge__start_env(const struct judge *judge);
/*
 * The wall clock was set. An act is in the window when it is by the clock of the session's start
 * and by that of now: who is root in a session can set the clock, and would choose the window by
 * it.
 */
void judge__set_clock(struct judge *judge, int64_t boot_to_wall_ns);
int64_t judge__clock(const struct judge *judge); /* the offset that it goes by */
/*
 * The session was ended (by command, window, revocation) at that moment of the boot clock: what was
 * done then or later is unapproved for that reason (after_end, revoked), whenever it comes.
 */
void judge__end(struct judge *judge, uint64_t ts_ns, enum reason reason);
/* Something was lost: step_missing can't be claimed, the outcome is at best indeterminate. */
void judge__lost(struct judge *judge, uint32_t reasons);

struct judgement {
	enum verdict verdict; /* VERDICT_NONE for exit, close, failed execs and some writes */
	enum how how;
	uint32_t reasons;        /* REASON_BIT() set; empty when approved */
	const struct step *step; /* approved: by which; else NULL */
	/* Unapproved execs, else .step is NULL; .approved is empty where no argument differs. */
	struct nearest nearest;
	struct span env[32]; /* exec: the table's variables, NAME=VALUE; borrowed from the event */
	size_t env_n;
	size_t env_more;               /* such variables that did not fit (judged as well) */
	bool env_differs[32];          /* env[i] is not as at the session's start, and is judged */
	const struct program *program; /* exec: what was run, for its hash; NULL: not the plan's */
	struct span secrets[8];        /* arguments that {secret} matched: kept as salted hashes */
	size_t secrets_n;
	bool secrets_more; /* not all of them are known: the record keeps no argument but argv[0] */
	/* Path of the image that acted; empty: unknown. Borrowed until the next judge__event(). */
	struct span exe;
};

/*
 * Whether the event's process has another mount namespace or root than that in which the plan's
 * names were looked up: the same path text may be another file there.
 */
bool judge__elsewhere(const struct judge *judge, const struct event *event);

/*
 * Never fails: what can't be judged is VERDICT_INDETERMINATE. A script that was looked for and
 * could not be seen is binary_changed, also one that deleted itself: its bytes may have been any.
 */
void judge__event(struct judge *judge, const struct event *event, struct judgement *out);

/*
 * The act that was judged last was found unapproved by what is not known for sure: it is
 * indeterminate, and so is what its image does, as far as nothing else approves that.
 */
void judge__doubt(struct judge *judge, const struct event *event);

/*
 * A session that was interrupted goes on in a new judge: it is given, in their order, the acts that
 * were judged before, as they were judged, and afterwards is what the old one was. Of the judgement
 * verdict, how, reasons, step and secrets are read. What is not in a record, whether other
 * processes run an image too, is not restored: images are dropped later than they would have been.
 */
void judge__restore(struct judge *judge, const struct event *event, const struct judgement *judged);
int judge__restore_env(struct judge *judge, struct span env); /* as judge_opts.env; 0 or -ENOMEM */
const struct step *judge__step(const struct judge *judge, struct span id); /* NULL: no such step */

enum { STEP_WORK_MAX = 8 };

struct step_facts {
	const struct step *step;
	uint32_t done, failed; /* runs that ended with 0, with another status */
	uint32_t running;
	uint64_t first_sseq, last_sseq; /* of its execs, 0: none */
	/* When it was at work, wall clock, the latest times; to_ns 0: it is still. */
	struct step_work {
		int64_t from_ns, to_ns;
	} work[STEP_WORK_MAX];
	uint32_t work_n; /* that there ever were */
};

/* An act that no step explains. */
struct unexplained_act {
	uint64_t sseq;
	enum record_kind kind;
	enum verdict verdict; /* unapproved or indeterminate */
	uint32_t reasons;
	char text[160]; /* program and arguments, or the destination; never to be printed raw */
	size_t text_n;
	bool cut; /* text is not the whole */
};

enum { UNEXPLAINED_ACTS_MAX = 64, UNSEEN_MAX = 8 };

struct reconciliation {
	enum outcome outcome;
	uint32_t reasons;               /* of all its acts, its losses, and step_missing */
	const struct step_facts *steps; /* own first, as in the plan; borrowed from the judge */
	size_t steps_n, own_steps_n;
	uint64_t approved, unapproved, indeterminate; /* acts */
	/* The first UNEXPLAINED_ACTS_MAX of the latter two; borrowed. */
	const struct unexplained_act *unexplained;
	size_t unexplained_n;
	const char *unseen[UNSEEN_MAX]; /* what can't be seen of such a session, for a person */
	size_t unseen_n;
};

/* Where the session stands now; at its end that is its verdict. */
void judge__reconcile(struct judge *judge, struct reconciliation *out);

#endif
