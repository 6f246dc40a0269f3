/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "daemon/alert_count.h"

#include "edge/store/store.h"

enum { PIECE_ROWS = 20000 };

struct counting {
	const atomic_bool *hurry;
	struct open_alerts *into;
	uint64_t last; /* rows behind this one are not counted */
	uint64_t at;   /* the last that was */
	uint64_t rows;
};

/* Non-zero: it was told to hurry, or everything was counted. */
static int count_row(void *ctx, uint64_t seq, const char *line, size_t n)
{
	struct counting *counting = ctx;

	if (seq > counting->last || atomic_load(counting->hurry))
		return 1;
	open_alerts__line(counting->into, (struct span){ line, n });
	counting->at = seq;
	counting->rows++;
	return 0;
}

int alert_count_piece(struct store *store, uint64_t *at, uint64_t last, const atomic_bool *hurry,
		      struct open_alerts *into)
{
	const struct store_filter filter = { .after = *at };
	struct counting counting = { hurry, into, last, *at, 0 };
	int ret;

	if (*at >= last)
		return 0;
	ret = store__read(store, &filter, PIECE_ROWS, count_row, &counting);
	*at = counting.at;
	into->inexact |= ret < 0;
	return ret < 0 ? ret : ret == 0 && counting.rows == PIECE_ROWS;
}

int alert_count_session(struct store *store, const char *session, const atomic_bool *hurry,
			uint64_t *count)
{
	const struct store_filter filter = { .session = session };
	struct open_alerts open = { 0 };
	struct counting counting = { hurry, &open, UINT64_MAX, 0, 0 };
	int ret = store__read(store, &filter, 0, count_row, &counting);

	*count = open_alerts__count(&open);
	open_alerts__free(&open);
	return ret;
}
