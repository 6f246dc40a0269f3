/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/base/json.h"
#include "lib/cmocka.h"

#define IN(text)                                                                                   \
	{                                                                                          \
		text, sizeof(text) - 1                                                             \
	}
#define FFFD "\xef\xbf\xbd"

static void test_text(void **state)
{
	static const struct {
		const char *name;
		struct span in;
		const char *want;
		bool exact;
	} rows[] = {
		{ "lone continuation",
		  IN("a\x80"
		     "b"),
		  "\"a" FFFD "b\"", false },
		{ "overlong slash", IN("\xc0\xaf"), "\"" FFFD FFFD "\"", false },
		{ "overlong of three", IN("\xe0\x80\xaf"), "\"" FFFD FFFD FFFD "\"", false },
		{ "surrogate", IN("\xed\xa0\x80"), "\"" FFFD FFFD FFFD "\"", false },
		{ "cut short", IN("\xe2\x82"), "\"" FFFD FFFD "\"", false },
		{ "beyond Unicode", IN("\xf4\x90\x80\x80"), "\"" FFFD FFFD FFFD FFFD "\"", false },
		{ "byte that never occurs", IN("\xff"), "\"" FFFD "\"", false },
		{ "controls", IN("\0\x01\033\x1f\x7f"), "\"\\u0000\\u0001\\u001b\\u001f\\u007f\"",
		  true },
		{ "short escapes", IN("\b\t\n\f\r\"\\/"), "\"\\b\\t\\n\\f\\r\\\"\\\\/\"", true },
		{ "8-bit CSI", IN("\xc2\x9b"), "\"\\u009b\"", true },
		{ "override", IN("\xe2\x80\xae"), "\"\\u202e\"", true },
		{ "tag, as a pair", IN("\xf3\xa0\x81\x81"), "\"\\udb40\\udc41\"", true },
		{ "replacement character itself", IN(FFFD), "\"" FFFD "\"", true },
		{ "plain", IN("a\xc3\xa4\xf0\x9f\x98\x80z"), "\"a\xc3\xa4\xf0\x9f\x98\x80z\"",
		  true },
		{ "empty", IN(""), "\"\"", true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct buf out = { 0 };

		if (json_text(&out, NULL, rows[i].in) != rows[i].exact)
			fail_msg("%s: exactness", rows[i].name);
		if (!span_is(buf_span(&out), rows[i].want))
			fail_msg("%s: \"%.*s\"", rows[i].name, (int)out.n, out.p);
		buf_free(&out);
	}
}

static void test_structure(void **state)
{
	struct buf out = { 0 };

	(void)state;
	buf_adds(&out, "x");
	json_begin(&out);
	json_u64(&out, "max", UINT64_MAX);
	json_u64(&out, "zero", 0);
	json_i64(&out, "min", INT64_MIN);
	json_i64(&out, "one", 1);
	json_open(&out, "list", '[');
	json_open(&out, NULL, '{');
	json_close(&out, '}');
	json_open(&out, NULL, '[');
	json_close(&out, ']');
	json_cstr(&out, NULL, NULL);
	json_cstr(&out, NULL, "{");
	json_cstr(&out, NULL, "[");
	json_bool(&out, NULL, true);
	json_close(&out, ']');
	json_bool(&out, "no", false);
	json_null(&out, "null");
	json_base64(&out, "b", span_of("hi"));
	json_close(&out, '}');
	assert_true(span_is(
		buf_span(&out),
		"x{\"max\":18446744073709551615,\"zero\":0,\"min\":-9223372036854775808,\"one\":1,"
		"\"list\":[{},[],null,\"{\",\"[\",true],\"no\":false,\"null\":null,"
		"\"b\":\"aGk=\"}"));
	buf_free(&out);
}

/*
 * Plain bytes are copied by words: one byte of any kind, at each place of texts around a word's
 * length.
 */
static void test_each_byte_in_each_place(void **state)
{
	(void)state;
	for (size_t n = 1; n <= 25; n++) {
		for (size_t at = 0; at < n; at++) {
			for (unsigned int byte = 0; byte < 256; byte++) {
				struct buf out = { 0 }, alone = { 0 };
				char c = (char)byte, text[25], want[64];
				bool exact;

				memset(text, 'a', n);
				text[at] = c;
				exact = json_text(&alone, NULL, (struct span){ &c, 1 });
				memset(want, 'a', sizeof(want));
				want[0] = '"';
				memcpy(want + 1 + at, alone.p + 1, alone.n - 2);
				want[n + alone.n - 2] = '"';
				if (json_text(&out, NULL, (struct span){ text, n }) != exact ||
				    !span_eq(buf_span(&out),
					     (struct span){ want, n + alone.n - 1 }))
					fail_msg("byte %u at %zu of %zu: %.*s", byte, at, n,
						 (int)out.n, out.p);
				buf_free(&out);
				buf_free(&alone);
			}
		}
	}
}

static void test_digits(void **state)
{
	uint64_t power = 1;

	(void)state;
	for (int i = 0; i < 20; i++, power *= 10) {
		const uint64_t values[] = { power - 1, power, power + 1,
					    12345678909876543210u / power };

		for (size_t v = 0; v < 4; v++) {
			char got[20], want[32];
			int n = snprintf(want, sizeof(want), "%llu", (unsigned long long)values[v]);

			if (json_digits(values[v], got) != (size_t)n ||
			    memcmp(got, want, (size_t)n) != 0)
				fail_msg("%s", want);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_structure),
		cmocka_unit_test(test_each_byte_in_each_place),
		cmocka_unit_test(test_digits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
