/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_ENV_TABLE_H
#define LOCKSTEP_ENV_TABLE_H

#include <stdbool.h>

#include "core/base/sorted.h"
#include "core/base/span.h"

/*
 * Environment variables that make a command another command. Only these are judged and recorded:
 * the others may hold secrets. Sources: ld.so(8), bash(1), dash(1), perlrun(1), python(1), ruby(1),
 * node(1), git(1), less(1), systemd(1), environ(7), and what sudo's env_reset takes away
 * (sudoers(5)).
 */
enum env_class {
	ENV_NONE,
	/*
	 * Loads code into whatever program or shell meets it; never right because it was there when
	 * the session began: whoever opens a session sets that environment.
	 */
	ENV_INJECT,
	ENV_CODE, /* its value is, names or loads code that runs inside the program itself */
	ENV_RUNS, /* names another program or changes what the program does */
	ENV_NOTE, /* recorded, never judged: what it leads to is an exec of its own */
};

enum env_class env_class(struct span name);
/* Whether its value runs inside the program itself: ENV_INJECT or ENV_CODE. */
bool env_carries_code(struct span name);
extern const struct sorted_table env_names; /* that have a class */

/*
 * Whether the value makes no difference. IFS as it is where nobody set it: perl scripts export it
 * so (adduser does), and no ticket could say it, for it has a line's end. And what the eval of
 * lesspipe in a login shell's start-up sets, for all that comes behind it: what less runs then is
 * an exec of its own.
 */
bool env_is_usual(struct span name, struct span value);

/* Cuts NAME=VALUE. False without a "=", or with one in front: no variable that getenv(3) would
 * find. */
bool env_split(struct span entry, struct span *name, struct span *value);

/* Whether `env` (NUL-ended entries) has exactly this NAME=VALUE entry. */
bool env_has(struct span env, struct span entry);

#endif
