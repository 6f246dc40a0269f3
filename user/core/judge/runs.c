/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/judge/runs.h"

#include <errno.h>
#include <stdlib.h>

struct run {
	struct run *next;
	uint64_t start_ns;
	uint32_t tgid, step;
};

enum { BUCKETS = 1024 };

struct runs {
	struct run *buckets[BUCKETS];
	size_t n;
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
	for (size_t i = 0; i < BUCKETS; i++) {
		while (runs->buckets[i]) {
			struct run *run = runs->buckets[i];

			runs->buckets[i] = run->next;
			free(run);
		}
	}
	free(runs);
}

int runs__begin(struct runs *runs, uint32_t tgid, uint64_t start_ns, uint32_t step)
{
	struct run **bucket = &runs->buckets[tgid % BUCKETS], *run;

	if (runs->n >= RUNS_MAX)
		return -ENOSPC;
	run = malloc(sizeof(*run));
	if (!run)
		return -ENOMEM;
	*run = (struct run){ .next = *bucket, .start_ns = start_ns, .tgid = tgid, .step = step };
	*bucket = run;
	runs->n++;
	return 0;
}

void runs__end(struct runs *runs, uint32_t tgid, uint64_t start_ns,
	       void (*ended)(void *ctx, uint32_t step), void *ctx)
{
	struct run **at = &runs->buckets[tgid % BUCKETS];

	while (*at) {
		struct run *run = *at;

		if (run->tgid != tgid || run->start_ns != start_ns) {
			at = &run->next;
			continue;
		}
		*at = run->next;
		runs->n--;
		ended(ctx, run->step);
		free(run);
	}
}
