/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_TESTS_SAMPLES_H
#define LOCKSTEP_TESTS_SAMPLES_H

#include "core/record/record.h"

/* One record of every kind, for the tests of what is made from records. */

#define SAMPLE_SPAN(text)                                                                          \
	{                                                                                          \
		text, sizeof(text) - 1                                                             \
	}

struct sample {
	const char *name;
	struct record record;
};

enum { SAMPLES = 30 };
extern const struct sample samples[SAMPLES];
extern struct step sample_steps[]; /* check, install and two of a profile */

#endif
