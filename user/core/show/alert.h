/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_ALERT_H
#define LOCKSTEP_ALERT_H

#include "core/show/present_view.h"

/*
 * What a person has to know of an act that was not approved, of a loss or of a session's start:
 * rows, each a label and the parts behind it. Built once from a line; present_alert.c prints it as
 * text, the report as HTML. Where the two differ, a part's kind or a label's place says it.
 */
enum part_kind {
	PART_LABEL,    /* begins a row */
	PART_WORDS,    /* ours, with numbers and names in them */
	PART_CODE,     /* what was traced, or the ticket's */
	PART_NAME,     /* of the reason before it: the word to look for */
	PART_ARGUMENT, /* which of them differs; a page has it in the row's label */
	PART_APPROVED, /* that argument as it is approved, and as it ran */
	PART_RAN,
	PART_DIGEST, /* SHA-256 of the program's file; a terminal has no room for it */
};

/* Where a row is said: a page says for all of its alerts what the ticket is. */
enum { ALERT_TEXT = 1, ALERT_PAGE = 2, ALERT_BOTH = ALERT_TEXT | ALERT_PAGE };

struct alert_part {
	enum part_kind kind;
	size_t at, n; /* in alert.texts; safe to show */
	/* of a label */
	unsigned int places;
	bool differs;      /* the row is of PART_APPROVED and PART_RAN */
	uint64_t argument; /* then: which one; 0: the program */
};

struct alert {
	struct alert_part *parts;
	size_t parts_n, parts_cap;
	struct buf texts; /* `failed`: -ENOMEM, also of the parts */
};

/* Rows of the line in view, behind those that are there. */
void alert__build(struct alert *alert, struct view *view);
/* What differs from the nearest step, as a row; none when `nearest` does not say. */
void alert__difference(struct alert *alert, struct view *view, const struct json_object *nearest);
void alert__free(struct alert *alert);

/* "command", "connection", and in *before what leads from it to what it was: ": ", " to ". NULL: an
 * act that has no word. */
const char *alert_noun(const struct view *view, const char **before);

#endif
