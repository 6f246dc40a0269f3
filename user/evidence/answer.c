/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "evidence/answer.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "core/record/row.h"
#include "edge/store/store.h"

static int copy_row(void *ctx, uint64_t seq, const char *line, size_t n)
{
	struct buf *out = ctx;

	(void)seq;
	buf_reset(out);
	buf_add(out, line, n);
	return 1;
}

static int find_row(struct store *store, const struct store_filter *filter, struct buf *out)
{
	int ret = store__read(store, filter, 1, copy_row, out);

	if (ret < 0)
		return ret;
	return ret == 0 ? -ENOENT : out->failed ? -ENOMEM : 0;
}

static int read_alert(struct store *store, uint64_t seq, struct answer *out, struct err *err)
{
	const struct store_filter filter = { .after = seq - 1 };
	struct record_row facts;
	struct buf line = { 0 };
	int ret = find_row(store, &filter, &line);

	/* What was dropped left a gap, and the next row is another record. */
	if (!ret && !row_read(buf_span(&line), &facts) && facts.seq != seq)
		ret = -ENOENT;
	if (!ret)
		ret = ack_subject_read(buf_span(&line), &out->alert, err);
	buf_free(&line);
	return ret;
}

static int read_session(struct store *store, struct answer *out)
{
	const struct store_filter filter = { .session = out->alert.session.id,
					     .kind = "session_start" };
	struct buf line = { 0 };
	int ret = find_row(store, &filter, &line);

	if (!ret)
		out->session = session_head_read(buf_span(&line));
	buf_free(&line);
	return ret == -ENOENT ? 0 : ret;
}

int answer_find(struct store *store, uint64_t seq, struct answer *out, char *why, size_t why_n)
{
	struct err err = { .message = "" };
	int ret;

	*out = (struct answer){ .session = { .operator_uid = LS_NO_ID } };
	ret = seq ? read_alert(store, seq, out, &err) : -ENOENT;
	if (!ret && out->alert.in_session)
		ret = read_session(store, out);
	if (ret == -ENOENT)
		snprintf(why, why_n, "there is no record %" PRIu64 " in the store", seq);
	else if (ret)
		snprintf(why, why_n, "%s", err.message[0] ? err.message : strerror(-ret));
	if (ret)
		answer_free(out);
	return ret;
}

void answer_free(struct answer *answer)
{
	ack_subject_free(&answer->alert);
	*answer = (struct answer){ 0 };
}
