/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/log/merkle.h"

#include <errno.h>
#include <stdbool.h>

int merkle_leaf(const struct hash_ops *ops, const void *bytes, size_t n, struct digest *out)
{
	return ops->sha256(ops->ctx, "\0", 1, bytes, n, out);
}

int merkle_parent(const struct hash_ops *ops, const struct digest *left, const struct digest *right,
		  struct digest *out)
{
	unsigned char bytes[1 + 2 * DIGEST_BYTES] = { 1 };

	memcpy(bytes + 1, left->b, DIGEST_BYTES);
	memcpy(bytes + 1 + DIGEST_BYTES, right->b, DIGEST_BYTES);
	return ops->sha256(ops->ctx, bytes, sizeof(bytes), NULL, 0, out);
}

static void tell(const struct merkle_watch *watch, unsigned int level, uint64_t index,
		 const struct digest *digest)
{
	if (watch)
		watch->node(watch->ctx, level, index, digest);
}

int merkle_push(struct merkle *tree, const struct hash_ops *ops, const struct digest *leaf,
		const struct merkle_watch *watch)
{
	struct digest at = *leaf;
	unsigned int level = 0;
	int ret;

	if (tree->size >= UINT64_MAX >> 2)
		return -EOVERFLOW;
	tell(watch, 0, tree->size, &at);
	while (tree->size >> level & 1) {
		ret = merkle_parent(ops, &tree->node[level], &at, &at);
		if (ret)
			return ret;
		level++;
		tell(watch, level, tree->size >> level, &at);
	}
	tree->node[level] = at;
	tree->size++;
	return 0;
}

/* Where the subtree of this level begins. */
static uint64_t begins(const struct merkle *tree, unsigned int level)
{
	return tree->size >> (level + 1) << (level + 1);
}

void merkle_tell(const struct merkle *tree, const struct merkle_watch *watch)
{
	for (unsigned int level = 0; level < MERKLE_LEVELS; level++) {
		if (tree->size >> level & 1)
			tell(watch, level, begins(tree, level) >> level, &tree->node[level]);
	}
}

int merkle_tail(const struct merkle *tree, const struct hash_ops *ops, uint64_t from,
		struct digest *out)
{
	uint64_t reached = tree->size;
	bool any = false;
	int ret = 0;

	for (unsigned int level = 0; level < MERKLE_LEVELS && !ret && reached > from; level++) {
		if (!(tree->size >> level & 1))
			continue;
		if (any)
			ret = merkle_parent(ops, &tree->node[level], out, out);
		else
			*out = tree->node[level];
		any = true;
		reached = begins(tree, level);
	}
	if (!ret && (!any || reached != from))
		ret = -EINVAL;
	return ret;
}

int merkle_root(const struct merkle *tree, const struct hash_ops *ops, struct digest *out)
{
	if (!tree->size)
		return ops->sha256(ops->ctx, NULL, 0, NULL, 0, out);
	return merkle_tail(tree, ops, 0, out);
}

void merkle_save(const struct merkle *tree, struct buf *out)
{
	for (unsigned int level = MERKLE_LEVELS; level-- > 0;) {
		if (tree->size >> level & 1)
			buf_add(out, tree->node[level].b, DIGEST_BYTES);
	}
}

int merkle_load(struct merkle *tree, uint64_t size, struct span nodes)
{
	size_t off = 0;

	*tree = (struct merkle){ .size = size };
	if (size >= UINT64_MAX >> 2 ||
	    nodes.n != (size_t)__builtin_popcountll(size) * DIGEST_BYTES) {
		*tree = (struct merkle){ 0 };
		return -EBADMSG;
	}
	for (unsigned int level = MERKLE_LEVELS; level-- > 0;) {
		if (!(size >> level & 1))
			continue;
		memcpy(tree->node[level].b, nodes.p + off, DIGEST_BYTES);
		off += DIGEST_BYTES;
	}
	return 0;
}
