/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_GROW_H
#define LOCKSTEP_GROW_H

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

/*
 * Makes room for `need` elements of `size` bytes in an array that has room for *cap: returns the
 * array, moved or not, or NULL (the old one is still the caller's). Doubles, so that appending one
 * by one costs a constant each.
 */
static inline void *grow_array(void *array, size_t *cap, size_t need, size_t size)
{
	size_t room = *cap ? *cap : 8;
	void *moved;

	if (need <= *cap)
		return array;
	while (room < need) {
		if (room > SIZE_MAX / 2 / size)
			return NULL;
		room *= 2;
	}
	moved = realloc(array, room * size);
	if (moved)
		*cap = room;
	return moved;
}

/* The same for an array and its `cap` in place. 0, or -ENOMEM and nothing has changed. */
#define grow_to(array, cap, need)                                                                  \
	({                                                                                         \
		void *const moved_ = grow_array((array), &(cap), (need), sizeof(*(array)));        \
                                                                                                   \
		if (moved_)                                                                        \
			(array) = moved_;                                                          \
		moved_ ? 0 : -ENOMEM;                                                              \
	})

#endif
