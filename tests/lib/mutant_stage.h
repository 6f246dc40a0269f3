/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_MUTANT_STAGE_H
#define LOCKSTEP_MUTANT_STAGE_H

#include <arpa/inet.h>

#include "core/judge/judge.h"
#include "core/plan/program.h"
#include "lib/oracle.h"
#include "lib/plan_fixture.h"

/*
 * A host for the mutation test: what a ticket's names mean on it, acts as structs whose every field
 * can be changed, and a real judge for each. No ring and no decoder: their tests are elsewhere.
 *
 * Every bare name is a binary in /usr/bin but for the scripts below; file number n is inode 1000 +
 * n. Host name number n is 10.9.9.n. User jdoe, 1000, is the operator.
 */
enum {
	STAGE_DEV = 8 << 20 | 1,
	STAGE_OPERATOR = 1000,
	STAGE_MNTNS = 5,
	STAGE_INTERPRETER_INO = 77,
	ACT_ARGS = 24,
	ACT_BEFORE = 4,
};

#define STAGE_SIZE      4096u
#define STAGE_CTIME     1700000000000000000ull
#define STAGE_NOW       7200000000000ull /* boot clock, half an hour into the window */
#define STAGE_HALF_HOUR 1800000000000ll

struct stage {
	struct plan *plan;
	struct judge_opts opts;
};

/* One exec. Everything that is judged of it, to be copied and changed. */
struct act {
	const struct stage *stage;
	const struct program *program; /* what it runs while nobody changes it */
	const struct act *parent;      /* NULL: the session's opener */
	struct span args[ACT_ARGS];    /* argv[0] on; of a script its own */
	size_t args_n;
	struct span exe, filename, cwd, root, env;
	struct file_id file;
	uint64_t ts_ns;
	uint32_t euid, stdin_kind, flags, mntns;
	struct file_facts seen; /* of a script */
	bool gone;
	struct judge_opts opts;
	const struct act *before[ACT_BEFORE]; /* acts of other processes, judged first */
	size_t before_n;
	bool before_exits; /* each with 0 */
	bool ended;
};

void stage_init(struct stage *stage, struct span text, const struct span *profiles, size_t n);
const struct program *stage_find(const struct plan *plan, const char *name);

/* A binary that no step names, for what `children: any` covers. */
const struct program *stage_other(void);

/* args: each ended by "|", argv[0] first; filled into `room`, which stays with the act. */
void act_args(struct act *act, const char *args, struct buf *room);
void act_init(struct act *act, const struct stage *stage, const struct program *program);
void stage_exec(const struct act *act, struct judgement *out);

/* Judges another act of the image that `act` makes. */
void stage_act(const struct act *act, struct event *event, struct judgement *out);

/* ---- what the ticket says, told without the judge ---- */

const struct step *stage_step(const struct stage *stage, const char *id);

/* The step whose written pattern the command is in; `first`, when it is in that one's. */
const struct step *oracle_step(const struct act *act, const struct step *first,
			       const struct step *parent);

/* any_port: the address alone counts. */
bool oracle_dest(const struct plan *plan, const char *text, uint16_t proto,
		 const struct address *to, bool any_port);

#endif
