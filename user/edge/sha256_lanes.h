/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_SHA256_LANES_H
#define LOCKSTEP_SHA256_LANES_H

#include <stdbool.h>

#include "core/merkle.h"

/*
 * SHA-256 (FIPS 180-4) by the CPU's own instructions, two messages at a time: each round of one
 * waits for the one before it, and the other's go on meanwhile. OpenSSL hashes one at a time, and
 * of what a short message costs there a good part is not the hash.
 */
enum { SHA256_BLOCK = 64 };

/* Whether the CPU has them (x86: SHA, SSE4.1), and they give what FIPS 180-4 says of "abc". */
bool sha256_lanes_work(void);
/* out[i] = SHA-256 of the prefix (less than a block) and of[i]. Only where they work. */
void sha256_lanes(struct span prefix, const struct span *of, size_t n, struct digest *out);

#endif
