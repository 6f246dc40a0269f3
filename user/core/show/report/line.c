/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/show/report/part.h"

#include "core/base/text.h"
#include "core/base/timestamp.h"

void report_put_member(struct value *v, const char *name, const struct json_object *object)
{
	v->absent = !view_has(object, name);
	view_text(&REPORT(v)->view, object, name);
}

struct span report_kept(const struct gathered *now, struct kept kept)
{
	return (struct span){ now->texts.p + kept.at, kept.n };
}

static void put_time(struct value *v, size_t from, size_t n)
{
	char time[TIMESTAMP_SIZE];

	timestamp_format(*(const int64_t *)v->object, time);
	buf_add(v->out, time + from, n);
}

void report_time_values(struct value *v)
{
	V_FLAG(v, "known", *(const int64_t *)v->object != 0);
	V_PUT(v, "iso", put_time(v, 0, TIMESTAMP_SIZE - 1));
	V_PUT(v, "date", put_time(v, 0, 10));
	V_PUT(v, "clock", put_time(v, 11, 12));
}

/* Strings in an array of the line. */

static void put_string(struct value *v, struct span string)
{
	struct buf *scratch = &REPORT(v)->view.scratch;

	buf_reset(scratch);
	json_read_text(string, scratch);
	text_show(v->out, buf_span(scratch), REPORT_NAME_MAX);
}

static void string_values(struct value *v)
{
	V_PUT(v, "text", put_string(v, *(const struct span *)v->object));
}

static int each_string(const struct report *report, const char *name, struct walk *walk)
{
	struct span items = json_items(json_get(&report->view.line, name)), value;
	int ret = 0;

	while (!ret && json_next(&items, &value))
		ret = walk_item(walk, &value);
	return ret;
}

static uint64_t count_items(const struct report *report, const char *name)
{
	struct span items = json_items(json_get(&report->view.line, name)), value;
	uint64_t n = 0;

	while (json_next(&items, &value))
		n++;
	return n;
}

/* Objects in one. */

static void approval_values(struct value *v)
{
	V_ITEM(v, "signer");
	V_ITEM(v, "key");
	V_ITEM(v, "signature");
}

static int each_item(struct report *report, const char *name, struct walk *walk)
{
	struct span items = json_items(json_get(&report->view.line, name)), value;
	int ret = 0;

	while (!ret && json_next(&items, &value)) {
		if (json_read(value, &report->item) == 0)
			ret = walk_item(walk, &report->item);
	}
	return ret;
}

/* Reasons, in the order of the closed list, which knows what they are called. */

static void reason_values(struct value *v)
{
	const enum reason *reason = v->object;

	V_WORD(v, "reason", reason_name(*reason));
	V_WORD(v, "reason_text", reason_text(*reason));
}

static int each_reason(const struct report *report, struct walk *walk)
{
	int ret = 0;

	for (enum reason i = 0; !ret && i < REASON_COUNT; i++) {
		if (view_has_reason(&report->view, reason_name(i)))
			ret = walk_item(walk, &i);
	}
	return ret;
}

/* What the session's end counts as lost. */
struct lost {
	uint64_t n;
	const char *what;
};

static void lost_values(struct value *v)
{
	const struct lost *lost = v->object;

	V_SUM(v, "n", lost->n);
	V_WORD(v, "what", lost->what);
}

static int each_lost(const struct report *report, struct walk *walk)
{
	struct lost lost;
	int ret = 0;

	for (size_t i = 0; !ret && view_lost(&report->view, i, &lost.n, &lost.what); i++) {
		if (lost.n > 0)
			ret = walk_item(walk, &lost);
	}
	return ret;
}

/* The start of a sentence. */
static void put_outcome_why(struct value *v)
{
	view_outcome_why(&REPORT(v)->view);
	if (v->out->n > 0 && v->out->p[0] >= 'a' && v->out->p[0] <= 'z')
		v->out->p[0] = (char)(v->out->p[0] - 'a' + 'A');
}

void report_line_values(struct value *v)
{
	struct report *report = v->ctx;

	V_LINE(v, "requester");
	V_LINE(v, "operator");
	V_LINE(v, "operator_uid");
	V_LINE(v, "ticket");
	V_LINE(v, "summary");
	V_LINE(v, "signers_sha256");
	V_LINE(v, "why");
	V_SUM(v, "alive", view_number(&report->view.line, "alive"));
	V_SUM(v, "unclosed", view_number(&report->view.line, "unclosed"));
	V_SUM(v, "emitted", view_number(&report->view.line, "emitted"));
	V_SUM(v, "stored", view_number(&report->view.line, "stored"));
	V_PUT(v, "outcome_why", put_outcome_why(v));
	V_SUM(v, "approvers_n", count_items(report, "approvers"));
	V_SUM(v, "steps_done", report_steps(report, true, true));
	V_SUM(v, "steps_all", report_steps(report, true, false));
	V_LIST(v, "approvers", string_values, each_string(report, "approvers", v->walk));
	V_LIST(v, "not_seen", string_values, each_string(report, "not_seen", v->walk));
	V_LIST(v, "approvals", approval_values, each_item(report, "approvals", v->walk));
	V_LIST(v, "reasons", reason_values, each_reason(report, v->walk));
	V_LIST(v, "lost", lost_values, each_lost(report, v->walk));
	V_LIST(v, "steps", report_step_values, each_item(report, "steps", v->walk));
}
