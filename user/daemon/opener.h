/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_DAEMON_OPENER_H
#define LOCKSTEP_DAEMON_OPENER_H

#include <stdbool.h>
#include <stddef.h>

#include "daemon/control.h"
#include "daemon/admission.h"

/*
 * Opens sessions. Reading a ticket, asking the resolver and the name service for what it names and
 * hashing its programs may take seconds, so a thread of its own does that, one session after the
 * other, and the loop's thread opens what came out: no session's alerts wait for another's ticket.
 *
 * Tickets are taken by id from the configured directory only: nobody approves himself by bringing a
 * file.
 */
struct engine;
struct loop;
struct opener;

struct opener_opts {
	struct loop *loop;
	struct engine *engine;
	struct admission_rules rules; /* copied */
	unsigned int sessions_max;
	/* Whether the caller still waits: who gave up is not put into a session. */
	bool (*waits)(void *ctx, uint64_t ticket);
	/* The answer to a call, in the loop's thread. */
	void (*answer)(void *ctx, uint64_t ticket, struct span reply);
	/* One line for the log. */
	void (*say)(void *ctx, const char *line);
	void *ctx;
};

int opener__open(struct opener **out, const struct opener_opts *opts); /* 0 or -errno */
/* Waits for the ticket that is being read, if one is. NULL is allowed. */
void opener__close(struct opener *opener);
/* After a reload; for those who come from now on. 0 or -ENOMEM, and nothing changed. */
int opener__set(struct opener *opener, const struct admission_rules *rules,
		unsigned int sessions_max);

/*
 * Opens a session, or lists the tickets that one could be opened on. Takes call->passed_fd over.
 * CONTROL_LATER, or CONTROL_ANSWERED when it is refused at once.
 */
enum control_result opener__submit(struct opener *opener, const struct control_call *call,
				   struct buf *reply);

#endif
