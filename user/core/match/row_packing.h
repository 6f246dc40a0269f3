/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_ROW_PACKING_H
#define LOCKSTEP_ROW_PACKING_H

#include <stddef.h>
#include <stdint.h>

/* Lays the rows of a transition table over one another (lockstep/automaton.h has the layout). */
struct row_cell {
	uint16_t column;
	uint32_t value; /* a row's number, or for LS_COLUMN_ACCEPT an accept set */
};

struct packed_row {
	uint32_t first, n; /* in `cells`, columns ascending */
	uint32_t base; /* out: index at which the row begins; 0 (dead) for a row without cells */
};

struct packed_rows {
	uint32_t *entries;
	uint32_t entries_n; /* a power of two */
};

/*
 * Places `rows_n` rows (row 0 is the dead state and has no cells) over `columns`
 * columns. 0 and packed->entries is the caller's to free(); -E2BIG beyond LS_AUTOMATON_ENTRIES_MAX;
 * -ENOMEM. Rows that follow one another end up near one another, so that a walk stays in few
 * cache lines: the caller orders them.
 */
int rows_pack(struct packed_rows *packed, struct packed_row *rows, size_t rows_n,
	      const struct row_cell *cells, uint32_t columns);

#endif
