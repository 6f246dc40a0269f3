/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_ROW_H
#define LOCKSTEP_ROW_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/span.h"

struct record; /* record.h */

/* The head of a record's line, borrowed from it. n 0: the line has null there. */
struct record_facts {
	uint64_t seq;
	struct span time, host, session, ticket, operator_name, kind, verdict;
	bool break_glass;
	/*
	 * The line's first `"sseq":` is before this, and its value is here; NULL: nobody has looked.
	 * Only where the head is in the order that record_line() writes it in.
	 */
	const char *sseq;
	struct span rest; /* of the line, behind `verdict`: read only if asked for */
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
/* For a record whose line is not written yet: false means neither of the two, nor a session's end. */
bool record_may_alert(const struct record *record);

/*
 * Takes the next `"key":value` and its comma off *rest, which begins inside an object. False at the
 * object's end, or if this is no canonical line.
 */
bool row_next_member(struct span *rest, struct span *key, struct span *value);
#endif
