/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_COUNTED_SET_H
#define LOCKSTEP_COUNTED_SET_H

#include "core/base/names.h"
#include "core/base/span.h"

/* A set of texts, in the order in which they came, each with how often it did. Owns them. */
struct counted_text {
	char *text;
	uint32_t n;
	unsigned int marks; /* the caller's bits, of all that were counted here */
};

struct counted_set {
	struct names names;
	struct counted_text *v;
	size_t n, cap;
};

/* Counts the text (without NUL); *index (may be NULL) is its place in v. 0 or -ENOMEM. */
int counted_set_add(struct counted_set *set, struct span text, unsigned int marks, uint32_t *index);
void counted_set_free(struct counted_set *set);

#endif
