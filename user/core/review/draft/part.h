/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_DRAFT_PART_H
#define LOCKSTEP_DRAFT_PART_H

#include "core/base/counted_set.h"
#include "core/plan/programs_table.h"
#include "core/record/record.h"
#include "core/review/draft/draft.h"
#include "core/review/draft/placeholder.h"
#include "core/ticket/keys.h"

/* What the files of the draft share; nobody else includes it. */

enum {
	DRAFT_RUNS_MAX = 1 << 17,
	DRAFT_ACTS_MAX = 1 << 18,
	DRAFT_PIDS_MAX = 1 << 18,
	DRAFT_ID_SIZE = 48
};

#define DRAFT_NONE UINT32_MAX
/* Beside the PLACEHOLDER_*: what varies was left as it is, in code that an interpreter is given. */
#define DRAFT_KEPT (1u << PLACEHOLDER_KINDS)

enum draft_fate {
	DRAFT_LEFT_OUT, /* no step can be it */
	DRAFT_STEP,     /* is a run of `step` */
	DRAFT_CHILD,    /* is below `step` */
	DRAFT_PROFILE,  /* a profile's step explains it */
	DRAFT_SHELL,    /* the login shell, which needs no step */
};

/* An exec. */
struct draft_run {
	uint64_t sseq, image;
	char *bytes; /* what the spans are of */
	struct span action, path, cwd, filename;
	struct span env, secrets; /* NUL-ended: variables that differ; the marks of secrets */
	uint32_t euid, stdin_kind;
	struct program_nature nature;
	bool script;
	bool login; /* the session's first exec, an interactive shell */
	bool env_unknown;
	bool fresh;                /* its file was put in place or changed during the session */
	int64_t time_ns, ctime_ns; /* of the run, and of its file; of the epoch */
	const char *why;           /* not to be drafted; NULL: it is */

	char *run;          /* its `run` line */
	unsigned int marks; /* PLACEHOLDER_*, DRAFT_KEPT */
	bool relative;      /* an argument depends on cwd */

	enum draft_fate fate;
	uint32_t step;                       /* DRAFT_STEP, DRAFT_CHILD */
	const struct draft_profile *profile; /* DRAFT_PROFILE, and its rule's step */
	uint32_t profile_step;
};

/* Any other act that a ticket has rules for. */
struct draft_act {
	uint64_t image;
	enum record_kind kind;
	uint16_t proto;
	struct address address; /* remote, of bind and listen local */
	unsigned int sockets;   /* SOCKETS_* */
	char *path, *from;      /* NULL: none */
	const char *why;
	bool judged;
};

struct draft_step {
	const struct draft_run *first;
	uint32_t n;
	unsigned int marks;
	bool judged_write;
	struct counted_set lists[STEP_KEYS_N]; /* of the keys that have one: its elements */
	struct step so_far; /* what else is known: connect's addresses, stdin_mask, sockets */
	struct counted_set delegation; /* sockets, as `connect` has them */
	struct counted_set notes;
	char id[DRAFT_ID_SIZE];
};

struct draft {
	struct draft_opts opts;
	char *session, *host, *operator_name;
	uint32_t operator_uid;
	int64_t time_ns;
	bool begun;
	uint64_t bad, losses;

	struct draft_run *runs;
	size_t runs_n, runs_cap;
	struct draft_act *acts;
	size_t acts_n, acts_cap;
	uint32_t *pids;
	size_t pids_n, pids_cap;

	struct draft_step *steps;
	size_t steps_n;
	struct counted_set keys;  /* of steps, in their order */
	struct counted_set allow; /* connect of what has no step */
	struct counted_set allow_write;
	struct step so_far;          /* as a step's, of what has none */
	struct counted_set profiles; /* names of those that explain something */
	struct counted_set notes;    /* what belongs to no step */
};

/* draft/run.c: fills in .run, .marks and .relative, or .why. 0 or -ENOMEM. */
int draft_run_write(const struct placeholder_context *context, struct draft_run *run);
/* Appends the command as a person reads it, cut. */
void draft_run_show(const struct draft_run *run, struct buf *out);
/* Whether no `as` is needed. */
bool draft_run_is_usual_user(const struct draft *draft, const struct draft_run *run);

/* draft/profile.c */
bool draft_profile_explains(struct draft *draft, const struct draft_run *parent,
			    struct draft_run *run);
const struct draft_profile *draft_profile_allows(const struct draft *draft,
						 const struct draft_act *act);

/* draft/tree.c: what each run is, and the steps. 0, -E2BIG, -ENOMEM. */
int draft_tree(struct draft *draft);
struct draft_run *draft_find(const struct draft *draft, uint64_t sseq);

/* draft/acts.c: a path as a pattern for whole paths. 0; -EINVAL when none can say it; -ENOMEM. */
int draft_path_add(struct counted_set *list, const struct placeholder_context *context,
		   struct span path);
/* The acts into their steps. 0 or -ENOMEM. */
int draft_acts(struct draft *draft, const struct placeholder_context *context);

/* draft/text.c: 0, -E2BIG, -ENOMEM. */
int draft_text(struct draft *draft, struct buf *out);

#endif
