/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/base/unitext.h"

/* Bytes of the character that `lead` begins, and the bits of it that are in the lead; 0: none. */
static size_t lead_length(unsigned char lead, uint32_t *bits)
{
	if (lead < 0x80) {
		*bits = lead;
		return 1;
	}
	if (lead >= 0xc2 && lead <= 0xdf) {
		*bits = lead & 0x1f;
		return 2;
	}
	if (lead >= 0xe0 && lead <= 0xef) {
		*bits = lead & 0x0f;
		return 3;
	}
	if (lead >= 0xf0 && lead <= 0xf4) {
		*bits = lead & 0x07;
		return 4;
	}
	return 0;
}

size_t unitext_decode(struct span text, uint32_t *c)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t n;

	*c = 0;
	if (text.n == 0)
		return 0;
	n = lead_length((unsigned char)text.p[0], c);
	if (n == 0 || n > text.n)
		return 0;
	for (size_t i = 1; i < n; i++) {
		unsigned char byte = (unsigned char)text.p[i];

		if ((byte & 0xc0) != 0x80)
			return 0;
		*c = *c << 6 | (byte & 0x3f);
	}
	if (*c < least[n] || *c > 0x10ffff || (*c >= 0xd800 && *c <= 0xdfff))
		return 0;
	return n;
}

bool unitext_is_control(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == 0x061c || c == 0x200e || c == 0x200f ||
	       (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0xfeff;
}
