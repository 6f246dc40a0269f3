/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/match/row_packing.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include "lockstep/automaton.h"

/*
 * Only this many of the last entries are searched for a hole: keeps packing linear in the rows, and
 * rows that follow one another close together.
 */
enum { WINDOW = 128 };

struct packing {
	uint32_t *entries;
	unsigned char *begun; /* a row begins here */
	uint32_t cap;         /* of both */
	uint32_t low;         /* no free entry before this one */
	uint32_t top;         /* no used entry from this one on */
	uint32_t columns;
};

static bool is_free(const struct packing *packing, uint32_t at)
{
	return at >= packing->top || packing->entries[at] == LS_COLUMN_FREE;
}

static bool fits(const struct packing *packing, const struct row_cell *cells, uint32_t n,
		 uint32_t base)
{
	if (packing->begun[base])
		return false;
	for (uint32_t i = 0; i < n; i++) {
		if (!is_free(packing, base + cells[i].column))
			return false;
	}
	return true;
}

/* The smallest index at which the row fits, as far as looking for it is worth it. */
static uint32_t find_base(const struct packing *packing, const struct row_cell *cells, uint32_t n)
{
	uint32_t column = cells[0].column, at;

	for (at = packing->low; at < packing->top; at++) {
		if (is_free(packing, at) && fits(packing, cells, n, at - column))
			return at - column;
	}
	for (at = packing->top; packing->begun[at - column]; at++)
		;
	return at - column;
}

static int reserve(struct packing *packing, uint32_t need)
{
	uint32_t cap = packing->cap ? packing->cap : 256;
	uint32_t *entries;
	unsigned char *begun;

	while (cap < need)
		cap *= 2;
	if (cap > LS_AUTOMATON_ENTRIES_MAX)
		return -E2BIG;
	if (cap == packing->cap)
		return 0;
	entries = realloc(packing->entries, cap * sizeof(*entries));
	if (!entries)
		return -ENOMEM;
	packing->entries = entries;
	begun = realloc(packing->begun, cap);
	if (!begun)
		return -ENOMEM;
	packing->begun = begun;
	for (uint32_t i = packing->cap; i < cap; i++) {
		entries[i] = LS_COLUMN_FREE;
		begun[i] = 0;
	}
	packing->cap = cap;
	return 0;
}

static int place_row(struct packing *packing, struct packed_row *row, const struct row_cell *cells)
{
	int ret;

	row->base = 0;
	if (row->n == 0)
		return 0;
	/* Bases lie below `top`, so find_base() passes it by less than one row, and a row ends one
	 * later. */
	ret = reserve(packing, packing->top + 3 * packing->columns);
	if (ret)
		return ret;
	row->base = find_base(packing, cells, row->n);
	packing->begun[row->base] = 1;
	for (uint32_t i = 0; i < row->n; i++) {
		uint32_t at = row->base + cells[i].column;

		packing->entries[at] = i << LS_AUTOMATON_CLASS_BITS | cells[i].column;
		if (at >= packing->top)
			packing->top = at + 1;
	}
	while (packing->low < packing->top &&
	       (!is_free(packing, packing->low) || packing->top - packing->low > WINDOW))
		packing->low++;
	return 0;
}

/* Only now every row's base is known. */
static void fill_values(struct packing *packing, const struct packed_row *rows, size_t rows_n,
			const struct row_cell *cells)
{
	for (size_t r = 0; r < rows_n; r++) {
		for (uint32_t i = 0; i < rows[r].n; i++) {
			const struct row_cell *cell = &cells[rows[r].first + i];
			uint32_t value = cell->column == LS_COLUMN_ACCEPT ? cell->value
									  : rows[cell->value].base;

			packing->entries[rows[r].base + cell->column] =
				value << LS_AUTOMATON_CLASS_BITS | cell->column;
		}
	}
}

int rows_pack(struct packed_rows *packed, struct packed_row *rows, size_t rows_n,
	      const struct row_cell *cells, uint32_t columns)
{
	/* the first index from which no column of a row reaches down to base 0 */
	struct packing packing = { .columns = columns, .low = columns, .top = columns };
	int ret = reserve(&packing, 2 * columns);

	*packed = (struct packed_rows){ 0 };
	for (size_t r = 1; r < rows_n && !ret; r++)
		ret = place_row(&packing, &rows[r], cells + rows[r].first);
	if (ret)
		goto out;
	fill_values(&packing, rows, rows_n, cells);
	packed->entries = packing.entries;
	packed->entries_n = packing.cap;
	packing.entries = NULL; /* transferred */
out:
	free(packing.entries);
	free(packing.begun);
	return ret;
}
