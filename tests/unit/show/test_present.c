/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/show/present.h"
#include "lib/cmocka.h"

#include <errno.h>
#include <stdio.h>

#include "lib/samples.h"
#include "unit/show/present_golden.h"

_Static_assert(SAMPLES == sizeof(present_golden) / sizeof(*present_golden), "golden text for each");

static void assert_no_control(const char *name, const struct buf *out, bool colour)
{
	for (size_t i = 0; i < out->n; i++) {
		unsigned char c = (unsigned char)out->p[i];

		if ((c < 0x20 && c != '\n' && !(colour && c == 0x1b)) || c == 0x7f)
			fail_msg("%s: byte %02x at %zu", name, c, i);
		if (c == 0xc2 && i + 1 < out->n && (unsigned char)out->p[i + 1] < 0xa0)
			fail_msg("%s: a C1 control at %zu", name, i);
	}
}

static void test_refused(void **state)
{
	static const char *const rows[] = {
		"",
		"{}",
		"[]",
		"null",
		"x",
		"{\"kind\":\"exec\"}",
		"{\"time\":\"t\"}",
		"{\"kind\":1,\"time\":\"t\"}",
		"{\"kind\":\"exec\",\"time\":null}",
		"{\"kind\":\"exec\",\"time\":\"t\"",
		"{\"kind\":\"exec\",\"time\":\"t\",\"kind\":\"exit\"}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct present_opts opts = { .form = PRESENT_ALERT };
		struct buf out = { 0 };

		buf_adds(&out, "kept");
		if (present_line(span_of(rows[i]), &opts, &out) != -EBADMSG)
			fail_msg("%s: accepted", rows[i]);
		assert_true(span_is(buf_span(&out), "kept"));
		buf_free(&out);
	}
}

/* Records that no version of ours writes: shown as far as they go, and never raw. */
static void test_odd_lines(void **state)
{
	static const char *const kinds[] = { "exec",          "connect",     "loss",
					     "session_start", "session_end", "close",
					     "exit",          "host",        "heartbeat",
					     "unheard_of",    "\\u001b[2J" };
	static const char *const bodies[] = {
		"",
		",\"verdict\":\"unapproved\"",
		",\"verdict\":\"unapproved\",\"argv\":7,\"reasons\":{},\"nearest\":[]",
		",\"verdict\":\"\\u001b\",\"argv\":[1,null,\"\\u009b\",{}],\"reasons\":[1,"
		"\"\\u001b]52\"]",
		",\"verdict\":\"unapproved\",\"argv_b64\":[\"G1sySg==\",\"*\"],"
		"\"secrets\":[\"x\"],\"exe_b64\":\"Gw==\"",
		",\"ticket\":\"T\\n\\u202e\",\"steps\":[{},1,{\"id\":\"\\u001b\",\"done\":1}],"
		"\"in_no_step\":[{},[]]",
		",\"ticket\":\"T\",\"outcome\":1,\"lost\":[],\"missed\":7,"
		"\"not_seen\":[\"\\u0007\",3]",
		",\"verdict\":\"indeterminate\",\"reasons\":[\"environment\"],"
		"\"env\":[\"A=\\u001b\",4],\"env_b64\":[]",
		",\"reason\":\"\\u001b\",\"count\":{\"\x1f\xc2\x9b\":\"\xe2\x80\xae\"},"
		"\"first\":-1",
		",\"nearest\":{\"argument\":\"\\u001b\",\"step\":\"\\u001b\","
		"\"actual_b64\":\"Gw==\"},\"reasons\":[\"x\"]",
		",\"count\":{\"\xc2\x9b\":\"\xe2\x80\xae\\n\"}",
	};
	struct buf line = { 0 }, out = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds) * (sizeof(bodies) / sizeof(*bodies));
	     i++) {
		size_t k = i % (sizeof(kinds) / sizeof(*kinds)),
		       b = i / (sizeof(kinds) / sizeof(*kinds));

		for (int form = PRESENT_LINE; form <= PRESENT_ALERT; form++) {
			struct present_opts opts = { .form = (enum present_form)form };
			int ret;

			buf_reset(&line);
			buf_reset(&out);
			buf_addf(&line, "{\"kind\":\"%s\",\"time\":\"\\u001b\"%s}", kinds[k],
				 bodies[b]);
			ret = present_line(buf_span(&line), &opts, &out);
			/* only the row with a raw control is no JSON */
			if (ret != (strchr(bodies[b], 0x1f) ? -EBADMSG : 0))
				fail_msg("%s: %d", line.p, ret);
			assert_no_control(bodies[b], &out, false);
			if (ret == 0 && out.p[out.n - 1] != '\n')
				fail_msg("%s: no newline at the end", bodies[b]);
		}
	}
	buf_free(&line);
	buf_free(&out);
}

static void compare(int i, enum present_form form, const char *want)
{
	struct present_opts opts = { .form = form };
	struct buf line = { 0 }, out = { 0 };

	assert_int_equal(record_line(&samples[i].record, &line), 0);
	assert_int_equal(present_line(buf_span(&line), &opts, &out), 0);
	if (!span_is(buf_span(&out), want))
		fail_msg("%s: \"%.*s\"", samples[i].name, (int)out.n, out.p);
	assert_no_control(samples[i].name, &out, false);
	buf_free(&line);
	buf_free(&out);
}

static void test_golden(void **state)
{
	(void)state;
	for (int i = 0; i < SAMPLES; i++) {
		const char *alert = present_golden[i].alert;

		compare(i, PRESENT_LINE, present_golden[i].line);
		compare(i, PRESENT_ALERT, alert ? alert : present_golden[i].line);
	}
}

/* Colour adds SGR sequences of ours and changes nothing else. */
static void test_colour(void **state)
{
	struct buf line = { 0 }, out = { 0 };

	(void)state;
	for (int i = 0; i < SAMPLES; i++) {
		struct present_opts opts = { .form = PRESENT_LINE, .colour = true };
		const char *want = present_golden[i].line;
		size_t sequences = 0;

		buf_reset(&line);
		buf_reset(&out);
		record_line(&samples[i].record, &line);
		assert_int_equal(present_line(buf_span(&line), &opts, &out), 0);
		assert_no_control(samples[i].name, &out, true);
		for (size_t k = 0; k < out.n; k++) {
			if (out.p[k] == 033) {
				while (out.p[k] != 'm')
					k++;
				sequences++;
			} else if (out.p[k] != *want++) {
				fail_msg("%s: other text at %zu", samples[i].name, k);
			}
		}
		if (sequences % 2 != 0)
			fail_msg("%s: a colour is not ended", samples[i].name);
		if (strstr(present_golden[i].line, "UNAPPROVED") && sequences == 0)
			fail_msg("%s: no colour", samples[i].name);
	}
	buf_free(&line);
	buf_free(&out);
}

/* A megabyte of arguments is a few lines on a terminal. */
static void test_bounded(void **state)
{
	struct present_opts opts = { .form = PRESENT_ALERT };
	struct record record = samples[1].record;
	struct event event = *record.event;
	struct buf argv = { 0 }, line = { 0 }, out = { 0 };

	(void)state;
	buf_adds(&argv, "x");
	buf_addc(&argv, 0);
	for (int i = 0; i < 100000; i++)
		buf_addc(&argv, '\033');
	buf_addc(&argv, 0);
	for (int i = 0; i < 2046; i++)
		buf_add(&argv, "a", 2);
	event.exec.argv = buf_span(&argv);
	record.event = &event;
	record_line(&record, &line);
	assert_int_equal(present_line(buf_span(&line), &opts, &out), 0);
	assert_true(out.n < 4000);
	assert_non_null(memmem(out.p, out.n, "...(+99800 bytes)", 17));
	assert_non_null(memmem(out.p, out.n, " arguments)", 11));
	buf_free(&argv);
	buf_free(&line);
	buf_free(&out);
}

static void test_program_is_named(void **state)
{
	static const struct {
		const char *name;
		struct span argv, exe;
		bool named;
	} rows[] = {
		{ "argv[0] says another name", SAMPLE_SPAN("nginx\0-t\0"), SAMPLE_SPAN("/tmp/evil"),
		  true },
		{ "argv[0] ends like it", SAMPLE_SPAN("xevil\0"), SAMPLE_SPAN("/tmp/evil"), true },
		{ "no argument", SAMPLE_SPAN(""), SAMPLE_SPAN("/tmp/evil"), true },
		{ "no program", SAMPLE_SPAN("nginx\0"), SAMPLE_SPAN(""), true },
		{ "its name", SAMPLE_SPAN("evil\0"), SAMPLE_SPAN("/tmp/evil"), false },
		{ "its path", SAMPLE_SPAN("/tmp/evil\0"), SAMPLE_SPAN("/tmp/evil"), false },
	};
	struct buf line = { 0 }, out = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct present_opts opts = { .form = PRESENT_LINE };
		struct record record = samples[1].record;
		struct event event = *record.event;

		event.exec.argv = rows[i].argv;
		event.exec.exe = rows[i].exe;
		record.event = &event;
		buf_reset(&line);
		buf_reset(&out);
		record_line(&record, &line);
		assert_int_equal(present_line(buf_span(&line), &opts, &out), 0);
		if (rows[i].named != (memmem(out.p, out.n, "(program ", 9) != NULL))
			fail_msg("%s: %.*s", rows[i].name, (int)out.n, out.p);
	}
	buf_free(&line);
	buf_free(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refused), cmocka_unit_test(test_odd_lines),
		cmocka_unit_test(test_golden),  cmocka_unit_test(test_colour),
		cmocka_unit_test(test_bounded), cmocka_unit_test(test_program_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
