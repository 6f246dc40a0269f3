/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/base/text.h"

#include <stdio.h>

#include "core/base/array.h"
#include "core/base/chars.h"
#include "core/base/unitext.h"

/* Ranges, ascending; unitext_is_control() has the others. */
static const struct {
	uint32_t first, last;
} ignorable[] = {
	{ 0x00ad, 0x00ad },   { 0x034f, 0x034f },   { 0x115f, 0x1160 }, { 0x17b4, 0x17b5 },
	{ 0x180b, 0x180f },   { 0x200b, 0x200f },   { 0x2060, 0x206f }, { 0x3164, 0x3164 },
	{ 0xfe00, 0xfe0f },   { 0xffa0, 0xffa0 },   { 0xfff0, 0xfffb }, { 0x1bca0, 0x1bca3 },
	{ 0x1d173, 0x1d17a }, { 0xe0000, 0xe0fff },
};

bool text_is_hidden(uint32_t c)
{
	if (c >= 0x20 && c < 0x7f)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(ignorable) && c >= ignorable[i].first; i++) {
		if (c <= ignorable[i].last)
			return true;
	}
	return unitext_is_control(c);
}

size_t text_seen(struct span text)
{
	size_t n = 0, one;
	uint32_t c;

	while (n < text.n) {
		one = unitext_decode((struct span){ text.p + n, text.n - n }, &c);
		if (one == 0 || text_is_hidden(c))
			break;
		n += one;
	}
	return n;
}

static void add_escape(struct buf *out, uint32_t c)
{
	char text[16];
	int n;

	if (c == '\n' || c == '\t' || c == '\r') {
		buf_addc(out, '\\');
		buf_addc(out, c == '\n' ? 'n' : c == '\t' ? 't' : 'r');
		return;
	}
	if (c < 0x80)
		n = snprintf(text, sizeof(text), "\\x%02x", (unsigned int)c);
	else if (c < 0x10000)
		n = snprintf(text, sizeof(text), "\\u%04x", (unsigned int)c);
	else
		n = snprintf(text, sizeof(text), "\\U%08x", (unsigned int)c);
	buf_add(out, text, (size_t)n);
}

/* Shows the first character of *rest and takes it off. */
static void show_one(struct buf *out, struct span *rest, bool in_quotes)
{
	uint32_t c;
	size_t n = unitext_decode(*rest, &c);

	if (n == 0) {
		n = 1;
		/* a byte, not a character: never above 0xff, so \x and two digits */
		buf_addf(out, "\\x%02x", (unsigned char)rest->p[0]);
	} else if (text_is_hidden(c)) {
		add_escape(out, c);
	} else {
		if (c == '\\' || (in_quotes && c == '\''))
			buf_addc(out, '\\');
		buf_add(out, rest->p, n);
	}
	rest->p += n;
	rest->n -= n;
}

/*
 * Takes what is too much off the end of *text, at a character's border, and says how much it was.
 */
static size_t cut(struct span *text, size_t max)
{
	size_t whole = text->n;

	if (max == 0 || whole <= max)
		return 0;
	text->n = max;
	for (int i = 0; i < 3 && text->n > 0 && ((unsigned char)text->p[text->n] & 0xc0) == 0x80;
	     i++)
		text->n--;
	return whole - text->n;
}

static void add_cut(struct buf *out, size_t left)
{
	if (left > 0)
		buf_addf(out, "...(+%zu bytes)", left);
}

void text_show(struct buf *out, struct span text, size_t max)
{
	size_t left = cut(&text, max);

	while (text.n > 0)
		show_one(out, &text, false);
	add_cut(out, left);
}

enum quoting { QUOTE_NONE, QUOTE_PLAIN, QUOTE_ESCAPES };

static bool is_bare(char c)
{
	return is_alnum(c) || is_one_of(c, "-_./:=@%+,^");
}

static enum quoting quoting_of(struct span text)
{
	enum quoting quoting = text.n == 0 ? QUOTE_PLAIN : QUOTE_NONE;

	while (text.n > 0) {
		uint32_t c;
		size_t n = unitext_decode(text, &c);

		if (n == 0 || text_is_hidden(c) || c == '\'')
			return QUOTE_ESCAPES;
		if (c >= 0x80 || !is_bare((char)c))
			quoting = QUOTE_PLAIN;
		text.p += n;
		text.n -= n;
	}
	return quoting;
}

void text_quote(struct buf *out, struct span argument, size_t max)
{
	size_t left = cut(&argument, max);
	enum quoting quoting = quoting_of(argument);

	if (quoting == QUOTE_ESCAPES)
		buf_adds(out, "$'");
	else if (quoting == QUOTE_PLAIN)
		buf_addc(out, '\'');
	if (quoting == QUOTE_ESCAPES) {
		while (argument.n > 0)
			show_one(out, &argument, true);
	} else {
		buf_add(out, argument.p, argument.n);
	}
	if (quoting != QUOTE_NONE)
		buf_addc(out, '\'');
	add_cut(out, left);
}
