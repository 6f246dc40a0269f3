/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_ACTION_H
#define LOCKSTEP_ACTION_H

#include "core/base/buf.h"
#include "core/event/event.h"

/*
 * What an exec is matched as: program, NUL, argv[0], NUL, argv[1], NUL, ...
 *
 * For a #! script the kernel (fs/binfmt_script.c) has loaded the interpreter and rewritten argv to
 * interpreter, its one optional argument, the script's path, then the caller's argv[1] and on: here
 * the program and argv[0] are that path text made absolute, and what follows it are the arguments.
 */
struct action {
	struct span bytes; /* the whole */
	struct span path;  /* the program, without its NUL */
	struct span argv;  /* from its own argv[0] on, as in the event, from which it is borrowed */
	bool script;
};

/*
 * Builds the action of an exec in `room` (reset first), from which *out borrows. 0; -ENOMEM;
 * -EINVAL for a script whose path is not among its arguments, which therefore matches nothing
 * (*out then has the loaded file's path and argv).
 */
int action_build(const struct event_exec *exec, struct buf *room, struct action *out);

/*
 * The path alone, of a script's exec, as action_build() has it; made in `room` likewise. False:
 * no script, or no memory.
 */
bool action_script_path(const struct event_exec *exec, struct buf *room, struct span *path);

#endif
