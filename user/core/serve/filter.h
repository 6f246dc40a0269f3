/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_FILTER_H
#define LOCKSTEP_FILTER_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/err.h"
#include "core/base/span.h"

/*
 * Which records a reader wants. One filter serves live and stored records alike, because it looks
 * at the canonical line and nothing else.
 */
enum { FILTER_NAME_MAX = 128, FILTER_TEXT_MAX = 256 };

struct buf;
struct word;       /* pattern.h */
struct dest;       /* dest.h */
struct record_row; /* row.h */

struct record_filter {
	uint64_t after;             /* seq > after */
	int64_t since_ns, until_ns; /* since <= time < until, nanoseconds of the epoch; 0: open */
	bool alerts;                /* only row_is_alert(), and row_is_ack() of these (row.h) */
	/*
	 * Of the alerts those that nobody has answered: not for filter_matches(), but for who knows
	 * the acks (open_alerts.h).
	 */
	bool open;
	/* "" is any; else the whole name, as it stands between the quotes of a line */
	char session[FILTER_NAME_MAX], ticket[FILTER_NAME_MAX];
	char operator_name[FILTER_NAME_MAX], host[FILTER_NAME_MAX];
	char kind[FILTER_NAME_MAX], verdict[FILTER_NAME_MAX], reason[FILTER_NAME_MAX];
	/* What these two were made of, "" for any; filter_set() has the forms. */
	char program_text[FILTER_TEXT_MAX], destination_text[FILTER_TEXT_MAX];
	struct word *program; /* owned, as is the next */
	struct dest *destination;
	bool any_proto; /* the destination says nothing of the protocol */
};

/*
 * Sets one of the filter by its name, which is that of the option and of the request's member:
 *
 *     session ticket       an id (id_valid())
 *     operator host        a name
 *     kind verdict reason  a name of the closed list of it (record.h, verdict.h)
 *     program              a pattern as in a ticket's `write`, of the program that acted, or
 *                          that an exec was given: of the whole path where there is a slash
 *                          in it, else of the last component
 *     destination          ADDRESS, ADDRESS/LENGTH, ADDRESS:PORT, [V6]:PORT, each with tcp://
 *                          or udp:// in front or without; unix:/PATH, unix:@NAME. PORT: one,
 *                          N-M or *
 *
 * A second value replaces the first. 0; -ENOENT: nothing is called that; -EINVAL and, for a person,
 * what was expected in err->message; -ENOMEM.
 */
int filter_set(struct record_filter *filter, struct span name, struct span text, struct err *err);
/* The names that filter_set() knows, in order; NULL behind the last. */
const char *filter_name(unsigned int i);
/* What was set under that name, in the same order; "" for any. */
const char *filter_text(const struct record_filter *filter, unsigned int i);
void filter_free(struct record_filter *filter); /* leaves it empty */

bool filter_matches(const struct record_filter *filter, const struct record_row *facts);

/* Whether it asks for anything at all: an empty one passes every record. */
bool filter_is_set(const struct record_filter *filter);
/*
 * Appends it as the options that it was set by, "--operator jdoe --since 2026-11-23T20:00:00Z": on
 * one line and safe to show, each value as a shell would read it.
 */
void filter_show(const struct record_filter *filter, struct buf *out);

/*
 * Whether the name is one that records have, so that a mistyped one is an error and not a silence.
 */
bool filter_verdict_known(struct span verdict);
bool filter_reason_known(struct span reason);

#endif
