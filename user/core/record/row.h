/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_ROW_H
#define LOCKSTEP_ROW_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/span.h"

struct record; /* record.h */

/* A record as its readers sort it: the head of its line, borrowed. n 0: the line has null there. */
struct record_row {
	uint64_t seq;
	struct span time, host, session, ticket, operator_name, kind, verdict;
	bool break_glass;
	/*
	 * The line's first `"sseq":` is before this, and its value is here; NULL: nobody has
	 * looked. Only where the head is in the order that record_line() writes it in.
	 */
	const char *sseq;
	struct span rest; /* of the line, after `verdict`: read only if asked for */
	/* Made by row_of(): .time, .host, .operator_name and .rest are still in the line alone. */
	bool partly;
	struct span line;
};

/*
 * The row of a record that was just written, without a look at its line: all that tells an alert,
 * an ack, or a session's record from others.
 */
struct record_row row_of(const struct record *record, struct span line);

/*
 * Reads the head of a canonical line (record.h), up to `verdict` and no further: the store is
 * walked with this. Only for lines that record_line() wrote. 0, or -EBADMSG when it is none.
 */
int row_read(struct span line, struct record_row *out);

/* An act that was not approved, a loss, a session's end, or its start by breaking the glass. */
bool row_is_alert(const struct record_row *facts);
/* What a responder noted about one. */
bool row_is_ack(const struct record_row *facts);

/*
 * Takes the next `"key":value` and its comma off *rest, which begins inside an object. False at the
 * object's end, or if this is no canonical line.
 */
bool row_next_member(struct span *rest, struct span *key, struct span *value);
#endif
