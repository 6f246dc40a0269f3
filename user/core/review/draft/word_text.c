/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/review/draft/word_text.h"

#include "core/base/chars.h"
#include "core/base/text.h"
#include "core/base/unitext.h"

/* One byte that is no printable ASCII: the negation of " " to "~". */
static const char hidden_byte[] = "[!\\ -~]";

static bool is_bare_byte(char c)
{
	return is_alnum(c) || is_one_of(c, "_./=:,+@%-");
}

/* Three dots at a word's end are a mark. */
static bool is_bare(struct span text)
{
	return span_all(text, is_bare_byte) && !memmem(text.p, text.n, "...", 3);
}

/* '...' keeps everything but a ', which double quotes keep; what has both is taken apart. */
static void add_literal(struct buf *out, struct span text)
{
	const char *special = "$`\"\\";
	bool single = text.n && memchr(text.p, '\'', text.n), other = false;

	for (size_t i = 0; i < text.n; i++)
		other |= text.p[i] && strchr(special, text.p[i]);
	if (is_bare(text)) {
		buf_add(out, text.p, text.n);
	} else if (single && !other) {
		buf_addc(out, '"');
		buf_add(out, text.p, text.n);
		buf_addc(out, '"');
	} else {
		buf_addc(out, '\'');
		for (size_t i = 0; i < text.n; i++) {
			if (text.p[i] == '\'')
				buf_adds(out, "'\\'");
			buf_addc(out, text.p[i]);
		}
		buf_addc(out, '\'');
	}
}

/* The bytes of the character here that can't be shown. */
static size_t hidden_run(struct span text)
{
	uint32_t c;
	size_t n = unitext_decode(text, &c);

	return n ? n : 1;
}

static unsigned int add_text(struct buf *out, struct span text)
{
	unsigned int kinds = 0;

	while (text.n > 0) {
		size_t n = text_seen(text);

		if (n > 0) {
			add_literal(out, (struct span){ text.p, n });
		} else {
			n = hidden_run(text);
			for (size_t i = 0; i < n; i++)
				buf_adds(out, hidden_byte);
			kinds = PLACEHOLDER_HIDDEN;
		}
		text.p += n;
		text.n -= n;
	}
	return kinds;
}

static unsigned int add_parts(struct buf *out, const struct placeholder_context *context,
			      struct span argument)
{
	struct buf pattern = { 0 };
	unsigned int kinds = 0;
	size_t at = 0;

	while (at < argument.n && !out->failed) {
		struct placeholder part = { .at = argument.n };

		buf_reset(&pattern);
		if (context)
			part = placeholder_next(context, argument, at, &pattern);
		kinds |= add_text(out, (struct span){ argument.p + at, part.at - at }) | part.kind;
		buf_add(out, pattern.p, pattern.n);
		out->failed |= pattern.failed;
		at = part.at + part.n;
	}
	buf_free(&pattern);
	return kinds;
}

unsigned int word_text(struct buf *out, const struct placeholder_context *context,
		       struct span argument)
{
	if (argument.n == 0)
		buf_adds(out, "''");
	return add_parts(out, context, argument);
}

unsigned int word_text_path(struct buf *out, const struct placeholder_context *context,
			    struct span path)
{
	struct buf rest = { 0 };
	unsigned int kinds = add_parts(&rest, context, path);

	/* A quoted beginning would hide the slash from the loader, which looks for one. */
	if (rest.n > 1 && (rest.p[0] == '\'' || rest.p[0] == '"') && rest.p[1] == '/') {
		rest.p[1] = rest.p[0];
		rest.p[0] = '/';
	}
	buf_add(out, rest.p, rest.n);
	out->failed |= rest.failed;
	buf_free(&rest);
	return kinds;
}
