/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_SORTED_H
#define LOCKSTEP_SORTED_H

#include <stdint.h>

#include "core/base/span.h"

/*
 * Names in a constant table that is in the order of their bytes, looked up by halves. Each entry of
 * a table begins with one of these. No name is in it twice, and none begins with one that stands
 * for all that begin so: then the last that is not behind a name is the only one that can be it.
 */
struct sorted_name {
	char text[30]; /* zeros behind it */
	unsigned char n;
	bool prefix; /* stands for all that begin so, itself too */
};

#define SORTED_NAME(text)                                                                          \
	{                                                                                          \
		text, sizeof(text) - 1, false                                                      \
	}
#define SORTED_PREFIX(text)                                                                        \
	{                                                                                          \
		text, sizeof(text) - 1, true                                                       \
	}

/* A whole table, for who goes through it. */
struct sorted_table {
	const void *first;
	size_t n, stride;
};

/* The first eight bytes as a number that is in their order; zeros for what is not there. */
static inline uint64_t sorted_head(const char *p, size_t n)
{
	uint64_t head = 0;

	if (n >= 8) {
		memcpy(&head, p, 8);
		return __builtin_bswap64(head);
	}
	for (size_t i = 0; i < n; i++)
		head |= (uint64_t)(unsigned char)p[i] << (56 - 8 * i);
	return head;
}

static inline bool sorted_is_behind(const struct sorted_name *entry, struct span name)
{
	size_t n = entry->n < name.n ? entry->n : name.n;
	int order = memcmp(entry->text, name.p, n);

	return order ? order > 0 : entry->n > name.n;
}

/* The entry that a name is, or NULL. `first`: of `n` entries of `stride` bytes. */
static inline const struct sorted_name *sorted_find(const void *first, size_t n, size_t stride,
						    struct span name)
{
	uint64_t head = sorted_head(name.p, name.n);
	const struct sorted_name *entry;
	size_t begin = 0, end = n;

	while (begin < end) {
		size_t middle = (begin + end) / 2;
		uint64_t its;

		entry = (const void *)((const char *)first + middle * stride);
		its = sorted_head(entry->text, 8);
		if (its > head || (its == head && sorted_is_behind(entry, name)))
			end = middle;
		else
			begin = middle + 1;
	}
	if (begin == 0)
		return NULL;
	entry = (const void *)((const char *)first + (begin - 1) * stride);
	if (entry->prefix ? name.n < entry->n : name.n != entry->n)
		return NULL;
	return memcmp(entry->text, name.p, entry->n) == 0 ? entry : NULL;
}

#endif
