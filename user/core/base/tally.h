/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_TALLY_H
#define LOCKSTEP_TALLY_H

#include "core/base/names.h"
#include "core/base/span.h"

/* A set of texts, in the order in which they came, each with how often it did. Owns them. */
struct tally_item {
	char *text;
	uint32_t n;
	unsigned int marks; /* the caller's bits, of all that were counted here */
};

struct tally {
	struct names names;
	struct tally_item *v;
	size_t n, cap;
};

/* Counts the text (without NUL); *index (may be NULL) is its place in v. 0 or -ENOMEM. */
int tally_add(struct tally *tally, struct span text, unsigned int marks, uint32_t *index);
void tally_free(struct tally *tally);

#endif
