/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_ED25519_H
#define LOCKSTEP_ED25519_H

#include <stddef.h>

/*
 * The host's key, with which it signs its log's checkpoints (RFC 8032; OpenSSL). The file is PKCS
 * #8 in PEM, so that `openssl pkey -in FILE -pubout` reads it. Not for two threads at one time.
 */
enum { ED25519_PUB = 32, ED25519_SIG = 64 };

struct ed25519;

/*
 * Loads the key; where there is no file, makes one, which stays after a crash. 0 or -errno of
 * open(2): -ELOOP a symbolic link, -EPERM a file that is not ours alone (mode 0600), -EBADMSG no
 * Ed25519 key.
 */
int ed25519__open(struct ed25519 **out, const char *path);
void ed25519__free(struct ed25519 *key); /* NULL is allowed */

void ed25519__pub(const struct ed25519 *key, unsigned char pub[ED25519_PUB]);
int ed25519__sign(struct ed25519 *key, const void *bytes, size_t n,
		  unsigned char sig[ED25519_SIG]); /* 0, -EIO */

/* 0; -EBADMSG: it is no signature of these bytes by that key; -EIO. */
int ed25519_verify(const unsigned char pub[ED25519_PUB], const void *bytes, size_t n,
		   const unsigned char sig[ED25519_SIG]);

#endif
