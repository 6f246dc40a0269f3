/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_REPORT_H
#define LOCKSTEP_REPORT_H

#include <stdint.h>

#include "core/base/err.h"
#include "core/base/span.h"
#include "core/serve/filter.h"

/*
 * The whole story of a session, or of some of them, as one HTML page that needs
 * nothing but itself: verdict, people, plan against facts, timeline, process tree, what was not
 * approved, connections, losses, every event. Everything in it comes from stored canonical lines
 * and the ticket's stored bytes, all of it hostile (html.h); the page has no script, and a
 * Content-Security-Policy under which none could run.
 *
 * Memory is bounded by the limits below and not by the store: the lines are read again for each
 * part. What a limit leaves out is counted and said on the page.
 */
enum {
	REPORT_SESSIONS_MAX = 200,
	REPORT_ALERTS_MAX = 2000,  /* shown in full, of all sessions together */
	REPORT_EVENTS_MAX = 20000, /* rows of the records' lists, likewise */
};

/* Which lines: NULL is any. */
struct report_query {
	const char *session, *kind;
	uint64_t after; /* seq > after */
};

typedef int (*report_line)(void *ctx, uint64_t seq, const char *line, size_t n);

struct report_source {
	/*
	 * Gives the lines in the order of seq until `each` returns non-zero, and returns that; 0 at
	 * the end; -errno. Asked several times: what was added meanwhile is left aside here.
	 */
	int (*read)(void *ctx, const struct report_query *query, report_line each, void *each_ctx);
	/*
	 * A ticket's bytes by their SHA-256 (hex), borrowed until the next call. 0; -ENOENT;
	 * -EBADMSG when the bytes that are kept under this name have another sum.
	 */
	int (*ticket)(void *ctx, const char *sha256, struct span *bytes);
	void *ctx;
};

struct report_opts {
	/*
	 * The ids of the sessions, in the order of the page, and what they were chosen by: it is
	 * told, and nothing of a session is left out for it. Borrowed.
	 */
	const char *const *sessions;
	size_t sessions_n;
	const struct record_filter *filter;
	const char *store; /* where the lines are from, as it is to be named; NULL: unnamed */
	int64_t now_ns;    /* wall clock */
	const char *style_sha256; /* of report_style(), in base64: it is what the policy allows */
	uint64_t alerts_max, events_max; /* 0: the limits above */
};

/*
 * Writes the page through `sink`, piece by piece. 0; -ENODATA when no line is of any of the
 * sessions, and nothing was written; -ENOMEM; what the source or the sink returned.
 */
int report_write(const struct report_opts *opts, const struct report_source *source,
		 int (*sink)(void *ctx, const char *p, size_t n), void *ctx);

/* The page's style sheet, exactly as it stands in it. */
struct span report_style(void);

/* Reads the page's fragments, as report_write() does; *err says what is wrong with them. */
struct template;
int report_template(struct template **out, struct err *err);

#endif
