/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_PROGRAM_H
#define LOCKSTEP_PROGRAM_H

#include "core/match/nfa.h"
#include "core/plan/plan.h"

/*
 * What the first word of a step means: under which paths the program runs, and which argv[0] it may
 * have then. A binary runs under its resolved path, a script under each text that finds it, one
 * that this host does not have under each path that its name would be looked for at. argv[0] of a
 * binary: the word as written, its last component, alone or behind a directory of `dirs` (the
 * ticket's path), or the resolved path. Of a script: each of its texts (the action has the path
 * there).
 */

/* Appends path NUL argv[0] NUL. */
void program_emit(const struct program *program, const struct strings *dirs, struct nfa *nfa);
bool program_has_path(const struct program *program, const struct strings *dirs, struct span path);
bool program_has_argv0(const struct program *program, const struct strings *dirs,
		       struct span argv0);
/* Where everybody may put a file. */
enum { PATH_TEMP_DIRS_N = 3 };
extern const char *const path_temp_dirs[PATH_TEMP_DIRS_N];
/* An argument that is a path whose meaning is up to the directory that the program is run in. */
bool path_is_relative(struct span argument);
/* Behind the last slash, all of it where there is none. */
struct span path_base(struct span path);

#endif
