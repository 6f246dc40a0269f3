/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/match/classes.h"

/* Splits every class that lies partly in `set`. */
static void split(struct classes *classes, const struct byte_set *set)
{
	uint16_t moved[256];
	bool outside[256] = { false };

	for (int i = 0; i < 256; i++) {
		moved[i] = UINT16_MAX;
		if (!byte_set_has(set, (unsigned char)i))
			outside[classes->of[i]] = true;
	}
	for (int i = 0; i < 256; i++) {
		uint16_t class = classes->of[i];

		if (!byte_set_has(set, (unsigned char)i) || !outside[class])
			continue;
		if (moved[class] == UINT16_MAX)
			moved[class] = (uint16_t)classes->n++;
		classes->of[i] = moved[class];
	}
}

static void split_byte(struct classes *classes, unsigned char byte)
{
	struct byte_set set = { { 0 } };

	byte_set_add(&set, byte);
	split(classes, &set);
}

void classes_make(struct classes *classes, const struct nfa *nfa)
{
	struct byte_set not_nul = { { ~(uint64_t)1, ~(uint64_t)0, ~(uint64_t)0, ~(uint64_t)0 } };
	bool used[256] = { ['/'] = true, ['.'] = true, ['-'] = true };

	*classes = (struct classes){ .n = 1 };
	split(classes, &not_nul);
	for (size_t i = 0; i < nfa->insns_n; i++) {
		if (nfa->insns[i].op == NFA_TEXT || nfa->insns[i].op == NFA_BYTE)
			used[nfa->insns[i].byte] = true;
	}
	for (int i = 1; i < 256; i++) {
		if (used[i])
			split_byte(classes, (unsigned char)i);
	}
	for (size_t i = 0; i < nfa->sets_n; i++)
		split(classes, &nfa->sets[i]);
	for (int i = 255; i >= 0; i--)
		classes->sample[classes->of[i]] = (unsigned char)i;
}
