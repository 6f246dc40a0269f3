/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/show/report/part.h"

#include <errno.h>
#include <stdlib.h>

#include "core/base/text.h"
#include "core/base/timestamp.h"

bool report_read(struct report *report, const char *line, size_t n)
{
	struct span text = { line, n };

	report->line = text;
	return json_read(text, &report->view.line) == 0 &&
	       json_is_string(json_get(&report->view.line, "kind"));
}

bool report_is(const struct report *report, const char *kind)
{
	return json_is(json_get(&report->view.line, "kind"), kind);
}

enum verdict report_verdict(const struct report *report)
{
	struct span verdict = json_get(&report->view.line, "verdict");

	for (unsigned int i = VERDICT_NONE + 1; i <= VERDICT_APPROVED; i++) {
		if (json_is(verdict, verdict_name(i)))
			return i;
	}
	return VERDICT_NONE;
}

int64_t report_time(struct report *report)
{
	int64_t ns = 0;

	/* what is no time is 0, which is told as "-" */
	(void)timestamp_parse(view_bytes(&report->view, &report->view.line, "time"), &ns);
	return ns;
}

/* A member as shown text, into an array of its own. */
static void keep(struct report *report, const char *key, char *out, size_t size)
{
	struct buf shown = { 0 };

	text_show(&shown, view_bytes(&report->view, &report->view.line, key), size - 32);
	if (shown.n >= size) /* escapes are longer than what they stand for */
		shown.n = size - 1;
	if (!shown.failed)
		memcpy(out, shown.p ? shown.p : "", shown.n);
	out[shown.failed ? 0 : shown.n] = 0;
	buf_free(&shown);
}

/* Whether the line in view is one of the session's own: an acknowledgement is about it. */
static bool is_own(const struct report *report, const char *id)
{
	return json_is(json_get(&report->view.line, "session"), id) &&
	       !report_is(report, REPORT_ACK_KIND);
}

/* Who and on what: every line of the session says it. */
static void note_head(struct report *report, struct report_session *session, uint64_t seq)
{
	const struct json_object *line = &report->view.line;

	session->first_seq = seq;
	session->has_ticket = view_has(line, "ticket");
	session->unsigned_ticket = span_is(json_get(line, "unsigned"), "true");
	session->break_glass = span_is(json_get(line, "break_glass"), "true");
	keep(report, "operator", session->operator_name, sizeof(session->operator_name));
	keep(report, "host", session->host, sizeof(session->host));
	if (view_bytes(&report->view, line, "ticket_sha256").n == sizeof(session->sha256) - 1)
		memcpy(session->sha256, report->view.scratch.p, sizeof(session->sha256) - 1);
}

static enum report_state outcome(const struct report *report)
{
	struct span outcome = json_get(&report->view.line, "outcome");

	if (!view_has(&report->view.line, "ticket"))
		return REPORT_NO_TICKET;
	if (json_is(outcome, "compliant"))
		return REPORT_COMPLIANT;
	return json_is(outcome, "violation") ? REPORT_VIOLATION : REPORT_INDETERMINATE;
}

static void note_end(struct report *report, struct report_session *session, uint64_t seq)
{
	const struct json_object *line = &report->view.line;

	session->ended = true;
	session->end_seq = seq;
	session->state = outcome(report);
	session->end_stored = view_number(line, "stored");
	session->end_counts[VERDICT_APPROVED] = view_number(line, "approved");
	session->end_counts[VERDICT_UNAPPROVED] = view_number(line, "unapproved");
	session->end_counts[VERDICT_INDETERMINATE] = view_number(line, "indeterminate");
}

static int note_alert(struct report *report, struct report_session *session, uint64_t seq)
{
	enum verdict verdict = report_verdict(report);
	bool loss = report_is(report, "loss");
	bool act = verdict == VERDICT_UNAPPROVED || verdict == VERDICT_INDETERMINATE;
	const struct report_alert alert = {
		.seq = seq,
		.session = (uint32_t)(session - report->sessions),
		.aside = !loss && !act,
	};

	session->losses += loss;
	session->alerts += loss || act;
	if (alert.aside && !report_is(report, "session_end") && !report_is(report, "session_start"))
		return 0;
	return report_acks__alert(&report->acks, &alert, REPORT_SEQS_MAX);
}

static void count(struct report *report, struct report_session *session)
{
	enum verdict verdict = report_verdict(report);

	session->records++;
	if (session->ended) {
		session->late += verdict == VERDICT_UNAPPROVED || verdict == VERDICT_INDETERMINATE;
		return;
	}
	session->acts += view_has(&report->view.line, "sseq");
	session->counts[verdict] += verdict != VERDICT_NONE;
}

static int note(struct report *report, struct report_session *session, uint64_t seq)
{
	int64_t ns = report_time(report);

	if (!session->first_seq)
		note_head(report, session, seq);
	session->last_seq = seq;
	if (ns && (!session->first_ns || ns < session->first_ns))
		session->first_ns = ns;
	if (ns > session->last_ns)
		session->last_ns = ns;
	count(report, session);
	if (report_is(report, "session_start")) {
		session->started = true;
		session->start_seq = seq;
		keep(report, "summary", session->summary, sizeof(session->summary));
		session->rehearsal = span_is(json_get(&report->view.line, "rehearsal"), "true");
	} else if (report_is(report, "session_end")) {
		note_end(report, session, seq);
	}
	return note_alert(report, session, seq);
}

struct scan {
	struct report *report;
	struct report_session *session;
};

static int scan_line(void *ctx, uint64_t seq, const char *line, size_t n)
{
	const struct scan *scan = ctx;
	struct report *report = scan->report;
	int ret = 0;

	if (!report_read(report, line, n))
		report->bad++;
	else if (is_own(report, scan->session->id))
		ret = note(report, scan->session, seq);
	else
		report->bad += !report_is(report, REPORT_ACK_KIND);
	return ret || report->view.scratch.failed ? -ENOMEM : 0;
}

/* One of which there is no line has no place on the page, and is not passed over in silence. */
static int scan_session(struct report *report, const char *id)
{
	const struct report_query lines = { .session = id };
	struct report_session *session = &report->sessions[report->sessions_n];
	struct scan scan = { report, session };
	int ret;

	*session = (struct report_session){ .state = REPORT_OPEN };
	if (strlen(id) >= sizeof(session->id)) {
		report->sessions_more++;
		return 0;
	}
	memcpy(session->id, id, strlen(id));
	ret = report->source->read(report->source->ctx, &lines, scan_line, &scan);
	if (session->first_seq)
		report->sessions_n++;
	else
		report->sessions_more++;
	return ret;
}

static int scan_sessions(struct report *report)
{
	size_t n = report->opts->sessions_n;
	int ret = 0;

	if (n > REPORT_SESSIONS_MAX) {
		report->sessions_more = n - REPORT_SESSIONS_MAX;
		n = REPORT_SESSIONS_MAX;
	}
	report->sessions = calloc(n ? n : 1, sizeof(*report->sessions));
	if (!report->sessions)
		return -ENOMEM;
	for (size_t i = 0; i < n && !ret; i++)
		ret = scan_session(report, report->opts->sessions[i]);
	return ret ? ret : report->sessions_n ? 0 : -ENODATA;
}

static int last_line(void *ctx, uint64_t seq, const char *line, size_t n)
{
	struct report *report = ctx;

	if (!report_read(report, line, n) || !report_is(report, REPORT_ACK_KIND))
		return 0;
	return report_acks__line(&report->acks, &report->view.line, seq, report_time(report));
}

/* How many of `n`, of which `before` are on the page above them, have no place on it. */
static uint64_t left_out(uint64_t before, uint64_t n, uint64_t max)
{
	uint64_t room = before < max ? max - before : 0;

	return n > room ? n - room : 0;
}

/* Whether the lines say what the session's end says of them. */
static void check_books(struct report_session *session)
{
	if (!session->ended)
		return;
	if (session->acts < session->end_stored)
		session->missing = session->end_stored - session->acts;
	session->contradicted = memcmp(session->counts + 1, session->end_counts + 1,
				       sizeof(session->counts) - sizeof(session->counts[0])) != 0;
}

static void settle_session(struct report *report, struct report_session *session)
{
	session->cards_more = left_out(session->cards_before, session->alerts - session->losses,
				       report->alerts_max);
	session->rows_more = left_out(session->rows_before, session->records, report->events_max);
	check_books(session);
	if (session->first_seq < report->first_seq || !report->first_seq)
		report->first_seq = session->first_seq;
	if (session->last_seq > report->last_seq)
		report->last_seq = session->last_seq;
	if (session->state > report->worst)
		report->worst = session->state;
}

/* Which alerts and which events have a place on the page is settled before the first is written. */
static void settle(struct report *report)
{
	uint64_t cards = 0, rows = 0;

	for (size_t i = 0; i < report->acks.alerts_n; i++) {
		const struct report_alert *alert = &report->acks.alerts[i];

		report->sessions[alert->session].acked += alert->acked && !alert->aside;
	}
	for (size_t i = 0; i < report->sessions_n; i++) {
		struct report_session *session = &report->sessions[i];

		session->number = i + 1;
		session->cards_before = cards;
		session->rows_before = rows;
		settle_session(report, session);
		if (!session->rehearsal)
			cards += session->alerts - session->losses;
		rows += session->records;
	}
	/* nobody looked at what is not on the page */
	if (report->sessions_more && report->worst < REPORT_INDETERMINATE)
		report->worst = REPORT_INDETERMINATE;
}

int report_scan(struct report *report)
{
	const struct report_query acks = { .kind = REPORT_ACK_KIND };
	const struct report_source *source = report->source;
	int ret = scan_sessions(report);

	if (ret)
		return ret;
	report_acks__order(&report->acks);
	/* acknowledgements come behind the last line that they can be about */
	ret = source->read(source->ctx, &acks, last_line, report);
	if (ret)
		return ret;
	report_acks__sort(&report->acks);
	settle(report);
	return 0;
}

struct each {
	struct report *report;
	const struct report_session *session;
	void (*each)(struct report *report, const struct report_session *session, uint64_t seq);
};

static int each_line(void *ctx, uint64_t seq, const char *line, size_t n)
{
	struct each *each = ctx;
	struct report *report = each->report;

	/* a session that was scanned before others may have gone on since */
	if (seq > each->session->last_seq)
		return 0;
	if (report_read(report, line, n) && is_own(report, each->session->id))
		each->each(report, each->session, seq);
	if (report->view.scratch.failed || report->view.out->failed)
		return -ENOMEM;
	return report->html.ret ? report->html.ret : report->enough;
}

int report_each(struct report *report, const struct report_session *session, uint64_t after,
		void (*each)(struct report *report, const struct report_session *session,
			     uint64_t seq))
{
	const struct report_query lines = { .session = session->id, .after = after };
	struct each ctx = { report, session, each };

	int ret;

	report->enough = false;
	ret = report->source->read(report->source->ctx, &lines, each_line, &ctx);
	return report->enough && ret > 0 ? 0 : ret;
}
