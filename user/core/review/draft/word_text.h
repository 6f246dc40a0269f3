/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_WORD_TEXT_H
#define LOCKSTEP_WORD_TEXT_H

#include <stdbool.h>

#include "core/review/draft/placeholder.h"

/*
 * An argument as a word of a `run` line (pattern.h): the text that stands for exactly these bytes,
 * quoted where it has to be; and for what varies, the pattern. A byte that a ticket can't show (a
 * control or hidden character, a byte that is no UTF-8) becomes a class of such bytes.
 *
 * context NULL: nothing is proposed. Returns the PLACEHOLDER_* that were used. The result is to be
 * parsed and held against the argument: a pattern never matches a `..`, for one.
 */
unsigned int word_text(struct buf *out, const struct placeholder_context *context,
		       struct span argument);
/* Likewise a whole path, as a `write` pattern: begins with its own slash. */
unsigned int word_text_path(struct buf *out, const struct placeholder_context *context,
			    struct span path);

#endif
