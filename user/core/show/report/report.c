/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/show/report/report.h"

#include <errno.h>
#include <stdlib.h>

#include "core/show/report/fragments.h"
#include "core/show/report/part.h"

bool report_has_card(const struct report *report, const struct report_session *session,
		     uint64_t ordinal)
{
	return session->cards_before < report->alerts_max &&
	       ordinal < report->alerts_max - session->cards_before;
}

bool report_has_row(const struct report *report, const struct report_session *session,
		    uint64_t ordinal)
{
	return session->rows_before < report->events_max &&
	       ordinal < report->events_max - session->rows_before;
}

int report_template(struct template **out, struct err *err)
{
	struct fragment fragments[FRAGMENTS];

	fragments_get(fragments);
	return template_read(out, fragments, FRAGMENTS, report_page_values, err);
}

struct span report_style(void)
{
	struct fragment fragments[FRAGMENTS];

	fragments_get(fragments);
	return fragments[FRAGMENT_style].text;
}

static int write_page(struct report *report)
{
	struct template *template;
	struct err err;
	int ret = report_template(&template, &err);

	if (!ret)
		ret = report_scan(report);
	if (!ret)
		ret = template_write(template, &report->html, report, report);
	if (!ret)
		ret = html_finish(&report->html);
	template_free(template);
	return ret;
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
	report->view.out = &report->html.room;
	report->view.argument_max = VIEW_ARGUMENT_MAX;
	report->view.command_max = REPORT_COMMAND_MAX;
	ret = write_page(report);
	html_free(&report->html);
	buf_free(&report->view.scratch);
	free(report->sessions);
	report_acks__free(&report->acks);
	free(report);
	return ret;
}
