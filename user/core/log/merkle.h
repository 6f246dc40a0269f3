/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_MERKLE_H
#define LOCKSTEP_MERKLE_H

#include <stddef.h>
#include <stdint.h>

#include "core/base/buf.h"

/*
 * The Merkle tree of RFC 6962, section 2.1, as far as one who only appends has to know it: the
 * roots of the complete subtrees at its right edge. SHA-256 is handed in, because core calls no
 * library.
 */
enum { DIGEST_BYTES = 32, MERKLE_LEVELS = 63 };

struct digest {
	unsigned char b[DIGEST_BYTES];
};

struct hash_ops {
	/* SHA-256 of two runs of bytes, one behind the other. 0 or -EIO. */
	int (*sha256)(void *ctx, const void *a, size_t a_n, const void *b, size_t b_n,
		      struct digest *out);
	void *ctx;
};

/* The zero value is the empty tree. */
struct merkle {
	uint64_t size; /* leaves */
	/* node[i] is the root of 2^i leaves where size has bit i; they lie side by side, largest
	 * left */
	struct digest node[MERKLE_LEVELS];
};

/* Hears of every complete subtree: leaves [index << level, (index + 1) << level). */
struct merkle_watch {
	void (*node)(void *ctx, unsigned int level, uint64_t index, const struct digest *digest);
	void *ctx;
};

/* SHA-256 of 0x00 and the bytes; of 0x01 and two nodes. 0 or -EIO. */
int merkle_leaf(const struct hash_ops *ops, const void *bytes, size_t n, struct digest *out);
int merkle_parent(const struct hash_ops *ops, const struct digest *left, const struct digest *right,
		  struct digest *out);

/* watch: NULL for none. 0, -EIO, or -EOVERFLOW; the tree is as it was then. */
int merkle_push(struct merkle *tree, const struct hash_ops *ops, const struct digest *leaf,
		const struct merkle_watch *watch);
/* Tells the subtrees that the tree is made of, as if they had just been completed. */
void merkle_tell(const struct merkle *tree, const struct merkle_watch *watch);

int merkle_root(const struct merkle *tree, const struct hash_ops *ops, struct digest *out);
/*
 * The root of the leaves from `from` on, where `from` is a place at which RFC 6962 splits the tree.
 * 0 or -EIO; -EINVAL for another place.
 */
int merkle_tail(const struct merkle *tree, const struct hash_ops *ops, uint64_t from,
		struct digest *out);

/* The tree without its size, largest node first: what merkle_load() takes. */
void merkle_save(const struct merkle *tree, struct buf *out);
int merkle_load(struct merkle *tree, uint64_t size, struct span nodes); /* 0; -EBADMSG */

#endif
