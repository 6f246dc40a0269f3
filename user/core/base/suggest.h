/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_SUGGEST_H
#define LOCKSTEP_SUGGEST_H

#include "core/base/span.h"

/*
 * Which of some names a mistyped word was meant to be. Set `word`, offer the names one by one, and
 * read `nearest`: the first of the least distance, NULL where none is near. Names of up to three
 * letters may differ in one edit and others in two, case aside; a swap of neighbours is one edit.
 */
struct suggest {
	struct span word;
	const char *nearest; /* borrowed from the offer */
	size_t edits;        /* of `nearest` */
};

enum { SUGGEST_MAX = 24 }; /* a longer word, or name, is near to nothing */

void suggest_offer(struct suggest *suggest, const char *name);

#endif
