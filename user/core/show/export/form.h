/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_FORM_H
#define LOCKSTEP_FORM_H

#include <stdint.h>

#include "core/base/buf.h"

/* The forms in which records leave: the lines themselves, a table, events of a common schema. */
enum form { FORM_JSONL, FORM_CSV, FORM_OCSF };

int form_parse(struct span name, enum form *out); /* 0 or -EINVAL */
/* What a file of that form begins with, before any record. */
void form_header(enum form form, struct buf *out);
/*
 * Appends a canonical line in the form, each line of it with its newline. How many lines (0: the
 * form has nothing for it); -EBADMSG when it is no record (nothing is appended); -ENOMEM.
 */
int form_lines(enum form form, struct span record, struct buf *out);

/*
 * Of a line that form_lines() or form_header() made, without its newline: the record's seq, 0 for
 * the header; and whether one more line of that record follows it. 0, or -EBADMSG when it is none.
 */
int form_seq(enum form form, struct span line, uint64_t *seq, bool *more);
/* Whether a file whose first line was never finished can have been begun in this form. */
bool form_begins(enum form form, struct span begin);

#endif
