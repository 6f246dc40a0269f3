/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/base/table.h"

#include <errno.h>
#include <stdlib.h>

static void put(struct table *table, struct table_slot slot)
{
	size_t at = slot.hash & (table->slots_n - 1);

	while (table->slots[at].number)
		at = (at + 1) & (table->slots_n - 1);
	table->slots[at] = slot;
}

int table_add(struct table *table, uint32_t hash)
{
	if (table->n * 2 >= table->slots_n) {
		struct table larger = { .slots_n = table->slots_n ? table->slots_n * 2 : 64 };

		if (table->n < UINT32_MAX / 2)
			larger.slots = calloc(larger.slots_n, sizeof(*larger.slots));
		if (!larger.slots)
			return -ENOMEM;
		for (size_t i = 0; i < table->slots_n; i++) {
			if (table->slots[i].number)
				put(&larger, table->slots[i]);
		}
		free(table->slots);
		table->slots = larger.slots;
		table->slots_n = larger.slots_n;
	}
	put(table, (struct table_slot){ hash, (uint32_t)++table->n });
	return 0;
}

static size_t slot_of(const struct table *table, uint32_t hash, uint32_t number)
{
	size_t at = hash & (table->slots_n - 1);

	while (table->slots[at].number != number + 1)
		at = (at + 1) & (table->slots_n - 1);
	return at;
}

void table_remove(struct table *table, uint32_t hash, uint32_t number, uint32_t last_hash)
{
	size_t mask = table->slots_n - 1, hole = slot_of(table, hash, number);

	table->slots[slot_of(table, last_hash, (uint32_t)table->n - 1)].number = number + 1;
	table->n--;
	/* Entries after the hole move up where it would cut them off from their home slot. */
	for (size_t i = (hole + 1) & mask; table->slots[i].number; i = (i + 1) & mask) {
		size_t home = table->slots[i].hash & mask;

		if (((i - home) & mask) < ((i - hole) & mask))
			continue;
		table->slots[hole] = table->slots[i];
		hole = i;
	}
	table->slots[hole] = (struct table_slot){ 0 };
}

void table_free(struct table *table)
{
	free(table->slots);
	*table = (struct table){ 0 };
}
