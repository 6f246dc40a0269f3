/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_DAEMON_ASKER_H
#define LOCKSTEP_DAEMON_ASKER_H

#include <stdbool.h>

#include "daemon/control.h"

/*
 * Whether the descriptor that came with a request is that of a process for which this peer may
 * speak: one of its own user's; or, with `itself`, the peer alone, whoever its real user is: a
 * set-id program such as su speaks for itself. NULL and *pid, or one line that says why not.
 */
const char *asker_process(const struct control_call *call, bool itself, pid_t *pid);

#endif
