/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/show/report/fragments.h"

/*
 * The assembler reads the file, from the top of the tree, where make runs; make knows that this
 * object depends on the files.
 */
#define X(name, file)                                                                              \
	__asm__(".pushsection .rodata, \"a\"\n"                                                    \
		"fragment_" #name ":\n"                                                            \
		".incbin \"user/core/show/report/" file "\"\n"                                     \
		"fragment_" #name "_end:\n"                                                        \
		".popsection\n");                                                                  \
	extern const char fragment_##name[] __attribute__((visibility("hidden")));                 \
	extern const char fragment_##name##_end[] __attribute__((visibility("hidden")));
FRAGMENT_FILES(X)
#undef X

void fragments_get(struct fragment out[FRAGMENTS])
{
#define X(name, file)                                                                              \
	{ file, { fragment_##name, (size_t)(fragment_##name##_end - fragment_##name) } },
	const struct fragment all[FRAGMENTS] = { FRAGMENT_FILES(X) };
#undef X

	memcpy(out, all, sizeof(all));
}
