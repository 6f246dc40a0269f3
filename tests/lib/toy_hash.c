/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "lib/toy_hash.h"

/* Unit tests link no library: four FNV-1a, which is as good where nobody looks for collisions. */
static uint64_t toy_run(uint64_t at, const void *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		at = (at ^ ((const unsigned char *)bytes)[i]) * 0x100000001b3ull;
	return at;
}

static int toy_sha256(void *ctx, const void *a, size_t a_n, const void *b, size_t b_n,
		      struct digest *out)
{
	(void)ctx;
	for (uint64_t i = 0; i < 4; i++) {
		uint64_t at = toy_run(toy_run(0xcbf29ce484222325ull + i, a, a_n), b, b_n);

		at ^= at >> 29;
		memcpy(out->b + 8 * i, &at, 8);
	}
	return 0;
}

const struct hash_ops toy = { toy_sha256, NULL };
