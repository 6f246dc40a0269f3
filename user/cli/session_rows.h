/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_SESSION_ROWS_H
#define LOCKSTEP_SESSION_ROWS_H

#include "core/base/buf.h"
#include "core/base/table.h"
#include "core/serve/filter.h"
#include "edge/store/store.h"

/* The sessions of a store, in the order in which they were opened, with what their ends say. */
struct session_row {
	char id[64];
	struct buf start; /* the line of its start, and of its end, n 0: it has none (yet) */
	struct buf end;
	bool matched;
};

struct session_rows {
	struct session_row *v;
	size_t n, cap;
	struct table by_id;
};

/*
 * Reads them all. `matched` is set where a record of the session passes the filter (an empty one
 * passes all; NULL: nobody asks). 0, -ENOMEM, or as store__read(). Free it in any case.
 */
int session_rows__read(struct session_rows *rows, struct store *store,
		       const struct record_filter *filter);
/*
 * The same rows by id alone, `start` and `end` empty, and behind them those that pass the filter
 * and whose start is not in the store (any more): a report has room for what is left of these.
 */
int session_rows__choose(struct session_rows *rows, struct store *store,
			 const struct record_filter *filter);
void session_rows__free(struct session_rows *rows);

#endif
