/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/show/report/part.h"

#include <errno.h>

#include "core/base/timestamp.h"

static const struct {
	const char *word, *name;
} states[] = {
	[REPORT_COMPLIANT] = { "Compliant", "ok" },
	[REPORT_NO_TICKET] = { "No ticket", "doubt" },
	[REPORT_OPEN] = { "Open", "open" },
	[REPORT_INDETERMINATE] = { "Indeterminate", "doubt" },
	[REPORT_VIOLATION] = { "Violation", "bad" },
};

const char *report_state_word(enum report_state state)
{
	return states[state].word;
}

const char *report_state_class(enum report_state state)
{
	return states[state].name;
}

void report_put(struct report *report)
{
	html_shown(&report->html, buf_span(&report->text));
	if (report->text.failed && !report->html.ret)
		report->html.ret = -ENOMEM;
	buf_reset(&report->text);
}

void report_member(struct report *report, const struct json_object *object, const char *key)
{
	view_text(&report->view, object, key);
	report_put(report);
}

void report_clock(struct report *report, int64_t ns, bool whole)
{
	struct html *html = &report->html;
	char time[TIMESTAMP_SIZE];

	if (ns == 0) {
		html_lit(html, "-");
		return;
	}
	timestamp_format(ns, time);
	html_lit(html, "<time datetime=\"");
	html_cstr(html, time);
	html_lit(html, "\">");
	if (whole) {
		html_shown(html, (struct span){ time, 10 });
		html_lit(html, " ");
	}
	html_shown(html, (struct span){ time + 11, 12 });
	if (whole)
		html_lit(html, " UTC");
	html_lit(html, "</time>");
}

void report_mark(struct report *report, enum verdict verdict)
{
	struct html *html = &report->html;

	if (verdict == VERDICT_APPROVED)
		html_lit(html, "<span class=\"ok\"><svg class=\"m\" aria-hidden=\"true\"><use "
			       "href=\"#m-ok\"/></svg>approved</span>");
	else if (verdict == VERDICT_UNAPPROVED)
		html_lit(html, "<b class=\"bad\"><svg class=\"m\" aria-hidden=\"true\"><use "
			       "href=\"#m-bad\"/></svg>UNAPPROVED</b>");
	else if (verdict == VERDICT_INDETERMINATE)
		html_lit(html, "<b class=\"doubt\"><svg class=\"m\" aria-hidden=\"true\"><use "
			       "href=\"#m-doubt\"/></svg>INDETERMINATE</b>");
}

void report_state_mark(struct report *report, enum report_state state)
{
	struct html *html = &report->html;

	html_lit(html, "<svg class=\"m\" aria-hidden=\"true\"><use href=\"#m-");
	html_cstr(html, states[state].name);
	html_lit(html, "\"/></svg>");
	html_cstr(html, states[state].word);
}

void report_count(struct report *report, uint64_t n, const char *one, const char *many)
{
	report_bytes(report, n);
	html_lit(&report->html, " ");
	html_cstr(&report->html, n == 1 ? one : many);
}

void report_bytes(struct report *report, uint64_t n)
{
	char digits[32];
	size_t at = sizeof(digits), count = 0;

	do {
		if (count > 0 && count % 3 == 0)
			digits[--at] = ',';
		digits[--at] = (char)('0' + n % 10);
		n /= 10;
		count++;
	} while (n > 0);
	html_shown(&report->html, (struct span){ digits + at, sizeof(digits) - at });
}

void report_section(struct report *report, size_t index, const char *name, const char *title)
{
	struct html *html = &report->html;

	html_lit(html, "<section><h3 id=\"s");
	html_number(html, index + 1);
	html_lit(html, "-");
	html_cstr(html, name);
	html_lit(html, "\">");
	html_cstr(html, title);
	html_lit(html, "</h3>\n");
}

static bool fits(uint64_t before, uint64_t ordinal, uint64_t max)
{
	return before < max && ordinal < max - before;
}

bool report_has_card(const struct report *report, const struct report_session *session,
		     uint64_t ordinal)
{
	return fits(session->cards_before, ordinal, report->alerts_max);
}

bool report_has_row(const struct report *report, const struct report_session *session,
		    uint64_t ordinal)
{
	return fits(session->rows_before, ordinal, report->events_max);
}

static void add_ack(struct report *report, const struct report_ack *ack)
{
	struct html *html = &report->html;
	const char *texts = report->acks.texts.p;

	html_lit(html, "<div class=\"ack\">acknowledged by <b>");
	if (ack->by_n > 0)
		html_shown(html, (struct span){ texts + ack->by, ack->by_n });
	else
		html_lit(html, "somebody unnamed");
	html_lit(html, "</b>, ");
	report_clock(report, ack->time_ns, true);
	if (ack->note_n > 0) {
		html_lit(html, ": <q>");
		html_shown(html, (struct span){ texts + ack->note, ack->note_n });
		html_lit(html, "</q>");
	}
	html_lit(html, "</div>");
}

void report_acked(struct report *report, uint64_t seq)
{
	const struct report_ack *ack;
	size_t n;

	ack = report_acks__of(&report->acks, seq, &n);
	if (n == 0)
		html_lit(&report->html, "<b class=\"unacked\">open</b>: nobody acknowledged it");
	for (size_t i = 0; i < n; i++)
		add_ack(report, &ack[i]);
}

void report_clock_text(struct report *report, int64_t ns)
{
	char time[TIMESTAMP_SIZE];

	timestamp_format(ns, time);
	html_shown(&report->html, (struct span){ time + 11, 12 });
}
