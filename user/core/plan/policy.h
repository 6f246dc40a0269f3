/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_POLICY_H
#define LOCKSTEP_POLICY_H

#include "core/event/event.h"
#include "core/plan/action.h"
#include "core/plan/plan.h"
#include "core/plan/programs_table.h"

/*
 * What a plan allows besides commands, each question in one place: the judge asks, and so does
 * what drafts, compares, checks and rejudges tickets, which must not have other answers.
 */

/*
 * How far a file's change time may lag: it is the last timer tick's (current_time(), fs/inode.c).
 */
#define POLICY_TICK_NS 10000000ll

/* Whether an interpreter that reads commands from such an input (LS_STDIN_*) may. */
bool policy_stdin(unsigned int mask, struct program_nature nature, uint32_t stdin_kind);
/* The STDIN_* that a step needs for it; 0: there is nothing to read, or nobody who reads. */
unsigned int policy_stdin_needs(struct program_nature nature, uint32_t stdin_kind);
/* Which kind of socket that is for a step's `sockets`: one of SOCKETS_*. */
unsigned int policy_socket_kind(const struct event_socket *socket);

/*
 * An interactive login shell at a terminal: a shell of the system's, under its name, that reads no
 * file of commands. Who asks for one can start anything, so it needs no step.
 */
bool policy_login_shell(const struct event_exec *exec, const struct action *action,
			struct program_nature nature);

/* By what a step, NULL: none, says, or by what its plan allows to every step. */
bool policy_connect(const struct plan *plan, const struct step *step, uint16_t proto,
		    const struct address *to);
bool policy_unix(const struct plan *plan, const struct step *step, struct span tidy_path);
bool policy_write(const struct plan *plan, const struct step *step, struct span path);
/* By what a step, NULL: none, says alone. */
bool policy_listen(const struct plan *plan, const struct step *step, uint16_t proto,
		   const struct address *local);
bool policy_send(const struct plan *plan, const struct step *step, uint16_t proto,
		 const struct address *to);
/*
 * The resolver of glibc sorts addresses (RFC 6724) by connecting UDP sockets to each, with the port
 * that was asked for or with 0, and sends nothing: whether it asks about one that may be connected
 * to by TCP.
 */
bool policy_probe(const struct plan *plan, const struct step *step, uint16_t proto,
		  const struct address *to);

/* Whether a command is one of that program's, as its file or argv[0] is called. */
bool policy_is_named(const struct command *command, struct span path, struct span argv);
/*
 * As secrets_add(), for a rule that matches argv. A rule does not say which pattern of a step's
 * children it is: each of them counts.
 */
bool policy_secrets(const struct plan *plan, const struct rule *rule, struct span argv,
		    struct span *secrets, size_t max, size_t *n);

#endif
