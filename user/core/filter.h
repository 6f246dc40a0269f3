/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_FILTER_H
#define LOCKSTEP_FILTER_H

#include <stdbool.h>
#include <stdint.h>

#include "span.h"

/*
 * Which records a reader wants. One filter serves live and stored records alike, because it looks
 * at the canonical line and nothing else.
 */
enum { FILTER_NAME_MAX = 128 };

struct record_filter {
	uint64_t after;   /* seq > after */
	int64_t since_ns; /* time >= since_ns, nanoseconds of the epoch; 0: any */
	bool alerts;      /* only filter_is_alert(), and filter_is_ack() of these */
	bool open;        /* of the alerts those that nobody has answered: not for filter_matches(), but
			     for who knows the acks (open_alerts.h) */
	/* "" is any; else the whole name */
	char session[FILTER_NAME_MAX], ticket[FILTER_NAME_MAX];
	char kind[FILTER_NAME_MAX], verdict[FILTER_NAME_MAX];
};

/* What a filter asks about, borrowed from the line. n 0: the line has null there. */
struct record_facts {
	uint64_t seq;
	struct span time, session, ticket, kind, verdict;
	bool break_glass;
};

/*
 * Reads the head of a canonical line (record.h), up to `verdict` and no further: the store is
 * walked with this. Only for lines that record_line() wrote. 0, or -EBADMSG when it is none.
 */
int filter_facts(struct span line, struct record_facts *out);

/* An act that was not approved, a loss, a session's end, or its start by breaking the glass. */
bool filter_is_alert(const struct record_facts *facts);
/* What a responder noted about one. */
bool filter_is_ack(const struct record_facts *facts);
bool filter_matches(const struct record_filter *filter, const struct record_facts *facts);

/* Whether the name is one that records have, so that a mistyped one is an error and not a silence.
 */
bool filter_kind_known(struct span kind);
bool filter_verdict_known(struct span verdict);

#endif
