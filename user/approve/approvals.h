/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_APPROVALS_H
#define LOCKSTEP_APPROVALS_H

#include <stddef.h>
#include <stdint.h>

#include "approve/plan_file.h"
#include "core/log/approval.h"

/*
 * The signatures beside a ticket's file: FILE.sig, as `ssh-keygen -Y sign` names the first, and
 * FILE.NAME.sig. Each is read once, and what was read is verified by OpenSSH against the allowed
 * signers.
 */
struct approvals_opts {
	const char *signers; /* an allowed signers file (ssh-keygen(1)) */
	const char *revoked; /* revoked keys: a KRL or public keys; NULL, or no such file: none */
	int64_t now_ns;      /* wall clock: the time for which signers have to be valid */
	const char *operator_name;
};

/* What was held against what, to be kept with the session. */
struct approved {
	struct approvals list;
	struct buf signers; /* the allowed signers, exactly */
	char signers_sha256[65];
	/* As session_info.approvers and .approvals have them, ended by NUL. */
	struct buf names, evidence;
	/* The signatures that were counted, and the signers; bytes borrowed. */
	struct plan_text *kept;
	size_t kept_n;
};

/*
 * 0 with *out, to be freed with approved_free(), whatever the signatures say (approvals_count() was
 * called); -errno with one line in why[] where that can't be found out, *out empty.
 */
int approvals_read(const char *path, const struct ticket *ticket, struct span bytes,
		   const struct approvals_opts *opts, struct approved *out, char *why,
		   size_t why_n);
void approved_free(struct approved *approved);

#endif
