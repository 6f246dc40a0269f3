/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_HASH_H
#define LOCKSTEP_HASH_H

#include <stdint.h>

#include "core/base/span.h"

/*
 * Hashes for tables and for telling versions apart: whoever can choose what is hashed can make it
 * collide, so every table has a bound, and nothing is trusted because of its hash.
 */

/* FNV-1a, 64 bits (RFC 9923), a unit at a time: a byte, or a word where speed counts. */
#define FNV1A_BASIS 0xcbf29ce484222325u

static inline uint64_t fnv1a_step(uint64_t hash, uint64_t unit)
{
	return (hash ^ unit) * 0x100000001b3u;
}

static inline uint64_t fnv1a(struct span bytes)
{
	uint64_t hash = FNV1A_BASIS;

	for (size_t i = 0; i < bytes.n; i++)
		hash = fnv1a_step(hash, (unsigned char)bytes.p[i]);
	return hash;
}

/* For a table: the high bits are the well mixed ones, the low ones choose the slot. */
static inline uint32_t hash_fold(uint64_t hash)
{
	return (uint32_t)(hash ^ hash >> 32);
}

static inline uint32_t hash_span(struct span bytes)
{
	return hash_fold(fnv1a(bytes));
}

/* Fibonacci hashing (Knuth, TAOCP 3, 6.4): numbers in nearly ascending order fall far apart. */
static inline uint32_t hash_number(uint64_t number)
{
	return (uint32_t)(number * 0x9e3779b97f4a7c15u >> 32);
}

#endif
