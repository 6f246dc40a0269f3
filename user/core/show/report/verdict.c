/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/show/report/part.h"

#include "core/base/array.h"

/* The line of the session that says most: its end, its start, or its first. */
static void view_line(struct report *report)
{
	const struct gathered *now = report->now;
	const struct buf *line = now->end.n ? &now->end : now->start.n ? &now->start : &now->head;

	if (json_read(buf_span(line), &report->view.line))
		report->view.line.n = 0;
}

/* What the page's parts are called, and where a link leads. */
static void add_nav(struct report *report, size_t index)
{
	static const char *const parts[][2] = {
		{ "people", "People" },     { "plan", "Plan and facts" }, { "time", "Timeline" },
		{ "tree", "Process tree" }, { "alerts", "Alerts" },       { "net", "Connections" },
		{ "losses", "Losses" },     { "events", "Events" },
	};
	struct html *html = &report->html;

	html_lit(html, "<nav aria-label=\"Parts of session ");
	html_number(html, index + 1);
	html_lit(html, "\"><ul>");
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		html_lit(html, "<li><a href=\"#s");
		html_number(html, index + 1);
		html_lit(html, "-");
		html_cstr(html, parts[i][0]);
		html_lit(html, "\">");
		html_cstr(html, parts[i][1]);
		html_lit(html, "</a></li>");
	}
	html_lit(html, "</ul></nav>\n");
}

static void add_why(struct report *report, const struct report_session *session)
{
	struct buf *text = &report->text;

	if (session->ended)
		view_outcome_why(&report->view);
	else
		buf_adds(text,
			 "the record has no end of this session: it is still open, or lockstep "
			 "did not live to see its end, so nothing here is final");
	if (text->n > 0 && text->p[0] >= 'a' && text->p[0] <= 'z')
		text->p[0] = (char)(text->p[0] - 'a' + 'A');
	html_lit(&report->html, "<p class=\"why\">");
	report_put(report);
	html_lit(&report->html, ".</p>\n");
}

static void add_figure(struct report *report, const char *name, uint64_t n, const char *tone)
{
	struct html *html = &report->html;

	html_lit(html, "<div><dt>");
	html_cstr(html, name);
	html_lit(html, "</dt><dd class=\"");
	html_cstr(html, n ? tone : "zero");
	html_lit(html, "\">");
	report_bytes(report, n);
	html_lit(html, "</dd></div>");
}

static void add_part_figure(struct report *report, const char *name, uint64_t n, uint64_t all)
{
	struct html *html = &report->html;

	html_lit(html, "<div><dt>");
	html_cstr(html, name);
	html_lit(html, "</dt><dd>");
	report_bytes(report, n);
	html_lit(html, "<small> of ");
	report_bytes(report, all);
	html_lit(html, "</small></dd></div>");
}

/* Of the ticket's own steps: a profile offers, it does not ask. */
static void count_steps(struct report *report, uint64_t *done, uint64_t *all)
{
	struct span items = json_items(json_get(&report->view.line, "steps")), value;

	*done = *all = 0;
	while (json_next(&items, &value)) {
		if (json_read(value, &report->item) || view_has(&report->item, "profile"))
			continue;
		*done += view_step_done(&report->item);
		++*all;
	}
}

static void add_figures(struct report *report, const struct report_session *session)
{
	uint64_t done, all;

	html_lit(&report->html, "<dl class=\"figures\">");
	add_figure(report, "approved acts", session->counts[VERDICT_APPROVED], "");
	add_figure(report, "unapproved", session->counts[VERDICT_UNAPPROVED], "bad");
	add_figure(report, "indeterminate", session->counts[VERDICT_INDETERMINATE], "doubt");
	count_steps(report, &done, &all);
	if (session->ended && all > 0)
		add_part_figure(report, "steps done", done, all);
	add_figure(report, session->losses == 1 ? "loss" : "losses", session->losses, "doubt");
	if (!session->rehearsal && session->alerts)
		add_part_figure(report, "alerts open", session->alerts - session->acked,
				session->alerts);
	html_lit(&report->html, "</dl>\n");
}

static const char *ended_how(const struct report *report)
{
	static const char *const ways[][2] = {
		{ "last_exit", "when its last process had ended" },
		{ "ended", "by command" },
		{ "window", "when its ticket's window closed" },
		{ "stopped", "when lockstep was stopped" },
		{ "reboot", "by a restart of the host" },
		{ "unloaded", "when lockstep's programs were taken out of the kernel" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
		if (json_is(json_get(&report->view.line, "why"), ways[i][0]))
			return ways[i][1];
	}
	return NULL;
}

static void add_span(struct report *report, const struct report_session *session)
{
	struct html *html = &report->html;
	const char *how = ended_how(report);

	html_lit(html, "<p class=\"meta\">On host <b>");
	html_cstr(html, session->host);
	html_lit(html, "</b>, from ");
	report_clock(report, session->first_ns, true);
	html_lit(html, " to ");
	report_clock(report, session->last_ns, true);
	if (session->ended && how) {
		html_lit(html, "; ended ");
		html_cstr(html, how);
	} else if (session->ended) {
		html_lit(html, "; ended: <code>");
		report_member(report, &report->view.line, "why");
		html_lit(html, "</code>");
	}
	html_lit(html, "</p>\n");
}

static void add_reasons(struct report *report)
{
	struct html *html = &report->html;
	bool any = false;

	for (unsigned int i = 0; i < REASON_COUNT; i++) {
		if (!view_has_reason(&report->view, reason_name(i)))
			continue;
		if (any)
			html_lit(html, "</li><li>");
		else
			html_lit(html, "<ul class=\"reasons\"><li>");
		any = true;
		html_cstr(html, reason_text(i));
		html_lit(html, " <code>");
		html_cstr(html, reason_name(i));
		html_lit(html, "</code>");
	}
	if (any)
		html_lit(html, "</li></ul>\n");
}

static void callout(struct report *report, const char *text)
{
	struct html *html = &report->html;

	html_lit(html, "<p class=\"callout\">");
	html_cstr(html, text);
	html_lit(html, "</p>\n");
}

static void callout_n(struct report *report, uint64_t n, const char *one, const char *many)
{
	struct html *html = &report->html;

	if (n == 0)
		return;
	html_lit(html, "<p class=\"callout\">");
	report_count(report, n, one, many);
	html_lit(html, "</p>\n");
}

/* Whether the lines say what the session's end says of them. */
static void check_books(struct report *report, const struct report_session *session)
{
	if (session->acts < session->end_stored)
		callout_n(report, session->end_stored - session->acts,
			  "record that the session's end counts is not in the store: what is here "
			  "is not whole.",
			  "records that the session's end counts are not in the store: what is "
			  "here is not whole.");
	else if (memcmp(session->counts + 1, session->end_counts + 1,
			sizeof(session->counts) - sizeof(session->counts[0])) != 0)
		callout(report, "The records do not add up to what the session's end counts: "
				"verify the record.");
}

static void add_callouts(struct report *report, const struct report_session *session)
{
	const struct json_object *line = &report->view.line;

	if (session->break_glass)
		callout(report, "Break-glass: the ticket was taken with fewer signatures than it "
				"asks for, in an emergency.");
	else if (session->has_ticket && session->unsigned_ticket)
		callout(report,
			"Unsigned: the ticket was taken without the signatures that it asks for.");
	if (session->rehearsal)
		callout(report, "A rehearsal: it was recorded and not held against anything.");
	callout_n(report, session->late, "act that was not approved came after the session's end.",
		  "acts that were not approved came after the session's end.");
	callout_n(report, view_number(line, "alive"),
		  "process was still alive at the session's end; what it did from there on is "
		  "unapproved.",
		  "processes were still alive at the session's end; what they did from there on is "
		  "unapproved.");
	callout_n(report, view_number(line, "unclosed"),
		  "connection had not ended when the session did, so its bytes are not known.",
		  "connections had not ended when the session did, so their bytes are not known.");
	if (session->ended)
		check_books(report, session);
}

static void add_unseen(struct report *report)
{
	struct span items = json_items(json_get(&report->view.line, "not_seen")), value;
	struct html *html = &report->html;
	bool any = false;

	while (json_next(&items, &value)) {
		buf_reset(&report->view.scratch);
		json_read_text(value, &report->view.scratch);
		if (any)
			html_lit(html, "; ");
		else
			html_lit(html, "<p class=\"unseen\"><b>Not seen in this session:</b> ");
		html_text(html, buf_span(&report->view.scratch), REPORT_NAME_MAX);
		any = true;
	}
	if (any)
		html_lit(html, ".</p>\n");
}

void report_verdict_part(struct report *report, size_t index)
{
	const struct report_session *session = &report->sessions[index];
	struct html *html = &report->html;

	view_line(report);
	html_lit(html, "<h2 id=\"s");
	html_number(html, index + 1);
	if (report_of_session(report)) {
		html_lit(html, "\">Verdict");
	} else {
		html_lit(html, "\">Session <code>");
		html_text(html, span_of(session->id), 0);
		html_lit(html, "</code>");
	}
	html_lit(html, "</h2>\n<div class=\"banner ");
	html_cstr(html, report_state_class(session->state));
	html_lit(html, "\"><p class=\"word\">");
	report_state_mark(report, session->state);
	html_lit(html, "</p>\n");
	add_why(report, session);
	add_figures(report, session);
	if (session->ended)
		add_reasons(report);
	add_unseen(report);
	html_lit(html, "</div>\n");
	add_span(report, session);
	add_callouts(report, session);
	add_nav(report, index);
}
