/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_APPROVAL_H
#define LOCKSTEP_APPROVAL_H

#include <stdint.h>

#include "core/log/sshsig.h"
#include "core/ticket/ticket.h"

/*
 * Which signatures beside a ticket are approvals of it. Each is a file of its own; whether its
 * bytes are good OpenSSH said (edge/ssh_keygen.h), whether it counts is decided here: a signer and
 * a key once, the requester and the operator never.
 */
#define APPROVAL_NAMESPACE "lockstep-ticket"
enum { APPROVALS_MAX = 32 };

enum approval_fault {
	APPROVAL_COUNTS,
	APPROVAL_UNREADABLE,      /* no signature: `why` says */
	APPROVAL_OTHER_NAMESPACE, /* made for something else than tickets */
	APPROVAL_UNTOUCHED,       /* by a security key that nobody touched */
	APPROVAL_UNKNOWN,         /* its key is no allowed signer's */
	APPROVAL_NOT_VALID,       /* the signer is not valid now */
	APPROVAL_NOT_ALLOWED,     /* the signer's line is for other namespaces */
	APPROVAL_REVOKED,         /* its key was revoked */
	APPROVAL_OTHER_BYTES,     /* over other bytes than the ticket's */
	APPROVAL_NAMELESS,        /* its signer is a pattern, and not one person */
	APPROVAL_BY_REQUESTER,
	APPROVAL_BY_OPERATOR,
	APPROVAL_SAME_SIGNER, /* who approved by another signature already */
	APPROVAL_SAME_KEY,
	APPROVAL_FAULTS,
};

struct approval {
	char *file;         /* its name, without directories */
	struct buf bytes;   /* of the file, exactly */
	char sha256[65];    /* of them */
	char key[64];       /* "SHA256:...", as ssh-keygen -l shows it; "" unread */
	struct sshsig sig;  /* empty where unreadable */
	struct buf signers; /* whom the allowed signers call the key's owner, a name a line */
	enum approval_fault fault;
	char why[160]; /* APPROVAL_UNREADABLE: what it is instead */
};

struct approvals {
	struct approval v[APPROVALS_MAX];
	size_t n;
	unsigned int counted, wanted;
};

/* What the envelope alone refuses: APPROVAL_COUNTS where it refuses nothing. */
enum approval_fault approval_envelope(const struct sshsig *sig);

/*
 * Sets `fault` of those that count for nothing beside others or by whom they are, `counted`, and
 * `wanted` by the ticket. Who operates is the user's name; an allowed signer of that name, with a
 * domain or without, is taken for the same person, and so is the requester.
 */
void approvals_count(struct approvals *approvals, const struct ticket *ticket,
		     const char *operator_name);

/* "FILE: REASON", one line that is safe to show. */
void approval_tell(const struct approval *approval, struct buf *out);
/* What records keep of them, as JSON arrays: of names; and of {signer key signature}. */
void approvals_names(const struct approvals *approvals, struct buf *out);
void approvals_evidence(const struct approvals *approvals, struct buf *out);
void approvals_free(struct approvals *approvals);

#endif
