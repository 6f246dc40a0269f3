/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_RECORD_PART_H
#define LOCKSTEP_RECORD_PART_H

#include "core/record/record.h"

/* The parts of a line (record.h), one file each; for record.c only. Each appends its members. */
void record_exec(const struct record *record, struct buf *out);
void record_exec_failed(const struct record *record, struct buf *out);
void record_write(const struct record *record, struct buf *out);
void record_net(const struct record *record, struct buf *out);
void record_unix(const struct record *record, struct buf *out);
void record_socket(const struct record *record, struct buf *out);
void record_close(const struct record *record, struct buf *out);
void record_end(const struct record *record, struct buf *out);
/* The ticket's host names, and what they meant when the session began. */
void record_hosts(const struct plan *plan, struct buf *out);

/* A member, and its twin under `twin` where the text is not UTF-8. */
void record_text(struct buf *out, const char *key, const char *twin, struct span text);
/* "MAJOR:MINOR", as in /proc/self/mountinfo. */
void record_dev(struct buf *out, const char *key, uint32_t dev);
/* The names of a set of reasons as a list. */
void record_reasons(struct buf *out, uint32_t reasons);

#endif
