/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/base/text.h"
#include "lib/cmocka.h"

#define IN(text)                                                                                   \
	{                                                                                          \
		text, sizeof(text) - 1                                                             \
	}

static const struct {
	const char *name;
	struct span in;
	size_t max;
	const char *shown, *quoted;
} rows[] = {
	{ "CSI", IN("\033[2J"), 0, "\\x1b[2J", "$'\\x1b[2J'" },
	{ "OSC 52, clipboard", IN("\033]52;c;ZWNobw==\a"), 0, "\\x1b]52;c;ZWNobw==\\x07",
	  "$'\\x1b]52;c;ZWNobw==\\x07'" },
	{ "newline and return", IN("a\r\nb"), 0, "a\\r\\nb", "$'a\\r\\nb'" },
	{ "8-bit CSI as a byte",
	  IN("\x9b"
	     "2J"),
	  0, "\\x9b2J", "$'\\x9b2J'" },
	{ "8-bit CSI as a character",
	  IN("\xc2\x9b"
	     "2J"),
	  0, "\\u009b2J", "$'\\u009b2J'" },
	{ "right to left override",
	  IN("a\xe2\x80\xae"
	     "gpj"),
	  0, "a\\u202egpj", "$'a\\u202egpj'" },
	{ "isolate", IN("\xe2\x81\xa6"), 0, "\\u2066", "$'\\u2066'" },
	{ "zero width space", IN("a\xe2\x80\x8b"), 0, "a\\u200b", "$'a\\u200b'" },
	{ "line separator", IN("\xe2\x80\xa8"), 0, "\\u2028", "$'\\u2028'" },
	{ "soft hyphen", IN("\xc2\xad"), 0, "\\u00ad", "$'\\u00ad'" },
	{ "tag character", IN("\xf3\xa0\x81\x81"), 0, "\\U000e0041", "$'\\U000e0041'" },
	{ "DEL and NUL", IN("\x7f\0"), 0, "\\x7f\\x00", "$'\\x7f\\x00'" },
	{ "overlong slash", IN("\xc0\xaf"), 0, "\\xc0\\xaf", "$'\\xc0\\xaf'" },
	{ "surrogate", IN("\xed\xa0\x80"), 0, "\\xed\\xa0\\x80", "$'\\xed\\xa0\\x80'" },
	{ "beyond Unicode", IN("\xf4\x90\x80\x80"), 0, "\\xf4\\x90\\x80\\x80",
	  "$'\\xf4\\x90\\x80\\x80'" },
	{ "cut in a character", IN("a\xe2\x82"), 0, "a\\xe2\\x82", "$'a\\xe2\\x82'" },
	{ "an escape that was typed", IN("\\x1b"), 0, "\\\\x1b", "'\\x1b'" },
	{ "typed escape beside a real one", IN("\\x1b\033"), 0, "\\\\x1b\\x1b", "$'\\\\x1b\\x1b'" },
	{ "quote", IN("it's"), 0, "it's", "$'it\\'s'" },
	{ "empty", IN(""), 0, "", "''" },
	{ "blank", IN("a b"), 0, "a b", "'a b'" },
	{ "shell characters", IN("$(id);`x`"), 0, "$(id);`x`", "'$(id);`x`'" },
	{ "bare", IN("--opt=/a_b/c.d:e@f%+,1"), 0, "--opt=/a_b/c.d:e@f%+,1",
	  "--opt=/a_b/c.d:e@f%+,1" },
	{ "text beyond ASCII", IN("\xc3\xa4\xe2\x82\xac"), 0, "\xc3\xa4\xe2\x82\xac",
	  "'\xc3\xa4\xe2\x82\xac'" },
	{ "cut", IN("abcdef"), 4, "abcd...(+2 bytes)", "abcd...(+2 bytes)" },
	{ "not cut", IN("abcd"), 4, "abcd", "abcd" },
	{ "cut before a character, not in it", IN("abc\xe2\x82\xac"), 4, "abc...(+3 bytes)",
	  "abc...(+3 bytes)" },
	{ "cut of loose continuation bytes", IN("\x80\x80\x80\x80\x80\x80"), 5,
	  "\\x80\\x80...(+4 bytes)", "$'\\x80\\x80'...(+4 bytes)" },
};

static void test_rows(void **state)
{
	struct buf out = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		buf_reset(&out);
		text_show(&out, rows[i].in, rows[i].max);
		if (!span_is(buf_span(&out), rows[i].shown))
			fail_msg("%s: shown as \"%.*s\"", rows[i].name, (int)out.n, out.p);
		buf_reset(&out);
		text_quote(&out, rows[i].in, rows[i].max);
		if (!span_is(buf_span(&out), rows[i].quoted))
			fail_msg("%s: quoted as \"%.*s\"", rows[i].name, (int)out.n, out.p);
	}
	buf_free(&out);
}

/* No two bytes and no byte at all gets through that a terminal acts on. */
static void test_all_pairs(void **state)
{
	struct buf out = { 0 };

	(void)state;
	for (unsigned int i = 0; i < 65536; i++) {
		char pair[] = { (char)(i >> 8), (char)i };

		buf_reset(&out);
		text_show(&out, (struct span){ pair, 2 }, 0);
		text_quote(&out, (struct span){ pair, 2 }, 0);
		for (size_t k = 0; k < out.n; k++) {
			unsigned char c = (unsigned char)out.p[k];

			if (c < 0x20 || c == 0x7f ||
			    (c >= 0x80 && c < 0xa0 && (k == 0 || out.p[k - 1] == '\xc2')))
				fail_msg("bytes %04x: a control got through", i);
		}
	}
	buf_free(&out);
}

static void test_seen(void **state)
{
	static const struct {
		const char *name, *text;
		size_t want;
	} seen[] = {
		{ "a control", "ab\ncd", 2 },
		{ "half a character", "a\xc3", 1 },
		{ "a hidden character", "ab\xe2\x80\xaex", 2 },
		{ "nothing", "", 0 },
		{ "letters", "gr\xc3\xbcn \\x", 8 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(seen) / sizeof(*seen); i++) {
		if (text_seen(span_of(seen[i].text)) != seen[i].want)
			fail_msg("row \"%s\": got %zu", seen[i].name,
				 text_seen(span_of(seen[i].text)));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_all_pairs),
		cmocka_unit_test(test_seen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
