/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */

/*
 * Any lines as the records of a store, and any bytes as a ticket, as a page. Read as a browser's
 * tokenizer reads it, the page has elements and attributes of ours and no others, and no control
 * character.
 */
#include <stdbool.h>
#include <stdint.h>

#include "lib/report_lines.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
	if (!ok)
		abort();
}

static bool one_of(struct span name, const char *names)
{
	for (const char *p = names, *end; *p; p = *end ? end + 1 : end) {
		end = strchrnul(p, ' ');
		if (span_eq(name, (struct span){ p, (size_t)(end - p) }))
			return true;
	}
	return false;
}

static struct span cut_name(const char **p)
{
	struct span name = { *p, 0 };

	while ((**p >= 'a' && **p <= 'z') || (**p >= '0' && **p <= '9') || **p == '-' || **p == 'B')
		++*p;
	name.n = (size_t)(*p - name.p);
	return name;
}

/* `name` or `name="value"`, and what is between it and the next. */
static void take_attribute(const char **p)
{
	static const char names[] = "lang charset http-equiv content name class id href "
				    "aria-hidden aria-label role tabindex scope "
				    "datetime width height viewBox x y cx cy r d fill stroke "
				    "stroke-width stroke-linejoin "
				    "stroke-dasharray";

	must(one_of(cut_name(p), names));
	must(strncmp(*p, "=\"", 2) == 0);
	*p += 2;
	*p += strcspn(*p, "\"<>");
	must(**p == '"');
	++*p;
}

static void take_tag(const char **p)
{
	static const char names[] = "html head meta title style body header main footer section "
				    "article nav h1 h2 h3 h4 p a b small code "
				    "pre ul ol li dl dt dd div span table thead tbody tr th td "
				    "details summary time q svg symbol use circle "
				    "path rect text tspan g";
	struct span name;

	++*p;
	if (strncmp(*p, "!DOCTYPE html>", 14) == 0) {
		*p += 14;
		return;
	}
	*p += **p == '/';
	name = cut_name(p);
	must(one_of(name, names));
	while (**p == ' ') {
		++*p;
		take_attribute(p);
	}
	*p += **p == '/';
	must(**p == '>');
	++*p;
	if (span_is(name, "style") && name.p[-1] == '<')
		*p = strstr(*p, "</style>");
}

static void read_page(const struct buf *page)
{
	const char *p = page->p;

	must(strlen(p) == page->n - 1);
	while (*p) {
		must((unsigned char)*p >= 0x20 || *p == '\n');
		must(*p != '>' && *p != '"');
		if (*p == '<')
			take_tag(&p);
		else
			p++;
	}
}

/* The lines, a NUL, and the ticket. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct report_opts opts = { ONE_SESSION, .style_sha256 = "", .now_ns = 1, .store = "'<\"" };
	const struct record_filter hostile = { .ticket = "</title><script>", .host = "<\\\"&'" };
	struct buf text = { 0 };
	struct lines lines;
	const char *ticket;

	buf_add(&text, data, size);
	buf_addc(&text, 0);
	ticket = strlen(text.p) < size ? text.p + strlen(text.p) + 1 : NULL;
	lines = (struct lines){ .text = text.p, .ticket = ticket };
	if (lines_report(&lines, &opts) == 0)
		read_page(&lines.page);
	buf_reset(&lines.page);
	opts = (struct report_opts){
		.sessions = (const char *const[]){ "s-1", "s-2" },
		.sessions_n = 2,
		.filter = &hostile,
		.style_sha256 = "",
		.alerts_max = 2,
		.events_max = 3,
	};
	if (lines_report(&lines, &opts) == 0)
		read_page(&lines.page);
	buf_free(&lines.page);
	buf_free(&text);
	return 0;
}
