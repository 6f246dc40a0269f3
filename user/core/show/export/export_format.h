/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_EXPORT_FORMAT_H
#define LOCKSTEP_EXPORT_FORMAT_H

#include <stdint.h>

#include "core/base/buf.h"

/* The formats in which records leave: the lines themselves, a table, events of a common schema. */
enum export_format { EXPORT_JSONL, EXPORT_CSV, EXPORT_OCSF };

int export_format_parse(struct span name, enum export_format *out); /* 0 or -EINVAL */
/* What a file of that format begins with, before any record. */
void export_header(enum export_format format, struct buf *out);
/*
 * Appends a canonical line in the format, each line of it with its newline. How many lines (0: the
 * format has nothing for it); -EBADMSG when it is no record (nothing is appended); -ENOMEM.
 */
int export_lines(enum export_format format, struct span record, struct buf *out);

/*
 * Of a line that export_lines() or export_header() made, without its newline: the record's seq, 0
 * for the header; and whether one more line of that record follows it. 0, or -EBADMSG when it is
 * none.
 */
int export_seq(enum export_format format, struct span line, uint64_t *seq, bool *more);
/* Whether a file whose first line was never finished can have been begun in this format. */
bool export_begins(enum export_format format, struct span begin);

#endif
