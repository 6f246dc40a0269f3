/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/show/report/part.h"

static void close_fold(struct report *report)
{
	html_lit(&report->html, "</tbody></table></div></details>\n");
}

static void open_fold(struct report *report, const struct report_chunk *chunk)
{
	struct html *html = &report->html;

	html_lit(html, "<details class=\"fold\"><summary>Records ");
	html_number(html, chunk->first);
	html_lit(html, " to ");
	html_number(html, chunk->last);
	html_lit(html, " <small>");
	report_clock(report, chunk->first_ns, false);
	html_lit(html, " to ");
	report_clock(report, chunk->last_ns, false);
	html_lit(html, "</small>");
	if (chunk->unapproved) {
		html_lit(html, " <b class=\"bad\"><svg class=\"m\" aria-hidden=\"true\"><use "
			       "href=\"#m-bad\"/></svg>");
		report_bytes(report, chunk->unapproved);
		html_lit(html, " unapproved</b>");
	}
	if (chunk->doubtful) {
		html_lit(html, " <b class=\"doubt\"><svg class=\"m\" aria-hidden=\"true\"><use "
			       "href=\"#m-doubt\"/></svg>");
		report_bytes(report, chunk->doubtful);
		html_lit(html, " indeterminate or lost</b>");
	}
	html_lit(html, "</summary>\n<div class=\"wide\" tabindex=\"0\" role=\"group\" "
		       "aria-label=\"Records from ");
	html_number(html, chunk->first);
	html_lit(html,
		 "\"><table class=\"events\"><thead><tr><th scope=\"col\" class=\"n\">Record</th>"
		 "<th scope=\"col\">Time</th><th scope=\"col\">Verdict</th>"
		 "<th scope=\"col\">Kind</th><th scope=\"col\">What</th>"
		 "<th scope=\"col\">By</th><th scope=\"col\" class=\"n\">Process</th></tr></thead>"
		 "\n<tbody>\n");
}

/* By which step it was approved, or why it was not. */
static void add_by(struct report *report)
{
	const struct json_object *line = &report->view.line;
	struct html *html = &report->html;
	struct span items = json_items(json_get(line, "reasons")), first;

	if (view_has(line, "step")) {
		html_lit(html, "<code>");
		report_member(report, line, "step");
		html_lit(html, "</code>");
		if (!json_is(json_get(line, "how"), "step")) {
			html_lit(html, " <small>");
			report_member(report, line, "how");
			html_lit(html, "</small>");
		}
	} else if (view_has(line, "how")) {
		report_member(report, line, "how");
	}
	/* an end has the reasons of all its acts, and they are told above */
	if (!json_next(&items, &first) || report_is(report, "session_end"))
		return;
	html_lit(html, "<small>");
	view_reasons(&report->view, line);
	report_put(report);
	html_lit(html, "</small>");
}

static void add_event(struct report *report, uint64_t seq, bool card)
{
	const struct json_object *line = &report->view.line;
	enum verdict verdict = report_verdict(report);
	struct html *html = &report->html;

	html_lit(html, "<tr id=\"e");
	html_number(html, seq);
	html_lit(html, "\"><td class=\"n\">");
	html_number(html, seq);
	html_lit(html, "</td><td>");
	report_clock(report, report_time(report), false);
	html_lit(html, "</td><td>");
	if (card) {
		html_lit(html, "<a href=\"#a");
		html_number(html, seq);
		html_lit(html, "\">");
	}
	report_mark(report, verdict);
	if (card)
		html_lit(html, "</a>");
	html_lit(html, "</td><td>");
	report_member(report, line, "kind");
	html_lit(html, "</td><td class=\"what\"><code>");
	view_act(&report->view);
	report_put(report);
	html_lit(html, "</code></td><td>");
	add_by(report);
	html_lit(html, "</td><td class=\"n\">");
	report_member(report, line, "pid");
	html_lit(html, "</td></tr>\n");
}

static void each_event(struct report *report, const struct report_session *session, uint64_t seq)
{
	struct gathered *now = report->now;
	enum verdict verdict = report_verdict(report);
	bool alert = verdict == VERDICT_UNAPPROVED || verdict == VERDICT_INDETERMINATE;
	bool card =
		alert && !session->rehearsal && report_has_card(report, session, now->cards_seen);
	uint64_t at = now->rows_seen;

	now->cards_seen += alert;
	now->rows_seen++;
	report->enough = !report_has_row(report, session, at);
	if (report->enough)
		return;
	if (at % REPORT_CHUNK == 0) {
		if (at > 0)
			close_fold(report);
		open_fold(report, &now->chunks[at / REPORT_CHUNK]);
	}
	add_event(report, seq, card);
}

int report_events(struct report *report, size_t index)
{
	const struct report_session *session = &report->sessions[index];
	struct gathered *now = report->now;
	struct html *html = &report->html;
	int ret;

	report_section(report, index, "events", "Events");
	html_lit(html, "<p>");
	report_count(report, session->records, "record is of this session",
		     "records are of this session");
	html_lit(html, ", in the order of their numbers. Open a part to read it.</p>\n");
	now->rows_seen = 0;
	now->cards_seen = 0;
	ret = report_each(report, session, each_event);
	if (now->rows > 0)
		close_fold(report);
	if (now->rows < session->records) {
		html_lit(html, "<p class=\"callout\">");
		report_count(report, session->records - now->rows,
			     "more record is not on this page; the export has it.",
			     "more records are not on this page; the export has them.");
		html_lit(html, "</p>\n");
	}
	html_lit(html, "</section>\n");
	return ret;
}
