/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/show/report/report_part.h"

#include "core/base/text.h"

/* The shapes stand for a verdict beside its word, so that neither colour nor a font is needed. */
static void add_shapes(struct html *html)
{
	html_lit(html,
		 "<svg class=\"defs\" aria-hidden=\"true\" width=\"0\" height=\"0\">"
		 "<symbol id=\"m-ok\" viewBox=\"0 0 16 16\"><circle cx=\"8\" cy=\"8\" r=\"6.5\" "
		 "fill=\"none\" "
		 "stroke=\"currentColor\" stroke-width=\"1.6\"/><path d=\"M5 8.3l2.1 2.1L11.2 6\" "
		 "fill=\"none\" stroke=\"currentColor\" stroke-width=\"1.6\"/></symbol>"
		 "<symbol id=\"m-bad\" viewBox=\"0 0 16 16\"><path d=\"M8 0l8 8-8 8-8-8z\" "
		 "fill=\"currentColor\"/><path class=\"cut\" d=\"M7 3.6h2l-.3 5H7.3zM7.1 "
		 "10h1.8v1.9H7.1z\"/></symbol>"
		 "<symbol id=\"m-doubt\" viewBox=\"0 0 16 16\"><path d=\"M8 1l8 14H0z\" "
		 "fill=\"none\" "
		 "stroke=\"currentColor\" stroke-width=\"1.6\" stroke-linejoin=\"round\"/><path "
		 "d=\"M7.1 6h1.8l-.3 4.4H7.4zM7.2 11.4h1.6v1.6H7.2z\" "
		 "fill=\"currentColor\"/></symbol>"
		 "<symbol id=\"m-open\" viewBox=\"0 0 16 16\"><circle cx=\"8\" cy=\"8\" r=\"6.5\" "
		 "fill=\"none\" stroke=\"currentColor\" stroke-width=\"1.6\" "
		 "stroke-dasharray=\"3.4 2\"/></symbol>"
		 "<symbol id=\"m-none\" viewBox=\"0 0 16 16\"><path d=\"M4 8h8\" "
		 "stroke=\"currentColor\" stroke-width=\"1.6\"/></symbol>"
		 "</svg>\n");
}

bool report_of_session(const struct report *report)
{
	return *report->opts->filter->session;
}

/* Whether nothing but a session, or a ticket, was asked for: then the heading says it all. */
static bool by_id_alone(const struct report *report)
{
	struct record_filter rest = *report->opts->filter;

	*(*rest.session ? rest.session : rest.ticket) = 0;
	return !filter_is_set(&rest);
}

/* Whether every session of a ticket is on the page, and none else. */
static bool of_ticket(const struct report *report)
{
	return *report->opts->filter->ticket && !report_of_session(report) && by_id_alone(report);
}

/* The filters as they were typed: made safe to show, and put in quotes, where they are written. */
static void add_filters(struct report *report)
{
	filter_show(report->opts->filter, &report->text);
	report_put(report);
}

static void add_title(struct report *report)
{
	const struct record_filter *filter = report->opts->filter;
	struct html *html = &report->html;

	if (report_of_session(report))
		html_text(html, span_of(filter->session), REPORT_NAME_MAX);
	else if (of_ticket(report))
		html_text(html, span_of(filter->ticket), REPORT_NAME_MAX);
	else
		add_filters(report);
}

static const char *subject(const struct report *report)
{
	if (report_of_session(report))
		return "Session ";
	return of_ticket(report) ? "Ticket " : "Sessions ";
}

/* What a summary in the head would be of. */
static bool one_summary(const struct report *report)
{
	return report->sessions[0].summary[0] &&
	       (report->sessions_n + report->sessions_more == 1 || *report->opts->filter->ticket);
}

static void add_chosen(struct report *report)
{
	struct html *html = &report->html;

	if (by_id_alone(report))
		return;
	html_lit(html, "<p class=\"meta\">Chosen: every session that has a record with <code>");
	add_filters(report);
	html_lit(html, "</code>. Each is told whole, with its other records.</p>\n");
}

static uint64_t first_seq(const struct report *report)
{
	uint64_t first = report->sessions[0].first_seq;

	for (size_t i = 1; i < report->sessions_n; i++) {
		if (report->sessions[i].first_seq < first)
			first = report->sessions[i].first_seq;
	}
	return first;
}

static void add_origin(struct report *report)
{
	struct html *html = &report->html;

	html_lit(html, "<p class=\"meta\">Made ");
	report_clock(report, report->opts->now_ns, true);
	if (report->opts->store) {
		html_lit(html, " from <code>");
		html_text(html, span_of(report->opts->store), REPORT_NAME_MAX);
		html_lit(html, "</code>");
	}
	html_lit(html, ", records ");
	html_number(html, first_seq(report));
	html_lit(html, " to ");
	html_number(html, report->last_seq);
	html_lit(html, ". All times are UTC.</p>\n");
}

void report_head(struct report *report)
{
	struct html *html = &report->html;

	html_lit(html, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
		       "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
		       "style-src 'sha256-");
	html_cstr(html, report->opts->style_sha256);
	html_lit(html, "'; base-uri 'none'; form-action 'none'\">\n"
		       "<meta name=\"referrer\" content=\"no-referrer\">\n"
		       "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
		       "<meta name=\"color-scheme\" content=\"light dark\">\n<title>");
	add_title(report);
	html_lit(html, " - lockstep report</title>\n<style>");
	/* our own text, and what the policy names by its sum: as it is */
	html_markup(html, report_style());
	html_lit(html, "</style>\n</head>\n<body>\n");
	add_shapes(html);
	html_lit(html, "<header class=\"top\"><p class=\"kicker\">lockstep report</p>\n<h1>");
	html_cstr(html, subject(report));
	html_lit(html, "<code>");
	add_title(report);
	html_lit(html, "</code></h1>\n");
	if (one_summary(report)) {
		html_lit(html, "<p class=\"lead\">");
		html_cstr(html, report->sessions[0].summary);
		html_lit(html, "</p>\n");
	}
	add_chosen(report);
	add_origin(report);
	html_lit(html, "</header>\n<main>\n");
}

static enum report_state worst(const struct report *report)
{
	enum report_state state = REPORT_COMPLIANT;

	for (size_t i = 0; i < report->sessions_n; i++) {
		if (report->sessions[i].state > state)
			state = report->sessions[i].state;
	}
	/* nobody looked at what is not on the page */
	if (report->sessions_more && state < REPORT_INDETERMINATE)
		state = REPORT_INDETERMINATE;
	return state;
}

/* "1 violation, 2 compliant", the worst first. */
static void add_states(struct report *report)
{
	static const char *const words[] = {
		[REPORT_COMPLIANT] = "compliant",
		[REPORT_NO_TICKET] = "without a ticket",
		[REPORT_OPEN] = "open",
		[REPORT_INDETERMINATE] = "indeterminate",
		[REPORT_VIOLATION] = "in violation",
	};
	const char *between = ": ";

	for (unsigned int state = REPORT_VIOLATION + 1; state-- > 0;) {
		uint64_t n = 0;

		for (size_t i = 0; i < report->sessions_n; i++)
			n += report->sessions[i].state == state;
		if (n == 0)
			continue;
		html_cstr(&report->html, between);
		report_count(report, n, words[state], words[state]);
		between = ", ";
	}
	html_lit(&report->html, ".");
}

static void add_overall(struct report *report)
{
	enum report_state state = worst(report);
	struct html *html = &report->html;

	html_lit(html, "<div class=\"banner ");
	html_cstr(html, report_state_class(state));
	html_lit(html, "\"><p class=\"word\">");
	report_state_mark(report, state);
	html_lit(html, "</p><p class=\"why\">");
	if (of_ticket(report))
		report_count(report, report->sessions_n, "session was opened on this ticket",
			     "sessions were opened on this ticket");
	else
		report_count(report, report->sessions_n, "session has such a record",
			     "sessions have such a record");
	add_states(report);
	if (report->sessions_more) {
		html_lit(html, " ");
		report_count(report, report->sessions_more, "more session is not on this page.",
			     "more sessions are not on this page.");
	}
	html_lit(html, "</p></div>\n");
}

static void add_row(struct report *report, size_t index)
{
	const struct report_session *session = &report->sessions[index];
	struct html *html = &report->html;

	html_lit(html, "<tr><th scope=\"row\"><a href=\"#s");
	html_number(html, index + 1);
	html_lit(html, "\"><code>");
	html_text(html, span_of(session->id), 0);
	html_lit(html, "</code></a></th><td class=\"");
	html_cstr(html, report_state_class(session->state));
	html_lit(html, "\"><b>");
	report_state_mark(report, session->state);
	html_lit(html, "</b></td><td>");
	html_cstr(html, session->operator_name);
	html_lit(html, "</td><td>");
	html_cstr(html, session->host);
	html_lit(html, "</td><td>");
	report_clock(report, session->first_ns, true);
	html_lit(html, "</td><td class=\"n\">");
	report_bytes(report, session->counts[VERDICT_APPROVED]);
	html_lit(html, "</td><td class=\"n\">");
	report_bytes(report, session->counts[VERDICT_UNAPPROVED] + session->late);
	html_lit(html, "</td><td class=\"n\">");
	report_bytes(report, session->counts[VERDICT_INDETERMINATE]);
	html_lit(html, "</td><td class=\"n\">");
	report_bytes(report, session->losses);
	html_lit(html, "</td><td class=\"n\">");
	report_bytes(report, session->rehearsal ? 0 : session->alerts - session->acked);
	html_lit(html, "</td></tr>\n");
}

void report_overview(struct report *report)
{
	struct html *html = &report->html;

	if (report->sessions_n < 2 && !report->sessions_more)
		return;
	html_lit(html, "<section><h2 id=\"overview\">Overview</h2>\n");
	add_overall(report);
	html_lit(html, "<div class=\"wide\" tabindex=\"0\" role=\"group\" "
		       "aria-label=\"Sessions\"><table class=\"overview\">"
		       "<thead><tr><th scope=\"col\">Session</th><th scope=\"col\">Verdict</th>"
		       "<th scope=\"col\">Operator</th><th scope=\"col\">Host</th><th "
		       "scope=\"col\">Began</th>"
		       "<th scope=\"col\" class=\"n\">Approved</th><th scope=\"col\" "
		       "class=\"n\">Unapproved</th>"
		       "<th scope=\"col\" class=\"n\">Indeterminate</th><th scope=\"col\" "
		       "class=\"n\">Losses</th>"
		       "<th scope=\"col\" class=\"n\">Open alerts</th></tr></thead>\n<tbody>\n");
	for (size_t i = 0; i < report->sessions_n; i++)
		add_row(report, i);
	html_lit(html, "</tbody></table></div></section>\n");
}

/* Of the sessions' ids only those that are names: a shell reads the line that is shown. */
static void add_command(struct report *report, const char *before, const char *after)
{
	const struct report_opts *opts = report->opts;
	struct html *html = &report->html;

	html_lit(html, "<li><code>");
	html_cstr(html, before);
	if (opts->store) {
		html_cstr(html, after ? " --store " : " "); /* of verify it is the operand */
		text_quote(&report->text, span_of(opts->store), REPORT_NAME_MAX);
		report_put(report);
	}
	if (after) {
		html_cstr(html, after);
		text_quote(&report->text, span_of(report->sessions[0].id), REPORT_NAME_MAX);
		report_put(report);
		html_lit(html, " --proof DIR");
	}
	html_lit(html, "</code>");
}

void report_checks(struct report *report)
{
	struct html *html = &report->html;

	html_lit(html, "<section class=\"checks\"><h2 id=\"verify\">How to verify "
		       "this</h2>\n<p>This page was made from the record and proves nothing by "
		       "itself. Each "
		       "line of it has a record's number; the record is what counts.</p>\n<ol>\n");
	add_command(report, "lockstep verify", NULL);
	html_lit(html, " checks that no record was changed, removed, inserted or put elsewhere "
		       "since it was "
		       "written, against the log's signed checkpoints.</li>\n");
	add_command(report, "lockstep export", " --session ");
	html_lit(html,
		 " writes a session's records, byte for byte, with the proofs that they are in the "
		 "log; whoever has the log's public key checks them without this host.</li>\n"
		 "<li>The ticket's text on this page has to be the one with the SHA-256 that is "
		 "told "
		 "with it; the approvals are signatures over exactly these bytes.</li>\n</ol>\n");
	if (report->bad) {
		html_lit(html, "<p class=\"callout\">");
		report_count(report, report->bad,
			     "line of the store is no record of the session that it is kept under, "
			     "and is not here.",
			     "lines of the store are no records of the session that they are kept "
			     "under, and are not here.");
		html_lit(html, "</p>\n");
	}
	html_lit(html,
		 "</section>\n</main>\n<footer class=\"bottom\"><p>lockstep holds what a session "
		 "ran against what its ticket approved. It does not guess what is "
		 "malicious.</p></footer>\n</body>\n</html>\n");
}
