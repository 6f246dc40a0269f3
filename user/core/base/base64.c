/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/base/base64.h"

#include <errno.h>
#include <stdint.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void base64_encode(struct buf *out, struct span bytes)
{
	const unsigned char *in = (const unsigned char *)bytes.p;
	size_t i = 0;

	if (bytes.n > SIZE_MAX / 2 || buf_reserve(out, (bytes.n + 2) / 3 * 4)) {
		out->failed = true;
		return;
	}
	for (; bytes.n - i >= 3; i += 3) {
		uint32_t group = (uint32_t)in[i] << 16 | (uint32_t)in[i + 1] << 8 | in[i + 2];

		out->p[out->n++] = alphabet[group >> 18];
		out->p[out->n++] = alphabet[group >> 12 & 63];
		out->p[out->n++] = alphabet[group >> 6 & 63];
		out->p[out->n++] = alphabet[group & 63];
	}
	if (i < bytes.n) {
		bool two = bytes.n - i == 2;
		uint32_t group = (uint32_t)in[i] << 16 | (two ? (uint32_t)in[i + 1] << 8 : 0);

		out->p[out->n++] = alphabet[group >> 18];
		out->p[out->n++] = alphabet[group >> 12 & 63];
		out->p[out->n++] = two ? alphabet[group >> 6 & 63] : '=';
		out->p[out->n++] = '=';
	}
}

/* The six bits of a character, or 64. */
static uint32_t sextet(char c)
{
	if (c >= 'A' && c <= 'Z')
		return (uint32_t)(c - 'A');
	if (c >= 'a' && c <= 'z')
		return (uint32_t)(c - 'a') + 26;
	if (c >= '0' && c <= '9')
		return (uint32_t)(c - '0') + 52;
	return c == '+' ? 62 : c == '/' ? 63 : 64;
}

/* One group of four; `bytes` of it are wanted (3, or fewer in the last). */
static bool decode_group(struct buf *out, const char *text, size_t bytes)
{
	uint32_t group = 0;

	for (size_t i = 0; i < 4; i++) {
		uint32_t bits = i > bytes ? 0 : sextet(text[i]);

		if (bits > 63)
			return false;
		group = group << 6 | bits;
	}
	if (group & (bytes == 1 ? 0xffffu : bytes == 2 ? 0xffu : 0))
		return false;
	for (size_t i = 0; i < bytes; i++)
		out->p[out->n++] = (char)(group >> (16 - 8 * i));
	return true;
}

int base64_decode(struct buf *out, struct span text)
{
	size_t before = out->n, padding = 0;

	if (text.n % 4 != 0)
		return -EINVAL;
	if (buf_reserve(out, text.n / 4 * 3))
		return -ENOMEM;
	while (padding < 2 && padding < text.n && text.p[text.n - 1 - padding] == '=')
		padding++;
	for (size_t i = 0; i < text.n; i += 4) {
		if (!decode_group(out, text.p + i, text.n - i > 4 ? 3 : 3 - padding)) {
			out->n = before;
			return -EINVAL;
		}
	}
	return 0;
}
