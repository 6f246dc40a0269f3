/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_DAEMON_ADMISSION_H
#define LOCKSTEP_DAEMON_ADMISSION_H

#include <stdbool.h>

#include "core/record.h"
#include "core/request.h"
#include "daemon/reply.h"
#include "edge/socket.h"
#include "plan_file.h"

/*
 * Whether a peer may open a session on a ticket, here and now: the ticket is read from its
 * directory, held against operator, host and window, and made a plan. Blocks (files, name service,
 * resolver).
 */
struct admission {
	/* what is asked for */
	char *tickets, *profiles; /* directories */
	char id[FILTER_NAME_MAX];
	struct socket_peer peer;
	bool shell;
	struct buf env;
	/* what came of it */
	struct plan_file file;
	char operator_name[256];
};

/* 0 or -ENOMEM. tickets and profiles are filled in by the caller, and freed with the rest. */
int admission_init(struct admission *admission, const struct request *request,
		   const struct socket_peer *peer);
/* Fills in what came of it; one line in `errors` for each thing that stands against it. */
void admission_check(struct admission *admission, struct errors *errors);
/* What the session is to be known by; borrows from the admission. */
void admission_info(const struct admission *admission, struct session_info *out);
void admission_free(struct admission *admission);

#endif
