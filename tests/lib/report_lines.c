/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "lib/report_lines.h"

static bool lines_is(const struct json_object *line, const char *key, const char *want)
{
	return !want || json_is(json_get(line, key), want);
}

int lines_read(void *ctx, const struct report_query *query, report_line each, void *each_ctx)
{
	struct json_object *object = malloc(sizeof(*object));
	struct lines *lines = ctx;
	uint64_t seq = 0, own;
	int ret = lines->read_ret;

	lines->reads++;
	for (const char *p = lines->text, *end; !ret && (end = strchr(p, '\n')); p = end + 1) {
		struct span line = { p, (size_t)(end - p) };
		bool record = json_read(line, object) == 0;

		/* a row that holds no record is under every name; rows are in the order of seq */
		seq++;
		if (record)
			json_read_u64(json_get(object, "seq"), &own);
		if (record && own > seq)
			seq = own;
		if (!record || (seq > query->after && lines_is(object, "session", query->session) &&
				lines_is(object, "kind", query->kind)))
			ret = each(each_ctx, seq, line.p, line.n);
	}
	free(object);
	return ret;
}

int lines_ticket(void *ctx, const char *sha256, struct span *bytes)
{
	const struct lines *lines = ctx;

	(void)sha256;
	*bytes = span_of(lines->ticket);
	if (lines->ticket_ret)
		return lines->ticket_ret;
	return lines->ticket ? 0 : -ENOENT;
}

int lines_sink(void *ctx, const char *p, size_t n)
{
	struct lines *lines = ctx;

	if (lines->page_max && lines->page.n + n > lines->page_max)
		return -ENOSPC;
	buf_add(&lines->page, p, n);
	return 0;
}

int lines_report(struct lines *lines, const struct report_opts *opts)
{
	const struct report_source source = { lines_read, lines_ticket, lines };
	int ret = report_write(opts, &source, lines_sink, lines);

	buf_addc(&lines->page, 0);
	return ret;
}

unsigned int lines_count(const struct lines *lines, const char *what)
{
	unsigned int n = 0;

	for (const char *p = lines->page.p; (p = strstr(p, what)); p += strlen(what))
		n++;
	return n;
}
