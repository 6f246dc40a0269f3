/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/log/merkle_proof.h"
#include "lib/cmocka.h"

#include <errno.h>
#include <stdlib.h>

#include "lib/toy_hash.h"

enum { LEAVES = 70 };

static struct digest leaves[LEAVES];
static struct merkle trees[LEAVES + 1]; /* of the first n leaves */

/* MTH() as RFC 6962, section 2.1, writes it down. */
static struct digest slow_root(const struct digest *v, size_t n)
{
	struct digest left, right, out;
	size_t k = 1;

	if (!n) {
		toy.sha256(NULL, NULL, 0, NULL, 0, &out);
		return out;
	}
	if (n == 1)
		return *v;
	while (k * 2 < n)
		k *= 2;
	left = slow_root(v, k);
	right = slow_root(v + k, n - k);
	merkle_parent(&toy, &left, &right, &out);
	return out;
}

static int plant(void **state)
{
	(void)state;
	for (size_t i = 0; i < LEAVES; i++) {
		if (merkle_leaf(&toy, &i, sizeof(i), &leaves[i]))
			return -1;
		trees[i + 1] = trees[i];
		if (merkle_push(&trees[i + 1], &toy, &leaves[i], NULL))
			return -1;
	}
	return 0;
}

static void test_roots(void **state)
{
	(void)state;
	for (size_t n = 0; n <= LEAVES; n++) {
		struct digest root, slow = slow_root(leaves, n);

		assert_int_equal(merkle_root(&trees[n], &toy, &root), 0);
		if (memcmp(&root, &slow, sizeof(root)))
			fail_msg("the root of %zu leaves is another", n);
	}
}

static void test_saved(void **state)
{
	(void)state;
	for (size_t n = 0; n <= LEAVES; n++) {
		struct buf nodes = { 0 };
		struct merkle tree;
		struct digest a, b;

		merkle_save(&trees[n], &nodes);
		assert_int_equal(merkle_load(&tree, n + 2, buf_span(&nodes)) != 0,
				 __builtin_popcountll(n) != __builtin_popcountll(n + 2));
		assert_int_equal(merkle_load(&tree, n, buf_span(&nodes)), 0);
		assert_int_equal(merkle_root(&tree, &toy, &a), 0);
		assert_int_equal(merkle_root(&trees[n], &toy, &b), 0);
		assert_memory_equal(&a, &b, sizeof(a));
		buf_add(&nodes, "x", 1);
		assert_int_equal(merkle_load(&tree, n, buf_span(&nodes)), -EBADMSG);
		assert_int_equal(tree.size, 0);
		buf_free(&nodes);
	}
}

/* Walks the leaves from `begin` on, as who starts in the middle of a log does. */
static size_t prove(const struct merkle_range *ranges, size_t n, size_t begin, size_t size,
		    struct digest *proof)
{
	struct merkle_nodes nodes = { 0 };
	const struct merkle_watch watch = { merkle_nodes__got, &nodes };
	struct merkle tree = trees[begin];

	assert_int_equal(merkle_nodes__want(&nodes, ranges, n), 0);
	merkle_tell(&tree, &watch);
	for (size_t i = begin; i < size; i++)
		assert_int_equal(merkle_push(&tree, &toy, &leaves[i], &watch), 0);
	for (size_t i = 0; i < n; i++) {
		if (merkle_nodes__find(&nodes, &tree, &toy, ranges[i], &proof[i]))
			fail_msg("no node [%llu, %llu) of %zu leaves from %zu on",
				 (unsigned long long)ranges[i].from,
				 (unsigned long long)ranges[i].to, size, begin);
	}
	merkle_nodes__free(&nodes);
	return n;
}

static void refused(const char *what, int ret, size_t a, size_t b)
{
	if (ret != -EBADMSG)
		fail_msg("%s: proof of %zu in %zu gave %d", what, a, b, ret);
}

static void inclusion_of(size_t index, size_t size)
{
	struct merkle_range ranges[MERKLE_PROOF_MAX];
	struct digest proof[MERKLE_PROOF_MAX + 1] = { 0 }, root = slow_root(leaves, size), other;
	size_t n = merkle_inclusion(index, size, ranges);

	prove(ranges, n, index / 3, size, proof);
	assert_int_equal(merkle_check_inclusion(&toy, &leaves[index], index, size, proof, n, &root),
			 0);
	for (size_t i = 0; i < n; i++) {
		proof[i].b[7] ^= 1;
		refused("a node with one bit changed",
			merkle_check_inclusion(&toy, &leaves[index], index, size, proof, n, &root),
			index, size);
		proof[i].b[7] ^= 1;
	}
	other = leaves[index];
	other.b[0] ^= 1;
	refused("another leaf", merkle_check_inclusion(&toy, &other, index, size, proof, n, &root),
		index, size);
	refused("one node more",
		merkle_check_inclusion(&toy, &leaves[index], index, size, proof, n + 1, &root),
		index, size);
	if (n)
		refused("one node less",
			merkle_check_inclusion(&toy, &leaves[index], index, size, proof, n - 1,
					       &root),
			index, size);
	refused("a place behind the end",
		merkle_check_inclusion(&toy, &leaves[index], size, size, proof, n, &root), index,
		size);
	if (index ^ 1 && (index ^ 1) < size)
		refused("its neighbour's place",
			merkle_check_inclusion(&toy, &leaves[index], index ^ 1, size, proof, n,
					       &root),
			index, size);
}

static void test_inclusion(void **state)
{
	(void)state;
	for (size_t size = 1; size <= LEAVES; size++) {
		for (size_t index = 0; index < size; index++)
			inclusion_of(index, size);
	}
}

static void consistency_of(size_t old, size_t size)
{
	struct merkle_range ranges[MERKLE_PROOF_MAX];
	struct digest proof[MERKLE_PROOF_MAX + 1] = { 0 };
	struct digest root = slow_root(leaves, size), before = slow_root(leaves, old), other;
	size_t n = merkle_consistency(old, size, ranges);

	prove(ranges, n, old / 2, size, proof);
	assert_int_equal(merkle_check_consistency(&toy, old, &before, size, &root, proof, n), 0);
	for (size_t i = 0; i < n; i++) {
		proof[i].b[31] ^= 0x80;
		refused("a node with one bit changed",
			merkle_check_consistency(&toy, old, &before, size, &root, proof, n), old,
			size);
		proof[i].b[31] ^= 0x80;
	}
	other = before;
	other.b[3] ^= 4;
	refused("another old root",
		merkle_check_consistency(&toy, old, &other, size, &root, proof, n), old, size);
	refused("one node more",
		merkle_check_consistency(&toy, old, &before, size, &root, proof, n + 1), old, size);
	if (n)
		refused("one node less",
			merkle_check_consistency(&toy, old, &before, size, &root, proof, n - 1),
			old, size);
	refused("an older size that is newer",
		merkle_check_consistency(&toy, size + 1, &before, size, &root, proof, n), old,
		size);
}

static void test_consistency(void **state)
{
	(void)state;
	for (size_t size = 1; size <= LEAVES; size++) {
		for (size_t old = 1; old <= size; old++)
			consistency_of(old, size);
	}
}

static void test_tail_only_at_splits(void **state)
{
	struct digest out;

	(void)state;
	assert_int_equal(merkle_tail(&trees[7], &toy, 4, &out), 0);
	assert_int_equal(merkle_tail(&trees[7], &toy, 6, &out), 0);
	assert_int_equal(merkle_tail(&trees[7], &toy, 5, &out), -EINVAL);
	assert_int_equal(merkle_tail(&trees[7], &toy, 7, &out), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tail_only_at_splits),
		cmocka_unit_test(test_roots),
		cmocka_unit_test(test_saved),
		cmocka_unit_test(test_inclusion),
		cmocka_unit_test(test_consistency),
	};

	return cmocka_run_group_tests(tests, plant, NULL);
}
