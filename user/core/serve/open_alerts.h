/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_OPEN_ALERTS_H
#define LOCKSTEP_OPEN_ALERTS_H

#include "core/base/pair_set.h"
#include "core/record/row.h"

/*
 * Which alerts nobody has answered yet: canonical lines in, how many are open out. No list of the
 * open ones is kept, of which somebody who sets off alerts could make any number: an alert is open
 * when its seq is not among the acknowledged ones, and of those there are as many as people have
 * answered.
 */
enum {
	OPEN_ALERTS_ACKED_MAX = 1 << 18, /* beyond: see open_alerts__exact() */
	OPEN_ALERTS_REHEARSALS_MAX =
		64, /* open at the same time; the oldest goes, and its acts count */
};

/* The zero value is empty. */
struct open_alerts {
	uint64_t alerts;       /* that came and want an answer */
	struct pair_set acked; /* their seqs, upper and lower half */
	bool inexact;
	char rehearsals[OPEN_ALERTS_REHEARSALS_MAX][32]; /* ids of those that are open */
	size_t rehearsals_n;
};

enum open_alerts_line { OPEN_ALERTS_OTHER, OPEN_ALERTS_ALERT, OPEN_ALERTS_ACK };

/*
 * Whether somebody has to look at this alert: row_is_alert(), but for the end of a session that
 * was compliant. facts: row_read() of the line.
 */
bool alert_wants_answer(struct span line, const struct record_row *facts);

/*
 * Counts a line, of which no line comes twice. What a rehearsal did was told to nobody and asks
 * nobody; for that its session_start has to come first. ALERT: one that wants an answer. Alerts and
 * their acks may come in any order.
 */
enum open_alerts_line open_alerts__line(struct open_alerts *open, struct span line);
/* The same of a row that was read, or made, already. */
enum open_alerts_line open_alerts__row(struct open_alerts *open, const struct record_row *row);
/* How many alerts are open. */
uint64_t open_alerts__count(const struct open_alerts *open);
/* False: out of memory or of OPEN_ALERTS_ACKED_MAX, so that there are at most as many. */
bool open_alerts__exact(const struct open_alerts *open);
bool open_alerts__acked(const struct open_alerts *open, uint64_t seq);
/* Adds what another one counted, of other lines. */
void open_alerts__merge(struct open_alerts *into, const struct open_alerts *from);
void open_alerts__free(struct open_alerts *open);

#endif
