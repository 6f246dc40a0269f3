/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_TABLE_H
#define LOCKSTEP_TABLE_H

#include <errno.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Finds entries of the caller's array by hash. The table holds no keys: only the caller's array
 * does, and its entries are numbered 0 to n - 1 in both. Open addressing with linear probing, at
 * most half full. Zeroed, it is empty.
 */
struct table {
	struct table_slot {
		uint32_t hash;
		uint32_t number; /* + 1; 0: free */
	} * slots;
	size_t slots_n; /* 0 or a power of two */
	size_t n;
};

#define TABLE_NONE UINT32_MAX

/*
 * The number of the first entry that has this hash and for which the expression is true, with the
 * entry's number in `i`; or TABLE_NONE. A macro, so that the comparison stands where it is used and
 * is compiled into the loop.
 */
#define table_find(in, hash_of_key, i, is_it)                                                      \
	({                                                                                         \
		const struct table *const table_ = (in);                                           \
		const uint32_t hash_ = (hash_of_key);                                              \
		uint32_t found_ = TABLE_NONE;                                                      \
                                                                                                   \
		for (size_t at_ = hash_; table_->slots_n; at_++) {                                 \
			const struct table_slot *const slot_ =                                     \
				&table_->slots[at_ & (table_->slots_n - 1)];                       \
			const uint32_t i = slot_->number - 1;                                      \
                                                                                                   \
			if (!slot_->number)                                                        \
				break;                                                             \
			if (slot_->hash == hash_ && (is_it)) {                                     \
				found_ = i;                                                        \
				break;                                                             \
			}                                                                          \
		}                                                                                  \
		found_;                                                                            \
	})

/* Doubles the slots. 0 or -ENOMEM. */
int table_grow(struct table *table);

/* Adds entry number n, without looking whether an equal one is there. 0 or -ENOMEM. */
static inline int table_add(struct table *table, uint32_t hash)
{
	size_t at = hash;

	if (table->n * 2 >= table->slots_n && table_grow(table))
		return -ENOMEM;
	while (table->slots[at & (table->slots_n - 1)].number)
		at++;
	table->slots[at & (table->slots_n - 1)] = (struct table_slot){ hash, (uint32_t)++table->n };
	return 0;
}

/*
 * Takes entry `number` out; its place is taken by the last entry, which has `last_hash`: the caller
 * moves that one in its array.
 */
void table_remove(struct table *table, uint32_t hash, uint32_t number, uint32_t last_hash);
void table_free(struct table *table);

#endif
