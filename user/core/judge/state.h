/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_JUDGE_STATE_H
#define LOCKSTEP_JUDGE_STATE_H

#include "core/judge/images.h"
#include "core/judge/judge.h"
#include "core/judge/runs.h"
#include "core/judge/unexplained.h"
#include "core/plan/action.h"

/* What judge.c, judge/exec.c, judge/program.c and judge/net.c share; nobody else includes it. */

/* The kinds of things that this version can't see, once a session has had the occasion for them. */
#define UNSEEN_BUILTINS 1u /* a shell took commands from its input */
#define UNSEEN_SCRIPTS  2u /* a script or -c was run */

/* What was said of a listener, for the connections that the kernel takes for it. */
struct listen_seen {
	uint64_t sseq;
	enum verdict verdict;
	enum how how;
	const struct step *step;
};

enum { LISTENS_MAX = 256 };

struct judge {
	struct judge_opts opts;  /* .env is env below */
	const struct plan *plan; /* NULL: no ticket */
	char *env;               /* the table's variables at the session's start */
	struct images *images;
	struct runs *runs;
	struct step_facts *facts; /* plan->steps_n of them */
	struct unexplained_acts unexplained;
	/* The latest; an older one's connections are not judged. */
	struct listen_seen listens[LISTENS_MAX];
	uint64_t listens_n; /* that there ever were */
	struct buf room;    /* the action of the exec at hand */
	int64_t clock_ns;   /* wall clock = boot clock + this, now */
	uint64_t doomed; /* image that nobody runs any more, dropped with the next event; 0: none */
	uint64_t approved, unapproved, indeterminate;
	uint32_t reasons;    /* of all acts and losses */
	uint32_t order_last; /* the highest own step that was run */
	uint32_t unseen;
	uint64_t end_ns; /* when it was ended, boot clock */
	enum reason end_reason;
	bool ended;
	bool lost;
	bool exec_seen;
};

/* The image that acted: what an act inherits. */
struct actor {
	bool known;
	enum verdict verdict;
	enum how how;
	uint32_t step; /* IMAGE_NO_STEP: none */
	bool writes;   /* see struct image */
};

/* Reasons that hold for every act of the session, whatever it is. */
uint32_t judge_session_reasons(const struct judge *judge, uint64_t ts_ns);

void judge_exec(struct judge *judge, const struct event *event, const struct actor *parent,
		struct judgement *out);
/* What judging an exec leaves behind, of one that was judged before a restart. */
void judge_exec_restore(struct judge *judge, const struct event *event,
			const struct judgement *judged);
void judge_net(struct judge *judge, const struct event *event, const struct actor *actor,
	       struct judgement *out);
/* For the connections that the listener takes. */
void judge_note_listen(struct judge *judge, const struct event *event,
		       const struct judgement *judged);
/* The wall clock, by its offset now, at a moment of the boot clock. */
int64_t judge_wall(const struct judge *judge, uint64_t ts_ns);
void judge_write(const struct judge *judge, const struct event *event, const struct actor *actor,
		 struct judgement *out);
/* No verdict: nothing ran. Finds the secrets among what was to be run. */
void judge_exec_failed(const struct judge *judge, const struct event *event, struct judgement *out);
/* A connection that was taken: as its listener. */
void judge_accept(const struct judge *judge, const struct event *event, struct judgement *out);

/* Whether the loaded file is the program that the plan means; the reasons why not, 0: it is. */
uint32_t judge_program_reasons(const struct judge *judge, const struct event *event,
			       const struct action *action, const struct program *program,
			       const struct step *step);
/* Whether the loaded file is, as far as its inode tells, what was hashed at the start. */
bool judge_program_hashed(const struct event_exec *exec, const struct action *action,
			  const struct program *program);

#endif
