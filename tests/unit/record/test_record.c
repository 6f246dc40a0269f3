/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/record/record.h"
#include "lib/cmocka.h"

#include <stdio.h>

#include "core/base/base64.h"
#include "core/base/json_read.h"
#include "lib/samples.h"
#include "unit/record/record_golden.h"

_Static_assert(SAMPLES == sizeof(record_golden) / sizeof(*record_golden), "a golden line each");

static void test_golden(void **state)
{
	struct buf out = { 0 };

	(void)state;
	for (int i = 0; i < SAMPLES; i++) {
		struct json_object object;

		buf_reset(&out);
		assert_int_equal(record_line(&samples[i].record, &out), 0);
		if (!span_is(buf_span(&out), record_golden[i]))
			fail_msg("%s: \"%.*s\"", samples[i].name, (int)out.n, out.p);
		if (json_read(buf_span(&out), &object))
			fail_msg("%s: not readable", samples[i].name);
	}
	buf_free(&out);
}

/* What is left when the line's argv, or its twin where there is one, is put together again. */
static void read_argv(const char *name, struct span line, struct buf *argv)
{
	struct json_object object;
	struct span items, value;
	bool twin;

	if (json_read(line, &object))
		fail_msg("%s: not readable", name);
	twin = json_get(&object, "argv_b64").n > 0;
	items = json_items(json_get(&object, twin ? "argv_b64" : "argv"));
	while (json_next(&items, &value)) {
		if (twin)
			assert_int_equal(
				base64_decode(argv, (struct span){ value.p + 1, value.n - 2 }), 0);
		else
			assert_int_equal(json_read_text(value, argv), 0);
		buf_addc(argv, 0);
	}
}

static void test_argv_round_trip(void **state)
{
	static const struct {
		const char *name;
		struct span argv;
	} rows[] = {
		{ "overlong", SAMPLE_SPAN("a\0\xc0\xaf\0") },
		{ "surrogate", SAMPLE_SPAN("\xed\xa0\x80\0x\0") },
		{ "truncated character at the end", SAMPLE_SPAN("a\0\xe2\x82\0") },
		{ "every argument broken", SAMPLE_SPAN("\xff\0\xfe\0\x80\0") },
		{ "U+FFFD itself", SAMPLE_SPAN("\xef\xbf\xbd\0") },
		{ "terminal sequences",
		  SAMPLE_SPAN("\033]52;c;eA==\a\0\033[2J\0\xc2\x9b\0\xe2\x80\xae\0") },
		{ "empty ones", SAMPLE_SPAN("\0\0x\0\0") },
		{ "none", SAMPLE_SPAN("") },
		{ "quotes and newlines", SAMPLE_SPAN("\"\\\0\n\r\t\b\f\0") },
	};
	struct buf line = { 0 }, argv = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct record record = samples[1].record;
		struct event event = *record.event;

		event.exec.argv = rows[i].argv;
		record.event = &event;
		buf_reset(&line);
		buf_reset(&argv);
		assert_int_equal(record_line(&record, &line), 0);
		read_argv(rows[i].name, buf_span(&line), &argv);
		if (!span_eq(buf_span(&argv), rows[i].argv))
			fail_msg("%s: other bytes came back", rows[i].name);
	}
	buf_free(&line);
	buf_free(&argv);
}

/* Two megabytes that are hostile in every byte. */
static void test_large(void **state)
{
	struct record record = samples[1].record;
	struct event event = *record.event;
	struct buf line = { 0 }, argv = { 0 }, bytes = { 0 };

	(void)state;
	for (unsigned int i = 0; i < 2u << 20; i++)
		buf_addc(&bytes, (char)(i * 2654435761u >> 13));
	buf_addc(&bytes, 0);
	event.exec.argv = buf_span(&bytes);
	record.event = &event;
	assert_int_equal(record_line(&record, &line), 0);
	read_argv("large", buf_span(&line), &argv);
	assert_true(span_eq(buf_span(&argv), buf_span(&bytes)));
	buf_free(&line);
	buf_free(&argv);
	buf_free(&bytes);
}

static void test_secrets(void **state)
{
	static const char argv[] = "login\0hunter2\0\xff\0other";
	static const struct {
		const char *name;
		bool hashed, more;
		const char *want;
	} rows[] = {
		{ "more than are known", true, true,
		  "\"argv\":[\"login\","
		  "\"{secret:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef}\","
		  "\"{secret}\",\"{secret}\"],\"secrets\":[1,2,3]," },
		{ "no hash", false, false,
		  "\"argv\":[\"login\",\"{secret}\",\"\xef\xbf\xbd\",\"other\"],"
		  "\"argv_b64\":[\"bG9naW4=\",\"e3NlY3JldH0=\",\"/w==\",\"b3RoZXI=\"],"
		  "\"secrets\":[1]," },
	};
	struct buf line = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct record record = samples[3].record;
		struct judgement judgement = *record.judgement;
		struct event event = *record.event;

		event.exec.argv = (struct span){ argv, sizeof(argv) };
		judgement.secrets[0] = (struct span){ argv + 6, 7 };
		judgement.secrets_more = rows[i].more;
		judgement.nearest = (struct nearest){ .step = &sample_steps[1],
						      .argument = 1,
						      .approved = "x",
						      .actual = { argv + 6, 7 } };
		record.event = &event;
		record.judgement = &judgement;
		if (!rows[i].hashed)
			record.secret_hash = NULL;
		buf_reset(&line);
		assert_int_equal(record_line(&record, &line), 0);
		if (!memmem(line.p, line.n, rows[i].want, strlen(rows[i].want)))
			fail_msg("%s: \"%.*s\"", rows[i].name, (int)line.n, line.p);
		/* neither as it is nor in base64 */
		if (memmem(line.p, line.n, "hunter2", 7) || memmem(line.p, line.n, "aHVudGVyM", 9))
			fail_msg("%s: the secret is in the line", rows[i].name);
	}
	buf_free(&line);
}

static void test_nearest(void **state)
{
	static char long_argument[RECORD_ACTUAL_MAX + 100];
	static const struct {
		const char *name;
		struct nearest nearest;
		const char *want;
	} rows[] = {
		{ "the words match, something else does not",
		  { .step = &sample_steps[0] },
		  "\"argument\":null,\"approved\":null,\"actual\":null,\"actual_len\":null}}" },
		{ "the command ended early",
		  { .step = &sample_steps[0], .argument = 1, .approved = "-t" },
		  "\"argument\":1,\"approved\":\"-t\",\"actual\":null,\"actual_len\":null}}" },
		{ "an empty argument",
		  { .step = &sample_steps[0],
		    .argument = 1,
		    .approved = "-t",
		    .actual = { "", 0 } },
		  "\"argument\":1,\"approved\":\"-t\",\"actual\":\"\",\"actual_len\":0}}" },
		{ "not UTF-8",
		  { .step = &sample_steps[0],
		    .argument = 1,
		    .approved = "-t",
		    .actual = SAMPLE_SPAN("\xff") },
		  "\"actual\":\"\xef\xbf\xbd\",\"actual_b64\":\"/w==\",\"actual_len\":1}}" },
		{ "long",
		  { .step = &sample_steps[0],
		    .argument = 1,
		    .approved = "-t",
		    .actual = { long_argument, sizeof(long_argument) } },
		  "a\",\"actual_len\":612}}" },
	};
	struct buf line = { 0 };

	(void)state;
	memset(long_argument, 'a', sizeof(long_argument));
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct record record = samples[1].record;
		struct judgement judgement = *record.judgement;
		size_t n = strlen(rows[i].want);

		judgement.nearest = rows[i].nearest;
		record.judgement = &judgement;
		buf_reset(&line);
		assert_int_equal(record_line(&record, &line), 0);
		if (memcmp(line.p + line.n - n, rows[i].want, n) != 0)
			fail_msg("%s: \"%.*s\"", rows[i].name, (int)line.n, line.p);
	}
	buf_free(&line);
}

/* What a session's lines have in common, made beforehand, makes the same line. */
static void test_session_text(void **state)
{
	static const struct session_info infos[] = {
		{ .id = "s-1", .operator_name = "o" },
		{ .id = "s-1",
		  .ticket = "CHG-1",
		  .requester = "r \"\xff\033",
		  .operator_name = "" },
		{ .id = "s-1",
		  .ticket = "CHG-1",
		  .ticket_sha256 = "ab12",
		  .operator_name = "o",
		  .approvers = "[\"a\",\"b\"]",
		  .break_glass = true,
		  .unsigned_ticket = true },
		{ .id = "s-1", .operator_name = "o", .login = true, .login_asid = 7 },
	};
	struct buf text = { 0 }, line = { 0 }, want = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(infos) / sizeof(*infos); i++) {
		struct record record = samples[1].record;

		buf_reset(&text);
		buf_reset(&line);
		buf_reset(&want);
		record.session = &infos[i];
		assert_int_equal(record_line(&record, &want), 0);
		assert_int_equal(record_session_text(&infos[i], &text), 0);
		assert_non_null(memmem(want.p, want.n, text.p, text.n));
		record.session_text = buf_span(&text);
		assert_int_equal(record_line(&record, &line), 0);
		if (!span_eq(buf_span(&line), buf_span(&want)))
			fail_msg("%zu: \"%.*s\"", i, (int)line.n, line.p);
		/* It is what is copied. */
		text.p[text.n - 1] ^= 1;
		buf_reset(&line);
		assert_int_equal(record_line(&record, &line), 0);
		assert_false(span_eq(buf_span(&line), buf_span(&want)));
	}
	buf_free(&text);
	buf_free(&line);
	buf_free(&want);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_golden),  cmocka_unit_test(test_argv_round_trip),
		cmocka_unit_test(test_large),   cmocka_unit_test(test_secrets),
		cmocka_unit_test(test_nearest), cmocka_unit_test(test_session_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
