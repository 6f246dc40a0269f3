/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_VARY_H
#define LOCKSTEP_VARY_H

#include <stddef.h>
#include <stdint.h>

#include "core/base/buf.h"
#include "core/base/span.h"

/*
 * What in a recorded text will be another one when the same work is done again, and the pattern
 * that a ticket needs there. Guesses, for a person to check: what is not told apart from a name
 * stays text.
 */
#define VARY_TEMP   1u /* the random part of a temporary name */
#define VARY_PID    2u /* the number of a process of the recorded session */
#define VARY_TIME   4u /* a date or a time near the session's */
#define VARY_UUID   8u
#define VARY_HEX    16u
#define VARY_HIDDEN 32u /* a byte that no ticket can show; not found here, see word_text.h */
#define VARY_KINDS  6

/* What is known of the session. */
struct vary {
	const uint32_t *pids; /* ascending */
	size_t pids_n;
	int64_t time_ns; /* when it began, nanoseconds of the epoch */
};

struct vary_part {
	size_t at, n;      /* which bytes of the text */
	unsigned int kind; /* one of VARY_* */
};

/*
 * The next such part at or behind `from`; n 0: none. Appends its pattern to `pattern`, which has no
 * byte that would have to be quoted.
 */
struct vary_part vary_next(const struct vary *vary, struct span text, size_t from,
			   struct buf *pattern);
/* One line for a person: what the pattern stands for. */
const char *vary_reason(unsigned int kind);

#endif
