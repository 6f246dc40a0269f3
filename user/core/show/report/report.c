/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/show/report/report.h"

#include <errno.h>
#include <stdlib.h>

#include "core/show/report/part.h"

/* A session's parts are written while what they need of it is in memory, and no other's is. */
static int write_session(struct report *report, size_t index)
{
	struct html *html = &report->html;
	int ret = report_gather(report, &report->sessions[index]);

	if (ret)
		goto out;
	html_lit(html, "<article class=\"session\">\n");
	report_verdict_part(report, index);
	report_people(report, index);
	report_plan(report, index);
	report_timeline(report, index);
	ret = report_tree(report, index);
	if (!ret)
		ret = report_alerts(report, index);
	if (ret)
		goto out;
	report_conns(report, index);
	report_losses(report, index);
	ret = report_events(report, index);
	html_lit(html, "</article>\n");
out:
	report_gather_free(report->now);
	report->now = NULL;
	return ret ? ret : html->ret;
}

static int write_page(struct report *report)
{
	int ret = report_scan(report);

	if (ret)
		return ret;
	report_head(report);
	report_overview(report);
	for (size_t i = 0; !ret && i < report->sessions_n; i++)
		ret = write_session(report, i);
	if (ret)
		return ret;
	report_checks(report);
	return html_finish(&report->html);
}

int report_write(const struct report_opts *opts, const struct report_source *source,
		 int (*sink)(void *ctx, const char *p, size_t n), void *ctx)
{
	struct report *report = calloc(1, sizeof(*report));
	int ret;

	if (!report)
		return -ENOMEM;
	report->opts = opts;
	report->source = source;
	report->html.sink = sink;
	report->html.ctx = ctx;
	report->alerts_max = opts->alerts_max ? opts->alerts_max : REPORT_ALERTS_MAX;
	report->events_max = opts->events_max ? opts->events_max : REPORT_EVENTS_MAX;
	report->view.opts = &report->plain;
	report->view.out = &report->text;
	report->view.argument_max = VIEW_ARGUMENT_MAX;
	report->view.command_max = REPORT_COMMAND_MAX;
	ret = write_page(report);
	html_free(&report->html);
	buf_free(&report->view.scratch);
	buf_free(&report->text);
	free(report->sessions);
	report_acks__free(&report->acks);
	free(report);
	return ret;
}
