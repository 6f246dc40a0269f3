/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_DAEMON_REPLY_H
#define LOCKSTEP_DAEMON_REPLY_H

#include <stdbool.h>
#include <stddef.h>

#include "core/base/buf.h"

/*
 * Answers of the daemon (core/serve/request.h), one JSON object without its newline. Errors are
 * gathered first, so that a client is told everything that is wrong at once.
 */
enum { REPLY_ERRORS_MAX = 8 };

struct errors {
	char line[REPLY_ERRORS_MAX][512];
	size_t n; /* those that found no place are not counted: eight are enough to begin with */
};

void errors_add(struct errors *errors, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

void reply_errors(struct buf *out, const struct errors *errors);
void reply_error(struct buf *out, const char *message);
/* Opens an answer that says ok; the caller adds members and closes it with json_close(out, '}'). */
void reply_begin(struct buf *out);

#endif
