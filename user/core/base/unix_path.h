/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_UNIX_PATH_H
#define LOCKSTEP_UNIX_PATH_H

#include <stdbool.h>

#include "core/base/span.h"

/*
 * Names of AF_UNIX sockets: "/run/x.sock", or "@name" in the abstract namespace (unix(7)).
 *
 * A path is compared as text, for the kernel shows it before it is looked up. So it says which name
 * was asked for, not which socket answered: a symbolic link in it leads elsewhere.
 */
enum { UNIX_PATH_ROOM = 4096 + 112 };

/*
 * The path as it is compared: one slash where there were several, no "." component, and /run for
 * /var/run, of which systems have one as a link to the other (FHS 3.0, 3.15). ".." stays, and so
 * matches nothing. An abstract name stays as it is. Made in `room`, from which the result borrows;
 * a path that does not fit is as it came.
 */
struct span unix_path_tidy(struct span path, char room[UNIX_PATH_ROOM]);

/* Whether a path that somebody wrote down can be one that was asked for: absolute, and tidy. */
bool unix_path_can_match(struct span path);

#endif
