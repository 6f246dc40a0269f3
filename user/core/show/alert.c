/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/show/alert.h"

#include <stdlib.h>

#include "core/base/array.h"
#include "core/base/grow.h"
#include "core/base/text.h"
#include "core/judge/verdict.h"

/* What was written into the texts since the last part is this one. */
static void add(struct alert *alert, struct alert_part part)
{
	size_t at = 0;
	struct alert_part *moved =
		grow_array(alert->parts, &alert->parts_cap, alert->parts_n + 1, sizeof(*moved));

	if (!moved) {
		alert->texts.failed = true;
		return;
	}
	if (alert->parts_n)
		at = moved[alert->parts_n - 1].at + moved[alert->parts_n - 1].n;
	part.at = at;
	part.n = alert->texts.n - at;
	alert->parts = moved;
	moved[alert->parts_n++] = part;
}

static void part(struct alert *alert, enum part_kind kind)
{
	add(alert, (struct alert_part){ .kind = kind });
}

static void row(struct alert *alert, const char *label, unsigned int places)
{
	buf_adds(&alert->texts, label);
	add(alert, (struct alert_part){ .kind = PART_LABEL, .places = places });
}

static void words(struct alert *alert, const char *text)
{
	buf_adds(&alert->texts, text);
	part(alert, PART_WORDS);
}

static void member(struct alert *alert, struct view *view, const struct json_object *object,
		   const char *key, enum part_kind kind)
{
	view_text(view, object, key);
	part(alert, kind);
}

/* One row a reason: what it means, and the name by which it is found again. */
static void add_reasons(struct alert *alert, struct view *view)
{
	for (unsigned int i = 0; i < REASON_COUNT; i++) {
		if (!view_has_reason(view, reason_name((enum reason)i)))
			continue;
		row(alert, "why", ALERT_BOTH);
		words(alert, reason_text((enum reason)i));
		buf_adds(&alert->texts, reason_name((enum reason)i));
		part(alert, PART_NAME);
	}
}

void alert__difference(struct alert *alert, struct view *view, const struct json_object *nearest)
{
	uint64_t argument = view_number(nearest, "argument");
	struct buf *out = view->out;

	if (!view_has(nearest, "argument"))
		return;
	view->out = &alert->texts;
	buf_adds(view->out, "differs");
	add(alert, (struct alert_part){ .kind = PART_LABEL,
					.places = ALERT_BOTH,
					.differs = true,
					.argument = argument });
	if (argument == 0)
		buf_adds(view->out, "program: ");
	else
		buf_addf(view->out, "argument %llu: ", (unsigned long long)argument);
	part(alert, PART_ARGUMENT);
	if (json_is(json_get(nearest, "approved"), "(end)"))
		buf_adds(view->out, "nothing more");
	else
		view_text(view, nearest, "approved");
	part(alert, PART_APPROVED);
	if (view_has(nearest, "actual"))
		text_quote(view->out, view_bytes(view, nearest, "actual"), view->argument_max);
	else
		buf_adds(view->out, "nothing there");
	part(alert, PART_RAN);
	view->out = out;
}

static void add_nearest(struct alert *alert, struct view *view)
{
	struct json_object nearest;

	if (!view_nearest(view, &nearest))
		return;
	row(alert, "nearest", ALERT_BOTH);
	words(alert, "step ");
	member(alert, view, &nearest, "step", PART_CODE);
	words(alert, ": ");
	member(alert, view, &nearest, "run", PART_CODE);
	alert__difference(alert, view, &nearest);
}

/*
 * The variables that are not as at the session's start. A terminal has them if they are the reason.
 */
static void add_env(struct alert *alert, struct view *view)
{
	bool reason = view_has_reason(view, "environment");
	struct span items = json_items(json_get(&view->line, "env")), value;
	struct span differs = json_items(json_get(&view->line, "env_differs")), next;
	uint64_t at = 0, wanted;

	for (; json_next(&differs, &next) && !json_read_u64(next, &wanted); at++) {
		while (json_next(&items, &value) && at < wanted)
			at++;
		if (at != wanted)
			return;
		row(alert, "set", reason ? ALERT_BOTH : ALERT_PAGE);
		buf_reset(&view->scratch);
		json_read_text(value, &view->scratch);
		text_quote(&alert->texts, buf_span(&view->scratch), view->argument_max);
		part(alert, PART_CODE);
	}
	if (!reason || !view_has(&view->line, "env_b64"))
		return;
	row(alert, "set", ALERT_BOTH);
	words(alert, "(holds bytes that are not UTF-8; exact in the record's ");
	buf_adds(&alert->texts, "env_b64");
	part(alert, PART_CODE);
	words(alert, ")");
}

static void add_program(struct alert *alert, struct view *view)
{
	const struct json_object *line = &view->line;

	row(alert, "program", ALERT_BOTH);
	member(alert, view, line, "exe", PART_CODE);
	if (view_has(line, "interp")) {
		words(alert, ", running the script ");
		member(alert, view, line, "filename", PART_CODE);
	}
	if (view_has_reason(view, "stdin_differs")) {
		words(alert, ", commands from: ");
		member(alert, view, line, "stdin", PART_WORDS);
	}
	if (view_has(line, "sha256"))
		member(alert, view, line, "sha256", PART_DIGEST);
}

static void add_who(struct alert *alert, struct view *view)
{
	const struct json_object *line = &view->line;
	const char *user = view_has(line, "user") ? "user" : "uid";

	row(alert, "who", ALERT_BOTH);
	buf_adds(&alert->texts, "process ");
	view_text(view, line, "pid");
	buf_addf(&alert->texts, ", %s ", user);
	view_text(view, line, user);
	if (!span_eq(json_get(line, "uid"), json_get(line, "euid"))) {
		buf_adds(&alert->texts, " acting as ");
		if (span_is(json_get(line, "euid"), "0")) {
			buf_adds(&alert->texts, "root");
		} else {
			buf_adds(&alert->texts, "uid ");
			view_text(view, line, "euid");
		}
	}
	part(alert, PART_WORDS);
	if (view_has(line, "cwd")) {
		words(alert, ", in ");
		member(alert, view, line, "cwd", PART_CODE);
	}
}

static void add_ticket(struct alert *alert, struct view *view)
{
	const struct json_object *line = &view->line;

	row(alert, "ticket", ALERT_TEXT);
	if (!view_has(line, "ticket")) {
		buf_adds(&alert->texts, "none");
	} else {
		view_text(view, line, "ticket");
		if (span_is(json_get(line, "unsigned"), "true"))
			buf_adds(&alert->texts, " (unsigned)");
		if (span_is(json_get(line, "break_glass"), "true"))
			buf_adds(&alert->texts, " (break-glass)");
		buf_adds(&alert->texts, ", requested by ");
		view_text(view, line, "requester");
	}
	buf_adds(&alert->texts, ", operator ");
	view_text(view, line, "operator");
	part(alert, PART_WORDS);
}

static void add_loss(struct alert *alert, struct view *view)
{
	const char *why = view_loss_why(view);

	row(alert, "why", why ? ALERT_BOTH : ALERT_PAGE);
	if (why)
		words(alert, why);
	member(alert, view, &view->line, "reason", why ? PART_NAME : PART_WORDS);
	row(alert, "so", ALERT_TEXT);
	words(alert, "the session can't be called compliant any more");
}

void alert__build(struct alert *alert, struct view *view)
{
	struct span kind = json_get(&view->line, "kind");
	struct buf *out = view->out;

	view->out = &alert->texts;
	if (json_is(kind, "loss")) {
		add_loss(alert, view);
	} else if (json_is(kind, "session_start")) {
		add_ticket(alert, view);
	} else {
		add_reasons(alert, view);
		add_nearest(alert, view);
		add_env(alert, view);
		add_program(alert, view);
		add_who(alert, view);
		add_ticket(alert, view);
	}
	view->out = out;
}

void alert__free(struct alert *alert)
{
	free(alert->parts);
	buf_free(&alert->texts);
}

const char *view_loss_why(const struct view *view)
{
	static const struct {
		const char *reason, *text;
	} reasons[] = {
		{ "ring_full", "the buffer between the kernel and lockstep was full" },
		{ "fill", "the kernel could not fill the record" },
		{ "untracked",
		  "a process ran outside of its session until it was found; it is tracked again" },
		{ "refused", "the record was malformed" },
		{ "not_stored", "the disk did not take the records" },
		{ "member_full", "a new process could not be tracked: the table was full" },
		{ "sock_full", "the end of a connection can't be seen: the table was full" },
		{ "recursion", "the kernel skipped a program of lockstep's" },
		{ "unexplained", "the kernel counted more events than arrived" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(reasons); i++) {
		if (json_is(json_get(&view->line, "reason"), reasons[i].reason))
			return reasons[i].text;
	}
	return NULL;
}

const char *alert_noun(const struct view *view, const char **before)
{
	static const struct {
		const char *kind, *noun, *before;
	} acts[] = {
		{ "exec", "command", ": " },
		{ "connect", "connection", " to " },
		{ "send", "datagram", " to " },
		{ "bind", "bind", " to " },
		{ "listen", "listening", " on " },
		{ "accept", "connection taken", " from " },
		{ "unix_connect", "connection", " to " },
		{ "socket", "socket", ": " },
		{ "write", "write", ": " },
	};

	for (size_t i = 0; i < ARRAY_SIZE(acts); i++) {
		if (!json_is(json_get(&view->line, "kind"), acts[i].kind))
			continue;
		*before = acts[i].before;
		return acts[i].noun;
	}
	return NULL;
}
