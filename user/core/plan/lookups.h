/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_LOOKUPS_H
#define LOCKSTEP_LOOKUPS_H

#include "core/base/buf.h"
#include "core/base/json_read.h"
#include "core/plan/plan.h"

/*
 * What was looked up for a plan, kept with its session: a restart must not ask the host again,
 * which may have been changed since, by the session itself.
 */

/* Appends the members "programs", "users" and "hosts" to the object that is open in `out`. */
void lookups_write(const struct plan *plan, struct buf *out);
/*
 * The reverse, in place of the look-ups, for a plan of the same ticket and profiles between
 * plan_new() and plan_compile(). 0; -EINVAL when they are another plan's; -ENOMEM.
 */
int lookups_read(struct plan *plan, const struct json_object *object);

#endif
