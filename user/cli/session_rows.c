/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "cli/session_rows.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/filter_options.h"
#include "core/base/buf.h"
#include "core/base/grow.h"
#include "core/base/hash.h"
#include "core/record/row.h"

static struct session_row *find(const struct session_rows *rows, struct span id)
{
	uint32_t at = table_find(&rows->by_id, hash_span(id), i, span_is(id, rows->v[i].id));

	return at == TABLE_NONE ? NULL : &rows->v[at];
}

static int add(struct session_rows *rows, struct span id, struct session_row **out)
{
	if (grow_to(rows->v, rows->cap, rows->n + 1))
		return -ENOMEM;
	if (table_add(&rows->by_id, hash_span(id)))
		return -ENOMEM;
	*out = &rows->v[rows->n++];
	**out = (struct session_row){ 0 };
	snprintf((*out)->id, sizeof((*out)->id), "%.*s", (int)id.n, id.p);
	return 0;
}

static int keep(struct buf *out, const char *line, size_t n)
{
	buf_reset(out);
	buf_add(out, line, n);
	return out->failed ? -ENOMEM : 0;
}

/* What names no session, or one that no store of ours could have, is nobody's. */
static bool session_of(const char *line, size_t n, struct record_row *facts)
{
	return !row_read((struct span){ line, n }, facts) && facts->session.n > 0 &&
	       facts->session.n < sizeof(((struct session_row *)0)->id);
}

/* *out is NULL where the line has no session. */
static int note_row(struct session_rows *rows, const char *line, size_t n, struct session_row **out)
{
	struct record_row facts;

	*out = NULL;
	if (!session_of(line, n, &facts))
		return 0;
	*out = find(rows, facts.session);
	return *out ? 0 : add(rows, facts.session, out);
}

static int note_name(void *ctx, uint64_t seq, const char *line, size_t n)
{
	struct session_row *row;

	(void)seq;
	return note_row(ctx, line, n, &row);
}

static int note_start(void *ctx, uint64_t seq, const char *line, size_t n)
{
	struct session_row *row;
	int ret = note_row(ctx, line, n, &row);

	(void)seq;
	return ret || !row ? ret : keep(&row->start, line, n);
}

static int note_end(void *ctx, uint64_t seq, const char *line, size_t n)
{
	struct record_row facts;
	struct session_row *row = NULL;

	(void)seq;
	if (session_of(line, n, &facts))
		row = find(ctx, facts.session);
	return row ? keep(&row->end, line, n) : 0;
}

struct matching {
	struct session_rows *rows;
	const struct record_filter *filter;
	bool unstarted; /* also sessions without a start */
};

static int note_match(void *ctx, uint64_t seq, const char *line, size_t n)
{
	const struct matching *matching = ctx;
	struct record_row facts;
	struct session_row *row;

	(void)seq;
	if (!session_of(line, n, &facts))
		return 0;
	row = find(matching->rows, facts.session);
	if ((row && row->matched) || (!row && !matching->unstarted) ||
	    !filter_matches(matching->filter, &facts))
		return 0;
	if (!row && add(matching->rows, facts.session, &row))
		return -ENOMEM;
	row->matched = true;
	return 0;
}

static int read_matches(struct session_rows *rows, struct store *store,
			const struct record_filter *filter, bool unstarted)
{
	struct matching matching = { rows, filter, unstarted };
	struct store_filter wanted;

	filter_store(filter, &wanted);
	return store__read(store, &wanted, 0, note_match, &matching);
}

int session_rows__read(struct session_rows *rows, struct store *store,
		       const struct record_filter *filter)
{
	const struct store_filter starts = { .kind = "session_start" };
	const struct store_filter ends = { .kind = "session_end" };
	int ret;

	*rows = (struct session_rows){ 0 };
	ret = store__read(store, &starts, 0, note_start, rows);
	if (!ret)
		ret = store__read(store, &ends, 0, note_end, rows);
	return ret || !filter ? ret : read_matches(rows, store, filter, false);
}

int session_rows__choose(struct session_rows *rows, struct store *store,
			 const struct record_filter *filter)
{
	const struct store_filter starts = { .kind = "session_start" };
	int ret;

	*rows = (struct session_rows){ 0 };
	ret = store__read(store, &starts, 0, note_name, rows);
	return ret ? ret : read_matches(rows, store, filter, true);
}

void session_rows__free(struct session_rows *rows)
{
	while (rows->n > 0) {
		buf_free(&rows->v[--rows->n].start);
		buf_free(&rows->v[rows->n].end);
	}
	free(rows->v);
	table_free(&rows->by_id);
	*rows = (struct session_rows){ 0 };
}
