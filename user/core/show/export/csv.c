/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/show/export/csv.h"

#include <errno.h>
#include <stdlib.h>

#include "core/base/array.h"
#include "core/base/text.h"
#include "core/show/present_view.h"

/* A cell of the common spreadsheets holds 32,767 characters. */
enum { ARGUMENT_MAX = 8192, COMMAND_MAX = 24000 };

static void add_quoted(struct buf *out, struct span cell)
{
	buf_addc(out, '"');
	if (cell.n > 0 && memchr("=+-@\t\r\n", cell.p[0], 7))
		buf_addc(out, '\'');
	for (size_t i = 0; i < cell.n; i++) {
		if (cell.p[i] == '"')
			buf_addc(out, '"');
		buf_addc(out, cell.p[i]);
	}
	buf_addc(out, '"');
}

static void member_cell(struct view *view, const char *key)
{
	struct span value = json_get(&view->line, key);

	if (json_is_string(value))
		text_show(view->out, view_bytes(view, &view->line, key), ARGUMENT_MAX);
	else if (!json_is_null(value))
		text_show(view->out, value, ARGUMENT_MAX);
}

static void reasons_cell(struct view *view, const char *key)
{
	(void)key;
	view_reasons(view, &view->line);
}

static void command_cell(struct view *view, const char *key)
{
	if (view_has(&view->line, key))
		view_command(view);
}

static void destination_cell(struct view *view, const char *key)
{
	if (view_has(&view->line, key))
		view_destination(view);
}

static void nearest_step_cell(struct view *view, const char *key)
{
	struct json_object nearest;

	(void)key;
	if (view_nearest(view, &nearest))
		view_text(view, &nearest, "step");
}

static void difference_cell(struct view *view, const char *key)
{
	struct json_object nearest;

	(void)key;
	if (view_nearest(view, &nearest))
		view_difference(view, &nearest);
}

static const struct {
	const char *name;
	void (*add)(struct view *view, const char *key);
	const char *key; /* NULL: as the name */
} columns[] = {
	{ "seq", member_cell, NULL },
	{ "time", member_cell, NULL },
	{ "host", member_cell, NULL },
	{ "session", member_cell, NULL },
	{ "sseq", member_cell, NULL },
	{ "ticket", member_cell, NULL },
	{ "kind", member_cell, NULL },
	{ "verdict", member_cell, NULL },
	{ "reasons", reasons_cell, NULL },
	{ "severity", member_cell, NULL },
	{ "step", member_cell, NULL },
	{ "how", member_cell, NULL },
	{ "requester", member_cell, NULL },
	{ "operator", member_cell, NULL },
	{ "pid", member_cell, NULL },
	{ "ppid", member_cell, NULL },
	{ "parent", member_cell, NULL },
	{ "uid", member_cell, NULL },
	{ "euid", member_cell, NULL },
	{ "user", member_cell, NULL },
	{ "exe", member_cell, NULL },
	{ "command", command_cell, "argv" },
	{ "cwd", member_cell, NULL },
	{ "destination", destination_cell, "proto" },
	{ "nearest_step", nearest_step_cell, NULL },
	{ "difference", difference_cell, NULL },
	{ "exit_code", member_cell, NULL },
	{ "signal", member_cell, NULL },
	{ "result", member_cell, NULL },
	{ "bytes_sent", member_cell, NULL },
	{ "bytes_received", member_cell, NULL },
	{ "outcome", member_cell, NULL },
	{ "count", member_cell, NULL },
	{ "what", member_cell, NULL },
	{ "detail", member_cell, NULL },
	{ "of", member_cell, NULL },
	{ "by", member_cell, NULL },
	{ "note", member_cell, NULL },
};

enum { COLUMNS = ARRAY_SIZE(columns) };

void csv_header(struct buf *out)
{
	for (int i = 0; i < COLUMNS; i++) {
		buf_adds(out, i > 0 ? "," : "");
		buf_adds(out, columns[i].name);
	}
	buf_adds(out, "\r\n");
}

static void add_row(struct view *view, struct buf *out)
{
	for (int i = 0; i < COLUMNS; i++) {
		buf_reset(view->out);
		columns[i].add(view, columns[i].key ? columns[i].key : columns[i].name);
		if (view->out->failed)
			out->failed = true;
		buf_adds(out, i > 0 ? "," : "");
		if (view->out->n > 0)
			add_quoted(out, buf_span(view->out));
	}
	buf_adds(out, "\r\n");
}

int csv_line(struct span line, struct buf *out)
{
	static const struct present_opts opts = { .form = PRESENT_LINE };
	struct view *view = malloc(sizeof(*view));
	size_t before = out->n;
	struct buf cell = { 0 };
	int ret = 0;

	if (!view)
		return -ENOMEM;
	*view = (struct view){
		.opts = &opts,
		.out = &cell,
		.argument_max = ARGUMENT_MAX,
		.command_max = COMMAND_MAX,
	};
	if (json_read(line, &view->line) || !json_is_string(json_get(&view->line, "kind"))) {
		ret = -EBADMSG;
		goto out;
	}
	add_row(view, out);
	if (out->failed || view->scratch.failed) {
		out->n = before;
		ret = -ENOMEM;
	}
out:
	buf_free(&view->scratch);
	buf_free(&cell);
	free(view);
	return ret;
}
