/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/show/report/part.h"

static void add_loss(struct report *report, const struct report_loss *loss)
{
	struct html *html = &report->html;

	html_lit(html, "<div class=\"card doubt-edge\" id=\"a");
	html_number(html, loss->seq);
	html_lit(html, "\"><h4><b class=\"doubt\"><svg class=\"m\" aria-hidden=\"true\"><use "
		       "href=\"#m-doubt\"/></svg>LOST</b> ");
	report_bytes(report, loss->count);
	if (loss->first) {
		html_cstr(html, loss->first == loss->last ? ": event number " : ": event numbers ");
		html_number(html, loss->first);
	}
	if (loss->first != loss->last) {
		html_lit(html, " to ");
		html_number(html, loss->last);
	}
	html_lit(html, "</h4><p class=\"meta\">");
	report_clock(report, loss->time_ns, false);
	html_lit(html, " &middot; record ");
	html_number(html, loss->seq);
	html_lit(html, "</p><dl class=\"facts\"><dt>Why</dt><dd>");
	html_shown(html, (struct span){ report->now->texts.p + loss->why, loss->why_n });
	html_lit(html, "</dd><dt>Response</dt><dd>");
	report_acked(report, loss->seq);
	html_lit(html, "</dd></dl></div>\n");
}

/* What the session's end counts: at every quiet moment emitted is stored and the losses together.
 */
static void add_books(struct report *report)
{
	const struct json_object *end = &report->view.line;
	struct html *html = &report->html;
	const char *what;
	bool any = false;
	uint64_t n;

	html_lit(html, "<p>The kernel numbered ");
	report_count(report, view_number(end, "emitted"), "act", "acts");
	html_lit(html, "; ");
	report_bytes(report, view_number(end, "stored"));
	html_lit(html, " became records.</p>\n");
	for (size_t i = 0; view_lost(&report->view, i, &n, &what); i++) {
		if (n == 0)
			continue;
		if (!any)
			html_lit(html, "<ul class=\"reasons\">");
		any = true;
		html_lit(html, "<li>");
		html_cstr(html, what);
		html_lit(html, ": <b>");
		report_bytes(report, n);
		html_lit(html, "</b></li>");
	}
	if (any)
		html_lit(html, "</ul>\n");
}

static bool lost_nothing(struct report *report, const struct report_session *session)
{
	const char *what;
	uint64_t n;

	for (size_t i = 0; view_lost(&report->view, i, &n, &what); i++) {
		if (n > 0)
			return false;
	}
	return session->losses == 0;
}

void report_losses(struct report *report, size_t index)
{
	const struct report_session *session = &report->sessions[index];
	const struct gathered *now = report->now;
	struct html *html = &report->html;

	report_section(report, index, "losses", "Losses");
	if (json_read(buf_span(&now->end), &report->view.line))
		report->view.line.n = 0;
	if (lost_nothing(report, session) && session->ended)
		html_lit(html, "<p>Nothing was lost.</p>\n");
	if (session->ended)
		add_books(report);
	for (size_t i = 0; i < now->losses_n; i++)
		add_loss(report, &now->losses[i]);
	if (now->losses_more) {
		html_lit(html, "<p class=\"callout\">");
		report_count(report, now->losses_more, "more loss is not here; the record has it.",
			     "more losses are not here; the record has them.");
		html_lit(html, "</p>\n");
	}
	html_lit(html, "</section>\n");
}
