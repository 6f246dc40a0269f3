/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/base/intervals.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/bisect.h"
#include "core/base/grow.h"

size_t intervals__find(const struct intervals *set, uint64_t number)
{
	/* Numbers come nearly in order: most belong at the end. */
	if (set->n && set->v[set->n - 1].last < number)
		return set->n;
	return bisect(set->n, i, set->v[i].last < number);
}

int intervals__reserve(struct intervals *set)
{
	return grow_to(set->v, set->cap, set->n + 1);
}

/* There is room. */
static void insert(struct intervals *set, size_t at, uint64_t first, uint64_t last)
{
	memmove(&set->v[at + 1], &set->v[at], (set->n - at) * sizeof(*set->v));
	set->v[at] = (struct interval){ first, last };
	set->n++;
}

int intervals__add(struct intervals *set, uint64_t first, uint64_t last)
{
	size_t at = intervals__find(set, first ? first - 1 : 0), end = at;
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
	if (end == at) {
		if (intervals__reserve(set))
			return -ENOMEM;
		insert(set, at, first, last);
		return 0;
	}
	set->v[at] = (struct interval){ first, last };
	intervals__drop(set, at + 1, end - at - 1);
	return ret;
}

bool intervals__has(const struct intervals *set, uint64_t number)
{
	size_t at = intervals__find(set, number);

	return at < set->n && set->v[at].first <= number;
}

void intervals__take(struct intervals *set, uint64_t number)
{
	size_t at = intervals__find(set, number);
	struct interval *interval = &set->v[at];
	uint64_t last = interval->last;

	if (interval->first == last) {
		intervals__drop(set, at, 1);
	} else if (interval->first == number) {
		interval->first++;
	} else {
		interval->last = number - 1;
		if (number < last)
			insert(set, at + 1, number + 1, last);
	}
}

void intervals__drop(struct intervals *set, size_t at, size_t n)
{
	if (n == 0)
		return;
	set->n -= n;
	memmove(&set->v[at], &set->v[at + n], (set->n - at) * sizeof(*set->v));
}

uint64_t intervals__missing(const struct intervals *set, uint64_t from)
{
	size_t at = intervals__find(set, from);

	return at < set->n && set->v[at].first <= from ? set->v[at].last + 1 : from;
}

void intervals__free(struct intervals *set)
{
	free(set->v);
	*set = (struct intervals){ 0 };
}
