/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/show/report/part.h"

#include <errno.h>

#include "core/show/alert.h"

/* What was not approved, and what was lost: alert.h's rows, as fact.html has them. */

/* The record that a card is of; its line is in the view. */
struct card {
	uint64_t seq;
	int64_t time_ns;
	enum verdict verdict;
	struct alert alert;
};

/* A part of it; of one that is a label, the row. */
struct fact {
	const struct alert *alert;
	const struct alert_part *part;
};

static void part_values(struct value *v)
{
	static const char *const kinds[] = {
		[PART_WORDS] = "words",       [PART_CODE] = "code", [PART_NAME] = "name",
		[PART_APPROVED] = "approved", [PART_RAN] = "ran",   [PART_DIGEST] = "digest",
		[PART_ARGUMENT] = "argument",
	};
	const struct fact *fact = v->object;

	V_WORD(v, "kind", kinds[fact->part->kind]);
	V_TEXT(v, "text", ((struct span){ fact->alert->texts.p + fact->part->at, fact->part->n }));
}

static void put_label(struct buf *out, const struct fact *fact)
{
	const char *label = fact->alert->texts.p + fact->part->at;

	buf_addc(out, (char)(label[0] - 'a' + 'A'));
	buf_add(out, label + 1, fact->part->n - 1);
}

static int each_part(const struct fact *row, struct walk *walk)
{
	const struct alert_part *end = row->alert->parts + row->alert->parts_n;
	struct fact fact = { row->alert, row->part + 1 };
	int ret = 0;

	for (; !ret && fact.part < end && fact.part->kind != PART_LABEL; fact.part++)
		ret = walk_item(walk, &fact);
	return ret;
}

static void fact_values(struct value *v)
{
	const struct fact *fact = v->object;

	V_PUT(v, "label", put_label(v->out, fact));
	V_FLAG(v, "differs", fact->part->differs);
	V_NUMBER(v, "argument", fact->part->argument);
	V_LIST(v, "parts", part_values, each_part(fact, v->walk));
}

static int each_fact(const struct alert *alert, struct walk *walk)
{
	int ret = alert->texts.failed ? -ENOMEM : 0;

	for (size_t i = 0; !ret && i < alert->parts_n; i++) {
		const struct fact row = { alert, &alert->parts[i] };

		if (row.part->kind == PART_LABEL && row.part->places & ALERT_PAGE)
			ret = walk_item(walk, &row);
	}
	return ret;
}

static void ack_values(struct value *v)
{
	const struct report_ack *ack = v->object;
	const char *texts = v->dry ? NULL : REPORT(v)->acks.texts.p;

	V_TEXT(v, "by", ((struct span){ texts + ack->by, ack->by_n }));
	V_TEXT(v, "note", ((struct span){ texts + ack->note, ack->note_n }));
	V_TIME(v, "time", &ack->time_ns);
}

static const char *noun_of(const struct report *report)
{
	const char *before, *noun = alert_noun(&report->view, &before);

	return noun ? noun : "act";
}

static void put_whole_act(struct view *view)
{
	size_t command_max = view->command_max;

	view->command_max = REPORT_ALERT_MAX;
	view_act(view);
	view->command_max = command_max;
}

void report_card_values(struct value *v)
{
	const struct card *card = v->object;
	struct report *report = v->ctx;
	size_t n;

	V_NUMBER(v, "seq", card->seq);
	V_TIME(v, "time", &card->time_ns);
	V_VERDICT(v, card->verdict);
	V_WORD(v, "noun", noun_of(report));
	V_LINE(v, "severity");
	V_PUT(v, "whole_act", put_whole_act(&report->view));
	V_LIST(v, "facts", fact_values, each_fact(&card->alert, v->walk));
	V_ARRAY(v, "acks", ack_values, report_acks__of(&report->acks, card->seq, &n), n);
	/* of a loss */
	V_SUM(v, "count", view_number(&report->view.line, "count"));
	V_NUMBER(v, "first", view_number(&report->view.line, "first"));
	V_NUMBER(v, "last", view_number(&report->view.line, "last"));
	V_FLAG(v, "several",
	       view_number(&report->view.line, "first") != view_number(&report->view.line, "last"));
}

/* Writes the card of the line in view. */
static void walk_card(struct report *report, uint64_t seq, struct walk *walk)
{
	struct card card = { seq, report_time(report), report_verdict(report), { 0 } };

	alert__build(&card.alert, &report->view);
	walk_item(walk, &card);
	alert__free(&card.alert);
}

/* "Alerts 51 to 100"; what stands before the first fold is not folded. */
struct fold {
	uint64_t from, to;
};

static void each_alert(struct report *report, const struct report_session *session, uint64_t seq)
{
	enum verdict verdict = report_verdict(report);
	struct gathered *now = report->now;

	if (verdict != VERDICT_UNAPPROVED && verdict != VERDICT_INDETERMINATE)
		return;
	report->enough = !report_has_card(report, session, now->cards_seen);
	if (report->enough)
		return;
	walk_card(report, seq, report->walk);
	now->last_card = seq;
	report->enough = ++now->cards_seen % REPORT_CARDS_CHUNK == 0;
}

/* Each fold is read when it is written, and no further: the next goes on behind it. */
static int each_in(struct report *report, struct walk *walk)
{
	report->walk = walk;
	return report_each(report, report->session, report->now->last_card, each_alert);
}

void report_fold_values(struct value *v)
{
	const struct fold *fold = v->object;

	V_SUM(v, "from", fold->from);
	V_SUM(v, "to", fold->to);
	V_FLAG(v, "folded", fold->from > 1);
	V_LIST(v, "alerts", report_card_values, each_in(v->ctx, v->walk));
}

int report_each_fold(struct report *report, const struct report_session *session, struct walk *walk)
{
	uint64_t all = session->alerts - session->losses;
	int ret = 0;

	report->now->cards_seen = report->now->last_card = 0;
	for (uint64_t at = 0; !ret && at < all - session->cards_more; at += REPORT_CARDS_CHUNK) {
		const struct fold fold = {
			at + 1,
			all - at < REPORT_CARDS_CHUNK ? all : at + REPORT_CARDS_CHUNK,
		};

		ret = walk_item(walk, &fold);
	}
	return ret;
}

int report_each_loss(struct report *report, struct walk *walk)
{
	const struct gathered *now = report->now;

	for (size_t i = 0; !report->html.ret && i < now->losses_n; i++) {
		struct span line = report_kept(now, now->losses[i].line);

		if (report_read(report, line.p, line.n))
			walk_card(report, now->losses[i].seq, walk);
	}
	return report->html.ret;
}
