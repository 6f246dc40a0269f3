/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/show/present_view.h"

#include "core/base/array.h"
#include "core/base/text.h"
#include "core/judge/verdict.h"

static void label(struct view *view, const char *text)
{
	char padded[] = "           ";

	memcpy(padded + 2, text, strlen(text));
	view_tone(view, TONE_LABEL, padded);
}

static void end_line(struct view *view)
{
	buf_addc(view->out, '\n');
}

/* One line a reason: what it means, and the name by which it is found again. */
static void add_reasons(struct view *view)
{
	for (unsigned int i = 0; i < REASON_COUNT; i++) {
		if (!view_has_reason(view, reason_name((enum reason)i)))
			continue;
		label(view, "why");
		buf_addf(view->out, "%s (%s)\n", reason_text((enum reason)i), reason_name((enum reason)i));
	}
}

static void add_ticket(struct view *view)
{
	label(view, "ticket");
	if (!view_has(&view->line, "ticket")) {
		buf_adds(view->out, "none");
	} else {
		view_text(view, &view->line, "ticket");
		if (span_is(json_get(&view->line, "unsigned"), "true"))
			buf_adds(view->out, " (unsigned)");
		if (span_is(json_get(&view->line, "break_glass"), "true"))
			buf_adds(view->out, " (break-glass)");
		buf_adds(view->out, ", requested by ");
		view_text(view, &view->line, "requester");
	}
	buf_adds(view->out, ", operator ");
	view_text(view, &view->line, "operator");
	end_line(view);
}

static void add_nearest(struct view *view)
{
	struct json_object nearest;

	if (!view_nearest(view, &nearest))
		return;
	label(view, "nearest");
	buf_adds(view->out, "step ");
	view_text(view, &nearest, "step");
	buf_adds(view->out, ": ");
	view_text(view, &nearest, "run");
	end_line(view);
	if (view_has(&nearest, "argument")) {
		label(view, "differs");
		view_difference(view, &nearest);
		end_line(view);
	}
}

/* The variables that are not as at the session's start, as they were set. */
static void add_env(struct view *view)
{
	bool twin = view_has(&view->line, "env_b64");
	struct span items = json_items(json_get(&view->line, "env")), value;
	struct span differs = json_items(json_get(&view->line, "env_differs")), next;
	uint64_t at = 0, wanted;

	if (!view_has_reason(view, "environment"))
		return;
	for (; json_next(&differs, &next) && !json_read_u64(next, &wanted); at++) {
		while (json_next(&items, &value) && at < wanted)
			at++;
		if (at != wanted)
			return;
		label(view, "set");
		buf_reset(&view->scratch);
		json_read_text(value, &view->scratch);
		text_quote(view->out, buf_span(&view->scratch), view->argument_max);
		end_line(view);
	}
	if (twin) {
		label(view, "set");
		buf_adds(view->out, "(holds bytes that are not UTF-8; exact in the record's env_b64)\n");
	}
}

static void add_who(struct view *view)
{
	label(view, "who");
	buf_adds(view->out, "process ");
	view_text(view, &view->line, "pid");
	buf_adds(view->out, view_has(&view->line, "user") ? ", user " : ", uid ");
	view_text(view, &view->line, view_has(&view->line, "user") ? "user" : "uid");
	if (!span_eq(json_get(&view->line, "uid"), json_get(&view->line, "euid"))) {
		buf_adds(view->out, " acting as ");
		if (view_number(&view->line, "euid") == 0) {
			buf_adds(view->out, "root");
		} else {
			buf_adds(view->out, "uid ");
			view_text(view, &view->line, "euid");
		}
	}
	if (view_has(&view->line, "cwd")) {
		buf_adds(view->out, ", in ");
		view_text(view, &view->line, "cwd");
	}
	end_line(view);
}

static void add_program(struct view *view)
{
	label(view, "program");
	view_text(view, &view->line, "exe");
	if (view_has(&view->line, "interp")) {
		buf_adds(view->out, ", running the script ");
		view_text(view, &view->line, "filename");
	}
	if (view_has_reason(view, "stdin_differs")) {
		buf_adds(view->out, ", commands from: ");
		view_text(view, &view->line, "stdin");
	}
	end_line(view);
}

static void alert_act(struct view *view)
{
	static const struct {
		const char *kind, *what;
	} acts[] = {
		{ "exec", " command: " },	    { "connect", " connection to " },
		{ "send", " datagram to " },	    { "bind", " bind to " },
		{ "listen", " listening on " }, { "accept", " connection taken from " },
		{ "unix_connect", " connection to " }, { "socket", " socket: " },
		{ "write", " write: " },
	};
	bool exec = json_is(json_get(&view->line, "kind"), "exec");

	view_verdict(view, json_get(&view->line, "verdict"));
	for (size_t i = 0; i < ARRAY_SIZE(acts); i++) {
		if (json_is(json_get(&view->line, "kind"), acts[i].kind))
			buf_adds(view->out, acts[i].what);
	}
	if (exec)
		view_command(view);
	else if (json_is(json_get(&view->line, "kind"), "write"))
		view_write(view);
	else
		view_destination(view);
	end_line(view);
	add_reasons(view);
	add_nearest(view);
	add_env(view);
	add_program(view);
	add_who(view);
	add_ticket(view);
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

static void alert_loss(struct view *view)
{
	const char *why = view_loss_why(view);

	view_tone(view, TONE_DOUBT, "LOST");
	buf_addc(view->out, ' ');
	view_text(view, &view->line, "count");
	if (view_has(&view->line, "first")) {
		buf_adds(view->out, ": event numbers ");
		view_text(view, &view->line, "first");
		buf_adds(view->out, " to ");
		view_text(view, &view->line, "last");
	}
	end_line(view);
	if (why) {
		label(view, "why");
		buf_addf(view->out, "%s (", why);
		view_text(view, &view->line, "reason");
		buf_adds(view->out, ")\n");
	}
	label(view, "so");
	buf_adds(view->out, "the session can't be called compliant any more\n");
}

static void session_start(struct view *view)
{
	buf_adds(view->out, "session ");
	view_text(view, &view->line, "session");
	if (view_has(&view->line, "login")) {
		buf_adds(view->out, ": a login without a ticket (audit session ");
		view_text(view, &view->line, "login");
		buf_adds(view->out, "), operator ");
		view_text(view, &view->line, "operator");
		buf_adds(view->out, ": everything is recorded and nothing is approved\n");
		return;
	}
	if (!view_has(&view->line, "ticket")) {
		buf_adds(view->out, ": no ticket, so everything is recorded and nothing is approved\n");
		return;
	}
	buf_adds(view->out, ": ");
	view_text(view, &view->line, "summary");
	end_line(view);
	add_ticket(view);
}

void present_alert(struct view *view)
{
	struct span kind = json_get(&view->line, "kind");

	buf_adds(view->out, VIEW_PREFIX);
	if (json_is(kind, "loss"))
		alert_loss(view);
	else if (json_is(kind, "session_start"))
		session_start(view);
	else
		alert_act(view);
}
