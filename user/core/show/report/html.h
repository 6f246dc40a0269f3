/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_HTML_H
#define LOCKSTEP_HTML_H

#include <stdint.h>

#include "core/base/buf.h"

/*
 * Writes a page, and is the only way that text comes into one. Markup is a literal of our own
 * sources (html_lit() takes nothing else); whatever was traced, typed or received goes through
 * html_text() or html_shown(), which write the five characters that HTML and SVG act on (WHATWG
 * HTML, 13.2.5 and 13.3: & < > " ') as character references, wherever they stand, so that the
 * result is text in content and inside a quoted attribute alike. It is never put where that is not
 * enough: not into a name, an unquoted attribute, a style, an address, a comment or a script.
 */
struct html {
	/* Takes the page piece by piece; what it returns but 0 ends the writing. */
	int (*sink)(void *ctx, const char *p, size_t n);
	void *ctx;
	int ret; /* the first failure: the sink's, or -ENOMEM */
	struct buf out;
	struct buf room;
};

/* Markup: a string literal, or what a fragment holds (template.h). */
#define html_lit(html, text) html_markup((html), (struct span){ "" text, sizeof(text) - 1 })
void html_markup(struct html *html, struct span markup);

/* Any bytes, made safe to show by text_show(); `max` bytes of them at most, 0: all. */
void html_text(struct html *html, struct span bytes, size_t max);
/* Text that went through text.h already, whose escapes are not to be doubled. */
void html_shown(struct html *html, struct span text);
void html_cstr(struct html *html, const char *text); /* as html_shown() */
void html_number(struct html *html, uint64_t number);

/* Hands on what is left. Returns html->ret. */
int html_finish(struct html *html);
void html_free(struct html *html);

#endif
