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

int lines_read(void *ctx, const struct report_query *query, report_line each, void *each_ctx);
int lines_ticket(void *ctx, const char *sha256, struct span *bytes);
int lines_sink(void *ctx, const char *p, size_t n);

/* The page as a C string in lines->page; what report_write() returned. */
int lines_report(struct lines *lines, const struct report_opts *opts);
unsigned int lines_count(const struct lines *lines, const char *what);

#endif
