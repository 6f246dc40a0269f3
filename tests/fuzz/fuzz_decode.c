/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */

/*
 * Ring bytes to an event to its line to text. What decode accepts must keep event.h's promises, and
 * its line must be JSON that gives the arguments back byte for byte.
 */
#include <stdint.h>

#include "core/base/base64.h"
#include "core/base/json_read.h"
#include "core/event/decode.h"
#include "core/record/record.h"
#include "core/show/present.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
	if (!ok)
		abort();
}

/* Reads the whole span, so that a sanitizer sees one that is too long. */
static void touch(struct span span)
{
	volatile char sum = 0;

	for (size_t i = 0; i < span.n; i++)
		sum = (char)(sum ^ span.p[i]);
}

static void check_exec(const struct event_exec *exec)
{
	bool cut = exec->exec_flags & (LS_EXEC_ARGV_TRUNCATED | LS_EXEC_ARGV_UNREADABLE);
	struct span rest = exec->argv, argument;
	uint32_t n = 0;

	touch(exec->exe);
	touch(exec->cwd);
	touch(exec->root);
	touch(exec->filename);
	touch(exec->interp);
	touch(exec->env);
	while (strings_next(&rest, &argument))
		n++;
	must(cut || n == exec->argc);
	must(exec->argv.n <= exec->argv_len && exec->env.n <= exec->env_len);
	must(exec->exe.n < 4096 && exec->cwd.n > 0 && exec->root.n > 0);
	must(exec->interp.n == 0 || !span_eq(exec->interp, exec->filename));
}

static void check_argv(const struct json_object *line, struct span argv)
{
	bool twin = json_get(line, "argv_b64").n > 0;
	struct span items = json_items(json_get(line, twin ? "argv_b64" : "argv")), value, argument;
	struct buf back = { 0 };

	while (json_next(&items, &value)) {
		buf_reset(&back);
		must(strings_next(&argv, &argument));
		must((twin ? base64_decode(&back, (struct span){ value.p + 1, value.n - 2 })
			   : json_read_text(value, &back)) == 0);
		must(span_eq(buf_span(&back), argument));
	}
	must(argv.n == 0);
	buf_free(&back);
}

static void check_text(struct span line, enum present_form form)
{
	struct present_opts opts = { .form = form };
	struct buf text = { 0 };

	must(present_line(line, &opts, &text) == 0);
	for (size_t i = 0; i < text.n; i++)
		must((unsigned char)text.p[i] >= 0x20 || text.p[i] == '\n');
	buf_free(&text);
}

static void check_line(const struct event *event)
{
	static const struct session_info session = { .id = "s", .ticket = "T" };
	static const struct judgement judgement = { .verdict = VERDICT_UNAPPROVED };
	struct record record = { .kind = event->kind,
				 .seq = 1,
				 .ts_ns = event->ts_ns,
				 .host = "h",
				 .boot = "b",
				 .session = &session,
				 .event = event,
				 .judgement = &judgement };
	struct json_object object;
	struct buf line = { 0 };

	must(record_line(&record, &line) == 0);
	must(json_read(buf_span(&line), &object) == 0);
	if (event->kind == RECORD_EXEC)
		check_argv(&object, event->exec.argv);
	check_text(buf_span(&line), PRESENT_LINE);
	check_text(buf_span(&line), PRESENT_ALERT);
	buf_free(&line);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct decoder decoder;
	struct event event;

	if (decode_record(&decoder, data, size, &event)) {
		must(event.kind == RECORD_NONE);
		return 0;
	}
	must(event.sseq > 0 && event.session > 0 && event.image < event.sseq);
	if (event.kind == RECORD_EXEC)
		check_exec(&event.exec);
	check_line(&event);
	return 0;
}
