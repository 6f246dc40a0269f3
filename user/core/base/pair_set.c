/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/base/pair_set.h"

#include <errno.h>
#include <stdlib.h>

static uint64_t *find(const struct pair_set *set, uint64_t key)
{
	/* Fibonacci hashing (Knuth, TAOCP 3, 6.4): both numbers are small */
	size_t at = (size_t)(key * 0x9e3779b97f4a7c15u >> 32) & (set->table_n - 1);

	while (set->table[at] && set->table[at] != key)
		at = (at + 1) & (set->table_n - 1);
	return &set->table[at];
}

static int grow(struct pair_set *set)
{
	struct pair_set larger = { .table_n = set->table_n ? set->table_n * 2 : 64, .n = set->n };

	larger.table = calloc(larger.table_n, sizeof(*larger.table));
	if (!larger.table)
		return -ENOMEM;
	for (size_t i = 0; i < set->table_n; i++) {
		if (set->table[i])
			*find(&larger, set->table[i]) = set->table[i];
	}
	free(set->table);
	*set = larger;
	return 0;
}

int pair_set_add(struct pair_set *set, uint32_t first, uint32_t second, bool *fresh)
{
	uint64_t key = (uint64_t)first << 32 | second, *place;

	*fresh = false;
	if (set->n * 2 >= set->table_n && grow(set))
		return -ENOMEM;
	place = find(set, key);
	*fresh = *place == 0;
	set->n += *fresh;
	*place = key;
	return 0;
}

bool pair_set_has(const struct pair_set *set, uint32_t first, uint32_t second)
{
	return set->table_n && *find(set, (uint64_t)first << 32 | second) != 0;
}

void pair_set_free(struct pair_set *set)
{
	free(set->table);
	*set = (struct pair_set){ 0 };
}
