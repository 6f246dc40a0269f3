/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/show/report/html.h"
#include "lib/cmocka.h"

#include <errno.h>
#include <stdlib.h>

#include "core/base/text.h"

#define BYTES(text) text, sizeof(text) - 1

static int take(void *ctx, const char *p, size_t n)
{
	buf_add(ctx, p, n);
	return 0;
}

/* Seen failing with each case of reference() left out. */
static const struct {
	const char *name, *text;
	size_t n;
	const char *want, *shown; /* behind text_show(), and without it; NULL: the same */
} rows[] = {
	{ "a tag", BYTES("<script>"), "&lt;script&gt;", NULL },
	{ "an attribute's end", BYTES("\" x='1'"), "&quot; x=&#39;1&#39;", NULL },
	{ "a reference", BYTES("&lt;&#60;&amp"), "&amp;lt;&amp;#60;&amp;amp", NULL },
	{ "the end of a CDATA section", BYTES("]]>"), "]]&gt;", NULL },
	{ "NUL", BYTES("a\0b"), "a\\x00b",
	  "a\xef\xbf\xbd"
	  "b" },
	{ "a control", BYTES("\033[2J"), "\\x1b[2J", "\xef\xbf\xbd[2J" },
	{ "a line break", BYTES("a\nb"), "a\\nb",
	  "a\xef\xbf\xbd"
	  "b" },
	{ "text turned round", BYTES("\xe2\x80\xae"), "\\u202e", "\xef\xbf\xbd" },
	{ "a byte that is no UTF-8", BYTES("\xff<"), "\\xff&lt;", "\xef\xbf\xbd&lt;" },
	{ "half a character before a tag", BYTES("\xe2\x80<x"), "\\xe2\\x80&lt;x",
	  "\xef\xbf\xbd\xef\xbf\xbd&lt;x" },
	{ "an overlong less-than", BYTES("\xc0\xbc"), "\\xc0\\xbc", "\xef\xbf\xbd\xef\xbf\xbd" },
	{ "a backslash", BYTES("a\\x1b"), "a\\\\x1b", "a\\x1b" },
	{ "other letters", BYTES("\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80"),
	  "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", NULL },
	{ "nothing", BYTES(""), "", NULL },
};

static void test_text(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		for (int shown = 0; shown < 2; shown++) {
			const char *want = shown && rows[i].shown ? rows[i].shown : rows[i].want;
			struct span text = { rows[i].text, rows[i].n };
			struct buf out = { 0 };
			struct html html = { .sink = take, .ctx = &out };

			if (!shown)
				text_show(&html.room, text, 0);
			html_shown(&html, shown ? text : buf_span(&html.room));
			assert_int_equal(html_finish(&html), 0);
			if (!span_is(buf_span(&out), want))
				fail_msg("%s: \"%.*s\", not \"%s\"", rows[i].name, (int)out.n,
					 out.p ? out.p : "", want);
			html_free(&html);
			buf_free(&out);
		}
	}
}

static void test_parts(void **state)
{
	struct buf out = { 0 };
	struct html html = { .sink = take, .ctx = &out };

	(void)state;
	html_markup(&html, span_of("<p>"));
	html_shown(&html, span_of("<"));
	html_markup(&html, span_of("</p>"));
	assert_int_equal(out.n, 0); /* handed on in pieces, not byte by byte */
	assert_int_equal(html_finish(&html), 0);
	assert_true(span_is(buf_span(&out), "<p>&lt;</p>"));
	html_free(&html);
	buf_free(&out);
}

struct counted {
	unsigned int calls;
	size_t most;
};

static int refuse(void *ctx, const char *p, size_t n)
{
	struct counted *counted = ctx;

	(void)p;
	counted->calls++;
	counted->most = n > counted->most ? n : counted->most;
	return counted->calls == 3 ? -ENOSPC : 0;
}

/* What it holds is bounded, and nobody is asked again who refused. */
static void test_refused(void **state)
{
	struct counted counted = { 0 };
	struct html html = { .sink = refuse, .ctx = &counted };

	(void)state;
	for (unsigned int i = 0; i < 1000000; i++)
		html_shown(&html, span_of("<"));
	assert_int_equal(html_finish(&html), -ENOSPC);
	assert_int_equal(counted.calls, 3);
	assert_true(counted.most < 70000);
	html_free(&html);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_parts),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
