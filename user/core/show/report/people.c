/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/show/report/part.h"

#include <errno.h>

#include "core/base/timestamp.h"

static void open_person(struct report *report, const char *role)
{
	struct html *html = &report->html;

	html_lit(html, "<div class=\"person\"><h4>");
	html_cstr(html, role);
	html_lit(html, "</h4><p class=\"name\">");
}

/* By the names that were counted: every record has them. */
static size_t add_names(struct report *report)
{
	struct span items = json_items(json_get(&report->view.line, "approvers")), value;
	struct html *html = &report->html;
	size_t n = 0;

	for (; json_next(&items, &value); n++) {
		buf_reset(&report->view.scratch);
		json_read_text(value, &report->view.scratch);
		html_lit(html, "<p class=\"name\">");
		html_text(html, buf_span(&report->view.scratch), REPORT_NAME_MAX);
		html_lit(html, "</p>");
	}
	if (n == 0)
		html_lit(html, "<p class=\"name none\">nobody</p>");
	return n;
}

static void add_approvers(struct report *report, const struct report_session *session)
{
	const struct ticket *ticket = report->now->ticket;
	struct html *html = &report->html;
	size_t n;

	html_lit(html, "<div class=\"person\"><h4>Approvers</h4>");
	n = add_names(report);
	html_lit(html, "<p class=\"print\">");
	report_count(report, n, "signature counted", "signatures counted");
	if (ticket) {
		html_lit(html, ", ");
		html_number(html, ticket->approvals);
		html_lit(html, " asked for");
	}
	if (session->unsigned_ticket)
		html_lit(html, "; <b class=\"doubt\">taken unsigned</b>");
	if (session->break_glass)
		html_lit(html, "; <b class=\"doubt\">taken by breaking the glass</b>");
	html_lit(html, "</p></div>");
}

static void add_approval(struct report *report)
{
	struct html *html = &report->html;

	html_lit(html, "<tr><th scope=\"row\">");
	report_member(report, &report->item, "signer");
	html_lit(html, "</th><td><code>");
	report_member(report, &report->item, "key");
	html_lit(html, "</code></td><td><code>");
	report_member(report, &report->item, "signature");
	html_lit(html, "</code></td></tr>\n");
}

/* What was counted, by which it can be checked again: the start has it. */
static void add_approvals(struct report *report)
{
	struct span items = json_items(json_get(&report->view.line, "approvals")), value;
	struct html *html = &report->html;

	if (items.n == 0)
		return;
	html_lit(html,
		 "<div class=\"wide approvals\" tabindex=\"0\" role=\"group\" "
		 "aria-label=\"Approvals\"><table><thead><tr><th scope=\"col\">Approved by</th>"
		 "<th scope=\"col\">Key</th><th scope=\"col\">SHA-256 of the signature's file</th>"
		 "</tr></thead>\n<tbody>\n");
	while (json_next(&items, &value)) {
		if (json_read(value, &report->item) == 0)
			add_approval(report);
	}
	html_lit(html, "</tbody></table></div>\n");
	if (!view_has(&report->view.line, "signers_sha256"))
		return;
	html_lit(html,
		 "<p class=\"aside\">The allowed signers that they were held against have the "
		 "SHA-256 <code>");
	report_member(report, &report->view.line, "signers_sha256");
	html_lit(html, "</code>.</p>\n");
}

static void add_people(struct report *report, const struct report_session *session)
{
	const struct json_object *line = &report->view.line;
	struct html *html = &report->html;

	html_lit(html, "<div class=\"people\">");
	open_person(report, "Requester");
	report_member(report, line, "requester");
	html_lit(html, "</p><p class=\"print\">says what is to be done</p></div>");
	open_person(report, "Operator");
	report_member(report, line, "operator");
	html_lit(html, "</p><p class=\"print\">did it");
	if (view_has(line, "operator_uid")) {
		html_lit(html, ", uid ");
		report_member(report, line, "operator_uid");
	}
	html_lit(html, "</p></div>");
	add_approvers(report, session);
	html_lit(html, "</div>\n");
}

static void open_fact(struct report *report, const char *name)
{
	html_lit(&report->html, "<dt>");
	html_cstr(&report->html, name);
	html_lit(&report->html, "</dt><dd>");
}

static void add_strings(struct report *report, const char *name, const struct strings *strings)
{
	struct html *html = &report->html;

	if (strings->n == 0)
		return;
	open_fact(report, name);
	for (size_t i = 0; i < strings->n; i++) {
		if (i > 0)
			html_lit(html, ", ");
		html_lit(html, "<code>");
		html_text(html, span_of(strings->v[i]), REPORT_NAME_MAX);
		html_lit(html, "</code>");
	}
	html_lit(html, "</dd>");
}

static void add_terms(struct report *report, const struct ticket *ticket)
{
	struct html *html = &report->html;

	open_fact(report, "Window");
	report_clock(report, ticket->from_ns, true);
	html_lit(html, " to ");
	report_clock(report, ticket->until_ns, true);
	html_lit(html, "</dd>");
	add_strings(report, "Hosts", &ticket->hosts);
	add_strings(report, "Operators", &ticket->operators);
	add_strings(report, "Profiles", &ticket->profiles);
	open_fact(report, "Order");
	html_cstr(html, ticket->order == ORDER_STRICT ? "strict" : "any");
	html_lit(html, "</dd>");
}

/* The bytes line by line. What was parsed holds no hidden character, so it is shown as it is. */
static void add_ticket_text(struct report *report)
{
	struct span rest = report->now->ticket_bytes;
	struct html *html = &report->html;

	html_lit(html, "<details><summary>The ticket's text</summary><pre class=\"ticket\" "
		       "tabindex=\"0\">");
	while (rest.n > 0) {
		const char *end = memchr(rest.p, '\n', rest.n);
		struct span line = { rest.p, end ? (size_t)(end - rest.p) : rest.n };

		if (report->now->ticket)
			html_shown(html, line);
		else
			html_text(html, line, 0);
		html_lit(html, "\n");
		line.n += end != NULL;
		rest.p += line.n;
		rest.n -= line.n;
	}
	html_lit(html, "</pre></details>\n");
}

static void add_ticket(struct report *report, const struct report_session *session)
{
	const struct gathered *now = report->now;
	struct html *html = &report->html;

	html_lit(html, "<dl class=\"facts\">");
	open_fact(report, "Ticket");
	html_lit(html, "<code>");
	report_member(report, &report->view.line, "ticket");
	html_lit(html, "</code></dd>");
	open_fact(report, "Summary");
	report_member(report, &report->view.line, "summary");
	html_lit(html, "</dd>");
	if (session->sha256[0]) {
		open_fact(report, "SHA-256");
		html_lit(html, "<code>");
		html_cstr(html, session->sha256);
		html_lit(html, "</code></dd>");
	}
	if (now->ticket)
		add_terms(report, now->ticket);
	html_lit(html, "</dl>\n");
	if (now->ticket_ret == -EBADMSG)
		html_lit(html,
			 "<p class=\"callout\">What the store keeps as this ticket has another "
			 "SHA-256: it is not the ticket, and not shown.</p>\n");
	else if (now->ticket_ret && !now->ticket_bytes.n)
		html_lit(
			html,
			"<p class=\"aside\">The ticket's text is not in this store; the plan below "
			"is as the session's records tell it.</p>\n");
	if (now->ticket_bytes.n)
		add_ticket_text(report);
}

void report_people(struct report *report, size_t index)
{
	const struct report_session *session = &report->sessions[index];
	const struct gathered *now = report->now;

	report_section(report, index, "people", "People");
	if (json_read(buf_span(now->start.n ? &now->start : &now->head), &report->view.line))
		report->view.line.n = 0;
	add_people(report, session);
	add_approvals(report);
	if (session->has_ticket)
		add_ticket(report, session);
	html_lit(&report->html, "</section>\n");
}
