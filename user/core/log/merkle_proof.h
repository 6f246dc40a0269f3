/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_MERKLE_PROOF_H
#define LOCKSTEP_MERKLE_PROOF_H

#include "core/base/table.h"
#include "core/log/merkle.h"

/*
 * Inclusion and consistency proofs (RFC 6962, sections 2.1.1 and 2.1.2; checked as RFC 9162,
 * sections 2.1.3.2 and 2.1.4.2, says). Who makes one names the nodes that it needs first, walks all
 * leaves once, and then has them: memory grows with what is proved and not with the log.
 */
enum { MERKLE_PROOF_MAX = 2 * MERKLE_LEVELS };

struct merkle_range {
	uint64_t from, to; /* leaves [from, to) */
};

/*
 * The nodes of a proof, in its order. Returns how many; 0 also where index >= size, or old > size.
 */
size_t merkle_inclusion(uint64_t index, uint64_t size, struct merkle_range out[MERKLE_PROOF_MAX]);
size_t merkle_consistency(uint64_t old, uint64_t size, struct merkle_range out[MERKLE_PROOF_MAX]);

/* Nodes by their place. The zero value is empty. */
struct merkle_nodes {
	struct merkle_wanted *v; /* by_key.n of them */
	size_t cap;
	struct table by_key;
	uint64_t size; /* of the tree that is proved against */
};

int merkle_nodes__want(struct merkle_nodes *nodes, const struct merkle_range *ranges,
		       size_t n); /* 0, -ENOMEM */
/* For merkle_watch; ctx is the struct merkle_nodes. Keeps what is wanted. */
void merkle_nodes__got(void *nodes, unsigned int level, uint64_t index,
		       const struct digest *digest);
/*
 * The node of a range: one that was got, or one at the right edge of `tree`, which has nodes->size
 * leaves. 0, -ENOENT, -EIO.
 */
int merkle_nodes__find(const struct merkle_nodes *nodes, const struct merkle *tree,
		       const struct hash_ops *ops, struct merkle_range range, struct digest *out);
void merkle_nodes__free(struct merkle_nodes *nodes);

/* 0; -EBADMSG where the proof does not show it; -EIO. */
int merkle_check_inclusion(const struct hash_ops *ops, const struct digest *leaf, uint64_t index,
			   uint64_t size, const struct digest *proof, size_t n,
			   const struct digest *root);
int merkle_check_consistency(const struct hash_ops *ops, uint64_t old,
			     const struct digest *old_root, uint64_t size,
			     const struct digest *root, const struct digest *proof, size_t n);

#endif
