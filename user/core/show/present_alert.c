/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/show/alert.h"

static void end_line(struct view *view)
{
	buf_addc(view->out, '\n');
}

/* The label that a line begins with. */
static void add_label(struct view *view, struct span label)
{
	char padded[] = "           ";

	memcpy(padded + 2, label.p, label.n);
	view_tone(view, TONE_LABEL, padded);
}

static void add_part(struct view *view, const struct alert *alert, const struct alert_part *part)
{
	struct span text = { alert->texts.p + part->at, part->n };

	if (part->kind == PART_NAME)
		buf_adds(view->out, " (");
	else if (part->kind == PART_APPROVED)
		buf_adds(view->out, "approved ");
	else if (part->kind == PART_RAN)
		buf_adds(view->out, ", ran ");
	if (part->kind != PART_DIGEST)
		buf_add(view->out, text.p, text.n);
	if (part->kind == PART_NAME)
		buf_addc(view->out, ')');
}

void view_difference(struct view *view, const struct json_object *nearest)
{
	struct alert alert = { 0 };

	alert__difference(&alert, view, nearest);
	for (size_t i = 1; i < alert.parts_n; i++)
		add_part(view, &alert, &alert.parts[i]);
	view->out->failed |= alert.texts.failed;
	alert__free(&alert);
}

/* The rows that a terminal has, each on a line of its own. */
static void add_rows(struct view *view)
{
	struct alert alert = { 0 };
	bool here = false;

	alert__build(&alert, view);
	for (size_t i = 0; i < alert.parts_n; i++) {
		const struct alert_part *part = &alert.parts[i];

		if (part->kind == PART_LABEL && here)
			end_line(view);
		if (part->kind == PART_LABEL)
			here = part->places & ALERT_TEXT;
		if (here && part->kind == PART_LABEL)
			add_label(view, (struct span){ alert.texts.p + part->at, part->n });
		else if (here)
			add_part(view, &alert, part);
	}
	if (here)
		end_line(view);
	view->out->failed |= alert.texts.failed;
	alert__free(&alert);
}

static void alert_act(struct view *view)
{
	const char *before, *noun = alert_noun(view, &before);
	struct span kind = json_get(&view->line, "kind");

	view_verdict(view, json_get(&view->line, "verdict"));
	if (noun)
		buf_addf(view->out, " %s%s", noun, before);
	if (json_is(kind, "exec"))
		view_command(view);
	else if (json_is(kind, "write"))
		view_write(view);
	else
		view_destination(view);
}

static void alert_loss(struct view *view)
{
	view_tone(view, TONE_DOUBT, "LOST");
	buf_addc(view->out, ' ');
	view_text(view, &view->line, "count");
	if (view_has(&view->line, "first")) {
		buf_adds(view->out, ": event numbers ");
		view_text(view, &view->line, "first");
		buf_adds(view->out, " to ");
		view_text(view, &view->line, "last");
	}
}

/* Whether it has a ticket, of which the rows speak. */
static bool session_start(struct view *view)
{
	buf_adds(view->out, "session ");
	view_text(view, &view->line, "session");
	if (view_has(&view->line, "login")) {
		buf_adds(view->out, ": a login without a ticket (audit session ");
		view_text(view, &view->line, "login");
		buf_adds(view->out, "), operator ");
		view_text(view, &view->line, "operator");
		buf_adds(view->out, ": everything is recorded and nothing is approved");
		return false;
	}
	if (!view_has(&view->line, "ticket")) {
		buf_adds(view->out,
			 ": no ticket, so everything is recorded and nothing is approved");
		return false;
	}
	buf_adds(view->out, ": ");
	view_text(view, &view->line, "summary");
	return true;
}

void present_alert(struct view *view)
{
	struct span kind = json_get(&view->line, "kind");
	bool rows = true;

	buf_adds(view->out, VIEW_PREFIX);
	if (json_is(kind, "loss"))
		alert_loss(view);
	else if (json_is(kind, "session_start"))
		rows = session_start(view);
	else
		alert_act(view);
	end_line(view);
	if (rows)
		add_rows(view);
}
