/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/log/merkle_proof.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include "core/base/grow.h"
#include "core/base/hash.h"

struct merkle_wanted {
	uint64_t key;
	bool got;
	struct digest digest;
};

/* The largest power of two below n, n > 1: where RFC 6962 splits n leaves. */
static uint64_t split(uint64_t n)
{
	return (uint64_t)1 << (63 - __builtin_clzll(n - 1));
}

static void turn_round(struct merkle_range *v, size_t n)
{
	for (size_t i = 0; i < n / 2; i++) {
		struct merkle_range other = v[i];

		v[i] = v[n - 1 - i];
		v[n - 1 - i] = other;
	}
}

size_t merkle_inclusion(uint64_t index, uint64_t size, struct merkle_range out[MERKLE_PROOF_MAX])
{
	uint64_t from = 0, to = size;
	size_t n = 0;

	if (index >= size)
		return 0;
	while (to - from > 1) {
		uint64_t middle = from + split(to - from);

		if (index < middle) {
			out[n++] = (struct merkle_range){ middle, to };
			to = middle;
		} else {
			out[n++] = (struct merkle_range){ from, middle };
			from = middle;
		}
	}
	turn_round(out, n);
	return n;
}

size_t merkle_consistency(uint64_t old, uint64_t size, struct merkle_range out[MERKLE_PROOF_MAX])
{
	uint64_t from = 0, to = size;
	size_t n = 0;

	if (!old || old >= size)
		return 0;
	while (old < to) {
		uint64_t middle = from + split(to - from);

		if (old <= middle) {
			out[n++] = (struct merkle_range){ middle, to };
			to = middle;
		} else {
			out[n++] = (struct merkle_range){ from, middle };
			from = middle;
		}
	}
	/* The old tree itself, where it is one node of the new one: whoever checks it has it. */
	if (from)
		out[n++] = (struct merkle_range){ from, to };
	turn_round(out, n);
	return n;
}

static bool complete(struct merkle_range range)
{
	uint64_t n = range.to - range.from;

	return n && !(n & (n - 1)) && !(range.from & (n - 1));
}

static uint64_t key_of(unsigned int level, uint64_t index)
{
	return (uint64_t)level << 57 | index;
}

static uint64_t key_of_range(struct merkle_range range)
{
	unsigned int level = (unsigned int)__builtin_ctzll(range.to - range.from);

	return key_of(level, range.from >> level);
}

/* NULL: not wanted. */
static struct merkle_wanted *find(const struct merkle_nodes *nodes, uint64_t key)
{
	uint32_t at = table_find(&nodes->by_key, hash_number(key), i, nodes->v[i].key == key);

	return at == TABLE_NONE ? NULL : &nodes->v[at];
}

int merkle_nodes__want(struct merkle_nodes *nodes, const struct merkle_range *ranges, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint64_t key;

		if (!complete(ranges[i]))
			continue;
		key = key_of_range(ranges[i]);
		if (find(nodes, key))
			continue;
		if (grow_to(nodes->v, nodes->cap, nodes->by_key.n + 1))
			return -ENOMEM;
		nodes->v[nodes->by_key.n] = (struct merkle_wanted){ .key = key };
		if (table_add(&nodes->by_key, hash_number(key)))
			return -ENOMEM;
	}
	return 0;
}

void merkle_nodes__got(void *ctx, unsigned int level, uint64_t index, const struct digest *digest)
{
	struct merkle_wanted *wanted = find(ctx, key_of(level, index));

	if (!wanted)
		return;
	wanted->digest = *digest;
	wanted->got = true;
}

int merkle_nodes__find(const struct merkle_nodes *nodes, const struct merkle *tree,
		       const struct hash_ops *ops, struct merkle_range range, struct digest *out)
{
	const struct merkle_wanted *wanted =
		complete(range) ? find(nodes, key_of_range(range)) : NULL;

	if (wanted && wanted->got) {
		*out = wanted->digest;
		return 0;
	}
	if (range.to != tree->size)
		return -ENOENT;
	return merkle_tail(tree, ops, range.from, out) ? -ENOENT : 0;
}

void merkle_nodes__free(struct merkle_nodes *nodes)
{
	free(nodes->v);
	table_free(&nodes->by_key);
	*nodes = (struct merkle_nodes){ 0 };
}

static int same(const struct digest *a, const struct digest *b)
{
	return memcmp(a->b, b->b, DIGEST_BYTES) ? -EBADMSG : 0;
}

int merkle_check_inclusion(const struct hash_ops *ops, const struct digest *leaf, uint64_t index,
			   uint64_t size, const struct digest *proof, size_t n,
			   const struct digest *root)
{
	uint64_t fn = index, sn = size - 1;
	struct digest at = *leaf;
	int ret = 0;

	if (index >= size)
		return -EBADMSG;
	for (size_t i = 0; i < n && !ret; i++) {
		if (!sn)
			return -EBADMSG;
		if (fn & 1 || fn == sn) {
			ret = merkle_parent(ops, &proof[i], &at, &at);
			while (!(fn & 1) && fn) {
				fn >>= 1;
				sn >>= 1;
			}
		} else {
			ret = merkle_parent(ops, &at, &proof[i], &at);
		}
		fn >>= 1;
		sn >>= 1;
	}
	if (!ret && sn)
		ret = -EBADMSG;
	return ret ? ret : same(&at, root);
}

/* RFC 9162, section 2.1.4.2, from step 3 on: fr and sr are the roots that the proof leads to. */
static int climb(const struct hash_ops *ops, uint64_t fn, uint64_t sn, const struct digest *proof,
		 size_t n, struct digest *fr, struct digest *sr)
{
	int ret = 0;

	for (size_t i = 0; i < n && !ret; i++) {
		if (!sn)
			return -EBADMSG;
		if (fn & 1 || fn == sn) {
			ret = merkle_parent(ops, &proof[i], fr, fr);
			if (!ret)
				ret = merkle_parent(ops, &proof[i], sr, sr);
			while (!(fn & 1) && fn) {
				fn >>= 1;
				sn >>= 1;
			}
		} else {
			ret = merkle_parent(ops, sr, &proof[i], sr);
		}
		fn >>= 1;
		sn >>= 1;
	}
	return ret ? ret : sn ? -EBADMSG : 0;
}

int merkle_check_consistency(const struct hash_ops *ops, uint64_t old,
			     const struct digest *old_root, uint64_t size,
			     const struct digest *root, const struct digest *proof, size_t n)
{
	uint64_t fn = old - 1, sn = size - 1;
	struct digest fr, sr;
	size_t at = 0;
	int ret;

	if (!old || old > size)
		return -EBADMSG;
	if (old == size)
		return n ? -EBADMSG : same(old_root, root);
	while (fn & 1) {
		fn >>= 1;
		sn >>= 1;
	}
	/* Where the old size is a power of two, its root is the first node, and is left out. */
	if (old & (old - 1)) {
		if (!n)
			return -EBADMSG;
		fr = proof[at++];
	} else {
		fr = *old_root;
	}
	sr = fr;
	ret = climb(ops, fn, sn, proof + at, n - at, &fr, &sr);
	if (!ret)
		ret = same(&fr, old_root);
	return ret ? ret : same(&sr, root);
}
