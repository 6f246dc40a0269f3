/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/base/names.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/grow.h"
#include "core/base/hash.h"

static uint32_t find(const struct names *names, const char *name, uint32_t hash)
{
	return table_find(&names->table, hash, i, strcmp(names->v[i], name) == 0);
}

int names_add(struct names *names, const char *name, uint32_t *out)
{
	uint32_t hash = hash_span(span_of(name)), at = find(names, name, hash);

	*out = 0;
	if (at == TABLE_NONE) {
		if (grow_to(names->v, names->cap, names->n + 1))
			return -ENOMEM;
		if (table_add(&names->table, hash))
			return -ENOMEM;
		at = (uint32_t)names->n++;
		names->v[at] = name;
	}
	*out = at;
	return 0;
}

long names_find(const struct names *names, const char *name)
{
	uint32_t at = find(names, name, hash_span(span_of(name)));

	return at == TABLE_NONE ? -1 : (long)at;
}

void names_free(struct names *names)
{
	free(names->v);
	table_free(&names->table);
	*names = (struct names){ 0 };
}
