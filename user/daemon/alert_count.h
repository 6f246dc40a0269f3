/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_DAEMON_ALERT_COUNT_H
#define LOCKSTEP_DAEMON_ALERT_COUNT_H

#include <stdatomic.h>

#include "core/serve/open_alerts.h"

struct store;

/*
 * Counts what a store has; for a thread that has a store of its own, and stops once *hurry is set.
 */

/*
 * Rows behind *at up to `last`, a piece of them: *at moves on. 1: there may be more; 0: that was
 * all, or it was to hurry; -errno, and the count is at most what is known.
 */
int alert_count_piece(struct store *store, uint64_t *at, uint64_t last, const atomic_bool *hurry,
		      struct open_alerts *into);
/* The open alerts of one session. 0 and *count; 1: it was to hurry; -errno. */
int alert_count_session(struct store *store, const char *session, const atomic_bool *hurry,
			uint64_t *count);

#endif
