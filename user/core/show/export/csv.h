/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_CSV_H
#define LOCKSTEP_CSV_H

#include "core/base/buf.h"

/*
 * Records as a table (RFC 4180: CRLF, every text in quotes), one row a canonical line, with the
 * columns that people filter by. Not the record itself: commands are quoted as for a shell, what a
 * terminal would act on is escaped (text.h), long commands are cut with a mark. A cell that a
 * spreadsheet would take for a formula (= + - @ in front) gets a ' in front.
 */
void csv_header(struct buf *out);

/* 0; -EBADMSG when the line is no record (then nothing is appended); -ENOMEM. */
int csv_line(struct span line, struct buf *out);

#endif
