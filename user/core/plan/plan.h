/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_PLAN_H
#define LOCKSTEP_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/err.h"
#include "core/base/file_id.h"
#include "core/ticket/ticket.h"

struct ls_automaton; /* lockstep/automaton.h */
struct plan_index;   /* plan/index.h */

/*
 * A plan is a ticket with its profiles, bound to one host: what its names mean there was looked up,
 * and its run patterns were compiled into one automaton. Immutable after plan_compile().
 *
 * Three stages, so that core stays pure: plan_new() lists what has to be looked up, an edge
 * (user/edge/lookup.c) fills the answers in, plan_compile() builds.
 */

/*
 * One program that a step names, and what it is on this host. The edge fills all but name; path and
 * texts (the array and its strings) are from malloc() and become the plan's, as do a host's
 * addresses.
 */
struct program {
	const char *name; /* as written: absolute path or bare name */
	bool found;
	char *path; /* resolved: no symlink in it (a script's too) */
	/* Script: every absolute text under which the ticket's path finds the same file. */
	char **texts;
	size_t texts_n;
	bool script; /* begins with #! */
	struct file_id file;
	uint32_t interp_dev; /* script: the interpreter's file */
	uint64_t interp_ino;
	char sha256[65]; /* lower-case hex, "" when it could not be read */
};

struct user_name {
	const char *name;
	bool found;
	uint32_t uid;
};

struct host_name {
	const char *name;
	struct address *addresses; /* ports 0 */
	size_t addresses_n;        /* 0: does not resolve */
};

/*
 * What an element of an accepting state's set stands for. plan->rules is in order, the best first.
 */
struct rule {
	uint32_t step;    /* index into plan->steps */
	bool child;       /* a pattern of the step's `children`, not its `run` */
	uint32_t program; /* index into plan->programs: what words[0] means */
	/* Literal bytes that every match has: of two matching rules the higher one wins. */
	uint32_t specificity;
};

/* The ticket and its profiles. */
enum { PLAN_SOURCES_MAX = 1 + TICKET_PROFILES_MAX };

struct plan {
	const struct ticket *ticket; /* NULL: a session without a ticket */
	/* Where bare program names are looked up: the ticket's directories, then each profile's. */
	struct strings path;
	struct step **steps; /* the ticket's own first, in its order, then the profiles' */
	size_t steps_n, own_steps_n;
	struct dests *allow;                 /* allow_connect of the ticket and of each profile */
	const struct patterns **allow_write; /* likewise; allow_n of them */
	size_t allow_n;
	struct program *programs;
	size_t programs_n;
	struct user_name *users; /* every `as` and every operator that is no group */
	size_t users_n;
	struct host_name *hosts; /* every DEST_HOST */
	size_t hosts_n;
	struct rule *rules;
	size_t rules_n;
	struct plan_index *index;
	struct ls_automaton *automaton;
	uint32_t *set_starts; /* accept set s is set_rules[set_starts[s] .. set_starts[s + 1]) */
	uint32_t *set_rules;
	struct ticket **owned; /* the ticket and the profiles, freed with the plan */
	size_t owned_n;
};

/*
 * A profile can be the ticket, to be looked at alone: it is looked up along ticket_system_path too.
 * Takes the ticket and `n` profiles (in the order of ticket->profiles) over, whatever it returns.
 * 0, -EINVAL (a profile's step id collides, …), -ENOMEM.
 */
int plan_new(struct ticket *ticket, struct ticket **profiles, size_t n, struct plan **out,
	     struct err *err);

/*
 * Builds the automaton from what was looked up. A program that was not found keeps its name's
 * candidates as path literals (so that `ticket check` works on any machine) and matches no
 * dev:inode. 0; -E2BIG with the id of the step that made the automaton outgrow its bound; -ENOMEM.
 */
int plan_compile(struct plan *plan, struct err *err);
void plan_free(struct plan *plan);

/*
 * The rules whose pattern is this action, best first (own steps before profiles, then specificity).
 * action: as automaton.h says. Returns how many there are and points *rules at indexes into
 * plan->rules, valid as long as the plan.
 */
size_t plan_match(const struct plan *plan, struct span action, const uint32_t **rules);

/* What was looked up of an `as` or an operator; NULL: no name of the plan. */
const struct user_name *plan_user(const struct plan *plan, const char *name);

/* Whether dest `d` covers the address (host names by what was looked up). */
bool plan_dest_covers(const struct plan *plan, const struct dest *d, uint16_t proto,
		      const struct address *to);

/* The nearest step to an exec that none approves, for a person. */
struct nearest {
	const struct step *step; /* NULL: the plan has no step that is near at all */
	unsigned int argument;   /* the first that differs; 0 is the program */
	char approved[256]; /* the pattern's word, "(end)" where the step has no more arguments */
	/* Borrowed from argv or the path; p NULL where the command ended early. */
	struct span actual;
	uint64_t actual_cut; /* bytes of it beyond those: of one that is read back from a record */
};

/*
 * path: the action's program; argv: as in struct event_exec (for a script: from its own argv[0]
 * on).
 */
void plan_nearest(const struct plan *plan, struct span path, struct span argv, struct nearest *out);

#endif
