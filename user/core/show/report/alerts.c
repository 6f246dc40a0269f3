/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/show/report/part.h"

#include "core/base/array.h"
#include "core/base/text.h"

static void open_row(struct report *report, const char *name)
{
	html_lit(&report->html, "<dt>");
	html_cstr(&report->html, name);
	html_lit(&report->html, "</dt><dd>");
}

static void add_reasons(struct report *report)
{
	struct html *html = &report->html;

	for (unsigned int i = 0; i < REASON_COUNT; i++) {
		if (!view_has_reason(&report->view, reason_name(i)))
			continue;
		open_row(report, "Why");
		html_cstr(html, reason_text(i));
		html_lit(html, " <code>");
		html_cstr(html, reason_name(i));
		html_lit(html, "</code></dd>");
	}
}

/* The two texts below one another, so that the eye finds what differs. */
static void add_difference(struct report *report)
{
	const struct json_object *nearest = &report->item;
	uint64_t argument = view_number(nearest, "argument");
	struct html *html = &report->html;

	if (!view_has(nearest, "argument"))
		return;
	html_lit(html, "<dt>");
	html_cstr(html, argument ? "Argument " : "Differs");
	if (argument)
		html_number(html, argument);
	html_lit(html, "</dt><dd><div class=\"diff\"><span>approved</span><code>");
	if (json_is(json_get(nearest, "approved"), "(end)"))
		html_lit(html, "nothing more");
	else
		report_member(report, nearest, "approved");
	html_lit(html, "</code><span>ran</span><code class=\"ran\">");
	if (view_has(nearest, "actual")) {
		text_quote(&report->text, view_bytes(&report->view, nearest, "actual"),
			   VIEW_ARGUMENT_MAX);
		report_put(report);
	} else {
		html_lit(html, "nothing there");
	}
	html_lit(html, "</code></div></dd>");
}

static void add_nearest(struct report *report)
{
	struct html *html = &report->html;

	if (!view_nearest(&report->view, &report->item))
		return;
	open_row(report, "Nearest");
	html_lit(html, "step <code>");
	report_member(report, &report->item, "step");
	html_lit(html, "</code>: <code>");
	report_member(report, &report->item, "run");
	html_lit(html, "</code></dd>");
	add_difference(report);
}

/* The variables that are not as at the session's start. */
static void add_env(struct report *report)
{
	bool twin = view_has(&report->view.line, "env_b64");
	struct span items = json_items(json_get(&report->view.line, "env")), value;
	struct span differs = json_items(json_get(&report->view.line, "env_differs")), next;
	uint64_t at = 0, wanted;

	for (; json_next(&differs, &next) && !json_read_u64(next, &wanted); at++) {
		while (json_next(&items, &value) && at < wanted)
			at++;
		if (at != wanted)
			return;
		open_row(report, "Set");
		buf_reset(&report->view.scratch);
		json_read_text(value, &report->view.scratch);
		html_lit(&report->html, "<code>");
		html_text(&report->html, buf_span(&report->view.scratch), VIEW_TEXT_MAX);
		html_lit(&report->html, "</code></dd>");
	}
	if (twin && view_has_reason(&report->view, "environment")) {
		open_row(report, "Set");
		html_lit(&report->html, "(holds bytes that are not UTF-8; exact in the record's "
					"<code>env_b64</code>)</dd>");
	}
}

static void add_program(struct report *report)
{
	const struct json_object *line = &report->view.line;
	struct html *html = &report->html;

	open_row(report, "Program");
	html_lit(html, "<code>");
	report_member(report, line, "exe");
	html_lit(html, "</code>");
	if (view_has(line, "interp")) {
		html_lit(html, ", running the script <code>");
		report_member(report, line, "filename");
		html_lit(html, "</code>");
	}
	if (view_has_reason(&report->view, "stdin_differs")) {
		html_lit(html, ", commands from: ");
		report_member(report, line, "stdin");
	}
	if (view_has(line, "sha256")) {
		html_lit(html, "<p class=\"print\">SHA-256 <code>");
		report_member(report, line, "sha256");
		html_lit(html, "</code></p>");
	}
	html_lit(html, "</dd>");
}

static void add_who(struct report *report)
{
	const struct json_object *line = &report->view.line;
	struct html *html = &report->html;

	open_row(report, "Who");
	html_lit(html, "process ");
	report_member(report, line, "pid");
	html_cstr(html, view_has(line, "user") ? ", user " : ", uid ");
	report_member(report, line, view_has(line, "user") ? "user" : "uid");
	if (!span_eq(json_get(line, "uid"), json_get(line, "euid"))) {
		html_lit(html, " acting as uid ");
		report_member(report, line, "euid");
	}
	if (view_has(line, "cwd")) {
		html_lit(html, ", in <code>");
		report_member(report, line, "cwd");
		html_lit(html, "</code>");
	}
	html_lit(html, "</dd>");
}

static void add_act(struct report *report)
{
	struct view *view = &report->view;
	size_t command_max = view->command_max;

	view->command_max = REPORT_ALERT_MAX;
	view_act(view);
	view->command_max = command_max;
	html_lit(&report->html, "<pre><code>");
	report_put(report);
	html_lit(&report->html, "</code></pre>");
}

static const char *kind_word(const struct report *report)
{
	static const char *const words[][2] = {
		{ "exec", "command" },
		{ "connect", "connection" },
		{ "send", "datagram" },
		{ "bind", "bind" },
		{ "listen", "listening" },
		{ "accept", "connection taken" },
		{ "unix_connect", "connection to a unix socket" },
		{ "socket", "socket" },
		{ "write", "write" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (report_is(report, words[i][0]))
			return words[i][1];
	}
	return "act";
}

static void add_card(struct report *report, uint64_t seq)
{
	const struct json_object *line = &report->view.line;
	enum verdict verdict = report_verdict(report);
	struct html *html = &report->html;

	html_lit(html, "<div class=\"card ");
	html_cstr(html, verdict == VERDICT_UNAPPROVED ? "bad-edge" : "doubt-edge");
	html_lit(html, "\" id=\"a");
	html_number(html, seq);
	html_lit(html, "\"><h4>");
	report_mark(report, verdict);
	html_lit(html, " ");
	html_cstr(html, kind_word(report));
	html_lit(html, "</h4><p class=\"meta\">");
	report_clock(report, report_time(report), false);
	html_lit(html, " &middot; severity ");
	report_member(report, line, "severity");
	html_lit(html, " &middot; record ");
	html_number(html, seq);
	html_lit(html, "</p>");
	add_act(report);
	html_lit(html, "<dl class=\"facts\">");
	add_reasons(report);
	add_nearest(report);
	add_env(report);
	add_program(report);
	add_who(report);
	open_row(report, "Response");
	report_acked(report, seq);
	html_lit(html, "</dd></dl></div>\n");
}

/* "Alerts 51 to 100" */
static void open_fold(struct report *report, uint64_t from, uint64_t to)
{
	struct html *html = &report->html;

	html_lit(html, "<details class=\"fold\"><summary>Alerts ");
	report_bytes(report, from);
	html_lit(html, " to ");
	report_bytes(report, to);
	html_lit(html, "</summary>\n");
}

static void each_alert(struct report *report, const struct report_session *session, uint64_t seq)
{
	uint64_t all = session->alerts - session->losses, at = report->now->cards_seen;
	enum verdict verdict = report_verdict(report);

	if (verdict != VERDICT_UNAPPROVED && verdict != VERDICT_INDETERMINATE)
		return;
	report->now->cards_seen++;
	report->enough = !report_has_card(report, session, at);
	if (report->enough)
		return;
	if (at > 0 && at % REPORT_CARDS_CHUNK == 0) {
		if (at > REPORT_CARDS_CHUNK)
			html_lit(&report->html, "</details>\n");
		open_fold(report, at + 1,
			  all - at < REPORT_CARDS_CHUNK ? all : at + REPORT_CARDS_CHUNK);
	}
	add_card(report, seq);
}

static void add_state(struct report *report, const struct report_session *session)
{
	uint64_t open = session->alerts - session->acked;
	struct html *html = &report->html;

	html_lit(html, "<p>");
	report_count(report, session->alerts - session->losses, "act was not approved",
		     "acts were not approved");
	if (session->losses) {
		html_lit(html, ", and ");
		report_count(report, session->losses, "loss was recorded", "losses were recorded");
	}
	html_lit(html, ". ");
	if (open == 0) {
		html_lit(html, "Every alert was acknowledged.");
	} else {
		html_lit(html, "<b class=\"unacked\">");
		report_count(report, open, "alert is open", "alerts are open");
		html_lit(html, "</b>: nobody has acknowledged ");
		html_cstr(html, open == 1 ? "it." : "them.");
	}
	html_lit(html, "</p>\n");
}

/* How many cards this session has on the page. */
static uint64_t cards_of(const struct report *report, const struct report_session *session)
{
	uint64_t all = session->alerts - session->losses;

	if (session->cards_before >= report->alerts_max)
		return 0;
	return all < report->alerts_max - session->cards_before
		       ? all
		       : report->alerts_max - session->cards_before;
}

static int add_cards(struct report *report, const struct report_session *session)
{
	uint64_t all = session->alerts - session->losses, cards = cards_of(report, session);
	struct html *html = &report->html;
	int ret;

	report->now->cards_seen = 0;
	ret = report_each(report, session, each_alert);
	if (cards > REPORT_CARDS_CHUNK)
		html_lit(html, "</details>\n");
	if (cards < all) {
		html_lit(html, "<p class=\"callout\">");
		report_count(report, all - cards,
			     "more alert is not on this page; the record has it.",
			     "more alerts are not on this page; the record has them.");
		html_lit(html, "</p>\n");
	}
	return ret;
}

int report_alerts(struct report *report, size_t index)
{
	const struct report_session *session = &report->sessions[index];
	struct html *html = &report->html;
	int ret = 0;

	report_section(report, index, "alerts", "Alerts");
	if (session->alerts == 0 && !session->ended) {
		html_lit(html, "<p>None so far.</p>\n");
	} else if (session->alerts == 0) {
		html_lit(html, "<p>None: every act was approved, and nothing was lost.</p>\n");
	} else if (session->rehearsal) {
		html_lit(html, "<p>A rehearsal has no alerts: without a ticket, every act is "
			       "<code>no_ticket</code>. The acts are listed below.</p>\n");
	} else {
		add_state(report, session);
		ret = add_cards(report, session);
	}
	html_lit(html, "</section>\n");
	return ret;
}
