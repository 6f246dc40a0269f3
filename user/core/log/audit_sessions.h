/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_AUDIT_SESSIONS_H
#define LOCKSTEP_AUDIT_SESSIONS_H

#include <stdbool.h>

#include "core/base/buf.h"
#include "core/base/json_read.h"

/*
 * The sequences of the sessions in a log: each number once, as many records as the session's end
 * counts, and times that follow the numbers. Memory follows the number of records.
 */
struct audit_sessions;

int audit_sessions__new(struct audit_sessions **out); /* 0 or -ENOMEM */
void audit_sessions__free(struct audit_sessions *sessions);

/*
 * One record of a session: 0, with a sentence in why[] ("" when all is well), or -ENOMEM. sseq 0:
 * it has none. `line` is the record's.
 */
int audit_sessions__row(struct audit_sessions *sessions, struct span id, struct span kind,
			uint64_t sseq, int64_t time_ns, struct span line, char *why, size_t why_n);
/*
 * At the end, of what should hold nothing but whole sessions: a sentence for each that lacks its
 * start, its end, or an act that its end counts as emitted.
 */
void audit_sessions__whole(const struct audit_sessions *sessions,
			   void (*tell)(void *ctx, const char *why), void *ctx);
/* The wall clock was set: times that follow are not held against those of before. */
void audit_sessions__clock(struct audit_sessions *sessions);
uint64_t audit_sessions__count(const struct audit_sessions *sessions);

#endif
