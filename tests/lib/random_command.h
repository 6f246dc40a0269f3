/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_RANDOM_COMMAND_H
#define LOCKSTEP_RANDOM_COMMAND_H

#include <stdint.h>

#include "core/base/buf.h"
#include "core/match/atom.h"
#include "core/match/pattern.h"

/* Command lines at random, and arguments that are often, and often just not, what such a line
 * means. */

/* xorshift64*: the same cases on every machine. */
extern uint64_t random_state;

uint32_t random_below(uint32_t n);
void random_piece(struct buf *line); /* a few bytes of a pattern */

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* A command that parses: what can never match is refused, then another one is made. */
void random_line(struct buf *line, const char *program);
void random_argv(const struct command *command, struct buf *out);

#endif
