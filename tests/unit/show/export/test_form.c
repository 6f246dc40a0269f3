/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/show/export/form.h"
#include "lib/cmocka.h"

#include <errno.h>

#include "lib/samples.h"

static void test_names(void **state)
{
	static const char *const bad[] = { "", "json", "JSONL", "xml", "csv " };
	enum form form;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		if (form_parse(span_of(bad[i]), &form) != -EINVAL)
			fail_msg("\"%s\" is a form", bad[i]);
	}
	assert_int_equal(form_parse(span_of("jsonl"), &form), 0);
	assert_int_equal(form, FORM_JSONL);
	assert_int_equal(form_parse(span_of("csv"), &form), 0);
	assert_int_equal(form, FORM_CSV);
	assert_int_equal(form_parse(span_of("ocsf"), &form), 0);
	assert_int_equal(form, FORM_OCSF);
}

/* Each sample in each form: every line of it tells whose it is, and whether it is the last. */
static void test_samples(void **state)
{
	struct buf record = { 0 }, out = { 0 };

	(void)state;
	for (int i = 0; i < 3 * SAMPLES; i++) {
		enum form form = (enum form)(i / SAMPLES);
		const char *name = samples[i % SAMPLES].name;
		struct span rest;
		uint64_t seq;
		bool more = false;
		int n;

		buf_reset(&record);
		buf_reset(&out);
		assert_int_equal(record_line(&samples[i % SAMPLES].record, &record), 0);
		n = form_lines(form, buf_span(&record), &out);
		for (rest = buf_span(&out); rest.n; n--) {
			const char *end = memchr(rest.p, '\n', rest.n);
			struct span line = { rest.p, (size_t)(end - rest.p) };

			if (form_seq(form, line, &seq, &more) || seq != 41 || more != (n > 1))
				fail_msg("%s, form %d: seq %d, more %d", name, form, (int)seq, more);
			if (form != FORM_CSV && !form_begins(form, (struct span){ line.p, line.n / 2 }))
				fail_msg("%s, form %d: begins otherwise", name, form);
			rest.p = end + 1;
			rest.n -= line.n + 1;
		}
		if (n != 0)
			fail_msg("%s, form %d: %d lines more", name, form, n);
	}
	buf_free(&record);
	buf_free(&out);
}

static void test_no_lines(void **state)
{
	static const struct {
		enum form form;
		const char *line;
	} rows[] = {
		{ FORM_JSONL, "" }, { FORM_JSONL, "{}" }, { FORM_JSONL, "notes" },
		{ FORM_JSONL, "{\"v\":1,\"seq\":4,\"time\":\"t\",\"kind\":\"exec\",\"verdict\":null" },
		{ FORM_CSV, "" }, { FORM_CSV, "\"4\"" }, { FORM_CSV, "\"x\",\"y\"\r" }, { FORM_CSV, "4,\r" },
		{ FORM_CSV, "seq\r" }, { FORM_CSV, "\"0\",\r" },
		{ FORM_OCSF, "" }, { FORM_OCSF, "{}" }, { FORM_OCSF, "{\"class_uid\":1007}" },
		{ FORM_OCSF, "{\"class_uid\":1007,\"metadata\":{}}" },
	};
	struct buf header = { 0 };
	uint64_t seq = 1;
	bool more;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		if (form_seq(rows[i].form, span_of(rows[i].line), &seq, &more) != -EBADMSG)
			fail_msg("form %d: \"%s\" is a line", rows[i].form, rows[i].line);
	}
	form_header(FORM_CSV, &header);
	assert_int_equal(form_seq(FORM_CSV, (struct span){ header.p, header.n - 1 }, &seq, &more), 0);
	assert_int_equal(seq, 0);
	assert_true(form_begins(FORM_CSV, span_of("se")));
	assert_false(form_begins(FORM_CSV, span_of("sf")));
	assert_false(form_begins(FORM_OCSF, span_of("{\"v\":1")));
	assert_true(form_begins(FORM_JSONL, span_of("")));
	assert_int_equal(form_lines(FORM_JSONL, span_of("{\"a\":\n1}"), &header), -EBADMSG);
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
