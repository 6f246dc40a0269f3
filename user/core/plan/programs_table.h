/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_PROGRAMS_TABLE_H
#define LOCKSTEP_PROGRAMS_TABLE_H

#include <stdbool.h>

#include "core/base/sorted.h"
#include "core/event/event.h"

/*
 * Programs whose nature changes how their exec is judged: interpreters, which may take their
 * commands from somewhere else than their arguments, those that hand work to a process outside the
 * session, and those that only pour what they are given into a file. Told by the loaded file's
 * name, and by argv[0] where that names one and the file does not.
 */
enum interpreter_input {
	INPUT_NONE,  /* no interpreter of the table */
	INPUT_GIVEN, /* its commands are a script file or an argument */
	INPUT_STDIN, /* it reads its commands from descriptor 0 */
};

struct program_nature {
	enum interpreter_input input;
	bool shell; /* a shell that a person may log in with */
	bool delegation;
	/* No interpreter, but what it writes, and where, comes from elsewhere than its name. */
	bool pours;
};

/* exe: the loaded file's path; argv: as in struct event_exec. */
struct program_nature program_nature(struct span exe, struct span argv);

enum program_table { PROGRAM_INTERPRETERS, PROGRAM_DELEGATIONS, PROGRAM_POURS, PROGRAM_TABLES };

extern const struct sorted_table program_names[PROGRAM_TABLES];

#endif
