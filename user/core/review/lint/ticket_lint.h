/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_TICKET_LINT_H
#define LOCKSTEP_TICKET_LINT_H

#include "core/plan/plan.h"

/*
 * What an approver who reads with care would ask about: rules that allow more than they seem to. A
 * ticket with such rules is still a ticket; what the loader refuses is not looked for here.
 *
 * step: its id; NULL, and line 0: of the ticket as a whole. warning: one line, lower case, without
 * a full stop; what it quotes is a ticket's text, which has no control characters. It may go when
 * the call returns.
 */
typedef void (*ticket_lint_warn)(void *ctx, const char *step, unsigned int line,
				 const char *warning);

/* Of the ticket's own steps; a profile has its own reviewers. plan: looked up, compiled or not. */
void ticket_lint(const struct plan *plan, ticket_lint_warn warn, void *ctx);

#endif
