/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_INTERVALS_H
#define LOCKSTEP_INTERVALS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A set of numbers as intervals, ascending, disjoint and not touching: memory follows the number of
 * additions, not the size of the numbers. Numbers that come nearly in order cost a constant each;
 * those that come in reverse order cost the number of intervals after them. Zeroed, it is empty.
 */
struct interval {
	uint64_t first, last;
};

struct intervals {
	struct interval *v;
	size_t n, cap;
};

/*
 * first <= last. 0; -EEXIST if one of them was in the set (now all are); -ENOMEM (none is added).
 */
int intervals__add(struct intervals *set, uint64_t first, uint64_t last);
/* Makes room for one more interval: the next one added or split off can't fail. 0 or -ENOMEM. */
int intervals__reserve(struct intervals *set);
/* The place of the first interval that ends at or after the number, or n. */
size_t intervals__find(const struct intervals *set, uint64_t number);
bool intervals__has(const struct intervals *set, uint64_t number);
/*
 * Takes out a number that is in the set. Where that splits an interval in two, there has to be room
 * for one more.
 */
void intervals__take(struct intervals *set, uint64_t number);
/* Takes `n` whole intervals out, from the one at `at` on. */
void intervals__drop(struct intervals *set, size_t at, size_t n);
/* The smallest number from `from` on that is not in the set. */
uint64_t intervals__missing(const struct intervals *set, uint64_t from);
void intervals__free(struct intervals *set);

static inline uint64_t interval_count(struct interval interval)
{
	return interval.last - interval.first + 1;
}

#endif
