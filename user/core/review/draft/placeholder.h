/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_PLACEHOLDER_H
#define LOCKSTEP_PLACEHOLDER_H

#include <stddef.h>
#include <stdint.h>

#include "core/base/buf.h"
#include "core/base/span.h"

/*
 * What in a recorded text will be another one when the same work is done again, and the pattern
 * that a ticket needs there. Guesses, for a person to check: what is not told apart from a name
 * stays text.
 */
#define PLACEHOLDER_TEMP   1u /* the random part of a temporary name */
#define PLACEHOLDER_PID    2u /* the number of a process of the recorded session */
#define PLACEHOLDER_TIME   4u /* a date or a time near the session's */
#define PLACEHOLDER_UUID   8u
#define PLACEHOLDER_HEX    16u
/* A byte that no ticket can show; not found here, see word_text.h. */
#define PLACEHOLDER_HIDDEN 32u
#define PLACEHOLDER_KINDS  6

/* What is known of the session. */
struct placeholder_context {
	const uint32_t *pids; /* ascending */
	size_t pids_n;
	int64_t time_ns; /* when it began, nanoseconds of the epoch */
};

struct placeholder {
	size_t at, n;      /* which bytes of the text */
	unsigned int kind; /* one of PLACEHOLDER_* */
};

/*
 * The next such part at or behind `from`; n 0: none. Appends its pattern to `pattern`, which has no
 * byte that would have to be quoted.
 */
struct placeholder placeholder_next(const struct placeholder_context *context, struct span text,
				    size_t from, struct buf *pattern);
/* One line for a person: what the pattern stands for. */
const char *placeholder_reason(unsigned int kind);

#endif
