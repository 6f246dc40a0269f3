/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <errno.h>

#include "core/base/timestamp.h"
#include "lib/cmocka.h"

/* Seconds as GNU date -u -d TEXT +%s gave them. */
static const struct {
	const char *name, *text;
	int ret;
	int64_t ns;
} parse_rows[] = {
	{ "empty", "", -EINVAL, 0 },
	{ "date only", "2026-11-23", -EINVAL, 0 },
	{ "no zone", "2026-11-23T20:00:00", -EINVAL, 0 },
	{ "space for T", "2026-11-23 20:00:00Z", -EINVAL, 0 },
	{ "lower-case t", "2026-11-23t20:00:00Z", -EINVAL, 0 },
	{ "lower-case z", "2026-11-23T20:00:00z", -EINVAL, 0 },
	{ "no seconds", "2026-11-23T20:00Z", -EINVAL, 0 },
	{ "month 0", "2026-00-23T20:00:00Z", -EINVAL, 0 },
	{ "month 13", "2026-13-23T20:00:00Z", -EINVAL, 0 },
	{ "day 0", "2026-11-00T20:00:00Z", -EINVAL, 0 },
	{ "day 31 of November", "2026-11-31T20:00:00Z", -EINVAL, 0 },
	{ "29 February of no leap year", "2026-02-29T00:00:00Z", -EINVAL, 0 },
	{ "29 February 2100", "2100-02-29T00:00:00Z", -EINVAL, 0 },
	{ "hour 24", "2026-11-23T24:00:00Z", -EINVAL, 0 },
	{ "minute 60", "2026-11-23T20:60:00Z", -EINVAL, 0 },
	{ "leap second", "2016-12-31T23:59:60Z", -EINVAL, 0 },
	{ "before the epoch", "1969-12-31T23:59:59Z", -EINVAL, 0 },
	{ "beyond int64", "2262-01-01T00:00:00Z", -EINVAL, 0 },
	{ "point without digits", "2026-11-23T20:00:00.Z", -EINVAL, 0 },
	{ "ten digits of fraction", "2026-11-23T20:00:00.1234567890Z", -EINVAL, 0 },
	{ "offset without colon", "2026-11-23T20:00:00+0100", -EINVAL, 0 },
	{ "offset of 24 hours", "2026-11-23T20:00:00+24:00", -EINVAL, 0 },
	{ "junk behind", "2026-11-23T20:00:00Z ", -EINVAL, 0 },
	{ "blank in front", " 2026-11-23T20:00:00Z", -EINVAL, 0 },
	{ "sign in a number", "2026-11-+3T20:00:00Z", -EINVAL, 0 },
	{ "five-digit year", "12026-11-23T20:00:00Z", -EINVAL, 0 },
	{ "epoch", "1970-01-01T00:00:00Z", 0, 0 },
	{ "utc", "2026-11-23T20:00:00Z", 0, 1795464000000000000 },
	{ "east", "2026-11-23T21:00:00+01:00", 0, 1795464000000000000 },
	{ "west, half hours", "2026-11-23T16:30:00-03:30", 0, 1795464000000000000 },
	{ "east of the epoch", "1970-01-01T00:00:00+01:00", 0, -3600000000000 },
	{ "fraction", "2026-11-23T20:00:00.5Z", 0, 1795464000500000000 },
	{ "nine digits", "2026-11-23T20:00:00.123456789Z", 0, 1795464000123456789 },
	{ "leap day", "2024-02-29T12:00:00Z", 0, 1709208000000000000 },
	{ "leap day 2000", "2000-02-29T00:00:00Z", 0, 951782400000000000 },
	{ "after 2100", "2100-03-01T00:00:00Z", 0, 4107542400000000000 },
	{ "the last second", "2261-12-31T23:59:59Z", 0, 9214646399000000000 },
};

static void test_parse(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(parse_rows) / sizeof(parse_rows[0]); i++) {
		int64_t ns = 1;
		int ret = timestamp_parse(span_of(parse_rows[i].text), &ns);

		if (ret != parse_rows[i].ret || ns != parse_rows[i].ns)
			fail_msg("%s: got %d, %lld", parse_rows[i].name, ret, (long long)ns);
	}
}

static const struct {
	const char *name;
	int64_t ns;
	const char *want;
} format_rows[] = {
	{ "before the epoch", -1, "1969-12-31T23:59:59.999999999Z" },
	{ "the least", INT64_MIN, "1677-09-21T00:12:43.145224192Z" },
	{ "the most", INT64_MAX, "2262-04-11T23:47:16.854775807Z" },
	{ "epoch", 0, "1970-01-01T00:00:00.000000000Z" },
	{ "all digits", 1795464000123456789, "2026-11-23T20:00:00.123456789Z" },
	{ "leap day", 951782400000000000, "2000-02-29T00:00:00.000000000Z" },
	{ "last day of a leap year", 1735603200000000000 - 1, "2024-12-30T23:59:59.999999999Z" },
	{ "new year", 1735689600000000000, "2025-01-01T00:00:00.000000000Z" },
};

static void test_format(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(format_rows) / sizeof(format_rows[0]); i++) {
		char got[TIMESTAMP_SIZE];

		timestamp_format(format_rows[i].ns, got);
		if (strcmp(got, format_rows[i].want) != 0)
			fail_msg("%s: got %s", format_rows[i].name, got);
	}
}

/* Every day of the range, and back. */
static void test_round(void **state)
{
	const int64_t day = 86400LL * 1000000000;

	(void)state;
	for (int64_t ns = 45296000000789; ns < 9214646399000000000 - day; ns += day) {
		char text[TIMESTAMP_SIZE];
		int64_t back;

		timestamp_format(ns, text);
		if (timestamp_parse(span_of(text), &back) || back != ns)
			fail_msg("%s came back as %lld", text, (long long)back);
	}
}

/* A time in the form that is written is read as in another, whatever byte of it is changed. */
static void test_usual_form(void **state)
{
	static const char *const times[] = { "2026-11-23T20:00:00.123456789Z",
					     "2024-02-29T23:59:59.999999999Z",
					     "2100-02-28T00:00:00.000000000Z",
					     "1970-12-31T09:10:11.000000001Z" };

	(void)state;
	for (size_t i = 0; i < sizeof(times) / sizeof(*times); i++) {
		for (size_t at = 0; at < TIMESTAMP_SIZE - 2; at++) {
			for (int byte = 0; byte < 256; byte++) {
				char usual[TIMESTAMP_SIZE], other[TIMESTAMP_SIZE + 6];
				int64_t ns, want;
				int ret;

				memcpy(usual, times[i], sizeof(usual));
				usual[at] = (char)byte;
				memcpy(other, usual, TIMESTAMP_SIZE - 2);
				memcpy(other + TIMESTAMP_SIZE - 2, "+00:00", 7);
				ret = timestamp_parse((struct span){ other, TIMESTAMP_SIZE + 4 },
						      &want);
				if (timestamp_parse((struct span){ usual, TIMESTAMP_SIZE - 1 },
						    &ns) != ret ||
				    ns != want)
					fail_msg("%s, byte %zu: %d", times[i], at, byte);
			}
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_usual_form),
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_format),
		cmocka_unit_test(test_round),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
