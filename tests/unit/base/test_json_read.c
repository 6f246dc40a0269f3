/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/base/json_read.h"
#include "lib/cmocka.h"

#include <errno.h>
#include <stdio.h>

#include "core/base/json.h"

#define IN(text)                                                                                   \
	{                                                                                          \
		text, sizeof(text) - 1                                                             \
	}

static void test_refused(void **state)
{
	static const struct {
		const char *name;
		struct span in;
		int want;
	} rows[] = {
		{ "nothing", IN(""), -EINVAL },
		{ "blanks only", IN("  "), -EINVAL },
		{ "array", IN("[]"), -EINVAL },
		{ "string", IN("\"a\""), -EINVAL },
		{ "not closed", IN("{"), -EINVAL },
		{ "value missing", IN("{\"a\":}"), -EINVAL },
		{ "colon missing", IN("{\"a\" 1}"), -EINVAL },
		{ "trailing comma", IN("{\"a\":1,}"), -EINVAL },
		{ "leading comma", IN("{,\"a\":1}"), -EINVAL },
		{ "trailing comma in a list", IN("{\"a\":[1,]}"), -EINVAL },
		{ "wrong bracket", IN("{\"a\":[1}"), -EINVAL },
		{ "junk behind", IN("{}x"), -EINVAL },
		{ "two objects", IN("{}{}"), -EINVAL },
		{ "NUL behind", IN("{}\0"), -EINVAL },
		{ "key without quotes", IN("{a:1}"), -EINVAL },
		{ "key with an escape", IN("{\"\\u0061\":1}"), -EINVAL },
		{ "repeated key", IN("{\"a\":1,\"b\":2,\"a\":3}"), -EINVAL },
		{ "repeated key, nested", IN("{\"x\":[{\"a\":1,\"a\":1}]}"), -EINVAL },
		{ "leading zero", IN("{\"a\":01}"), -EINVAL },
		{ "plus", IN("{\"a\":+1}"), -EINVAL },
		{ "lone minus", IN("{\"a\":-}"), -EINVAL },
		{ "point without digits", IN("{\"a\":1.}"), -EINVAL },
		{ "exponent without digits", IN("{\"a\":1e}"), -EINVAL },
		{ "NaN", IN("{\"a\":NaN}"), -EINVAL },
		{ "misspelt word", IN("{\"a\":truth}"), -EINVAL },
		{ "word cut short", IN("{\"a\":nul"), -EINVAL },
		{ "control in a string", IN("{\"a\":\"\n\"}"), -EINVAL },
		{ "NUL in a string", IN("{\"a\":\"\0\"}"), -EINVAL },
		{ "unknown escape", IN("{\"a\":\"\\x41\"}"), -EINVAL },
		{ "escape of NUL byte", IN("{\"a\":\"\\\0\"}"), -EINVAL },
		{ "short unicode escape", IN("{\"a\":\"\\u12\"}"), -EINVAL },
		{ "lone high surrogate", IN("{\"a\":\"\\ud800\"}"), -EINVAL },
		{ "lone low surrogate", IN("{\"a\":\"\\udc00\"}"), -EINVAL },
		{ "two high surrogates", IN("{\"a\":\"\\ud800\\ud800\"}"), -EINVAL },
		{ "invalid UTF-8", IN("{\"a\":\"\xc0\xaf\"}"), -EINVAL },
		{ "raw surrogate", IN("{\"a\":\"\xed\xa0\x80\"}"), -EINVAL },
		{ "string not closed", IN("{\"a\":\"b}"), -EINVAL },
		{ "closing quote escaped", IN("{\"a\":\"\\\"}"), -EINVAL },
		{ "comment", IN("{/**/}"), -EINVAL },
		{ "byte order mark", IN("\xef\xbb\xbf{}"), -EINVAL },
		{ "too deep, lists", IN("{\"a\":[[[[[[[[1]]]]]]]]}"), -E2BIG },
		{ "too deep, objects",
		  IN("{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{}}}}}}}}}"),
		  -E2BIG },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct json_object object;
		int ret = json_read(rows[i].in, &object);

		if (ret != rows[i].want || object.n != 0)
			fail_msg("%s: returned %d, %zu members", rows[i].name, ret, object.n);
	}
}

static void test_bounds(void **state)
{
	struct json_object object;
	struct buf text = { 0 };

	(void)state;
	for (int more = 0; more <= 1; more++) {
		buf_reset(&text);
		json_begin(&text);
		for (int i = 0; i < JSON_MEMBERS_MAX + more; i++) {
			char key[] = { (char)('A' + i / 26), (char)('a' + i % 26), 0 };

			json_u64(&text, key, (uint64_t)i);
		}
		json_close(&text, '}');
		assert_int_equal(json_read(buf_span(&text), &object), more ? -E2BIG : 0);
		assert_int_equal(object.n, more ? 0 : JSON_MEMBERS_MAX);
	}
	/* a bomb of brackets ends at the bound, however long it is */
	buf_reset(&text);
	buf_adds(&text, "{\"a\":");
	for (int i = 0; i < 1000000; i++)
		buf_addc(&text, '[');
	assert_int_equal(json_read(buf_span(&text), &object), -E2BIG);
	assert_int_equal(json_read((struct span){ text.p, (size_t)JSON_BYTES_MAX + 1 }, &object),
			 -E2BIG);
	buf_free(&text);
}

/* Each key against each other, where they look different and where they look alike. */
static void test_unique(void **state)
{
	/* of the second, length and first, middle and last byte are the same */
	static const char *const around[][2] = {
		{ "", "" }, { "a", "xyz" }, { "", "bcdefghijklmno" }, { "\xc3\xa4", "" }
	};
	struct json_object object;
	struct buf text = { 0 };

	(void)state;
	for (size_t form = 0; form < sizeof(around) / sizeof(*around); form++) {
		for (unsigned int last = 0; last < JSON_MEMBERS_MAX; last++) {
			char key[32];

			buf_reset(&text);
			json_begin(&text);
			for (unsigned int i = 0; i < JSON_MEMBERS_MAX; i++) {
				snprintf(key, sizeof(key), "%s%02u%s", around[form][0],
					 i + 1 < JSON_MEMBERS_MAX ? i : last, around[form][1]);
				json_u64(&text, key, i);
			}
			json_close(&text, '}');
			if (json_read(buf_span(&text), &object) !=
			    (last + 1 < JSON_MEMBERS_MAX ? -EINVAL : 0))
				fail_msg("%sNN%s: the last key as number %u", around[form][0],
					 around[form][1], last);
		}
	}
	assert_int_equal(json_read(span_of("{\"\":1,\"a\":2}"), &object), 0);
	assert_int_equal(json_read(span_of("{\"\":1,\"a\":2,\"\":3}"), &object), -EINVAL);
	buf_free(&text);
}

static void test_numbers(void **state)
{
	static const struct {
		const char *text;
		int u64, i64;
		uint64_t u;
		int64_t i;
	} rows[] = {
		{ "", -EINVAL, -EINVAL, 0, 0 },
		{ "\"1\"", -EINVAL, -EINVAL, 0, 0 },
		{ "1.0", -EINVAL, -EINVAL, 0, 0 },
		{ "1e3", -EINVAL, -EINVAL, 0, 0 },
		{ "null", -EINVAL, -EINVAL, 0, 0 },
		{ "18446744073709551616", -EINVAL, -EINVAL, 0, 0 },
		{ "99999999999999999999", -EINVAL, -EINVAL, 0, 0 },
		{ "-9223372036854775809", -EINVAL, -EINVAL, 0, 0 },
		{ "-1", -EINVAL, 0, 0, -1 },
		{ "-9223372036854775808", -EINVAL, 0, 0, INT64_MIN },
		{ "18446744073709551615", 0, -EINVAL, UINT64_MAX, 0 },
		{ "9223372036854775807", 0, 0, INT64_MAX, INT64_MAX },
		{ "0", 0, 0, 0, 0 },
	};

	(void)state;
	for (size_t k = 0; k < sizeof(rows) / sizeof(*rows); k++) {
		uint64_t u = 1;
		int64_t i = 1;

		if (json_read_u64(span_of(rows[k].text), &u) != rows[k].u64 || u != rows[k].u)
			fail_msg("%s: as u64", rows[k].text);
		if (json_read_i64(span_of(rows[k].text), &i) != rows[k].i64 || i != rows[k].i)
			fail_msg("%s: as i64", rows[k].text);
	}
}

static void test_values(void **state)
{
	static const char text[] =
		" { \"s\" : \"a\\u0000\\u20ac\\ud83d\\ude00\\n\\/\xc3\xa4\" , "
		"\"n\":null,\"b\":true,\"l\":[ 1 , \"x,]\" , [2,3], {\"k\":[]} ],\"e\":[ ],"
		"\"o\":{\"k\":\"v\"},\"f\":-1.5e+3}\n";
	static const char *const items[] = { "1", "\"x,]\"", "[2,3]", "{\"k\":[]}" };
	struct json_object object, inner;
	struct buf out = { 0 };
	struct span rest, value;
	bool flag;

	(void)state;
	assert_int_equal(json_read(span_of(text), &object), 0);
	assert_int_equal(object.n, 7);
	assert_int_equal(json_read_text(json_get(&object, "s"), &out), 0);
	assert_true(span_eq(buf_span(&out),
			    (struct span)IN("a\0\xe2\x82\xac\xf0\x9f\x98\x80\n/\xc3\xa4")));
	assert_false(json_is(json_get(&object, "s"), "a"));
	assert_true(json_is_null(json_get(&object, "n")));
	assert_int_equal(json_get(&object, "missing").n, 0);
	assert_int_equal(json_read_bool(json_get(&object, "b"), &flag), 0);
	assert_true(flag);
	assert_int_equal(json_read_bool(json_get(&object, "n"), &flag), -EINVAL);
	assert_int_equal(json_read_text(json_get(&object, "n"), &out), -EINVAL);
	assert_int_equal(json_read_text(json_get(&object, "missing"), &out), -EINVAL);
	rest = json_items(json_get(&object, "l"));
	for (int i = 0; i < 4; i++) {
		assert_true(json_next(&rest, &value));
		assert_true(span_is(value, items[i]));
	}
	assert_false(json_next(&rest, &value));
	assert_false(json_next(&rest, &value));
	rest = json_items(json_get(&object, "e"));
	assert_false(json_next(&rest, &value));
	rest = json_items(json_get(&object, "s"));
	assert_false(json_next(&rest, &value));
	assert_int_equal(json_read(json_get(&object, "o"), &inner), 0);
	assert_true(json_is(json_get(&inner, "k"), "v"));
	assert_false(json_is(json_get(&inner, "k"), "vv"));
	assert_false(json_is(json_get(&inner, "k"), ""));
	assert_int_equal(json_read((struct span){ NULL, 0 }, &inner), -EINVAL);
	buf_free(&out);
}

/*
 * Whatever the writer writes, the reader gives back; every pair of bytes where they are valid
 * UTF-8.
 */
static void test_round_trip(void **state)
{
	struct buf text = { 0 }, back = { 0 };
	struct json_object object;

	(void)state;
	for (unsigned int i = 0; i < 65536; i++) {
		char pair[] = { (char)(i >> 8), (char)i };
		bool exact;

		buf_reset(&text);
		buf_reset(&back);
		json_begin(&text);
		exact = json_text(&text, "a", (struct span){ pair, 2 });
		json_close(&text, '}');
		if (json_read(buf_span(&text), &object) ||
		    json_read_text(json_get(&object, "a"), &back))
			fail_msg("bytes %04x: not read back", i);
		if (exact != span_eq(buf_span(&back), (struct span){ pair, 2 }))
			fail_msg("bytes %04x: exactness", i);
	}
	buf_free(&text);
	buf_free(&back);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refused), cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_unique),  cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_values),  cmocka_unit_test(test_round_trip),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
