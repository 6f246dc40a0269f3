/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <errno.h>
#include <stdio.h>

#include "core/serve/ack.h"
#include "core/serve/open_alerts.h"
#include "lib/cmocka.h"

static const struct reconciliation outcomes[] = {
	{ .outcome = OUTCOME_COMPLIANT },
	{ .outcome = OUTCOME_VIOLATION, .reasons = REASON_BIT(step_missing) },
	{ .outcome = OUTCOME_INDETERMINATE },
};
static const struct loss_counts no_counts;

/* One line of record_line(), so that writer and reader can't drift apart. */
static void line_of(struct record record, const struct session_info *info, uint64_t seq,
		    struct buf *out)
{
	record.seq = seq;
	record.boot_to_wall_ns = 1000000000000000000;
	record.host = "h";
	record.boot = "b";
	record.session = info;
	buf_reset(out);
	assert_int_equal(record_line(&record, out), 0);
}

/*
 * A word a record, their seqs count from 1: S a session's start, R a rehearsal's, G one by breaking
 * the glass, u an unapproved act, i an indeterminate one, a an approved one, x an exit, l a loss, C
 * V I the end of a session by outcome, H a host record, a number the ack of that record.
 */
static void word_line(const char *word, uint64_t seq, struct buf *out)
{
	static const struct event exec = { .kind = RECORD_EXEC, .sseq = 1 };
	static const struct event end = { .kind = RECORD_EXIT, .sseq = 2 };
	static const struct judgement judgements[] = { { .verdict = VERDICT_UNAPPROVED },
						       { .verdict = VERDICT_INDETERMINATE },
						       { .verdict = VERDICT_APPROVED,
							 .how = HOW_CHILD } };
	struct session_info info = {
		.id = "s-1", .ticket = "T", .operator_name = "o", .operator_uid = 7
	};
	struct record record = { .kind = RECORD_EXEC, .event = &exec };

	info.quiet = *word == 'R';
	info.break_glass = *word == 'G';
	if (strchr("SRG", *word))
		record = (struct record){ .kind = RECORD_SESSION_START };
	else if (*word == 'u' || *word == 'i' || *word == 'a')
		record.judgement = &judgements[strchr("uia", *word) - "uia"];
	else if (*word == 'x')
		record = (struct record){ .kind = RECORD_EXIT, .event = &end };
	else if (*word == 'l')
		record = (struct record){ .kind = RECORD_LOSS, .loss = { 1, 1, 1, "ring_full" } };
	else if (strchr("CVI", *word))
		record = (struct record){ .kind = RECORD_SESSION_END,
					  .end = { &outcomes[strchr("CVI", *word) - "CVI"],
						   &no_counts, "ended" } };
	else if (*word == 'H')
		record = (struct record){ .kind = RECORD_HOST, .host_event = { "start", NULL } };
	else
		record = (struct record){ .kind = RECORD_ACK,
					  .ack = { (uint64_t)(*word - '0'), "ops", 1, LS_NO_ID,
						   span_of("seen") } };
	line_of(record, *word == 'H' ? NULL : &info, seq, out);
}

static uint64_t count(const char *words, struct open_alerts *open)
{
	struct buf line = { 0 };

	for (uint64_t seq = 1; *words; words++, seq++) {
		word_line(words, seq, &line);
		open_alerts__line(open, buf_span(&line));
	}
	buf_free(&line);
	return open_alerts__count(open);
}

static void test_count(void **state)
{
	static const struct {
		const char *name, *words;
		uint64_t want;
	} rows[] = {
		{ "nothing", "", 0 },
		{ "a compliant session", "SaaxC", 0 },
		{ "a session that is not", "SaV", 1 },
		{ "one of which nobody knows", "SaI", 1 },
		{ "acts and a loss", "Suil", 3 },
		{ "by breaking the glass", "GaC", 1 },
		{ "the host's", "H", 0 },
		{ "one acknowledged", "Su2", 0 },
		{ "one acknowledged twice", "Suu222", 1 },
		{ "an ack before what it is of", "S3u", 0 },
		{ "the end acknowledged", "SuV3", 1 },
		{ "a rehearsal", "RuuilV", 0 },
		{ "a rehearsal and what came behind it", "RuVSu", 1 },
	};
	int failed = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct open_alerts open = { 0 };
		uint64_t got = count(rows[i].words, &open);

		if (got != rows[i].want || !open_alerts__exact(&open)) {
			print_error("%s: got %llu\n", rows[i].name, (unsigned long long)got);
			failed++;
		}
		open_alerts__free(&open);
	}
	assert_int_equal(failed, 0);
}

/* The daemon counts what was there before in one and what comes in another. */
static void test_merge(void **state)
{
	struct open_alerts before = { 0 }, now = { 0 };
	struct buf line = { 0 };

	(void)state;
	count("Suuu2", &before);
	for (uint64_t seq = 6; seq < 9; seq++) {
		word_line(&"u23"[seq - 6], seq, &line);
		open_alerts__line(&now, buf_span(&line));
	}
	assert_int_equal(open_alerts__count(&now), 0);
	open_alerts__merge(&now, &before);
	assert_int_equal(open_alerts__count(&now), 2);
	assert_true(open_alerts__acked(&now, 2));
	assert_true(open_alerts__acked(&now, 3));
	assert_false(open_alerts__acked(&now, 4));
	assert_false(open_alerts__acked(&now, 1ull << 32 | 2));
	open_alerts__free(&before);
	open_alerts__free(&now);
	buf_free(&line);
}

/* More acknowledgements than are kept: at most so many are open, and it says so. */
static void test_bound(void **state)
{
	struct open_alerts open = { 0 };
	struct session_info info = { .id = "s-1" };
	struct buf line = { 0 };

	(void)state;
	for (uint64_t i = 0; i <= OPEN_ALERTS_ACKED_MAX; i++) {
		struct record ack = { .kind = RECORD_ACK,
				      .ack = { 2 * i + 1, "o", 1, LS_NO_ID, span_of("x") } };

		assert_true(open_alerts__exact(&open));
		line_of(ack, &info, 2 * i + 2, &line);
		open_alerts__line(&open, buf_span(&line));
	}
	assert_false(open_alerts__exact(&open));
	assert_false(open_alerts__acked(&open, 2 * OPEN_ALERTS_ACKED_MAX + 1));
	assert_int_equal(open.acked.n, OPEN_ALERTS_ACKED_MAX);
	open_alerts__free(&open);
	/*
	 * Rehearsals that were cut off are forgotten one by one, and never written past the table.
	 */
	for (unsigned int i = 0; i < 3 * OPEN_ALERTS_REHEARSALS_MAX; i++) {
		info.quiet = true;
		snprintf(info.id, sizeof(info.id), "s-%u", i);
		line_of((struct record){ .kind = RECORD_SESSION_START }, &info, i + 1, &line);
		open_alerts__line(&open, buf_span(&line));
	}
	assert_int_equal(open.rehearsals_n, OPEN_ALERTS_REHEARSALS_MAX);
	assert_string_equal(open.rehearsals[OPEN_ALERTS_REHEARSALS_MAX - 1], info.id);
	open_alerts__free(&open);
	buf_free(&line);
}

static void test_no_record(void **state)
{
	static const char *const lines[] = {
		"", "{}", "\xff", "{\"seq\":1,\"time\":\"t\",\"kind\":\"ack\",\"verdict\":null"
	};
	struct open_alerts open = { 0 };
	struct ack_subject subject;
	struct err err;

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++)
		open_alerts__line(&open, span_of(lines[i]));
	assert_int_equal(open_alerts__count(&open), 0);
	/* an ack of nobody knows what is one that was not taken off */
	assert_false(open_alerts__exact(&open));
	assert_int_equal(ack_subject_read(span_of("{}"), &subject, &err), -EBADMSG);
	open_alerts__free(&open);
}

static void test_subject(void **state)
{
	static const struct {
		const char *word, *want; /* NULL: it is one */
	} rows[] = {
		{ "S", "record 41 is no alert: its kind is session_start" },
		{ "a", "record 41 is no alert: its verdict is approved" },
		{ "x", "record 41 is no alert: its kind is exit" },
		{ "H", "record 41 is no alert: its kind is host" },
		{ "1", "record 41 is no alert: its kind is ack" },
		{ "C", "record 41 is the end of a compliant session: nothing to answer" },
		{ "u", NULL },
		{ "i", NULL },
		{ "l", NULL },
		{ "V", NULL },
		{ "I", NULL },
		{ "G", NULL },
	};
	struct ack_subject subject;
	struct buf line = { 0 };
	struct err err;
	int failed = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		int ret;

		err.message[0] = 0;
		word_line(rows[i].word, 41, &line);
		ret = ack_subject_read(buf_span(&line), &subject, &err);
		if (rows[i].want ? ret != -EINVAL || strcmp(err.message, rows[i].want)
				 : ret || subject.seq != 41) {
			print_error("%s: %d \"%s\"\n", rows[i].word, ret, err.message);
			failed++;
		}
		ack_subject_free(&subject);
	}
	buf_free(&line);
	assert_int_equal(failed, 0);
}

/* What the ack's record says of the session is what the alert's said, byte for byte. */
static void test_session(void **state)
{
	const struct session_info info = {
		.id = "s-1",
		.ticket = "CHG-1",
		.ticket_sha256 = "ab12",
		.requester = "a\"\n\\\xe2\x9c\x94",
		.operator_name = "jdoe",
		.unsigned_ticket = true,
		.break_glass = true,
		.approvers = "[\"x@y\",\"z\"]",
		.operator_uid = 7,
	};
	const struct record ack = { .kind = RECORD_ACK,
				    .ack = { 41, "ops", 1, LS_NO_ID, span_of("seen") } };
	struct buf line = { 0 }, want = { 0 }, got = { 0 };
	struct ack_subject subject;
	struct session_head session;
	struct err err;

	(void)state;
	line_of((struct record){ .kind = RECORD_SESSION_START }, &info, 41, &line);
	session = session_head_read(buf_span(&line));
	assert_int_equal(session.operator_uid, 7);
	assert_false(session.rehearsal);
	assert_int_equal(ack_subject_read(buf_span(&line), &subject, &err), 0);
	assert_true(subject.in_session);
	line_of(ack, &info, 42, &want);
	line_of(ack, &subject.session, 42, &got);
	assert_true(span_eq(buf_span(&want), buf_span(&got)));
	ack_subject_free(&subject);
	buf_free(&line);
	buf_free(&want);
	buf_free(&got);
}

static void test_refusal(void **state)
{
	static const struct {
		const char *name;
		uint32_t uid;
		struct session_head session;
		bool refused;
	} rows[] = {
		{ "the operator himself", 7, { 7, false }, true },
		{ "of a session that nobody knows", 7, { LS_NO_ID, false }, true },
		{ "of a rehearsal", 0, { 7, true }, true },
		{ "somebody else", 8, { 7, false }, false },
		{ "root", 0, { 7, false }, false },
		{ "root, of his own", 0, { 0, false }, false },
		{ "root, of one that nobody knows", 0, { LS_NO_ID, false }, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		if (!ack_refusal(rows[i].uid, &rows[i].session) == rows[i].refused)
			fail_msg("%s", rows[i].name);
	}
}

static void test_note(void **state)
{
	static char longest[ACK_NOTE_MAX + 1];

	(void)state;
	memset(longest, 'x', sizeof(longest));
	assert_false(ack_note_ok((struct span){ longest, sizeof(longest) }));
	assert_true(ack_note_ok((struct span){ longest, sizeof(longest) - 1 }));
	assert_false(ack_note_ok(span_of("")));
	assert_false(ack_note_ok(span_of(" \n")));
	assert_false(ack_note_ok(span_of("a\xff")));
	assert_false(ack_note_ok((struct span){ "a\0b", 3 }));
	assert_true(ack_note_ok(span_of("\xe2\x9c\x94")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_count),   cmocka_unit_test(test_merge),
		cmocka_unit_test(test_bound),   cmocka_unit_test(test_no_record),
		cmocka_unit_test(test_subject), cmocka_unit_test(test_session),
		cmocka_unit_test(test_refusal), cmocka_unit_test(test_note),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
