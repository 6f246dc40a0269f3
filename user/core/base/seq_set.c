/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/base/seq_set.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/grow.h"

/* The first range that ends at or behind the number. The last one is the likely one. */
static size_t place_of(const struct seq_set *set, uint64_t number)
{
	size_t low = 0, high = set->n;

	if (set->n && set->v[set->n - 1].last < number)
		return set->n;
	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (set->v[mid].last < number)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static int insert(struct seq_set *set, size_t at, uint64_t first, uint64_t last)
{
	struct seq_range *v = grow_array(set->v, &set->cap, set->n + 1, sizeof(*v));

	if (!v)
		return -ENOMEM;
	set->v = v;
	memmove(&v[at + 1], &v[at], (set->n - at) * sizeof(*v));
	v[at] = (struct seq_range){ first, last };
	set->n++;
	return 0;
}

int seq_set__add(struct seq_set *set, uint64_t first, uint64_t last)
{
	size_t at = place_of(set, first ? first - 1 : 0), end = at;
	int ret = 0;

	/* All that overlap or touch become one. */
	for (; end < set->n && (!set->v[end].first || set->v[end].first - 1 <= last); end++) {
		if (set->v[end].first <= last && set->v[end].last >= first)
			ret = -EEXIST;
		if (set->v[end].first < first)
			first = set->v[end].first;
		if (set->v[end].last > last)
			last = set->v[end].last;
	}
	if (end == at)
		return insert(set, at, first, last);
	set->v[at] = (struct seq_range){ first, last };
	memmove(&set->v[at + 1], &set->v[end], (set->n - end) * sizeof(*set->v));
	set->n -= end - at - 1;
	return ret;
}

uint64_t seq_set__missing(const struct seq_set *set, uint64_t from)
{
	size_t at = place_of(set, from);

	return at < set->n && set->v[at].first <= from ? set->v[at].last + 1 : from;
}

void seq_set__free(struct seq_set *set)
{
	free(set->v);
	*set = (struct seq_set){ 0 };
}
