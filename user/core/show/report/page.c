/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/show/report/part.h"

#include <errno.h>

#include "core/base/text.h"

/* What a state is called in fragments, and its tone: the class of its colour, the name of its
 * shape. */
static const struct {
	const char *name, *tone;
} states[] = {
	[REPORT_COMPLIANT] = { "compliant", "ok" },
	[REPORT_NO_TICKET] = { "no_ticket", "doubt" },
	[REPORT_OPEN] = { "open", "open" },
	[REPORT_INDETERMINATE] = { "indeterminate", "doubt" },
	[REPORT_VIOLATION] = { "violation", "bad" },
};

/* How many sessions stand how, the worst first. */
struct state_row {
	uint64_t n;
	enum report_state state;
};

static void state_values(struct value *v)
{
	const struct state_row *row = v->object;

	V_SUM(v, "n", row->n);
	V_WORD(v, "state", states[row->state].name);
}

static int each_state(const struct report *report, struct walk *walk)
{
	int ret = 0;

	for (unsigned int state = REPORT_VIOLATION + 1; !ret && state-- > 0;) {
		struct state_row row = { .state = state };

		for (size_t i = 0; i < report->sessions_n; i++)
			row.n += report->sessions[i].state == state;
		if (row.n > 0)
			ret = walk_item(walk, &row);
	}
	return ret;
}

/* A session's parts are written while what they need of it is in memory, and no other's is. */
static int each_story(struct report *report, struct walk *walk)
{
	int ret = 0;

	for (size_t i = 0; !ret && i < report->sessions_n; i++) {
		report->session = &report->sessions[i];
		ret = report_gather(report, report->session);
		if (!ret)
			ret = walk_item(walk, report->session);
		report_gather_free(report->now);
		report->now = NULL;
	}
	return ret;
}

/* Whether nothing but a session, or a ticket, was asked for: then the heading says it all. */
static bool of_id(const struct report *report)
{
	struct record_filter rest = *report->opts->filter;

	*(*rest.session ? rest.session : rest.ticket) = 0;
	return !filter_is_set(&rest);
}

/* Whether every session of a ticket is on the page, and none else. */
static bool of_ticket(const struct report *report)
{
	const struct record_filter *filter = report->opts->filter;

	return *filter->ticket && !*filter->session && of_id(report);
}

static void put_title(struct value *v)
{
	const struct report *report = v->ctx;
	const struct record_filter *filter = report->opts->filter;

	if (*filter->session)
		text_show(v->out, span_of(filter->session), REPORT_NAME_MAX);
	else if (of_ticket(report))
		text_show(v->out, span_of(filter->ticket), REPORT_NAME_MAX);
	else
		filter_show(filter, v->out); /* as they were typed: safe to show, and in quotes */
}

/* What a summary in the head would be of. */
static const char *summary(const struct report *report)
{
	bool one = report->sessions_n + report->sessions_more == 1;

	return one || *report->opts->filter->ticket ? report->sessions[0].summary : "";
}

static void put_quoted(struct value *v, const char *text)
{
	text_quote(v->out, span_of(text), REPORT_NAME_MAX);
}

void report_page_values(struct value *v)
{
	struct report *report = v->ctx;

	V_WORD(v, "style_sum", report->opts->style_sha256);
	V_PUT(v, "title", put_title(v));
	V_PUT(v, "filters", filter_show(report->opts->filter, v->out));
	V_WORD(v, "summary", summary(report));
	V_FLAG(v, "of_session", *report->opts->filter->session);
	V_FLAG(v, "of_ticket", of_ticket(report));
	V_FLAG(v, "of_id", of_id(report));
	V_PUT(v, "store", text_show(v->out, span_of(report->opts->store), REPORT_NAME_MAX));
	V_FLAG(v, "has_store", report->opts->store != NULL);
	V_PUT(v, "store_quoted", put_quoted(v, report->opts->store));
	V_PUT(v, "session_quoted", put_quoted(v, report->sessions[0].id));
	V_TIME(v, "made", &report->opts->now_ns);
	V_NUMBER(v, "first_seq", report->first_seq);
	V_NUMBER(v, "last_seq", report->last_seq);
	V_SUM(v, "bad", report->bad);
	V_FLAG(v, "overview", report->sessions_n > 1 || report->sessions_more > 0);
	V_WORD(v, "state", states[report->worst].name);
	V_WORD(v, "tone", states[report->worst].tone);
	V_SUM(v, "sessions_n", report->sessions_n);
	V_SUM(v, "sessions_more", report->sessions_more);
	V_LIST(v, "states", state_values, each_state(report, v->walk));
	V_ARRAY(v, "sessions", report_session_values, report->sessions, report->sessions_n);
	V_LIST(v, "stories", report_session_values, each_story(report, v->walk));
}

/* A line of the session that is told of: one at a time is in the view. */
static const void *line_of(struct report *report, const struct buf *line)
{
	if (json_read(buf_span(line), &report->view.line))
		report->view.line.n = 0;
	return &report->view.line;
}

static const struct buf *start_of(const struct gathered *now)
{
	return now->start.n ? &now->start : &now->head;
}

/*
 * A line of the ticket's text. What was parsed holds no hidden character, so it is shown as it is.
 */

static void put_ticket_line(struct value *v, struct span line)
{
	if (REPORT(v)->now->ticket)
		buf_add(v->out, line.p, line.n);
	else
		text_show(v->out, line, 0);
}

static void ticket_line_values(struct value *v)
{
	V_PUT(v, "text", put_ticket_line(v, *(const struct span *)v->object));
}

static int each_ticket_line(const struct gathered *now, struct walk *walk)
{
	struct span rest = now->ticket_bytes;
	int ret = 0;

	while (!ret && rest.n > 0) {
		const char *end = memchr(rest.p, '\n', rest.n);
		struct span line = { rest.p, end ? (size_t)(end - rest.p) : rest.n };

		ret = walk_item(walk, &line);
		line.n += end != NULL;
		rest.p += line.n;
		rest.n -= line.n;
	}
	return ret;
}

/* An end tells how each step went; before there is one, the ticket has them. */
static uint64_t steps_n(struct report *report, const struct report_session *session)
{
	const struct gathered *now = report->now;

	if (!session->ended)
		return now->ticket ? now->ticket->steps_n : 0;
	line_of(report, &now->end);
	return report_steps(report, false, false);
}

/* Of any session. */
static void head_values(struct value *v)
{
	const struct report_session *session = v->object;

	V_NUMBER(v, "number", session->number);
	V_PUT(v, "id", text_show(v->out, span_of(session->id), 0));
	V_WORD(v, "operator", session->operator_name);
	V_WORD(v, "host", session->host);
	V_WORD(v, "sha256", session->sha256);
	V_WORD(v, "state", states[session->state].name);
	V_WORD(v, "tone", states[session->state].tone);
	V_TIME(v, "first", &session->first_ns);
	V_TIME(v, "last", &session->last_ns);
	V_FLAG(v, "ended", session->ended);
	V_FLAG(v, "rehearsal", session->rehearsal);
	V_FLAG(v, "has_ticket", session->has_ticket);
	V_FLAG(v, "unsigned", session->unsigned_ticket);
	V_FLAG(v, "break_glass", session->break_glass);
	V_SUM(v, "records", session->records);
	V_SUM(v, "records_more", session->rows_more);
	V_SUM(v, "approved", session->counts[VERDICT_APPROVED]);
	V_SUM(v, "unapproved", session->counts[VERDICT_UNAPPROVED]);
	V_SUM(v, "indeterminate", session->counts[VERDICT_INDETERMINATE]);
	V_SUM(v, "unapproved_ever", session->counts[VERDICT_UNAPPROVED] + session->late);
	V_SUM(v, "late", session->late);
	V_SUM(v, "losses", session->losses);
	V_SUM(v, "alerts", session->alerts);
	V_SUM(v, "alerts_more", session->cards_more);
	V_SUM(v, "open", session->rehearsal ? 0 : session->alerts - session->acked);
	V_SUM(v, "in_no_step", session->alerts - session->losses);
	V_SUM(v, "missing", session->missing);
	V_FLAG(v, "contradicted", session->contradicted);
}

/* And of the one whose story is told. */
void report_session_values(struct value *v)
{
	enum { CONNECTIONS_OPEN_MAX = 40 }; /* a longer table is folded */
	const struct report_session *session = v->object;
	struct report *report = v->ctx;
	const struct gathered *now = report ? report->now : NULL;

	head_values(v);
	V_OBJECT(v, "start", report_line_values, line_of(report, start_of(now)));
	V_OBJECT(v, "end", report_line_values, line_of(report, &now->end));
	V_OBJECT(v, "best", report_line_values,
		 line_of(report, now->end.n ? &now->end : start_of(now)));
	V_FLAG(v, "ticket_altered", now->ticket_ret == -EBADMSG);
	V_FLAG(v, "ticket_absent", now->ticket_ret && !now->ticket_bytes.n);
	V_LIST(v, "ticket_text", ticket_line_values, each_ticket_line(now, v->walk));
	V_OBJECT(v, "ticket_terms", report_ticket_values, now->ticket);
	V_SUM(v, "planned", steps_n(report, session));
	V_LIST(v, "unapproved_marks", report_mark_values, report_each_mark(now, true, v->walk));
	V_LIST(v, "doubtful_marks", report_mark_values, report_each_mark(now, false, v->walk));
	V_ARRAY(v, "bars", report_bar_values, now->bins, REPORT_BINS);
	V_SUM(v, "most_approved", report_most_approved(now));
	V_LIST(v, "ticks", report_tick_values, report_each_tick(session, v->walk));
	V_LIST(v, "window", report_window_values, report_each_window(now, session, v->walk));
	V_SUM(v, "programs", now->nodes_n);
	V_LIST(v, "tree", report_tree_values, report_each_tree(now, v->walk));
	V_LIST(v, "alert_folds", report_fold_values, report_each_fold(report, session, v->walk));
	V_SUM(v, "sent", now->sent);
	V_SUM(v, "received", now->received);
	V_SUM(v, "connections_n", now->conns_n + now->conns_more);
	V_SUM(v, "connections_here", now->conns_n);
	V_FLAG(v, "connections_folded", now->conns_n > CONNECTIONS_OPEN_MAX);
	V_SUM(v, "connections_more", now->conns_more);
	V_ARRAY(v, "connections", report_conn_values, now->conns, now->conns_n);
	V_LIST(v, "loss_cards", report_card_values, report_each_loss(report, v->walk));
	V_SUM(v, "losses_more", now->losses_more);
	V_ARRAY(v, "event_folds", report_chunk_values, now->chunks, now->chunks_n);
}
