/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_CLASSES_H
#define LOCKSTEP_CLASSES_H

#include "core/match/nfa.h"

/* Bytes that no instruction and no rule of place.h tells apart share a class. NUL is alone in class
 * 0. */
struct classes {
	uint16_t of[256];
	unsigned char sample[256]; /* one byte of each class */
	uint32_t n;
};

void classes_make(struct classes *classes, const struct nfa *nfa);

#endif
