/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_SSH_KEYGEN_H
#define LOCKSTEP_SSH_KEYGEN_H

#include <stdint.h>

#include "core/base/buf.h"

/*
 * Signatures, by OpenSSH's ssh-keygen(1) (-Y sign, find-principals, verify; 9.1 or later), the only
 * user of that program. It gets the bytes that were read, not the names of files that could change
 * meanwhile.
 */
enum ssh_keygen_answer {
	SSH_KEYGEN_GOOD,      /* by one of `principals`, over these bytes, at that time */
	SSH_KEYGEN_UNKNOWN,   /* its key is in no line of the allowed signers */
	SSH_KEYGEN_NOT_VALID, /* it is, but not for that time */
	SSH_KEYGEN_REVOKED,
	/* Over these bytes, but the signer's line is for other namespaces. */
	SSH_KEYGEN_NOT_ALLOWED,
	SSH_KEYGEN_BAD, /* not over these bytes */
};

struct ssh_keygen_query {
	const char *name_space;
	struct span message, signature;
	struct span signers; /* an allowed signers file (ssh-keygen(1)) */
	struct span revoked; /* a KRL or a list of public keys; n 0: none */
	int64_t now_ns;      /* wall clock: the time for which signers have to be valid */
};

/*
 * 0 with *answer; principals: whom the allowed signers call the key's owner, a name a line, also
 * where the answer is not good but they are known. -ENOENT: there is no ssh-keygen; -ETIMEDOUT: it
 * did not answer within 10 s; -errno.
 */
int ssh_keygen_verify(const struct ssh_keygen_query *query, enum ssh_keygen_answer *answer,
		      struct buf *principals);

/*
 * Signs with a key file (private, or public with its agent); whoever holds it may be asked on the
 * terminal for a passphrase or a touch. 0 and the signature; -EACCES where ssh-keygen refused,
 * which it said on stderr; -ENOENT, -errno.
 */
int ssh_keygen_sign(const char *key, const char *name_space, struct span message,
		    struct buf *signature);

#endif
