/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/judge/runs.h"

#include <errno.h>
#include <stdlib.h>

#include "core/base/grow.h"
#include "core/base/hash.h"
#include "core/base/table.h"

struct run {
	uint64_t start_ns;
	uint32_t tgid, step;
};

struct runs {
	struct run *v;
	size_t n, cap;
	struct table by_tgid;
};

int runs__new(struct runs **out)
{
	*out = calloc(1, sizeof(**out));
	return *out ? 0 : -ENOMEM;
}

void runs__free(struct runs *runs)
{
	if (!runs)
		return;
	free(runs->v);
	table_free(&runs->by_tgid);
	free(runs);
}

int runs__begin(struct runs *runs, uint32_t tgid, uint64_t start_ns, uint32_t step)
{
	if (runs->n >= RUNS_MAX)
		return -ENOSPC;
	if (grow_to(runs->v, runs->cap, runs->n + 1))
		return -ENOMEM;
	if (table_add(&runs->by_tgid, hash_number(tgid)))
		return -ENOMEM;
	runs->v[runs->n++] = (struct run){ .start_ns = start_ns, .tgid = tgid, .step = step };
	return 0;
}

void runs__end(struct runs *runs, uint32_t tgid, uint64_t start_ns,
	       void (*ended)(void *ctx, uint32_t step), void *ctx)
{
	uint32_t hash = hash_number(tgid), at;
	struct run *v = runs->v;

	for (;;) {
		at = table_find(&runs->by_tgid, hash, i,
				v[i].tgid == tgid && v[i].start_ns == start_ns);
		if (at == TABLE_NONE)
			return;
		ended(ctx, v[at].step);
		table_remove(&runs->by_tgid, hash, at, hash_number(v[runs->n - 1].tgid));
		v[at] = v[--runs->n];
	}
}
