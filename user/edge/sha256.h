/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_SHA256_H
#define LOCKSTEP_SHA256_H

#include <stddef.h>
#include <stdint.h>

struct digest;

/*
 * SHA-256, through OpenSSL. The algorithm is fetched once and the context used again
 * (EVP_MD_fetch(3): a fetch a digest costs more than a short digest). Not for two threads at one
 * time.
 */
struct sha256;

int sha256__new(struct sha256 **out);     /* 0 or -ENOMEM */
void sha256__free(struct sha256 *sha256); /* NULL is allowed */

/*
 * Of two runs of bytes, one behind the other (a salt and a secret; NULL, 0 for none), as lower-case
 * hex. 0 or -EIO.
 */
int sha256__bytes(struct sha256 *sha256, const void *salt, size_t salt_n, const void *p, size_t n,
		  char hex[65]);
/* The same as 32 bytes, for struct hash_ops of core/log/merkle.h: `sha256` is a struct sha256 *. */
int sha256__raw(void *sha256, const void *a, size_t a_n, const void *b, size_t b_n,
		struct digest *out);
/*
 * Of a file from its present offset to its end; `sha256` is a struct sha256 *, untyped so that the
 * function fits struct lookup_ops. 0, -errno of read(2), -EIO; hex is "" on failure.
 */
int sha256__fd(void *sha256, int fd, char hex[65]);
/*
 * The same of at most `max` bytes; -EFBIG of a file that has more (it may grow while it is read).
 */
int sha256__fd_most(void *sha256, int fd, uint64_t max, char hex[65]);

#endif
