/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_BISECT_H
#define LOCKSTEP_BISECT_H

#include <stddef.h>

/*
 * The first of the places 0 to n - 1 for which the expression in `i` is false, or n. It has to be
 * true for some places at the front and false for all after them: `array[i] < key` in a sorted
 * array gives the lower bound.
 */
#define bisect(n, i, is_before)                                                                    \
	({                                                                                         \
		size_t low_ = 0, high_ = (n);                                                      \
                                                                                                   \
		while (low_ < high_) {                                                             \
			const size_t i = low_ + (high_ - low_) / 2;                                \
                                                                                                   \
			if (is_before)                                                             \
				low_ = i + 1;                                                      \
			else                                                                       \
				high_ = i;                                                         \
		}                                                                                  \
		low_;                                                                              \
	})

#endif
