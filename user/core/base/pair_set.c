/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/base/pair_set.h"

#include <errno.h>
#include <stdlib.h>

#include "core/base/grow.h"
#include "core/base/hash.h"

static bool has(const struct pair_set *set, uint64_t key)
{
	return table_find(&set->table, hash_number(key), i, set->v[i] == key) != TABLE_NONE;
}

int pair_set_add(struct pair_set *set, uint32_t first, uint32_t second, bool *fresh)
{
	uint64_t key = (uint64_t)first << 32 | second;

	*fresh = false;
	if (has(set, key))
		return 0;
	if (grow_to(set->v, set->cap, set->n + 1))
		return -ENOMEM;
	if (table_add(&set->table, hash_number(key)))
		return -ENOMEM;
	set->v[set->n++] = key;
	*fresh = true;
	return 0;
}

bool pair_set_has(const struct pair_set *set, uint32_t first, uint32_t second)
{
	return has(set, (uint64_t)first << 32 | second);
}

void pair_set_free(struct pair_set *set)
{
	free(set->v);
	table_free(&set->table);
	*set = (struct pair_set){ 0 };
}
