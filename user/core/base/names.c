/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/base/names.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/grow.h"

static uint32_t hash_name(const char *name)
{
	uint32_t hash = 2166136261u;

	for (; *name; name++)
		hash = (hash ^ (unsigned char)*name) * 16777619u;
	return hash;
}

static uint32_t *find_slot(const struct names *names, const char *name)
{
	size_t at = hash_name(name) & (names->table_n - 1);

	while (names->table[at] && strcmp(names->v[names->table[at] - 1], name) != 0)
		at = (at + 1) & (names->table_n - 1);
	return &names->table[at];
}

static int grow_table(struct names *names)
{
	size_t n = names->table_n ? names->table_n * 2 : 64;
	uint32_t *table;

	if (names->n * 2 < names->table_n)
		return 0;
	table = calloc(n, sizeof(*table));
	if (!table)
		return -ENOMEM;
	free(names->table);
	names->table = table;
	names->table_n = n;
	for (size_t i = 0; i < names->n; i++)
		*find_slot(names, names->v[i]) = (uint32_t)i + 1;
	return 0;
}

int names_add(struct names *names, const char *name, uint32_t *out)
{
	const char **v;
	uint32_t *slot;

	*out = 0;
	if (grow_table(names))
		return -ENOMEM;
	slot = find_slot(names, name);
	if (*slot) {
		*out = *slot - 1;
		return 0;
	}
	v = grow_array(names->v, &names->cap, names->n + 1, sizeof(*v));
	if (!v)
		return -ENOMEM;
	names->v = v;
	v[names->n++] = name;
	*slot = (uint32_t)names->n;
	*out = (uint32_t)names->n - 1;
	return 0;
}

long names_find(const struct names *names, const char *name)
{
	if (names->table_n == 0)
		return -1;
	return (long)*find_slot(names, name) - 1;
}

void names_free(struct names *names)
{
	free(names->v);
	free(names->table);
	*names = (struct names){ 0 };
}
