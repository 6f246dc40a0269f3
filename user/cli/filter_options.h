/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_FILTER_OPTIONS_H
#define LOCKSTEP_FILTER_OPTIONS_H

#include "cli/options.h"
#include "core/serve/filter.h"
#include "edge/store/store.h"

/* The options by which records are chosen, the same in every verb that has them. */
enum {
	FILTER_SESSION = 512,
	FILTER_OPERATOR,
	FILTER_HOST,
	FILTER_REASON,
	FILTER_PROGRAM,
	FILTER_DESTINATION,
};

#define FILTER_OPTIONS                                                                             \
	{ FILTER_SESSION, "session", "ID", "only this session" },                                  \
		{ 't', "ticket", "ID", "only sessions on this ticket" },                           \
		{ FILTER_OPERATOR, "operator", "USER", "only this operator's sessions" },          \
		{ FILTER_HOST, "host", "NAME", "only records of this host" },                      \
		{ 'k', "kind", "KIND", "only this kind of record: exec, connect, loss, ..." },     \
		{ 'v', "verdict", "VERDICT", "only approved, unapproved or indeterminate" },       \
		{ FILTER_REASON, "reason", "REASON",                                               \
		  "only what has this reason, see lockstep-record(5)" },                           \
		{ FILTER_PROGRAM, "program", "PATTERN",                                            \
		  "only acts of this program: a path or a name" },                                 \
		{ FILTER_DESTINATION, "destination", "PLACE",                                      \
		  "only what went there: ADDRESS[/N][:PORT], unix:PATH" },                         \
		{ 'A', "alerts", NULL,                                                             \
		  "only what somebody should look at, and the ends of sessions" },                 \
		{ 'S', "since", "TIME",                                                            \
		  "from TIME on: 2026-11-23, 2026-11-23T20:00:00Z, @SECONDS, 15m (ago)" },         \
		{ 'U', "until", "TIME", "before TIME" },                                           \
	{                                                                                          \
		'n', "after", "SEQ", "only records behind this number"                             \
	}

/*
 * Takes the option that options_next() gave, where it is one of these; *taken says so. CLI_OK, or
 * CLI_ERROR and it is told.
 */
int filter_option(struct options *options, int id, struct record_filter *filter, bool *taken);
/*
 * What of it the store has columns for: fewer lines to look at. Where
 * filter_by_line() says so, what it gives still has to be held against the filter. Borrows.
 */
void filter_store(const struct record_filter *filter, struct store_filter *out);
/* Whether there is something of it that the store has no column for. */
bool filter_by_line(const struct record_filter *filter);

#endif
