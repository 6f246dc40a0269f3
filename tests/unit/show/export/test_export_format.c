/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/show/export/export_format.h"
#include "lib/cmocka.h"

#include <errno.h>

#include "lib/samples.h"

static void test_names(void **state)
{
	static const char *const bad[] = { "", "json", "JSONL", "xml", "csv " };
	enum export_format format;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		if (export_format_parse(span_of(bad[i]), &format) != -EINVAL)
			fail_msg("\"%s\" is a format", bad[i]);
	}
	assert_int_equal(export_format_parse(span_of("jsonl"), &format), 0);
	assert_int_equal(format, EXPORT_JSONL);
	assert_int_equal(export_format_parse(span_of("csv"), &format), 0);
	assert_int_equal(format, EXPORT_CSV);
	assert_int_equal(export_format_parse(span_of("ocsf"), &format), 0);
	assert_int_equal(format, EXPORT_OCSF);
}

/* Each sample in each format: every line of it tells whose it is, and whether it is the last. */
static void test_samples(void **state)
{
	struct buf record = { 0 }, out = { 0 };

	(void)state;
	for (int i = 0; i < 3 * SAMPLES; i++) {
		enum export_format format = (enum export_format)(i / SAMPLES);
		const char *name = samples[i % SAMPLES].name;
		struct span rest;
		uint64_t seq;
		bool more = false;
		int n;

		buf_reset(&record);
		buf_reset(&out);
		assert_int_equal(record_line(&samples[i % SAMPLES].record, &record), 0);
		n = export_lines(format, buf_span(&record), &out);
		for (rest = buf_span(&out); rest.n; n--) {
			const char *end = memchr(rest.p, '\n', rest.n);
			struct span line = { rest.p, (size_t)(end - rest.p) };

			if (export_seq(format, line, &seq, &more) || seq != 41 || more != (n > 1))
				fail_msg("%s, format %d: seq %d, more %d", name, format, (int)seq,
					 more);
			if (format != EXPORT_CSV &&
			    !export_begins(format, (struct span){ line.p, line.n / 2 }))
				fail_msg("%s, format %d: begins otherwise", name, format);
			rest.p = end + 1;
			rest.n -= line.n + 1;
		}
		if (n != 0)
			fail_msg("%s, format %d: %d lines more", name, format, n);
	}
	buf_free(&record);
	buf_free(&out);
}

static void test_no_lines(void **state)
{
	static const struct {
		enum export_format format;
		const char *line;
	} rows[] = {
		{ EXPORT_JSONL, "" },
		{ EXPORT_JSONL, "{}" },
		{ EXPORT_JSONL, "notes" },
		{ EXPORT_JSONL,
		  "{\"v\":1,\"seq\":4,\"time\":\"t\",\"kind\":\"exec\",\"verdict\":null" },
		{ EXPORT_CSV, "" },
		{ EXPORT_CSV, "\"4\"" },
		{ EXPORT_CSV, "\"x\",\"y\"\r" },
		{ EXPORT_CSV, "4,\r" },
		{ EXPORT_CSV, "seq\r" },
		{ EXPORT_CSV, "\"0\",\r" },
		{ EXPORT_OCSF, "" },
		{ EXPORT_OCSF, "{}" },
		{ EXPORT_OCSF, "{\"class_uid\":1007}" },
		{ EXPORT_OCSF, "{\"class_uid\":1007,\"metadata\":{}}" },
	};
	struct buf header = { 0 };
	uint64_t seq = 1;
	bool more;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		if (export_seq(rows[i].format, span_of(rows[i].line), &seq, &more) != -EBADMSG)
			fail_msg("format %d: \"%s\" is a line", rows[i].format, rows[i].line);
	}
	export_header(EXPORT_CSV, &header);
	assert_int_equal(
		export_seq(EXPORT_CSV, (struct span){ header.p, header.n - 1 }, &seq, &more), 0);
	assert_int_equal(seq, 0);
	assert_true(export_begins(EXPORT_CSV, span_of("se")));
	assert_false(export_begins(EXPORT_CSV, span_of("sf")));
	assert_false(export_begins(EXPORT_OCSF, span_of("{\"v\":1")));
	assert_true(export_begins(EXPORT_JSONL, span_of("")));
	assert_int_equal(export_lines(EXPORT_JSONL, span_of("{\"a\":\n1}"), &header), -EBADMSG);
	buf_free(&header);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_no_lines),
		cmocka_unit_test(test_samples),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
