/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_PLAN_FIXTURE_H
#define LOCKSTEP_PLAN_FIXTURE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/buf.h"
#include "core/plan/plan.h"

/*
 * Tickets and plans by hand, for tests: no YAML, no look-up. A step is its `run` line; its id is
 * "s" and its index. Aborts where memory or a pattern is bad: a test has no use for either.
 */
void fixture_die(const char *what);
void *fixture_room(size_t n, size_t size);
void fixture_run(struct command *run, const char *line);
struct ticket *fixture_ticket(const char *const *lines, size_t n);

/* Gives a program an answer: a binary at `path`. */
void fixture_found(struct plan *plan, const char *name, const char *path);

/* Finds every bare program in /usr/bin, and compiles. */
struct plan *fixture_plan(struct ticket *ticket);

/* path NUL, then the arguments of `argv`, each ended by "|". */
void fixture_action(struct buf *action, const char *path, const char *argv);

#endif
