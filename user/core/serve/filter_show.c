/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/serve/filter.h"

#include "core/base/buf.h"
#include "core/base/json_read.h"
#include "core/base/text.h"
#include "core/base/timestamp.h"

bool filter_is_set(const struct record_filter *filter)
{
	for (unsigned int i = 0; filter_name(i); i++) {
		if (*filter_text(filter, i))
			return true;
	}
	return filter->after || filter->since_ns || filter->until_ns || filter->alerts ||
	       filter->open;
}

static void show_option(struct buf *out, const char *name, struct span value)
{
	buf_adds(out, out->n ? " --" : "--");
	buf_adds(out, name);
	if (value.n == 0)
		return;
	buf_addc(out, ' ');
	text_quote(out, value, 0);
}

/* Names are kept as a line has them, and were typed without its escapes. */
static void show_set(const struct record_filter *filter, unsigned int i, struct buf *out)
{
	const char *text = filter_text(filter, i);
	struct buf line = { 0 }, typed = { 0 };

	if (*text && (text == filter->operator_name || text == filter->host)) {
		buf_addf(&line, "\"%s\"", text);
		if (line.failed || json_read_text(buf_span(&line), &typed))
			out->failed = true;
		show_option(out, filter_name(i), buf_span(&typed));
	} else if (*text) {
		show_option(out, filter_name(i), span_of(text));
	}
	buf_free(&line);
	buf_free(&typed);
}

static void show_time(const char *name, int64_t ns, struct buf *out)
{
	char text[TIMESTAMP_SIZE];

	if (!ns)
		return;
	timestamp_format(ns, text);
	/* as it is typed: without a fraction that is none */
	if (ns % 1000000000 == 0)
		memcpy(text + 19, "Z", 2);
	show_option(out, name, span_of(text));
}

void filter_show(const struct record_filter *filter, struct buf *out)
{
	struct buf shown = { 0 };

	for (unsigned int i = 0; filter_name(i); i++)
		show_set(filter, i, &shown);
	if (filter->alerts)
		show_option(&shown, "alerts", (struct span){ 0 });
	if (filter->open)
		show_option(&shown, "open", (struct span){ 0 });
	show_time("since", filter->since_ns, &shown);
	show_time("until", filter->until_ns, &shown);
	if (filter->after)
		buf_addf(&shown, "%s--after %llu", shown.n ? " " : "",
			 (unsigned long long)filter->after);
	buf_add(out, shown.p, shown.n);
	out->failed |= shown.failed;
	buf_free(&shown);
}
