/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_DAEMON_ALERTS_H
#define LOCKSTEP_DAEMON_ALERTS_H

#include "core/record/record.h"
#include "core/record/row.h"

/*
 * The daemon's words: its own lines to stderr (which the service manager keeps), and alerts to the
 * services that the configuration names.
 */
struct alerts;

/* to: CONFIG_ALERTS_* set. A service that is not there is told on stderr and left out. 0 or
 * -ENOMEM. */
int alerts__open(struct alerts **out, unsigned int to);
void alerts__close(struct alerts *alerts); /* NULL is allowed */
/* After a reload. */
void alerts__set(struct alerts *alerts, unsigned int to);

void alerts__record(struct alerts *alerts, const struct record *record,
		    const struct record_row *row);
/* One line of the daemon's own; `trouble` ones go to the services too. */
void alerts__say(struct alerts *alerts, bool trouble, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif
