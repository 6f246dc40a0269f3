/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_CATALOGUE_H
#define LOCKSTEP_CATALOGUE_H

#include "core/event/kind.h"
#include "core/record/words.h"

/* What format.h says, as data: for the published schema, and for the check of the man page. */
enum {
	STRING = 1,
	NUMBER,
	BOOL,
	STRINGS, /* an array of them, as the next two */
	NUMBERS,
	OBJECTS,
	OBJECT,
	DEVICE, /* "MAJOR:MINOR" */
	WHEN,   /* RFC 3339, UTC, nanoseconds */
	MEMBER_TYPE = 15,
	NULLABLE = 16,
	OPTIONAL = 32, /* not in every line */
	TWIN = 64,     /* KEY_b64 follows where it is not UTF-8 */
};

struct member {
	const char *key;
	unsigned int shape;
	/* Of an object, or of those in an array; ended by a NULL key. */
	const struct member *members;
	const struct number_names *numbered;
	const char *(*word)(unsigned int i); /* closed list: the names of 1 to last */
	unsigned int last;
	const char *text; /* always this; of a number `last` is it, or 0 */
};

/* The members before a kind's own, in order. */
extern const struct member catalogue_head[], catalogue_session[], catalogue_verdict[],
	catalogue_process[];
const struct member *catalogue_members(enum record_kind kind);

#endif
