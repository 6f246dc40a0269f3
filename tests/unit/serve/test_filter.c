/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <errno.h>
#include <stdio.h>

#include "core/record/record.h"
#include "core/record/row.h"
#include "core/serve/filter.h"
#include "lib/cmocka.h"
#include "lib/samples.h"

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
	const struct event event = { .kind = RECORD_EXIT, .sseq = 9, .session = 1 };
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
	struct record_row facts;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (row_read(span_of(rows[i]), &facts) != -EBADMSG)
			fail_msg("took \"%s\" for a line", rows[i]);
	}
}

/* Signatures come later; a list in the head must not end it. */
static void test_list_in_the_head(void **state)
{
	struct record_row facts;

	(void)state;
	assert_int_equal(row_read(span_of("{\"seq\":7,\"time\":\"t\",\"approvers\":[\"a\",\"],b\"],"
					  "\"kind\":\"exec\",\"verdict\":\"approved\"}"),
				  &facts),
			 0);
	assert_int_equal(facts.seq, 7);
	assert_true(span_is(facts.kind, "exec"));
	assert_true(span_is(facts.verdict, "approved"));
}

static void compare_heads(struct span line)
{
	struct record_row quick, slow;
	struct buf other = { 0 };
	const char *key = memmem(line.p, line.n, "\"sseq\":", 7);
	int ret = row_read(line, &quick);

	/* A member that no line begins with, so that each is looked at by its name. */
	buf_adds(&other, "{\"\":0,");
	buf_add(&other, line.p + 1, line.n - 1);
	assert_int_equal(row_read(buf_span(&other), &slow), ret);
	if (quick.seq != slow.seq || quick.break_glass != slow.break_glass ||
	    !span_eq(quick.time, slow.time) || !span_eq(quick.host, slow.host) ||
	    !span_eq(quick.session, slow.session) || !span_eq(quick.ticket, slow.ticket) ||
	    !span_eq(quick.operator_name, slow.operator_name) || !span_eq(quick.kind, slow.kind) ||
	    !span_eq(quick.verdict, slow.verdict) || !span_eq(quick.rest, slow.rest) || slow.sseq ||
	    (quick.sseq && quick.sseq != key + 7))
		fail_msg("%.*s", (int)line.n, line.p);
	buf_free(&other);
}

static void compare_changed_heads(struct buf *line)
{
	static const char bytes[] = "\"\\,:{}[]0nx ";

	for (size_t i = 1; i < line->n; i++) {
		char was = line->p[i];

		compare_heads((struct span){ line->p, i });
		for (size_t b = 0; b < sizeof(bytes); b++) {
			line->p[i] = bytes[b];
			compare_heads(buf_span(line));
		}
		line->p[i] = was;
	}
}

/* What is read in the usual order is what is read in any, whatever byte of it is another. */
static void test_usual_heads(void **state)
{
	static const enum record_kind kinds[] = { RECORD_EXIT, RECORD_SESSION_START, RECORD_HOST };
	struct record_row facts;
	struct buf line = { 0 };
	char *hard;

	(void)state;
	for (size_t k = 0; k < sizeof(kinds) / sizeof(*kinds); k++) {
		buf_reset(&line);
		make_line(kinds[k], VERDICT_APPROVED, &line);
		assert_int_equal(row_read(buf_span(&line), &facts), 0);
		assert_non_null(facts.sseq);
		compare_changed_heads(&line);
		/* The same with a requester whose name is no trouble. */
		hard = memmem(line.p, line.n, "r \\\"},{\\\\", 9);
		if (hard)
			memset(hard, 'r', 9);
		compare_changed_heads(&line);
	}
	buf_free(&line);
}

static void test_break_glass(void **state)
{
	struct record_row facts;

	(void)state;
	assert_int_equal(row_read(span_of("{\"seq\":7,\"time\":\"t\",\"break_glass\":true,"
					  "\"kind\":\"session_start\",\"verdict\":null}"),
				  &facts),
			 0);
	assert_true(row_is_alert(&facts));
	facts.kind = span_of("exit");
	assert_false(row_is_alert(&facts));
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
	{ "at until", RECORD_EXIT, 0, { .until_ns = 1000000000000000005 }, false },
	{ "before until", RECORD_EXIT, 0, { .until_ns = 1000000000000000006 }, true },
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
	struct record_row facts;
	int failed = 0;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		buf_reset(&line);
		make_line(rows[i].kind, rows[i].verdict, &line);
		assert_int_equal(row_read(buf_span(&line), &facts), 0);
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

/* Filters by what filter_set() takes, on lines that record_line() wrote. */
static const struct set_row {
	const char *name, *sample, *filter, *text;
	bool want;
} set_rows[] = {
	{ "another operator", "exec", "operator", "jdo", false },
	{ "another host", "exec", "host", "web-10", false },
	{ "host of a session", "exec", "host", "s-1", false },
	{ "another reason", "exec", "reason", "delegation", false },
	{ "a reason where there is none", "exit", "reason", "delegation", false },
	{ "a reason that is a command's argument", "exec", "reason", "not_in_ticket", false },
	{ "another program", "exec", "program", "instal", false },
	{ "a directory's name", "exec", "program", "bin", false },
	{ "another directory", "exec", "program", "/bin/install", false },
	{ "a star does not cross a slash", "exec", "program", "/*/install", false },
	{ "what an argument says", "exec", "program", "/etc/", false },
	{ "the caller of what failed", "exec_failed", "program", "/usr/bin/curl", false },
	{ "a program where none acted", "loss", "program", "*", false },
	{ "a program where there are steps", "session_end", "program", "**", false },
	{ "another port", "connect", "destination", "127.0.0.1:80", false },
	{ "another address", "connect", "destination", "127.0.0.2", false },
	{ "another protocol", "connect", "destination", "udp://127.0.0.1:443", false },
	{ "another prefix", "connect", "destination", "10.0.0.0/8", false },
	{ "a path for an address", "connect", "destination", "unix:/run/x", false },
	{ "a destination where none is", "exec", "destination", "0.0.0.0/0", false },

	{ "operator", "exec", "operator", "jdoe", true },
	{ "host", "exec", "host", "web-1", true },
	{ "reason, the first", "exec", "reason", "environment", true },
	{ "reason, the second", "exec", "reason", "argument_differs", true },
	{ "reason of a loss", "loss", "reason", "events_lost", true },
	{ "name", "exec", "program", "install", true },
	{ "pattern of a name", "exec", "program", "{cp,inst*}", true },
	{ "path", "exec", "program", "/usr/bin/install", true },
	{ "pattern of a path", "exec", "program", "/usr/*/install", true },
	{ "two stars cross slashes", "exec", "program", "/**/install", true },
	{ "the program that connected", "connect", "program", "curl", true },
	{ "address", "connect", "destination", "127.0.0.1", true },
	{ "address and port", "connect", "destination", "127.0.0.1:443", true },
	{ "with its protocol", "connect", "destination", "tcp://127.0.0.1:443", true },
	{ "any port of it", "connect", "destination", "tcp://127.0.0.1", true },
	{ "range of ports", "connect", "destination", "127.0.0.1:400-500", true },
	{ "prefix", "connect", "destination", "127.0.0.0/8", true },
	{ "prefix and port", "connect", "destination", "127.0.0.0/8:443", true },
};

static const struct record *sample_of(const char *name)
{
	for (int i = 0; i < SAMPLES; i++) {
		if (!strcmp(samples[i].name, name))
			return &samples[i].record;
	}
	fail_msg("no sample \"%s\"", name);
	return NULL;
}

static void test_set(void **state)
{
	struct buf line = { 0 };
	int failed = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(set_rows) / sizeof(set_rows[0]); i++) {
		const struct set_row *row = &set_rows[i];
		struct record_filter filter = { 0 };
		struct record_row facts;
		struct err err = { 0 };

		buf_reset(&line);
		assert_int_equal(record_line(sample_of(row->sample), &line), 0);
		assert_int_equal(row_read(buf_span(&line), &facts), 0);
		if (filter_set(&filter, span_of(row->filter), span_of(row->text), &err) ||
		    filter_matches(&filter, &facts) != row->want) {
			print_error("%s: want %d (%s)\n", row->name, row->want, err.message);
			failed++;
		}
		filter_free(&filter);
	}
	buf_free(&line);
	assert_int_equal(failed, 0);
}

/* Lines by hand: IPv6, other protocols, sockets, escapes. */
static void test_places(void **state)
{
#define HEAD                                                                                       \
	"{\"seq\":1,\"time\":\"t\",\"kind\":\"%s\",\"verdict\":null,\"reasons\":[],\"exe\":null,"
	static const struct {
		const char *name, *kind, *rest, *text;
		bool want;
	} places[] = {
		{ "v4 for v6", "connect",
		  "\"proto\":\"tcp\",\"local\":null,\"remote\":\"[::1]:53\"}", "0.0.0.0/0", false },
		{ "v6 port", "connect", "\"proto\":\"tcp\",\"local\":null,\"remote\":\"[::1]:53\"}",
		  "[::1]:54", false },
		{ "its own end", "connect",
		  "\"proto\":\"tcp\",\"local\":\"1.2.3.4:5\",\"remote\":\"9.9.9.9:53\"}", "1.2.3.4",
		  false },
		{ "tcp for another", "send",
		  "\"proto\":\"ip-132\",\"local\":null,\"remote\":\"9.9.9.9:53\"}",
		  "tcp://9.9.9.9:53", false },
		{ "a path's beginning", "unix_connect",
		  "\"proto\":\"unix\",\"type\":\"stream\",\"path\":\"/run/x.sock\"}", "unix:/run/x",
		  false },
		{ "no address", "connect", "\"proto\":\"tcp\",\"local\":null,\"remote\":\"x\"}",
		  "0.0.0.0/0", false },
		{ "v6", "connect", "\"proto\":\"tcp\",\"local\":null,\"remote\":\"[::1]:53\"}",
		  "::1", true },
		{ "v6 in brackets", "connect",
		  "\"proto\":\"tcp\",\"local\":null,\"remote\":\"[::1]:53\"}", "[::1]", true },
		{ "v6 and port", "connect",
		  "\"proto\":\"tcp\",\"local\":null,\"remote\":\"[::1]:53\"}", "[::1]:53", true },
		{ "v6 prefix", "connect",
		  "\"proto\":\"udp\",\"local\":null,\"remote\":\"[2001:db8::9]:53\"}",
		  "2001:db8::/32", true },
		{ "v6, mapped", "connect",
		  "\"proto\":\"udp\",\"local\":null,\"remote\":\"9.9.9.9:53\"}",
		  "[::ffff:9.9.9.9]:53", true },
		{ "any protocol", "send",
		  "\"proto\":\"ip-132\",\"local\":null,\"remote\":\"9.9.9.9:53\"}", "9.9.9.9:53",
		  true },
		{ "udp", "send", "\"proto\":\"udp\",\"local\":null,\"remote\":\"9.9.9.9:53\"}",
		  "udp://9.9.9.9:53", true },
		{ "where it listens", "listen",
		  "\"proto\":\"tcp\",\"local\":\"0.0.0.0:80\",\"remote\":null}", "0.0.0.0:80",
		  true },
		{ "who came", "accept",
		  "\"proto\":\"tcp\",\"local\":\"0.0.0.0:80\",\"remote\":\"9.9.9.9:1\",\"of\":1}",
		  "9.9.9.9", true },
		{ "path", "unix_connect",
		  "\"proto\":\"unix\",\"type\":\"stream\",\"path\":\"/var/run/x\"}", "unix:/run/x",
		  true },
		{ "escaped path", "unix_connect",
		  "\"proto\":\"unix\",\"type\":\"stream\",\"path\":\"/run/a\\\"b\"}",
		  "unix:/run/a\"b", true },
		{ "abstract", "unix_connect",
		  "\"proto\":\"unix\",\"type\":\"stream\",\"path\":\"@x\"}", "unix:@x", true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		struct record_filter filter = { 0 };
		struct record_row facts;
		char line[512];
		int n = snprintf(line, sizeof(line), HEAD, places[i].kind);

		snprintf(line + n, sizeof(line) - (size_t)n, "%s", places[i].rest);
		assert_int_equal(row_read(span_of(line), &facts), 0);
		if (filter_set(&filter, span_of("destination"), span_of(places[i].text), NULL) ||
		    filter_matches(&filter, &facts) != places[i].want)
			fail_msg("%s: want %d", places[i].name, places[i].want);
		filter_free(&filter);
	}
}

static void test_set_refused(void **state)
{
	static const char *const refused[][2] = {
		{ "session", "" },
		{ "session", "a b" },
		{ "ticket", "../x" },
		{ "operator", "" },
		{ "operator", "\033[2J" },
		{ "host", "a\xff" },
		{ "kind", "exce" },
		{ "verdict", "violation" },
		{ "reason", "argument" },
		{ "reason", "" },
		{ "program", "" },
		{ "program", "a/b" },
		{ "program", "[a" },
		{ "destination", "" },
		{ "destination", "host" },
		{ "destination", "host:1" },
		{ "destination", "1.2.3.4:0" },
		{ "destination", "1.2.3" },
		{ "destination", "1.2.3.4/33" },
		{ "destination", "unix:x" },
		{ "destination", "[::1" },
		{ "destination", "::g" },
		{ "destination", "tcp://" },
	};
	struct record_filter filter = { .kind = "exec" };

	(void)state;
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		struct err err = { 0 };

		if (filter_set(&filter, span_of(refused[i][0]), span_of(refused[i][1]), &err) !=
			    -EINVAL ||
		    !err.message[0])
			fail_msg("%s: \"%s\" was taken", refused[i][0], refused[i][1]);
	}
	assert_string_equal(filter.kind, "exec");
	assert_int_equal(filter_set(&filter, span_of("user"), span_of("x"), NULL), -ENOENT);
	filter_free(&filter);
}

/* Every cut of a line is read within its bounds (the sanitizer's copy has nothing behind it). */
static void test_cuts(void **state)
{
	struct buf line = { 0 };
	struct record_row facts;
	char *copy;
	size_t n;

	(void)state;
	make_line(RECORD_EXIT, VERDICT_APPROVED, &line);
	for (n = 0; n < line.n; n++) {
		copy = malloc(n ? n : 1);
		assert_non_null(copy);
		memcpy(copy, line.p, n);
		row_read((struct span){ copy, n }, &facts);
		free(copy);
	}
	buf_free(&line);
}

static void test_names(void **state)
{
	(void)state;
	assert_false(record_kind_named(span_of("")));
	assert_false(record_kind_named(span_of("fork")));
	for (unsigned int i = RECORD_NONE + 1; i < RECORD_KINDS_N; i++)
		assert_int_equal(record_kind_named(span_of(record_kind_name(i))), i);
	assert_false(filter_verdict_known(span_of("")));
	assert_false(filter_verdict_known(span_of("compliant")));
	assert_true(filter_verdict_known(span_of("unapproved")));
	assert_true(filter_verdict_known(span_of("approved")));
}

/* As it was typed, in one order, and nothing of it for a shell or a terminal to act on. */
static void test_shown(void **state)
{
	static const struct {
		const char *name, *text;
	} set[] = {
		{ "destination", "10.0.0.0/8:443" },
		{ "program", "/opt/*" },
		{ "reason", "not_in_ticket" },
		{ "host", "a \"b\"\\c" },
		{ "verdict", "approved" },
		{ "operator", "o'neil;ls" },
		{ "kind", "connect" },
		{ "ticket", "CHG-1" },
		{ "session", "s-1" },
	};
	struct record_filter filter = { 0 };
	struct buf out = { 0 };
	struct err err;

	(void)state;
	assert_false(filter_is_set(&filter));
	filter_show(&filter, &out);
	assert_int_equal(out.n, 0);
	for (size_t i = 0; i < sizeof(set) / sizeof(*set); i++) {
		struct record_filter one = { 0 };

		assert_int_equal(
			filter_set(&filter, span_of(set[i].name), span_of(set[i].text), &err), 0);
		assert_int_equal(filter_set(&one, span_of(set[i].name), span_of(set[i].text), &err),
				 0);
		assert_true(filter_is_set(&one));
		filter_free(&one);
	}
	filter.since_ns = 1000000000;
	filter.until_ns = 2000000001;
	filter.alerts = true;
	filter.after = 7;
	filter_show(&filter, &out);
	buf_addc(&out, 0);
	assert_string_equal(
		out.p,
		"--session s-1 --ticket CHG-1 --operator $'o\\'neil;ls' --host 'a \"b\"\\c' "
		"--kind connect --verdict approved --reason not_in_ticket --program '/opt/*' "
		"--destination 10.0.0.0/8:443 --alerts --since 1970-01-01T00:00:01Z "
		"--until 1970-01-01T00:00:02.000000001Z --after 7");
	filter_free(&filter);
	filter.after = 1;
	assert_true(filter_is_set(&filter));
	filter = (struct record_filter){ .since_ns = 1 };
	assert_true(filter_is_set(&filter));
	filter = (struct record_filter){ .until_ns = 1 };
	assert_true(filter_is_set(&filter));
	filter = (struct record_filter){ .alerts = true };
	assert_true(filter_is_set(&filter));
	buf_free(&out);
}

/* What is made of a record that was just written passes what its line would. */
static void test_row_of(void **state)
{
	static const struct record_filter filters[] = {
		{ .session = "" },
		{ .session = "s-1" },
		{ .session = "s-2" },
		{ .session = "s-" },
		{ .ticket = "CHG-1" },
		{ .ticket = "CHG-2" },
		{ .alerts = true },
		{ .kind = "exec" },
		{ .verdict = "approved" },
		{ .after = 3 },
		{ .after = 41 },
		{ .operator_name = "jdoe" },
		{ .operator_name = "x" },
		{ .host = "web-1" },
		{ .host = "web-2" },
		{ .since_ns = 1 },
		{ .until_ns = 1 },
		{ .reason = "environment" },
		{ .session = "s-1", .alerts = true, .reason = "events_lost" },
	};
	size_t matched = 0, spared = 0;

	(void)state;
	for (size_t i = 0; i < SAMPLES; i++) {
		struct buf line = { 0 };
		struct record_row read, made;

		assert_int_equal(record_line(&samples[i].record, &line), 0);
		assert_int_equal(row_read(buf_span(&line), &read), 0);
		made = row_of(&samples[i].record, buf_span(&line));
		assert_int_equal(row_is_alert(&made), row_is_alert(&read));
		assert_int_equal(row_is_ack(&made), row_is_ack(&read));
		for (size_t f = 0; f < sizeof(filters) / sizeof(*filters); f++) {
			bool matches = filter_matches(&filters[f], &read);

			if (filter_matches(&filters[f], &made) != matches)
				fail_msg("%s, filter %zu", samples[i].name, f);
			matched += matches;
			spared += !matches;
		}
		buf_free(&line);
	}
	assert_true(matched > 100 && spared > 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_line),     cmocka_unit_test(test_list_in_the_head),
		cmocka_unit_test(test_break_glass), cmocka_unit_test(test_usual_heads),
		cmocka_unit_test(test_matches),     cmocka_unit_test(test_cuts),
		cmocka_unit_test(test_names),       cmocka_unit_test(test_set),
		cmocka_unit_test(test_places),      cmocka_unit_test(test_set_refused),
		cmocka_unit_test(test_shown),       cmocka_unit_test(test_row_of),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
