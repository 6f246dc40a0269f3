/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/show/export/csv.h"
#include "lib/cmocka.h"

#include <errno.h>

#include "lib/samples.h"

#define START "\"41\",\"2026-11-23T20:00:02.000000001Z\",\"web-1\",\"s-1\","
#define WHO   "\"li.wei@contractor.example\",\"jdoe\","

static void test_golden(void **state)
{
	static const struct {
		const char *name, *want;
	} rows[] = {
		{ "exec",
		  START "\"7\",\"CHG-1\",\"exec\",\"unapproved\",\"environment, argument_differs\","
			"\"high\",,," WHO
			"\"100\",\"99\",\"3\",\"1000\",\"0\",\"jdoe\",\"/usr/bin/install\","
			"\"install -m '' $'a b\\n\\x1b[2J' /etc/\",\"/root\",,\"install\","
			"\"argument 4: approved /etc/nginx/tls/, ran /etc/\",,,,,,,,,,,,\r\n" },
		{ "exec, hostile", START
		  "\"7\",\"CHG-1\",\"exec\",\"indeterminate\",\"argv_truncated\",\"high\",,," WHO
		  "\"100\",\"99\",\"3\",\"1000\",\"0\",\"jdoe\",\"/tmp/\\xff/nginx\","
		  "\"nginx $'\\xff\\xc0\\xaf' x ...(cut when it was recorded)\","
		  "\"/\\u202e\",,,,,,,,,,,,,,,\r\n" },
		{ "connect",
		  START "\"7\",\"CHG-1\",\"connect\",\"unapproved\","
			"\"connect_not_allowed\",\"high\",,," WHO
			"\"100\",\"99\",\"3\",\"1000\",\"0\",\"jdoe\",\"/usr/bin/curl\",,,"
			"\"tcp 127.0.0.1:443\",,,,,,,,,,,,,,\r\n" },
		{ "loss", START ",\"CHG-1\",\"loss\",,\"events_lost\",\"high\",,," WHO
				",,,,,,,,,,,,,,,,,,\"3\",,,,,\r\n" },
		{ "session_end",
		  START ",\"CHG-1\",\"session_end\",,"
			"\"argument_differs, step_missing, connect_not_allowed\",\"high\",,," WHO
			",,,,,,,,,,,,,,,,,\"violation\",,,,,,\r\n" },
	};
	struct buf line = { 0 }, out = { 0 };
	size_t found = 0;

	(void)state;
	for (size_t i = 0; i < SAMPLES * (sizeof(rows) / sizeof(*rows)); i++) {
		size_t row = i / SAMPLES;

		if (strcmp(samples[i % SAMPLES].name, rows[row].name) != 0)
			continue;
		found++;
		buf_reset(&line);
		buf_reset(&out);
		record_line(&samples[i % SAMPLES].record, &line);
		assert_int_equal(csv_line(buf_span(&line), &out), 0);
		if (!span_is(buf_span(&out), rows[row].want))
			fail_msg("%s: %.*s", rows[row].name, (int)out.n, out.p);
	}
	assert_int_equal(found, sizeof(rows) / sizeof(*rows));
	buf_free(&line);
	buf_free(&out);
}

/* Cells of one row by RFC 4180; fails on a quote out of place or a control byte. */
static unsigned int cells(const char *name, struct span row)
{
	unsigned int n = 1;
	bool quoted = false;

	if (row.n < 2 || memcmp(row.p + row.n - 2, "\r\n", 2) != 0)
		fail_msg("%s: no CRLF", name);
	for (size_t i = 0; i < row.n - 2; i++) {
		if ((unsigned char)row.p[i] < 0x20)
			fail_msg("%s: byte %02x", name, (unsigned char)row.p[i]);
		if (row.p[i] == '"')
			quoted = !quoted;
		else if (row.p[i] == ',' && !quoted)
			n++;
	}
	if (quoted)
		fail_msg("%s: a quote is not closed", name);
	return n;
}

static void test_width(void **state)
{
	struct buf line = { 0 }, out = { 0 };
	unsigned int columns;

	(void)state;
	csv_header(&out);
	columns = cells("header", buf_span(&out));
	assert_int_equal(columns, 38);
	for (int i = 0; i < SAMPLES; i++) {
		buf_reset(&line);
		buf_reset(&out);
		record_line(&samples[i].record, &line);
		assert_int_equal(csv_line(buf_span(&line), &out), 0);
		if (cells(samples[i].name, buf_span(&out)) != columns)
			fail_msg("%s: another number of columns", samples[i].name);
	}
	buf_free(&line);
	buf_free(&out);
}

/* The cell that an exec's cwd becomes: hostile by choice of the one who runs it. */
static void test_cells(void **state)
{
	static const struct {
		const char *name;
		struct span text;
		const char *want;
	} rows[] = {
		{ "formula", SAMPLE_SPAN("=HYPERLINK(\"http://x\")"),
		  ",\"'=HYPERLINK(\"\"http://x\"\")\"," },
		{ "plus", SAMPLE_SPAN("+1"), ",\"'+1\"," },
		{ "minus", SAMPLE_SPAN("-1+cmd|' /C calc'!A0"), ",\"'-1+cmd|' /C calc'!A0\"," },
		{ "at", SAMPLE_SPAN("@SUM(1)"), ",\"'@SUM(1)\"," },
		{ "tab", SAMPLE_SPAN("\t=1"), ",\"\\t=1\"," },
		{ "return", SAMPLE_SPAN("\r=1"), ",\"\\r=1\"," },
		{ "quotes, commas and lines", SAMPLE_SPAN("a\",\"b\r\nc;=1"),
		  ",\"a\"\",\"\"b\\r\\nc;=1\"," },
		{ "terminal", SAMPLE_SPAN("\033[2J\xc2\x9b"), ",\"\\x1b[2J\\u009b\"," },
		{ "harmless", SAMPLE_SPAN("/a=b"), ",\"/a=b\"," },
	};
	struct buf line = { 0 }, out = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct record record = samples[1].record;
		struct event event = *record.event;

		event.exec.cwd = rows[i].text;
		record.event = &event;
		buf_reset(&line);
		buf_reset(&out);
		record_line(&record, &line);
		assert_int_equal(csv_line(buf_span(&line), &out), 0);
		assert_int_equal(cells(rows[i].name, buf_span(&out)), 38);
		if (!memmem(out.p, out.n, rows[i].want, strlen(rows[i].want)))
			fail_msg("%s: %.*s", rows[i].name, (int)out.n, out.p);
	}
	buf_free(&line);
	buf_free(&out);
}

static void test_refused(void **state)
{
	static const char *const rows[] = { "", "{}", "[]", "{\"kind\":1}", "{\"kind\":\"exec\"" };
	struct buf out = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		if (csv_line(span_of(rows[i]), &out) != -EBADMSG || out.n != 0)
			fail_msg("\"%s\": accepted", rows[i]);
	}
	buf_free(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_golden),
		cmocka_unit_test(test_width),
		cmocka_unit_test(test_cells),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
