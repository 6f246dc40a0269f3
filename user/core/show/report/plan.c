/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/show/report/part.h"

static const struct report_tally *find_tally(const struct gathered *now, struct span id)
{
	for (size_t i = 0; i < now->tallies_n; i++) {
		const struct report_tally *tally = &now->tallies[i];

		if (span_eq((struct span){ now->texts.p + tally->id, tally->id_n }, id))
			return tally;
	}
	return NULL;
}

static void add_when(struct report *report, uint64_t seq, int64_t ns)
{
	struct html *html = &report->html;

	if (seq) {
		html_lit(html, "<a href=\"#e");
		html_number(html, seq);
		html_lit(html, "\">");
	}
	report_clock(report, ns, false);
	if (seq)
		html_lit(html, "</a>");
}

/* When it was begun first and last, each with a link to its event. */
static void add_times(struct report *report, struct span id)
{
	const struct report_tally *tally = find_tally(report->now, id);
	struct html *html = &report->html;

	html_lit(html, "<td class=\"when\">");
	if (tally) {
		add_when(report, tally->first, tally->first_ns);
		if (tally->begun > 1) {
			html_lit(html, " to ");
			add_when(report, tally->last, tally->last_ns);
		}
	} else {
		html_lit(html, "-");
	}
	html_lit(html, "</td></tr>\n");
}

static void open_step(struct report *report, const char *tone, const char *shape, const char *word)
{
	struct html *html = &report->html;

	html_lit(html, "<tr><td class=\"");
	html_cstr(html, tone);
	html_lit(html, "\"><svg class=\"m\" aria-hidden=\"true\"><use href=\"#m-");
	html_cstr(html, shape);
	html_lit(html, "\"/></svg>");
	html_cstr(html, word);
	html_lit(html, "</td><th scope=\"row\"><code>");
}

/* How a step came out, by what the session's end says of it. */
static void open_ended(struct report *report, const struct json_object *step)
{
	uint64_t least = view_number(step, "times");

	if (view_number(step, "missing") > 0)
		open_step(report, "bad", "bad", "NOT DONE");
	else if (view_step_done(step))
		open_step(report, "ok", "ok", "done");
	else if (least > 0)
		open_step(report, "doubt", "doubt", "NOT KNOWN");
	else if (view_number(step, "failed") > 0)
		open_step(report, "doubt", "doubt", "FAILED");
	else
		open_step(report, "none", "none", "not run");
}

static void add_asked(struct report *report, bool set, uint64_t least, uint64_t most)
{
	struct html *html = &report->html;

	html_lit(html, "<td>");
	if (!set)
		html_lit(html, "any number of times");
	else if (most == least)
		report_count(report, least, "time", "times");
	else
		report_count(report, least, "time or more", "times or more");
	html_lit(html, "</td><td>");
}

static void add_ended_step(struct report *report, const struct json_object *step)
{
	struct html *html = &report->html;

	open_ended(report, step);
	report_member(report, step, "id");
	html_lit(html, "</code>");
	if (view_has(step, "profile")) {
		html_lit(html, " <small>profile ");
		report_member(report, step, "profile");
		html_lit(html, "</small>");
	}
	html_lit(html, "</th><td class=\"run\"><code>");
	report_member(report, step, "run");
	html_lit(html, "</code></td>");
	add_asked(report, view_has(step, "times"), view_number(step, "times"),
		  view_number(step, "times"));
	view_step_count(&report->view, step);
	report_put(report);
	html_lit(html, "</td>");
	add_times(report, view_bytes(&report->view, step, "id"));
}

/* The session goes on: what was asked for is the ticket's, and how often it was begun the acts'. */
static void add_open_step(struct report *report, const struct step *step)
{
	const struct report_tally *tally = find_tally(report->now, span_of(step->id));
	struct html *html = &report->html;

	if (tally)
		open_step(report, "ok", "open", "begun");
	else
		open_step(report, "none", "none", "not yet");
	html_text(html, span_of(step->id), REPORT_NAME_MAX);
	html_lit(html, "</code></th><td class=\"run\"><code>");
	html_text(html, span_of(step->run.text), VIEW_TEXT_MAX);
	html_lit(html, "</code></td>");
	add_asked(report, step->times_set, step->times_min, step->times_max);
	report_count(report, tally ? tally->begun : 0, "time begun so far", "times begun so far");
	html_lit(html, "</td>");
	add_times(report, span_of(step->id));
}

static void open_table(struct report *report)
{
	html_lit(&report->html,
		 "<div class=\"wide\" tabindex=\"0\" role=\"group\" aria-label=\"Steps\">"
		 "<table class=\"plan\"><thead><tr><th scope=\"col\">Outcome</th>"
		 "<th scope=\"col\">Step</th><th scope=\"col\">Approved command</th>"
		 "<th scope=\"col\">Asked for</th><th scope=\"col\">What happened</th>"
		 "<th scope=\"col\">When</th></tr></thead>\n<tbody>\n");
}

static size_t add_ended(struct report *report)
{
	struct span items = json_items(json_get(&report->view.line, "steps")), value;
	size_t n = 0;

	while (json_next(&items, &value)) {
		if (json_read(value, &report->item))
			continue;
		if (n++ == 0)
			open_table(report);
		add_ended_step(report, &report->item);
	}
	return n;
}

static size_t add_open(struct report *report)
{
	const struct ticket *ticket = report->now->ticket;

	if (!ticket)
		return 0;
	for (size_t i = 0; i < ticket->steps_n; i++) {
		if (i == 0)
			open_table(report);
		add_open_step(report, &ticket->steps[i]);
	}
	return ticket->steps_n;
}

static void add_loose(struct report *report, size_t index, const struct report_session *session)
{
	uint64_t n = session->alerts - session->losses;
	struct html *html = &report->html;

	if (n == 0 && session->counts[VERDICT_APPROVED] == 0) {
		html_lit(html, "<p>No act of it is recorded.</p>\n");
	} else if (n == 0) {
		html_lit(html, "<p>No act was in no step.</p>\n");
	} else {
		html_lit(html, "<p>In no step: <a href=\"#s");
		html_number(html, index + 1);
		html_lit(html, "-alerts\">");
		report_count(report, n, "act", "acts");
		html_lit(html, "</a>, told below.</p>\n");
	}
}

void report_plan(struct report *report, size_t index)
{
	const struct report_session *session = &report->sessions[index];
	struct html *html = &report->html;
	size_t n;

	report_section(report, index, "plan", "Plan and facts");
	if (json_read(buf_span(&report->now->end), &report->view.line))
		report->view.line.n = 0;
	n = session->ended ? add_ended(report) : add_open(report);
	if (n > 0)
		html_lit(html, "</tbody></table></div>\n");
	else if (!session->has_ticket)
		html_lit(html,
			 "<p>There was no ticket, so there is no plan that the acts could be held "
			 "against.</p>\n");
	else
		html_lit(html, "<p>The ticket's steps are not known from this store.</p>\n");
	if (session->has_ticket)
		add_loose(report, index, session);
	html_lit(html, "</section>\n");
}
