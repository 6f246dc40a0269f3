/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/show/report/part.h"

enum { OPEN_MAX = 40 }; /* a longer table is folded */

static void add_text(struct report *report, uint32_t at, uint32_t n)
{
	html_shown(&report->html, (struct span){ report->now->texts.p + at, n });
}

static void add_sum(struct report *report, bool known, uint64_t n)
{
	html_lit(&report->html, "<td class=\"n\">");
	if (known)
		report_bytes(report, n);
	else
		html_lit(&report->html, "-");
	html_lit(&report->html, "</td>");
}

static void add_conn(struct report *report, const struct report_conn *conn)
{
	bool linked = conn->card && conn->verdict != VERDICT_APPROVED;
	struct html *html = &report->html;

	html_lit(html, "<tr><td>");
	report_clock(report, conn->time_ns, false);
	html_lit(html, "</td><td>");
	if (linked) {
		html_lit(html, "<a href=\"#a");
		html_number(html, conn->seq);
		html_lit(html, "\">");
	}
	report_mark(report, conn->verdict);
	if (linked)
		html_lit(html, "</a>");
	html_lit(html, "</td><td>");
	html_cstr(html, conn->kind);
	html_lit(html, "</td><td><code>");
	add_text(report, conn->what, conn->what_n);
	html_lit(html, "</code></td><td><code>");
	add_text(report, conn->who, conn->who_n);
	html_lit(html, "</code></td><td>");
	if (conn->closed)
		add_text(report, conn->result, conn->result_n);
	else
		html_lit(html, "-");
	html_lit(html, "</td>");
	add_sum(report, conn->closed, conn->sent);
	add_sum(report, conn->closed, conn->received);
	html_lit(html, "</tr>\n");
}

static void add_table(struct report *report)
{
	const struct gathered *now = report->now;
	struct html *html = &report->html;

	html_lit(html, "<div class=\"wide\" tabindex=\"0\" role=\"group\" "
		       "aria-label=\"Connections\"><table>"
		       "<thead><tr><th scope=\"col\">Time</th><th scope=\"col\">Verdict</th>"
		       "<th scope=\"col\">Kind</th><th scope=\"col\">Where</th><th "
		       "scope=\"col\">Program</th>"
		       "<th scope=\"col\">Result</th><th scope=\"col\" class=\"n\">Bytes sent</th>"
		       "<th scope=\"col\" class=\"n\">Bytes received</th></tr></thead>\n<tbody>\n");
	for (size_t i = 0; i < now->conns_n; i++)
		add_conn(report, &now->conns[i]);
	html_lit(html, "</tbody></table></div>\n");
}

void report_conns(struct report *report, size_t index)
{
	const struct gathered *now = report->now;
	bool folded = now->conns_n > OPEN_MAX;
	struct html *html = &report->html;

	report_section(report, index, "net", "Connections");
	if (now->conns_n == 0) {
		html_lit(html, "<p>None.</p></section>\n");
		return;
	}
	html_lit(html, "<p>");
	report_count(report, now->conns_n + now->conns_more, "act on the network or on a socket",
		     "acts on the network or on sockets");
	html_lit(html, "; ");
	report_count(report, now->sent, "byte sent, ", "bytes sent, ");
	report_count(report, now->received, "byte received.", "bytes received.");
	html_lit(html, " Bytes are known of TCP connections that have ended.</p>\n");
	if (folded) {
		html_lit(html, "<details class=\"fold\"><summary>");
		report_count(report, now->conns_n, "act", "acts");
		html_lit(html, "</summary>\n");
	}
	add_table(report);
	if (folded)
		html_lit(html, "</details>\n");
	if (now->conns_more) {
		html_lit(html, "<p class=\"callout\">");
		report_count(
			report, now->conns_more,
			"more is not in this table; the events below or the record have it.",
			"more are not in this table; the events below or the record have them.");
		html_lit(html, "</p>\n");
	}
	html_lit(html, "</section>\n");
}
