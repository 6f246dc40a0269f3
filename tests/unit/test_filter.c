/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>

#include "filter.h"
#include "record.h"

/* A line as record_line() writes it, so that the filter and the writer can't drift apart. */
static void make_line(enum record_kind kind, enum verdict verdict, struct buf *out)
{
	const struct session_info info = {
		.id = "s-1",
		.ticket = "CHG-1",
		.requester = "r \"},{\\",
		.operator_name = "o",
		.summary = "s",
	};
	const struct event event = { .kind = EVENT_EXIT, .sseq = 9, .session = 1 };
	const struct judgement judgement = { .verdict = verdict };
	const struct reconciliation facts = { 0 };
	const struct loss_counts counts = { 0 };
	struct record record = {
		.kind = kind,
		.seq = 42,
		.ts_ns = 5,
		.boot_to_wall_ns = 1000000000000000000,
		.host = "h\n",
		.boot = "b",
		.session = &info,
	};

	if (kind == RECORD_EXIT) {
		record.event = &event;
		record.judgement = &judgement;
	}
	if (kind == RECORD_SESSION_END) {
		record.end.facts = &facts;
		record.end.counts = &counts;
		record.end.why = "ended";
	}
	if (kind == RECORD_ACK)
		record.ack = (struct ack){ 41, "ops", 1, LS_NO_ID, span_of("seen") };
	if (kind == RECORD_HOST) {
		record.session = NULL;
		record.host_event.what = "start";
	}
	assert_int_equal(record_line(&record, out), 0);
}

static void test_no_line(void **state)
{
	static const char *const rows[] = {
		"",
		"{",
		"[",
		"{}",
		"x",
		"{\"seq\"",
		"{\"seq\":",
		"{\"seq\":1",
		"{\"seq\":1,",
		"{\"seq",
		"{\"a\":\"\\",
		"{\"seq\":1,\"time\":\"t\",\"kind\":\"exec\"}",
		"{\"seq\":0,\"time\":\"t\",\"kind\":\"k\",\"verdict\":null}",
		"{\"seq\":1,\"time\":null,\"kind\":\"k\",\"verdict\":null}",
		"{\"missed\":{\"first\":1}}",
		"{\"a\":[\"]\"",
	};
	struct record_facts facts;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (filter_facts(span_of(rows[i]), &facts) != -EBADMSG)
			fail_msg("took \"%s\" for a line", rows[i]);
	}
}

/* Signatures come later; a list in the head must not end it. */
static void test_list_in_the_head(void **state)
{
	struct record_facts facts;

	(void)state;
	assert_int_equal(
		filter_facts(span_of("{\"seq\":7,\"time\":\"t\",\"approvers\":[\"a\",\"],b\"],"
				     "\"kind\":\"exec\",\"verdict\":\"approved\"}"),
			     &facts),
		0);
	assert_int_equal(facts.seq, 7);
	assert_true(span_is(facts.kind, "exec"));
	assert_true(span_is(facts.verdict, "approved"));
}

static void test_break_glass(void **state)
{
	struct record_facts facts;

	(void)state;
	assert_int_equal(filter_facts(span_of("{\"seq\":7,\"time\":\"t\",\"break_glass\":true,"
					      "\"kind\":\"session_start\",\"verdict\":null}"),
				      &facts),
			 0);
	assert_true(filter_is_alert(&facts));
	facts.kind = span_of("exit");
	assert_false(filter_is_alert(&facts));
}

static const struct row {
	const char *name;
	enum record_kind kind;
	enum verdict verdict;
	struct record_filter filter;
	bool want;
} rows[] = {
	{ "another session", RECORD_EXIT, 0, { .session = "s-2" }, false },
	{ "a part of the session", RECORD_EXIT, 0, { .session = "s-" }, false },
	{ "another ticket", RECORD_EXIT, 0, { .ticket = "CHG-2" }, false },
	{ "another kind", RECORD_EXIT, 0, { .kind = "exec" }, false },
	{ "another verdict", RECORD_EXIT, VERDICT_APPROVED, { .verdict = "unapproved" }, false },
	{ "verdict of none", RECORD_EXIT, VERDICT_NONE, { .verdict = "approved" }, false },
	{ "session of none", RECORD_HOST, 0, { .session = "s-1" }, false },
	{ "not after", RECORD_EXIT, 0, { .after = 42 }, false },
	{ "before since", RECORD_EXIT, 0, { .since_ns = 1000000000000000006 }, false },
	{ "one of two", RECORD_EXIT, 0, { .session = "s-1", .ticket = "CHG-2" }, false },
	{ "no alert: approved", RECORD_EXIT, VERDICT_APPROVED, { .alerts = true }, false },
	{ "no alert: none", RECORD_EXIT, VERDICT_NONE, { .alerts = true }, false },
	{ "what was noted of an alert", RECORD_ACK, 0, { .alerts = true }, true },
	{ "an ack by its kind", RECORD_ACK, 0, { .kind = "ack" }, true },
	{ "an ack by the alert's session", RECORD_ACK, 0, { .session = "s-1" }, true },
	{ "an ack by another ticket", RECORD_ACK, 0, { .ticket = "CHG-2" }, false },
	{ "no alert: host", RECORD_HOST, 0, { .alerts = true }, false },
	{ "no alert: start", RECORD_SESSION_START, 0, { .alerts = true }, false },

	{ "any", RECORD_EXIT, 0, { .after = 0 }, true },
	{ "any, of no session", RECORD_HOST, 0, { .after = 0 }, true },
	{ "after", RECORD_EXIT, 0, { .after = 41 }, true },
	{ "since, to the nanosecond", RECORD_EXIT, 0, { .since_ns = 1000000000000000005 }, true },
	{ "all names",
	  RECORD_EXIT,
	  VERDICT_UNAPPROVED,
	  { .session = "s-1", .ticket = "CHG-1", .kind = "exit", .verdict = "unapproved" },
	  true },
	{ "alert: unapproved", RECORD_EXIT, VERDICT_UNAPPROVED, { .alerts = true }, true },
	{ "alert: indeterminate", RECORD_EXIT, VERDICT_INDETERMINATE, { .alerts = true }, true },
	{ "alert: loss", RECORD_LOSS, 0, { .alerts = true }, true },
	{ "alert: end", RECORD_SESSION_END, 0, { .alerts = true }, true },
};

static void test_matches(void **state)
{
	struct buf line = { 0 };
	struct record_facts facts;
	int failed = 0;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		buf_reset(&line);
		make_line(rows[i].kind, rows[i].verdict, &line);
		assert_int_equal(filter_facts(buf_span(&line), &facts), 0);
		assert_int_equal(facts.seq, 42);
		if (filter_matches(&rows[i].filter, &facts) != rows[i].want) {
			print_error("%s: want %d of %.*s\n", rows[i].name, rows[i].want,
				    (int)line.n, line.p);
			failed++;
		}
	}
	buf_free(&line);
	assert_int_equal(failed, 0);
}

/* Every cut of a line is read within its bounds (the sanitizer's copy has nothing behind it). */
static void test_cuts(void **state)
{
	struct buf line = { 0 };
	struct record_facts facts;
	char *copy;
	size_t n;

	(void)state;
	make_line(RECORD_EXIT, VERDICT_APPROVED, &line);
	for (n = 0; n < line.n; n++) {
		copy = malloc(n ? n : 1);
		assert_non_null(copy);
		memcpy(copy, line.p, n);
		filter_facts((struct span){ copy, n }, &facts);
		free(copy);
	}
	buf_free(&line);
}

static void test_names(void **state)
{
	(void)state;
	assert_false(filter_kind_known(span_of("")));
	assert_false(filter_kind_known(span_of("fork")));
	assert_true(filter_kind_known(span_of("session_start")));
	assert_true(filter_kind_known(span_of("session_end")));
	assert_false(filter_verdict_known(span_of("")));
	assert_false(filter_verdict_known(span_of("compliant")));
	assert_true(filter_verdict_known(span_of("unapproved")));
	assert_true(filter_verdict_known(span_of("approved")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_line), cmocka_unit_test(test_list_in_the_head),
		cmocka_unit_test(test_break_glass),
		cmocka_unit_test(test_matches), cmocka_unit_test(test_cuts),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
