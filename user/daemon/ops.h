/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_DAEMON_OPS_H
#define LOCKSTEP_DAEMON_OPS_H

#include "daemon/control.h"

/* Answers one request of the control socket; ctx is the struct daemon. See control_opts.handle. */
enum control_result ops_handle(void *ctx, struct control_call *call, struct buf *reply);

#endif
