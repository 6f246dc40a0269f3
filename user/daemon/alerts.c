/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "daemon/alerts.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/record/row.h"
#include "core/serve/config.h"
#include "core/show/present.h"
#include "edge/log.h"

struct alerts {
	struct log *own;               /* stderr */
	struct log *journald, *syslog; /* NULL: not wanted, or not there */
	struct buf text;
};

static void open_service(struct alerts *alerts, struct log **log, enum log_to to, const char *name,
			 bool wanted)
{
	int ret;

	if (wanted == !!*log)
		return;
	if (!wanted) {
		log__close(*log);
		*log = NULL;
		return;
	}
	ret = log__open(log, to, "lockstepd");
	if (ret)
		alerts__say(alerts, false, "alerts do not go to %s: %s", name, strerror(-ret));
}

void alerts__set(struct alerts *alerts, unsigned int to)
{
	open_service(alerts, &alerts->journald, LOG_TO_JOURNALD, "journald",
		     to & CONFIG_ALERTS_JOURNALD);
	open_service(alerts, &alerts->syslog, LOG_TO_SYSLOG, "syslog", to & CONFIG_ALERTS_SYSLOG);
}

int alerts__open(struct alerts **out, unsigned int to)
{
	struct alerts *alerts = calloc(1, sizeof(*alerts));
	int ret;

	*out = NULL;
	if (!alerts)
		return -ENOMEM;
	ret = log__open(&alerts->own, LOG_TO_STDERR, "lockstepd");
	if (ret) {
		alerts__close(alerts);
		return ret;
	}
	alerts__set(alerts, to);
	*out = alerts;
	return 0;
}

void alerts__close(struct alerts *alerts)
{
	if (!alerts)
		return;
	log__close(alerts->own);
	log__close(alerts->journald);
	log__close(alerts->syslog);
	buf_free(&alerts->text);
	free(alerts);
}

static enum log_level level_of(const struct record *record)
{
	static const enum log_level levels[] = {
		[SEVERITY_INFO] = LOG_LEVEL_INFO,         [SEVERITY_LOW] = LOG_LEVEL_NOTICE,
		[SEVERITY_MEDIUM] = LOG_LEVEL_WARNING,    [SEVERITY_HIGH] = LOG_LEVEL_ERROR,
		[SEVERITY_CRITICAL] = LOG_LEVEL_CRITICAL,
	};

	if (record->kind == RECORD_LOSS ||
	    (record->kind == RECORD_SESSION_START && record->session->break_glass))
		return LOG_LEVEL_ERROR;
	if (record->kind == RECORD_SESSION_END)
		return record->end.facts->outcome == OUTCOME_COMPLIANT ? LOG_LEVEL_NOTICE
								       : LOG_LEVEL_ERROR;
	return record->judgement ? levels[reasons_severity(record->judgement->reasons)]
				 : LOG_LEVEL_NOTICE;
}

static void to_services(struct alerts *alerts, enum log_level level, const char *line,
			const struct log_field *fields, int n)
{
	if (alerts->journald)
		log__line(alerts->journald, level, line, fields, n);
	if (alerts->syslog)
		log__line(alerts->syslog, level, line, fields, n);
}

void alerts__record(struct alerts *alerts, const struct record *record,
		    const struct record_row *row)
{
	const struct present_opts opts = { PRESENT_LINE, false };
	struct log_field fields[3];
	char seq[24];

	if ((!alerts->journald && !alerts->syslog) || !row_is_alert(row))
		return;
	buf_reset(&alerts->text);
	if (present_line(row->line, &opts, &alerts->text))
		return;
	while (alerts->text.n && alerts->text.p[alerts->text.n - 1] == '\n')
		alerts->text.n--;
	buf_addc(&alerts->text, '\0');
	if (alerts->text.failed)
		return;
	snprintf(seq, sizeof(seq), "%" PRIu64, record->seq);
	fields[0] = (struct log_field){ "LOCKSTEP_SEQ", seq };
	fields[1] = (struct log_field){ "LOCKSTEP_SESSION",
					record->session ? record->session->id : "" };
	fields[2] =
		(struct log_field){ "LOCKSTEP_TICKET", record->session && record->session->ticket
							       ? record->session->ticket
							       : "" };
	to_services(alerts, level_of(record), alerts->text.p, fields, 3);
}

void alerts__say(struct alerts *alerts, bool trouble, const char *fmt, ...)
{
	char line[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	log__line(alerts->own, trouble ? LOG_LEVEL_ERROR : LOG_LEVEL_INFO, line, NULL, 0);
	if (trouble)
		to_services(alerts, LOG_LEVEL_ERROR, line, NULL, 0);
}
