/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/show/present_view.h"

#include <inttypes.h>

#include "core/base/base64.h"
#include "core/base/text.h"

void view_tone(struct view *view, enum tone tone, const char *text)
{
	static const char *const starts[] = {
		[TONE_BAD] = "\033[1;31m",
		[TONE_DOUBT] = "\033[1;33m",
		[TONE_GOOD] = "\033[32m",
		[TONE_LABEL] = "\033[2m",
	};

	if (view->opts->colour)
		buf_adds(view->out, starts[tone]);
	buf_adds(view->out, text);
	if (view->opts->colour)
		buf_adds(view->out, "\033[0m");
}

void view_verdict(struct view *view, struct span verdict)
{
	if (json_is(verdict, "unapproved"))
		view_tone(view, TONE_BAD, "UNAPPROVED");
	else if (json_is(verdict, "indeterminate"))
		view_tone(view, TONE_DOUBT, "INDETERMINATE");
	else if (json_is(verdict, "approved"))
		view_tone(view, TONE_GOOD, "approved");
	else
		buf_adds(view->out, "-");
}

void view_outcome(struct view *view)
{
	struct span outcome = json_get(&view->line, "outcome");

	if (!view_has(&view->line, "ticket"))
		view_tone(view, TONE_DOUBT, "NO TICKET");
	else if (json_is(outcome, "compliant"))
		view_tone(view, TONE_GOOD, "COMPLIANT");
	else if (json_is(outcome, "violation"))
		view_tone(view, TONE_BAD, "VIOLATION");
	else
		view_tone(view, TONE_DOUBT, "INDETERMINATE");
}

bool view_has(const struct json_object *object, const char *key)
{
	struct span value = json_get(object, key);

	return value.n > 0 && !json_is_null(value);
}

uint64_t view_number(const struct json_object *object, const char *key)
{
	uint64_t number;

	json_read_u64(json_get(object, key), &number);
	return number;
}

/* Decodes base64 that stands in a JSON string; the alphabet needs no escapes, so its text is its
 * bytes. */
static bool decode_twin(struct view *view, struct span value)
{
	if (!json_is_string(value))
		return false;
	buf_reset(&view->scratch);
	return base64_decode(&view->scratch, (struct span){ value.p + 1, value.n - 2 }) == 0;
}

static struct span decode_text(struct view *view, struct span value)
{
	buf_reset(&view->scratch);
	if (json_read_text(value, &view->scratch))
		return (struct span){ NULL, 0 };
	return buf_span(&view->scratch);
}

enum record_kind view_kind(const struct view *view)
{
	return record_kind_named(json_inside(json_get(&view->line, "kind")));
}

struct span view_bytes(struct view *view, const struct json_object *object, const char *key)
{
	size_t n = strlen(key);
	char twin[40];

	if (n + sizeof("_b64") <= sizeof(twin)) {
		memcpy(twin, key, n);
		memcpy(twin + n, "_b64", sizeof("_b64"));
		if (decode_twin(view, json_get(object, twin)))
			return buf_span(&view->scratch);
	}
	return decode_text(view, json_get(object, key));
}

void view_text(struct view *view, const struct json_object *object, const char *key)
{
	struct span value = json_get(object, key);
	size_t before = view->out->n;

	/* what is no string was checked to be a number, a word or brackets: show it as it is */
	if (json_is_string(value))
		text_show(view->out, view_bytes(view, object, key), VIEW_TEXT_MAX);
	else if (!json_is_null(value))
		text_show(view->out, value, VIEW_TEXT_MAX);
	if (view->out->n == before)
		buf_adds(view->out, "-");
}

/* Whether element `i` is listed, where *rest is what is left of the ascending list. */
static bool is_listed(struct span *rest, uint64_t i)
{
	struct span ahead = *rest, value;
	uint64_t listed;

	if (!json_next(&ahead, &value) || json_read_u64(value, &listed) || listed != i)
		return false;
	*rest = ahead;
	return true;
}

static void add_argument(struct view *view, struct span value, bool twin)
{
	struct span argument = { NULL, 0 };

	if (!twin)
		argument = decode_text(view, value);
	else if (decode_twin(view, value))
		argument = buf_span(&view->scratch);
	text_quote(view->out, argument, view->argument_max);
}

static void add_argv(struct view *view)
{
	bool twin = view_has(&view->line, "argv_b64");
	struct span items = json_items(json_get(&view->line, twin ? "argv_b64" : "argv"));
	struct span secrets = json_items(json_get(&view->line, "secrets")), value;
	size_t from = view->out->n;
	uint64_t i, left = 0;

	for (i = 0; json_next(&items, &value); i++) {
		if (view->out->n - from > view->command_max) {
			left++;
			continue;
		}
		if (i > 0)
			buf_addc(view->out, ' ');
		if (is_listed(&secrets, i))
			buf_adds(view->out, "{secret}");
		else
			add_argument(view, value, twin);
	}
	if (left > 0)
		buf_addf(view->out, " ...(+%" PRIu64 " arguments)", left);
	if (i == 0)
		buf_adds(view->out, "(no arguments)");
	if (span_is(json_get(&view->line, "truncated"), "true"))
		buf_adds(view->out, " ...(cut when it was recorded)");
}

/* argv[0] is whatever the caller chose to say; where it says another name than the file's, both
 * count. */
static bool argv0_is_exe(struct view *view)
{
	struct span items = json_items(json_get(&view->line, "argv")), argv0;
	struct span exe = json_get(&view->line, "exe");
	const char *base;

	if (!json_next(&items, &argv0) || !json_is_string(argv0) || !json_is_string(exe))
		return false;
	if (span_eq(argv0, exe))
		return true;
	base = memrchr(exe.p, '/', exe.n);
	/* both end with their quote */
	return base && argv0.n - 1 == (size_t)(exe.p + exe.n - base) - 1 &&
	       memcmp(argv0.p + 1, base + 1, argv0.n - 1) == 0;
}

void view_command(struct view *view)
{
	add_argv(view);
	if (json_is(json_get(&view->line, "verdict"), "approved") || argv0_is_exe(view))
		return;
	buf_adds(view->out, " (program ");
	view_text(view, &view->line, "exe");
	buf_addc(view->out, ')');
}

void view_destination(struct view *view)
{
	if (view_has(&view->line, "family")) {
		view_text(view, &view->line, "family");
		buf_addc(view->out, ' ');
		view_text(view, &view->line, "type");
		buf_adds(view->out, ", protocol ");
		view_text(view, &view->line, "proto");
		return;
	}
	view_text(view, &view->line, "proto");
	buf_addc(view->out, ' ');
	if (json_is(json_get(&view->line, "proto"), "unix")) {
		view_text(view, &view->line, "type");
		buf_addc(view->out, ' ');
		view_text(view, &view->line, "path");
		return;
	}
	view_text(view, &view->line, view_has(&view->line, "remote") ? "remote" : "local");
}

void view_write(struct view *view)
{
	view_text(view, &view->line, "op");
	buf_addc(view->out, ' ');
	if (view_has(&view->line, "from")) {
		view_text(view, &view->line, "from");
		buf_adds(view->out, " to ");
	}
	view_text(view, &view->line, "path");
}

bool view_has_reason(const struct view *view, const char *name)
{
	struct span items = json_items(json_get(&view->line, "reasons")), value;

	while (json_next(&items, &value)) {
		if (json_is(value, name))
			return true;
	}
	return false;
}

void view_reasons(struct view *view, const struct json_object *object)
{
	struct span items = json_items(json_get(object, "reasons")), value;
	const char *between = "";

	while (json_next(&items, &value)) {
		buf_adds(view->out, between);
		text_show(view->out, decode_text(view, value), VIEW_TEXT_MAX);
		between = ", ";
	}
}

bool view_nearest(const struct view *view, struct json_object *nearest)
{
	return json_read(json_get(&view->line, "nearest"), nearest) == 0;
}
