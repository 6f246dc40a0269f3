/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_REJUDGE_H
#define LOCKSTEP_REJUDGE_H

#include "core/judge/judge.h"
#include "core/record/record.h"

/*
 * Holds a stored session against another ticket. Two walks over its lines, in order: the first
 * learns what names meant when it was recorded (rejudge__learn()), the plan is made with that
 * (rejudge__answer()), the second judges (rejudge__begin(), rejudge__line(), rejudge__end()).
 *
 * What a name of the new ticket meant then is taken from the record and not from the host as it is
 * now:
 *
 *     a program    the first file that ran under the name, if it was not changed since the session
 *                  began; a name that never ran is of no consequence. That a program changed, or
 *                  was another one, is a fact of the record, and stands. A link to a program counts
 *                  where /bin is one to /usr/bin, where the first ticket itself went by it, and
 *                  where `leads` vouches for it
 *     a host       its addresses, where the first ticket named it too; else it is not known
 *     root, the operator
 *                  their uids; other users are the caller's to look up
 *     the rest     the session's end, its mount namespace, that its first program was its login
 *                  shell
 *
 * What the record does not hold is not guessed: see REJUDGE_*. Such an act is indeterminate where
 * it might be approved, and nothing that follows from it is approved.
 */
struct rejudge;

/* Why an act can't be told. */
#define REJUDGE_SECRET 1u  /* only an argument's hash is recorded, and no {secret} stands there */
#define REJUDGE_ENV    2u  /* there were more variables than a record keeps */
#define REJUDGE_PIN    4u  /* the step wants a SHA-256, and the program's was not recorded */
#define REJUDGE_HOST   8u  /* a host name of the ticket was not looked up then */
#define REJUDGE_USER   16u /* a user of the step is not known */
/* Called by a link; where that led when the session began is not known. */
#define REJUDGE_LINK   32u
#define REJUDGE_PARENT 64u /* what ran it, or whose act it is, is such an act */
enum { REJUDGE_UNKNOWNS = 7 };
const char *rejudge_unknown_name(unsigned int i);
const char *rejudge_unknown_text(unsigned int i);

int rejudge__new(struct rejudge **out);      /* 0 or -ENOMEM */
void rejudge__free(struct rejudge *rejudge); /* NULL is allowed */

/* A line of the session. 0; -EINVAL when it can't be read (it is counted); -ENOMEM. */
int rejudge__learn(struct rejudge *rejudge, struct span line);

/* What was learned of the session as a whole; texts are borrowed, "" where the lines have none. */
struct rejudge_session {
	const char *id, *host, *operator_name, *ticket, *ticket_sha256;
	uint32_t operator_uid;
	int64_t start_ns;    /* wall clock */
	bool started, ended; /* its start, its end is among the lines */
};
void rejudge__session(const struct rejudge *rejudge, struct rejudge_session *out);

/*
 * Fills in programs, hosts, root and the operator, between plan_new() and plan_compile(). leads:
 * whether a path led to another one (the path of a program) when the session began, where somebody
 * can tell; NULL: nobody can. 0 or -ENOMEM.
 */
int rejudge__answer(const struct rejudge *rejudge,
		    bool (*leads)(void *ctx, const char *path, const char *to), void *ctx,
		    struct plan *plan);

/* plan: compiled, borrowed. 0 or -ENOMEM. */
int rejudge__begin(struct rejudge *rejudge, const struct plan *plan, bool wrong_host,
		   bool wrong_operator);

struct rejudge_verdict {
	enum verdict verdict;
	enum how how;
	uint32_t reasons;
	struct span step; /* its id, n 0: none; valid until the next line */
};

struct rejudged {
	bool act;     /* the line has a verdict, then or now; else the rest is empty */
	bool changed; /* in any part */
	uint32_t unknown;
	struct rejudge_verdict was, now;
};

/* The same lines again. 0; -EINVAL as above; -ENOMEM. */
int rejudge__line(struct rejudge *rejudge, struct span line, struct rejudged *out);

struct rejudge_result {
	uint64_t acts, changed, unknown;
	uint64_t unreadable;       /* lines that are no records of ours */
	uint64_t programs_unknown; /* files beyond the bound: what they are named is not approved */
	bool ended;                /* else the outcomes say nothing */
	enum outcome was, now;
	uint32_t reasons_was; /* of its end */
	uint32_t reasons_now;
	bool outcome_changed;
	struct reconciliation facts; /* borrowed from it */
};
void rejudge__end(struct rejudge *rejudge, struct rejudge_result *out);

#endif
