/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/show/report/html.h"

#include <errno.h>

#include "core/base/text.h"
#include "core/base/unitext.h"

enum { HTML_PIECE = 64 << 10 };

static void hand_on(struct html *html)
{
	if (!html->ret && html->out.failed)
		html->ret = -ENOMEM;
	if (!html->ret && html->out.n > 0)
		html->ret = html->sink(html->ctx, html->out.p, html->out.n);
	buf_reset(&html->out);
}

static void add(struct html *html, const char *p, size_t n)
{
	buf_add(&html->out, p, n);
	if (html->out.n >= HTML_PIECE || html->out.failed)
		hand_on(html);
}

void html_markup(struct html *html, struct span markup)
{
	add(html, markup.p, markup.n);
}

static const char *reference(char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	default:
		return NULL;
	}
}

static size_t add_one(struct html *html, struct span text)
{
	uint32_t c;
	size_t n = unitext_decode(text, &c);
	const char *named = reference(*text.p);

	if (n == 0 || text_is_hidden(c))
		add(html, "\xef\xbf\xbd", 3);
	else if (named)
		add(html, named, strlen(named));
	else
		add(html, text.p, n);
	return n ? n : 1;
}

void html_shown(struct html *html, struct span text)
{
	while (text.n > 0) {
		size_t n = add_one(html, text);

		text.p += n;
		text.n -= n;
	}
}

int html_finish(struct html *html)
{
	hand_on(html);
	return html->ret;
}

void html_free(struct html *html)
{
	buf_free(&html->out);
	buf_free(&html->room);
}
