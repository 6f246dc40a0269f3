/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/base/base64.h"
#include "lib/cmocka.h"

#include <errno.h>

static void test_refused(void **state)
{
	static const struct {
		const char *name, *text;
	} rows[] = {
		{ "length", "Zg=" },
		{ "one character", "Z" },
		{ "foreign character", "Zm9*" },
		{ "blank", "Zm9v " },
		{ "newline", "Zm9v\n" },
		{ "padding inside", "Zg==Zm9v" },
		{ "padding only", "====" },
		{ "three pads", "Z===" },
		{ "pad before text", "Zg=v" },
		{ "bits behind one", "Zh==" },
		{ "bits behind two", "Zm9=" },
		{ "other alphabet", "Zm-_" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct buf out = { 0 };

		buf_adds(&out, "kept");
		if (base64_decode(&out, span_of(rows[i].text)) != -EINVAL)
			fail_msg("%s: accepted", rows[i].name);
		if (!span_is(buf_span(&out), "kept"))
			fail_msg("%s: left something behind", rows[i].name);
		buf_free(&out);
	}
}

/* RFC 4648, section 10 */
static void test_vectors(void **state)
{
	static const struct {
		const char *plain, *text;
	} rows[] = {
		{ "", "" },
		{ "f", "Zg==" },
		{ "fo", "Zm8=" },
		{ "foo", "Zm9v" },
		{ "foob", "Zm9vYg==" },
		{ "fooba", "Zm9vYmE=" },
		{ "foobar", "Zm9vYmFy" },
		{ "\xff\xef\xbe", "/+++" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct buf out = { 0 };

		base64_encode(&out, span_of(rows[i].plain));
		if (!span_is(buf_span(&out), rows[i].text))
			fail_msg("%s: encoded to \"%.*s\"", rows[i].text, (int)out.n, out.p);
		buf_reset(&out);
		if (base64_decode(&out, span_of(rows[i].text)) ||
		    !span_is(buf_span(&out), rows[i].plain))
			fail_msg("%s: decoded to other bytes", rows[i].text);
		buf_free(&out);
	}
}

static void test_round_trip(void **state)
{
	struct buf text = { 0 }, back = { 0 };
	char bytes[257];

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)(i * 167);
	for (size_t n = 0; n <= sizeof(bytes); n++) {
		buf_reset(&text);
		buf_reset(&back);
		base64_encode(&text, (struct span){ bytes, n });
		assert_int_equal(base64_decode(&back, buf_span(&text)), 0);
		assert_true(span_eq(buf_span(&back), (struct span){ bytes, n }));
	}
	buf_free(&text);
	buf_free(&back);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_vectors),
		cmocka_unit_test(test_round_trip),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
