/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_DAEMON_ADMISSION_H
#define LOCKSTEP_DAEMON_ADMISSION_H

#include <stdbool.h>

#include "approve/approvals.h"
#include "approve/plan_file.h"
#include "core/base/id.h"
#include "core/record/record.h"
#include "core/serve/request.h"
#include "daemon/reply.h"
#include "edge/socket.h"

/*
 * Whether a peer may open a session on a ticket, here and now: the ticket is read from its
 * directory, held against operator, host, window, signatures and revocation, and made a plan.
 * Blocks (files, name service, resolver, ssh-keygen).
 */
/* What the configuration says of it; the strings are owned. */
struct admission_rules {
	char *tickets, *profiles; /* directories */
	char *signers, *revoked;  /* see struct approvals_opts */
	bool signatures_optional, break_glass;
};

/* 0 or -ENOMEM, *out empty. */
int admission_rules_copy(struct admission_rules *out, const struct admission_rules *rules);
void admission_rules_free(struct admission_rules *rules);

struct admission {
	struct admission_rules rules;
	/* what is asked for */
	char id[ID_ROOM];
	bool break_glass;
	uint32_t operator_uid;
	bool shell;
	struct buf env;
	/* what came of it */
	struct plan_file file;
	struct approved approved;
	bool approved_enough; /* as the ticket asks */
	char operator_name[256];
};

/* 0 or -ENOMEM. The rules are filled in by the caller, and freed with the rest. */
int admission_init(struct admission *admission, const struct request *request,
		   const struct socket_peer *peer);
/* Fills in what came of it; one line in `errors` for each thing that stands against it. */
void admission_check(struct admission *admission, struct errors *errors);
/* The one thing of it that can change behind admission_check(): whether the ticket was revoked. */
void admission_check_revoked(const struct admission *admission, struct errors *errors);
/*
 * Appends the id, ended by NUL, of each ticket in the directory that names the operator, this host
 * and now, and was not revoked. One that can't be read is none. 0; -E2BIG where there are more than
 * ADMISSION_LIST_MAX tickets; -errno of the directory.
 */
enum { ADMISSION_LIST_MAX = 512 };
int admission_list(struct admission *admission, struct buf *ids);
/* What the session is to be known by; borrows from the admission. */
void admission_info(const struct admission *admission, struct session_info *out);
void admission_free(struct admission *admission);

#endif
