/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/show/report/part.h"

#include "core/base/text.h"

/* How often a step was begun, and when, by the records of its runs. */
static void tally_values(struct value *v)
{
	const struct report_tally *tally = v->object;

	V_NUMBER(v, "first", tally->first);
	V_NUMBER(v, "last", tally->last);
	V_TIME(v, "first_time", &tally->first_ns);
	V_TIME(v, "last_time", &tally->last_ns);
	V_FLAG(v, "again", tally->begun > 1);
}

static uint64_t begun(const struct report_tally *tally)
{
	return tally ? tally->begun : 0;
}

/* A step of a session that has ended: its end says how it went. */

static const struct report_tally *tally_of_item(struct report *report)
{
	return report_tally_of(report->now, view_bytes(&report->view, &report->item, "id"));
}

void report_step_values(struct value *v)
{
	struct report *report = v->ctx;

	V_ITEM(v, "id");
	V_ITEM(v, "run");
	V_ITEM(v, "profile");
	V_SUM(v, "missing", view_number(&report->item, "missing"));
	V_SUM(v, "failed", view_number(&report->item, "failed"));
	V_FLAG(v, "complete", view_step_done(&report->item));
	V_FLAG(v, "counted", view_has(&report->item, "times"));
	V_FLAG(v, "exact", true);
	V_SUM(v, "least", view_number(&report->item, "times"));
	V_PUT(v, "happened", view_step_count(&report->view, &report->item));
	V_SUM(v, "begun", begun(tally_of_item(report)));
	V_OBJECT(v, "tally", tally_values, tally_of_item(report));
}

uint64_t report_steps(struct report *report, bool own, bool done)
{
	struct span items = json_items(json_get(&report->view.line, "steps")), value;
	uint64_t n = 0;

	while (json_next(&items, &value)) {
		if (json_read(value, &report->item) == 0 &&
		    !(own && view_has(&report->item, "profile")))
			n += !done || view_step_done(&report->item);
	}
	return n;
}

/* A step of a session that is open: what is asked for is the ticket's. */

static const struct report_tally *tally_of_step(const struct report *report,
						const struct step *step)
{
	return report_tally_of(report->now, span_of(step->id));
}

static void open_step_values(struct value *v)
{
	const struct step *step = v->object;
	const struct report *report = v->ctx;

	V_PUT(v, "id", text_show(v->out, span_of(step->id), REPORT_NAME_MAX));
	V_PUT(v, "run", text_show(v->out, span_of(step->run.text), VIEW_TEXT_MAX));
	V_FLAG(v, "counted", step->times_set);
	V_FLAG(v, "exact", step->times_min == step->times_max);
	V_SUM(v, "least", step->times_min);
	V_SUM(v, "begun", begun(tally_of_step(report, step)));
	V_OBJECT(v, "tally", tally_values, tally_of_step(report, step));
}

/* The ticket's terms. */

static void string_values(struct value *v)
{
	V_PUT(v, "text", text_show(v->out, span_of(*(char *const *)v->object), REPORT_NAME_MAX));
}

void report_ticket_values(struct value *v)
{
	const struct ticket *ticket = v->object;

	V_NUMBER(v, "signatures", ticket->approvals);
	V_FLAG(v, "strict", ticket->order == ORDER_STRICT);
	V_TIME(v, "from", &ticket->from_ns);
	V_TIME(v, "until", &ticket->until_ns);
	V_ARRAY(v, "hosts", string_values, ticket->hosts.v, ticket->hosts.n);
	V_ARRAY(v, "operators", string_values, ticket->operators.v, ticket->operators.n);
	V_ARRAY(v, "profiles", string_values, ticket->profiles.v, ticket->profiles.n);
	V_ARRAY(v, "open_steps", open_step_values, ticket->steps, ticket->steps_n);
}
