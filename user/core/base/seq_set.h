/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_SEQ_SET_H
#define LOCKSTEP_SEQ_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A set of numbers as ranges, sorted and apart: memory follows the number of additions, not the
 * size of the numbers. Numbers that come nearly in order cost a constant each; those that come in
 * the reverse order of one another the number of ranges behind them. Zeroed, it is empty.
 */
struct seq_range {
	uint64_t first, last;
};

struct seq_set {
	struct seq_range *v;
	size_t n, cap;
};

/* first <= last. 0, -EEXIST when one of them was in it (all are then), -ENOMEM (none is). */
int seq_set__add(struct seq_set *set, uint64_t first, uint64_t last);
/* The smallest number from `from` on that is not in it. */
uint64_t seq_set__missing(const struct seq_set *set, uint64_t from);
void seq_set__free(struct seq_set *set);

#endif
