/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_LEFT_OUT_H
#define LOCKSTEP_LEFT_OUT_H

#include "cli/options.h"
#include "core/event/kind.h"

/* Records for which a form of output has nothing: counted, and told by kind at the end. */
struct left_out {
	uint64_t counts[RECORD_KINDS_N]; /* RECORD_NONE: of others */
};

void left_out_count(struct left_out *left_out, struct span line);
void left_out_tell(const struct left_out *left_out, const struct options *options);

#endif
