/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_SSHSIG_H
#define LOCKSTEP_SSHSIG_H

#include <stdbool.h>

#include "core/base/buf.h"
#include "core/base/err.h"

/*
 * The envelope of a signature as `ssh-keygen -Y sign` writes it (OpenSSH, PROTOCOL.sshsig), read
 * for what ssh-keygen does not say or does not refuse. Nothing is verified here: OpenSSH does that
 * (edge/ssh_keygen.h).
 */
enum { SSHSIG_BYTES_MAX = 64 << 10 };

struct sshsig {
	char name_space[64]; /* what it was made for: "lockstep-ticket" */
	/*
	 * The public key as the wire has it (RFC 4253, section 6.6), of a certificate the key that
	 * it certifies: two signatures of one key have the same bytes.
	 */
	struct buf key;
	bool fido;         /* made by a security key (PROTOCOL.u2f) */
	bool user_present; /* fido: somebody touched it */
};

/*
 * 0 and *out to be freed with sshsig_free(); -EINVAL with *err filled (no line), -ENOMEM; *out is
 * empty then.
 */
int sshsig_parse(const char *text, size_t n, struct sshsig *out, struct err *err);
void sshsig_free(struct sshsig *sig);

#endif
