/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_HTML_H
#define LOCKSTEP_HTML_H

#include <stdint.h>

#include "core/base/buf.h"

/*
 * Writes a page, and is the only way that text comes into one. Markup is what a fragment holds
 * (template.h); everything else goes through html_shown(), which writes the five characters that
 * HTML and SVG act on (WHATWG HTML, 13.2.5 and 13.3: & < > " ') as character references, so that
 * the result is text in content and inside a quoted attribute alike. It is never put where that is
 * not enough: template_read() refuses names, unquoted attributes, styles and addresses.
 */
struct html {
	/* Takes the page piece by piece; what it returns but 0 ends the writing. */
	int (*sink)(void *ctx, const char *p, size_t n);
	void *ctx;
	int ret; /* the first failure: the sink's, or -ENOMEM */
	struct buf out;
	struct buf room; /* one value at a time, before it is escaped */
};

/* For template.c alone: what a fragment holds, as it is. */
void html_markup(struct html *html, struct span markup);
/* Text that went through text.h. What text.h would not have let through stands as U+FFFD. */
void html_shown(struct html *html, struct span text);

/* Hands on what is left. Returns html->ret. */
int html_finish(struct html *html);
void html_free(struct html *html);

#endif
