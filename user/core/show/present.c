/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/show/present.h"

#include <errno.h>
#include <stdlib.h>

#include "core/base/text.h"
#include "core/show/present_view.h"

static void exit_text(struct view *view)
{
	if (view_has(&view->line, "signal")) {
		buf_adds(view->out, "killed by signal ");
		view_text(view, &view->line, "signal");
	} else {
		buf_adds(view->out, "code ");
		view_text(view, &view->line, "exit_code");
	}
	buf_adds(view->out, ": ");
	view_text(view, &view->line, "exe");
}

static void net_text(struct view *view)
{
	view_destination(view);
	buf_adds(view->out, " by ");
	view_text(view, &view->line, "exe");
}

/* Who came is as much to the point as where. */
static void accept_text(struct view *view)
{
	view_text(view, &view->line, "proto");
	buf_adds(view->out, " from ");
	view_text(view, &view->line, "remote");
	buf_adds(view->out, " on ");
	view_text(view, &view->line, "local");
	buf_adds(view->out, " by ");
	view_text(view, &view->line, "exe");
}

static void write_text(struct view *view)
{
	view_write(view);
	buf_adds(view->out, " by ");
	view_text(view, &view->line, "exe");
}

static void exec_failed_text(struct view *view)
{
	view_text(view, &view->line, "error");
	buf_adds(view->out, ": ");
	view_text(view, &view->line, "filename");
	buf_adds(view->out, " by ");
	view_text(view, &view->line, "exe");
}

static void close_text(struct view *view)
{
	buf_adds(view->out, "of connection ");
	view_text(view, &view->line, "of");
	buf_adds(view->out, ": ");
	view_text(view, &view->line, "result");
	buf_adds(view->out, ", sent ");
	view_text(view, &view->line, "bytes_sent");
	buf_adds(view->out, " bytes, received ");
	view_text(view, &view->line, "bytes_received");
}

static void loss_text(struct view *view)
{
	view_text(view, &view->line, "count");
	buf_adds(view->out, ": ");
	view_text(view, &view->line, "reason");
	if (view_has(&view->line, "first")) {
		buf_adds(view->out, ", numbers ");
		view_text(view, &view->line, "first");
		buf_adds(view->out, " to ");
		view_text(view, &view->line, "last");
	}
}

static void start_text(struct view *view)
{
	if (view_has(&view->line, "login")) {
		buf_adds(view->out, "a login without a ticket, audit session ");
		view_text(view, &view->line, "login");
		buf_adds(view->out, ", operator ");
		view_text(view, &view->line, "operator");
		return;
	}
	buf_adds(view->out, "ticket ");
	view_text(view, &view->line, "ticket");
	if (span_is(json_get(&view->line, "break_glass"), "true"))
		buf_adds(view->out, ", BREAK-GLASS: with fewer signatures than it asks for");
	buf_adds(view->out, ", operator ");
	view_text(view, &view->line, "operator");
	buf_adds(view->out, ": ");
	view_text(view, &view->line, "summary");
}

static void end_text(struct view *view)
{
	buf_adds(view->out, "approved ");
	view_text(view, &view->line, "approved");
	buf_adds(view->out, ", unapproved ");
	view_text(view, &view->line, "unapproved");
	buf_adds(view->out, ", indeterminate ");
	view_text(view, &view->line, "indeterminate");
}

static void heartbeat_text(struct view *view)
{
	view_text(view, &view->line, "stored");
	buf_adds(view->out, " records stored, open sessions ");
	view_text(view, &view->line, "open_sessions");
}

static void host_text(struct view *view)
{
	view_text(view, &view->line, "what");
	if (view_has(&view->line, "detail")) {
		buf_adds(view->out, ": ");
		view_text(view, &view->line, "detail");
	}
}

static void ack_text(struct view *view)
{
	buf_adds(view->out, "of record ");
	view_text(view, &view->line, "of");
	buf_adds(view->out, " by ");
	view_text(view, &view->line, "by");
	if (view_has(&view->line, "by_auid")) {
		buf_adds(view->out, " (login uid ");
		view_text(view, &view->line, "by_auid");
		buf_addc(view->out, ')');
	}
	buf_adds(view->out, ": ");
	view_text(view, &view->line, "note");
}

void view_act(struct view *view)
{
	static void (*const texts[RECORD_KINDS_N])(struct view * view) = {
		[RECORD_EXEC] = view_command, [RECORD_EXIT] = exit_text,
		[RECORD_CONNECT] = net_text,  [RECORD_CLOSE] = close_text,
		[RECORD_SEND] = net_text,     [RECORD_BIND] = net_text,
		[RECORD_LISTEN] = net_text,   [RECORD_ACCEPT] = accept_text,
		[RECORD_UNIX] = net_text,     [RECORD_SOCKET] = net_text,
		[RECORD_WRITE] = write_text,  [RECORD_EXEC_FAILED] = exec_failed_text,
		[RECORD_LOSS] = loss_text,    [RECORD_SESSION_START] = start_text,
		[RECORD_HOST] = host_text,    [RECORD_HEARTBEAT] = heartbeat_text,
		[RECORD_ACK] = ack_text,      [RECORD_SESSION_END] = end_text,
	};
	enum record_kind kind = view_kind(view);

	if (texts[kind])
		texts[kind](view);
}

/* "  [argument_differs]  step install, argument 3: approved …, ran …" */
static void add_why(struct view *view)
{
	struct json_object nearest;
	struct span items = json_items(json_get(&view->line, "reasons")), first;

	if (!json_next(&items, &first))
		return;
	buf_adds(view->out, "  [");
	view_reasons(view, &view->line);
	buf_addc(view->out, ']');
	if (!view_nearest(view, &nearest))
		return;
	buf_adds(view->out, "  nearest step ");
	view_text(view, &nearest, "step");
	if (view_has(&nearest, "argument")) {
		buf_adds(view->out, ", ");
		view_difference(view, &nearest);
	}
}

static void one_line(struct view *view)
{
	struct span time = view_bytes(view, &view->line, "time");
	enum record_kind kind = view_kind(view);

	/* "2026-11-23T20:15:03.123Z": milliseconds are what a person compares. */
	if (time.n > 23) {
		text_show(view->out, (struct span){ time.p, 23 }, 0);
		buf_addc(view->out, 'Z');
	} else {
		text_show(view->out, time, 0);
	}
	buf_addc(view->out, ' ');
	view_text(view, &view->line, "session");
	buf_addc(view->out, ' ');
	/* The word that a reader's eye, or grep, looks for. */
	if (kind == RECORD_LOSS)
		view_tone(view, TONE_DOUBT, "LOST");
	else if (kind == RECORD_SESSION_END)
		view_outcome(view);
	else
		view_verdict(view, json_get(&view->line, "verdict"));
	buf_addc(view->out, ' ');
	view_text(view, &view->line, "kind");
	buf_addc(view->out, ' ');
	view_act(view);
	if (view_has(&view->line, "step")) {
		buf_adds(view->out, "  step ");
		view_text(view, &view->line, "step");
	}
	add_why(view);
	buf_addc(view->out, '\n');
}

/* What only the form for alerts shows in a way of its own. */
static bool is_alert(const struct view *view)
{
	struct span verdict = json_get(&view->line, "verdict");
	enum record_kind kind = view_kind(view);

	return json_is(verdict, "unapproved") || json_is(verdict, "indeterminate") ||
	       kind == RECORD_LOSS || kind == RECORD_SESSION_START;
}

int present_line(struct span line, const struct present_opts *opts, struct buf *out)
{
	struct view *view = malloc(sizeof(*view));
	size_t before = out->n;
	int ret = 0;

	if (!view)
		return -ENOMEM;
	*view = (struct view){
		.opts = opts,
		.out = out,
		.argument_max = VIEW_ARGUMENT_MAX,
		.command_max = VIEW_COMMAND_MAX,
	};
	if (json_read(line, &view->line) || !json_is_string(json_get(&view->line, "kind")) ||
	    !json_is_string(json_get(&view->line, "time"))) {
		ret = -EBADMSG;
		goto out;
	}
	if (opts->form == PRESENT_ALERT && view_kind(view) == RECORD_SESSION_END)
		present_end(view);
	else if (opts->form == PRESENT_ALERT && is_alert(view))
		present_alert(view);
	else
		one_line(view);
	if (out->failed || view->scratch.failed) {
		out->n = before;
		ret = -ENOMEM;
	}
out:
	buf_free(&view->scratch);
	free(view);
	return ret;
}
