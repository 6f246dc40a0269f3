/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/base/table.h"

#include <stdlib.h>

int table_grow(struct table *table)
{
	size_t slots_n = table->slots_n ? table->slots_n * 2 : 64, at;
	struct table_slot *slots = NULL;

	if (table->n < UINT32_MAX / 2)
		slots = calloc(slots_n, sizeof(*slots));
	if (!slots)
		return -ENOMEM;
	for (size_t i = 0; i < table->slots_n; i++) {
		if (!table->slots[i].number)
			continue;
		at = table->slots[i].hash & (slots_n - 1);
		while (slots[at].number)
			at = (at + 1) & (slots_n - 1);
		slots[at] = table->slots[i];
	}
	free(table->slots);
	table->slots = slots;
	table->slots_n = slots_n;
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

	table->n--;
	if (number < table->n)
		table->slots[slot_of(table, last_hash, (uint32_t)table->n)].number = number + 1;
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
