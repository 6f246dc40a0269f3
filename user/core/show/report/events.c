/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/show/report/part.h"

void report_conn_values(struct value *v)
{
	const struct report_conn *conn = v->object;

	V_TIME(v, "time", &conn->time_ns);
	V_VERDICT(v, conn->verdict);
	V_NUMBER(v, "alert", conn->alert);
	V_WORD(v, "kind", conn->kind);
	V_KEPT(v, "where", conn->where);
	V_KEPT(v, "program", conn->program);
	V_KEPT(v, "result", conn->result);
	V_FLAG(v, "closed", conn->closed);
	V_SUM(v, "sent", conn->sent);
	V_SUM(v, "received", conn->received);
}

/* A record as a row; its line is in the view. */
struct event_row {
	uint64_t seq;
	uint64_t alert; /* as of a connection */
	int64_t time_ns;
	enum verdict verdict;
};

/* Why it was not approved. An end has the reasons of all its acts, and they are told above. */
static void put_causes(struct report *report)
{
	if (!report_is(report, "session_end"))
		view_reasons(&report->view, &report->view.line);
}

static void event_values(struct value *v)
{
	const struct event_row *event = v->object;

	V_NUMBER(v, "seq", event->seq);
	V_TIME(v, "time", &event->time_ns);
	V_VERDICT(v, event->verdict);
	V_NUMBER(v, "alert", event->alert);
	V_LINE(v, "kind");
	V_PUT(v, "act", view_act(&REPORT(v)->view));
	V_LINE(v, "step");
	V_LINE(v, "how");
	V_PUT(v, "causes", put_causes(v->ctx));
	V_LINE(v, "pid");
}

static void each_event(struct report *report, const struct report_session *session, uint64_t seq)
{
	struct gathered *now = report->now;
	enum verdict verdict = report_verdict(report);
	bool alert = verdict == VERDICT_UNAPPROVED || verdict == VERDICT_INDETERMINATE;
	bool card =
		alert && !session->rehearsal && report_has_card(report, session, now->cards_seen);
	const struct event_row event = { seq, card ? seq : 0, report_time(report), verdict };

	now->cards_seen += alert;
	walk_item(report->walk, &event);
	report->enough = seq >= now->chunk->last;
}

/* Each chunk is read when it is written, and no further: the next goes on behind it. */
static int each_in(struct report *report, const struct report_chunk *chunk, struct walk *walk)
{
	report->walk = walk;
	if (chunk == report->now->chunks)
		report->now->cards_seen = 0;
	report->now->chunk = chunk;
	return report_each(report, report->session, chunk->first - 1, each_event);
}

void report_chunk_values(struct value *v)
{
	const struct report_chunk *chunk = v->object;

	V_NUMBER(v, "first", chunk->first);
	V_NUMBER(v, "last", chunk->last);
	V_TIME(v, "first_time", &chunk->first_ns);
	V_TIME(v, "last_time", &chunk->last_ns);
	V_SUM(v, "unapproved", chunk->unapproved);
	V_SUM(v, "doubtful", chunk->doubtful);
	V_LIST(v, "events", event_values, each_in(v->ctx, chunk, v->walk));
}
