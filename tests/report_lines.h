/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_TESTS_REPORT_LINES_H
#define LOCKSTEP_TESTS_REPORT_LINES_H

/* What a page is made of that was asked for by a session's id. */
#define ONE_SESSION                                                                                \
	.sessions = (const char *const[]){ "s-1" }, .sessions_n = 1,                               \
	.filter = &(const struct record_filter)                                                    \
	{                                                                                          \
		.session = "s-1"                                                                   \
	}

/* A report from lines in memory: the store's part of it, and where the page goes. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/json_read.h"
#include "core/show/report/report.h"

struct lines {
	const char *text;   /* lines, each with its newline */
	const char *ticket; /* bytes of every ticket; NULL: none is there */
	int ticket_ret, read_ret;
	unsigned int reads;
	struct buf page;
	size_t page_max; /* the sink refuses more, 0: takes all */
};

static inline bool lines_is(const struct json_object *line, const char *key, const char *want)
{
	return !want || json_is(json_get(line, key), want);
}

static inline int lines_read(void *ctx, const struct report_query *query, report_line each,
			     void *each_ctx)
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

static inline int lines_ticket(void *ctx, const char *sha256, struct span *bytes)
{
	const struct lines *lines = ctx;

	(void)sha256;
	*bytes = span_of(lines->ticket);
	if (lines->ticket_ret)
		return lines->ticket_ret;
	return lines->ticket ? 0 : -ENOENT;
}

static inline int lines_sink(void *ctx, const char *p, size_t n)
{
	struct lines *lines = ctx;

	if (lines->page_max && lines->page.n + n > lines->page_max)
		return -ENOSPC;
	buf_add(&lines->page, p, n);
	return 0;
}

/* The page as a C string in lines->page; what report_write() returned. */
static inline int lines_report(struct lines *lines, const struct report_opts *opts)
{
	const struct report_source source = { lines_read, lines_ticket, lines };
	int ret = report_write(opts, &source, lines_sink, lines);

	buf_addc(&lines->page, 0);
	return ret;
}

static inline unsigned int lines_count(const struct lines *lines, const char *what)
{
	unsigned int n = 0;

	for (const char *p = lines->page.p; (p = strstr(p, what)); p += strlen(what))
		n++;
	return n;
}

#endif
