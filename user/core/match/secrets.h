/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_SECRETS_H
#define LOCKSTEP_SECRETS_H

#include <stdbool.h>
#include <stddef.h>

#include "core/event/event.h"
#include "core/match/pattern.h"

/*
 * Which arguments a command's {secret} words stand for, when argv (argv[0] included) is one that
 * the command matches. An argument counts where any way to match gives it to a {secret}.
 */

/* Words times arguments beyond which it is not worked out. */
enum { SECRETS_CELLS_MAX = 1 << 22 };

bool secrets_any(const struct command *command);

/*
 * Adds those that are not among the *n spans yet, borrowed from argv, up to `max`. False: there are
 * more, it would be too much work, or no memory; then some are not known and no argument may be
 * shown.
 */
bool secrets_add(const struct command *command, struct span argv, struct span *secrets, size_t max,
		 size_t *n);

#endif
