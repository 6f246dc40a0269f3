/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_TIMESTAMP_H
#define LOCKSTEP_TIMESTAMP_H

#include <stdint.h>

#include "core/base/span.h"

/*
 * RFC 3339 times and nanoseconds of the Unix epoch, without libc's time zones. Years 1970 to 2261:
 * what fits into an int64_t. A leap second (:60) is refused, because the clock that it would be
 * compared with has none.
 */
enum { TIMESTAMP_SIZE = 31 }; /* "2026-11-23T20:00:00.123456789Z" and its NUL */

/*
 * `T` and the zone (`Z` or +hh:mm, -hh:mm) are required, a fraction of one to nine digits is
 * allowed. 0, or -EINVAL with *ns 0.
 */
int timestamp_parse(struct span text, int64_t *ns);

/* Always UTC with nine digits. Times before 1970 are printed too, down to the year 1677. */
void timestamp_format(int64_t ns, char out[TIMESTAMP_SIZE]);

#endif
