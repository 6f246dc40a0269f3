/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "lib/cmocka.h"
#include "lib/report_lines.h"

#define HEAD(seq, kind, verdict)                                                                   \
	"{\"v\":1,\"seq\":" seq ",\"time\":\"2026-11-23T20:30:0" seq                               \
	".000000000Z\",\"host\":\"web-1\","                                                        \
	"\"session\":\"s-1\",\"sseq\":" seq ",\"ticket\":\"T-1\",\"ticket_sha256\":\"" SUM "\","   \
	"\"unsigned\":false,\"requester\":\"li<wei\",\"operator\":\"jdoe\",\"approvers\":["        \
	"\"amal\"],"                                                                               \
	"\"kind\":\"" kind "\",\"verdict\":" verdict
#define SUM "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define START                                                                                      \
	HEAD("1", "session_start", "null")                                                         \
	",\"summary\":\"a & b\",\"approvals\":["                                                   \
	"{\"signer\":\"amal\",\"key\":\"SHA256:k\",\"signature\":\"5f\"}],\"rehearsal\":false}\n"
#define GOOD                                                                                       \
	HEAD("2", "exec", "\"approved\"")                                                          \
	",\"step\":\"check\",\"how\":\"step\",\"pid\":7,"                                          \
	"\"exe\":\"/usr/sbin/nginx\",\"argv\":[\"nginx\",\"-t\"]}\n"
#define BAD                                                                                        \
	HEAD("3", "exec", "\"unapproved\"")                                                        \
	",\"reasons\":[\"argument_differs\"],\"pid\":8,"                                           \
	"\"exe\":\"/usr/bin/"                                                                      \
	"install\",\"argv\":[\"install\",\"<b>\"],\"nearest\":{\"step\":\"install\","              \
	"\"run\":\"install x\",\"argument\":1,\"approved\":\"x\",\"actual\":\"<b>\"}}\n"
#define LOSS                                                                                       \
	HEAD("4", "loss", "null")                                                                  \
	",\"first\":5,\"last\":6,\"count\":2,\"reason\":\"ring_full\"}"                            \
	"\n"
#define ACK(of) HEAD("9", "ack", "null") ",\"of\":" of ",\"by\":\"sam\",\"note\":\"seen </q>\"}\n"
#define END(outcome, more)                                                                         \
	HEAD("8", "session_end", "null")                                                           \
	",\"outcome\":\"" outcome "\",\"why\":\"last_exit\","                                      \
	"\"steps\":[{\"id\":\"check\",\"profile\":null,\"run\":\"nginx "                           \
	"-t\",\"times\":1,\"done\":1,\"failed\":0,"                                                \
	"\"running\":0,\"missing\":0},{\"id\":\"note\",\"profile\":null,\"run\":\"logger\","       \
	"\"times\":1,\"done\":0,"                                                                  \
	"\"missing\":1}],\"not_seen\":[\"files written\"]" more "}\n"

static const char ticket_text[] =
	"lockstep: 1\nticket: T-1\nsummary: a & b\nrequester: li\noperators: [jdoe]\n"
	"window: {from: 2026-11-23T20:00:00Z, until: 2026-11-23T22:00:00Z}\napprovals: 2\n"
	"steps:\n  - {id: check, run: nginx -t}\n  - {id: note, run: logger done, times: 1}\n";

struct row {
	const char *name, *text, *ticket;
	int ticket_ret;
	const char *want[8];  /* each is on the page */
	const char *never[4]; /* none is */
};

static const struct row rows[] = {
	{ "open: nothing is final, and the plan is the ticket's",
	  START GOOD,
	  ticket_text,
	  0,
	  { "Open</p>", "nothing here is final.", "begun</td>", "not yet</td>",
	    "1 signature counted, 2 asked for", "  - {id: check, run: nginx -t}\n",
	    "None so far." },
	  { "Violation", "Compliant", "Nothing was lost" } },
	{ "compliant",
	  START GOOD END("compliant", ",\"approved\":1,\"stored\":3"),
	  NULL,
	  0,
	  { "Compliant</p>", "Every act was approved, and every step that had to be done was done.",
	    "<b>Not seen in this session:</b> files written.", "Nothing was lost.",
	    "None: every act was approved", "is not in this store" },
	  { "add up", "not whole", "Violation" } },
	{ "violation: why, what differs, and that nobody looked",
	  START GOOD BAD END("violation", ",\"approved\":1,\"unapproved\":1,\"stored\":4"),
	  NULL,
	  0,
	  { "Violation</p>", "1 act was not approved by the ticket.", "id=\"a3\"",
	    "Argument 1</dt><dd><div "
	    "class=\"diff\"><span>approved</span><code>x</code><span>ran</span>"
	    "<code class=\"ran\">&#39;&lt;b&gt;&#39;</code>",
	    "an argument is not the approved one <code>argument_differs</code>",
	    "1 alert is open</b>: nobody has acknowledged it.", "NOT DONE</td>",
	    "<dd>1<small> of 1</small></dd>" },
	  { "<b>'", "li<wei", "a & b" } },
	{ "acknowledged: by whom, when and why",
	  START BAD END("violation", ",\"unapproved\":1") ACK("3"),
	  NULL,
	  0,
	  { "Every alert was acknowledged.",
	    "acknowledged by <b>sam</b>, <time "
	    "datetime=\"2026-11-23T20:30:09.000000000Z\">2026-11-23 "
	    "20:30:09.000 UTC</time>: <q>seen &lt;/q&gt;</q>",
	    "<dd>0<small> of 1</small></dd>" },
	  { "nobody acknowledged" } },
	{ "an acknowledgement of something else",
	  START BAD END("violation", ",\"unapproved\":1") ACK("2"),
	  NULL,
	  0,
	  { "1 alert is open</b>" },
	  { "acknowledged by <b>sam" } },
	{ "a loss",
	  START GOOD LOSS END("indeterminate", ",\"approved\":1,\"lost\":{\"ring_full\":2}"),
	  NULL,
	  0,
	  { "Indeterminate</p>", "LOST</b> 2: event numbers 5 to 6", "id=\"a4\"",
	    "the buffer between the kernel and lockstep was full",
	    "<li>events found the buffer full: <b>2</b></li>" },
	  { "Nothing was lost" } },
	{ "records that are not there",
	  START GOOD END("compliant", ",\"approved\":1,\"stored\":9"),
	  NULL,
	  0,
	  { "6 records that the session's end counts are not in the store" },
	  { NULL } },
	{ "counts that the records contradict",
	  START BAD END("compliant", ",\"approved\":1,\"stored\":3"),
	  NULL,
	  0,
	  { "The records do not add up" },
	  { NULL } },
	{ "acts behind the end",
	  START END("compliant", ",\"stored\":1") BAD,
	  NULL,
	  0,
	  { "1 act that was not approved came after the session's end." },
	  { "add up" } },
	{ "another ticket under the sum",
	  START GOOD,
	  NULL,
	  -EBADMSG,
	  { "has another SHA-256: it is not the ticket, and not shown." },
	  { "The ticket's text</summary>" } },
	{ "a ticket that can't be read is shown, and is no plan",
	  START GOOD,
	  "ticket: <\033\n",
	  0,
	  { "ticket: &lt;\\x1b\n", "steps are not known from this store" },
	  { "not yet</td>" } },
	{ "a line that is no record",
	  START "{\"kind\"\n" GOOD,
	  NULL,
	  0,
	  { "1 line of the store is no record" },
	  { NULL } },
	{ "a session without its start",
	  GOOD BAD,
	  NULL,
	  0,
	  { "li&lt;wei", "amal</p>", "id=\"a3\"" },
	  { NULL } },
};

static void check_row(const struct row *row)
{
	const struct report_opts opts = { ONE_SESSION, .style_sha256 = "sum=", .now_ns = 1 };
	struct lines lines = { .text = row->text,
			       .ticket = row->ticket,
			       .ticket_ret = row->ticket_ret };
	int ret = lines_report(&lines, &opts);

	if (ret)
		fail_msg("%s: %d", row->name, ret);
	for (size_t i = 0; i < 8 && row->want[i]; i++) {
		if (!strstr(lines.page.p, row->want[i]))
			fail_msg("%s: not on the page: %s", row->name, row->want[i]);
	}
	for (size_t i = 0; i < 4 && row->never[i]; i++) {
		if (strstr(lines.page.p, row->never[i]))
			fail_msg("%s: on the page: %s", row->name, row->never[i]);
	}
	buf_free(&lines.page);
}

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		check_row(&rows[i]);
}

/* The policy comes before anything of the record, and names the style's sum. */
static void test_head(void **state)
{
	const struct report_opts opts = { ONE_SESSION, .style_sha256 = "c3Vt", .now_ns = 1 };
	struct lines lines = { .text = START };
	const char *policy, *title;

	(void)state;
	assert_int_equal(lines_report(&lines, &opts), 0);
	policy =
		strstr(lines.page.p,
		       "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
		       "style-src 'sha256-c3Vt'; base-uri 'none'; form-action 'none'\">");
	title = strstr(lines.page.p, "<title>");
	assert_true(policy && title && policy < title);
	assert_int_equal(lines_count(&lines, "<style>"), 1);
	assert_non_null(memmem(lines.page.p, lines.page.n, report_style().p, report_style().n));
	/* what would end the style early, or ask for something */
	assert_null(memmem(report_style().p, report_style().n, "<", 1));
	assert_null(memmem(report_style().p, report_style().n, "url(", 4));
	assert_null(memmem(report_style().p, report_style().n, "@import", 7));
	assert_null(strstr(lines.page.p, "<script"));
	buf_free(&lines.page);
}

static void test_refused(void **state)
{
	const struct record_filter filter = { .ticket = "T-1" };
	struct report_opts opts = { .sessions = (const char *const[]){ "s-2" },
				    .sessions_n = 1,
				    .filter = &filter,
				    .style_sha256 = "",
				    .now_ns = 1 };
	struct lines lines = { .text = START GOOD };

	(void)state;
	assert_int_equal(lines_report(&lines, &opts), -ENODATA);
	assert_int_equal(lines.page.n, 1);
	opts.sessions_n = 0;
	assert_int_equal(lines_report(&lines, &opts), -ENODATA);
	opts = (struct report_opts){ ONE_SESSION, .style_sha256 = "" };
	lines.page_max = 100;
	assert_int_equal(lines_report(&lines, &opts), -ENOSPC);
	lines.read_ret = -EIO;
	assert_int_equal(lines_report(&lines, &opts), -EIO);
	buf_free(&lines.page);
}

#define OTHER(seq, session, kind, more)                                                            \
	"{\"v\":1,\"seq\":" seq ",\"time\":\"2026-11-23T20:30:0" seq                               \
	".000000000Z\",\"session\":\"" session "\",\"sseq\":" seq ",\"kind\":\"" kind "\"" more    \
	"}\n"

/*
 * Three sessions at the same time, of which two were chosen: each is told with all that it has,
 * and nothing of the third is.
 */
static void test_chosen(void **state)
{
	static const char text[] = OTHER("1", "s-1", "session_start",
					 ",\"summary\":\"of the first\"")
		OTHER("2", "s-2", "session_start", ",\"summary\":\"of the second\"") OTHER(
			"3", "s-3", "exec", ",\"verdict\":\"unapproved\",\"argv\":[\"third\"]")
			OTHER("4", "s-2", "exec",
			      ",\"verdict\":\"unapproved\",\"argv\":[\"second\"]")
				OTHER("5", "s-1", "exec",
				      ",\"verdict\":\"unapproved\",\"argv\":[\"first\"]")
					OTHER("6", "s-1", "exec",
					      ",\"verdict\":\"approved\",\"argv\":[\"good\"]")
						OTHER("7", "s-2", "ack", ",\"of\":4,\"by\":\"sam\"")
							OTHER("8", "s-1", "ack",
							      ",\"of\":5,\"by\":\"kim\"");
	struct record_filter filter = { .verdict = "unapproved", .operator_name = "<a\\\"b" };
	const struct report_opts opts = {
		.sessions = (const char *const[]){ "s-1", "s-2", "s-9" },
		.sessions_n = 3,
		.filter = &filter,
		.style_sha256 = "",
	};
	struct lines lines = { .text = text };

	(void)state;
	assert_int_equal(lines_report(&lines, &opts), 0);
	/* the title, the heading, and what is said of the choice */
	assert_int_equal(
		lines_count(&lines, "--operator &#39;&lt;a&quot;b&#39; --verdict unapproved"), 3);
	assert_int_equal(lines_count(&lines, "Sessions <code>--operator"), 1);
	assert_non_null(strstr(lines.page.p, "records 1 to 6."));
	assert_non_null(strstr(lines.page.p, "2 sessions have such a record: 2 open."));
	assert_non_null(strstr(lines.page.p, "1 more session is not on this page."));
	assert_null(strstr(lines.page.p, "class=\"lead\""));
	assert_int_equal(lines_count(&lines, "<article class=\"session\">"), 2);
	assert_int_equal(lines_count(&lines, "<tr id=\"e"), 5);
	assert_int_equal(lines_count(&lines, "acknowledged by <b>sam"), 1);
	assert_int_equal(lines_count(&lines, "acknowledged by <b>kim"), 1);
	assert_null(strstr(lines.page.p, "third"));
	buf_reset(&lines.page);
	/* all of a ticket is said to be that, and only then */
	filter = (struct record_filter){ .ticket = "T-1" };
	assert_int_equal(lines_report(&lines, &opts), 0);
	assert_int_equal(lines_count(&lines, "<h1>Ticket <code>T-1</code>"), 1);
	assert_int_equal(lines_count(&lines, "Chosen: "), 0);
	assert_int_equal(lines_count(&lines, "2 sessions were opened on this ticket"), 1);
	buf_reset(&lines.page);
	filter.since_ns = 1;
	assert_int_equal(lines_report(&lines, &opts), 0);
	assert_int_equal(lines_count(&lines, "<h1>Ticket"), 0);
	assert_int_equal(lines_count(&lines, "Chosen: "), 1);
	assert_int_equal(lines_count(&lines, "were opened on this ticket"), 0);
	buf_free(&lines.page);
}

/* Another session's line under this one's name is none of its records. */
static int read_all(void *ctx, const struct report_query *query, report_line each, void *each_ctx)
{
	const struct report_query any = { .kind = query->kind, .after = query->after };

	return lines_read(ctx, &any, each, each_ctx);
}

static void test_strangers(void **state)
{
	static const char text[] = OTHER("1", "s-1", "session_start", "")
		OTHER("2", "s-2", "exec", ",\"verdict\":\"unapproved\",\"argv\":[\"not-ours\"]")
			OTHER("3", "s-1", "exec", ",\"verdict\":\"approved\",\"argv\":[\"ours\"]");
	const struct report_opts opts = { ONE_SESSION, .style_sha256 = "" };
	struct lines lines = { .text = text };
	const struct report_source source = { read_all, lines_ticket, &lines };

	(void)state;
	assert_int_equal(report_write(&opts, &source, lines_sink, &lines), 0);
	buf_addc(&lines.page, 0);
	assert_non_null(strstr(lines.page.p, "1 line of the store is no record of the session"));
	assert_null(strstr(lines.page.p, "not-ours"));
	buf_free(&lines.page);
}

/* What is added to a session while the page is made is not on it in part. */
static int read_grown(void *ctx, const struct report_query *query, report_line each, void *each_ctx)
{
	struct lines *lines = ctx;
	int ret = lines_read(ctx, query, each, each_ctx);

	if (lines->reads == 1)
		lines->text = lines->ticket;
	return ret;
}

static void test_grown(void **state)
{
#define BEFORE OTHER("1", "s-1", "session_start", "") OTHER("4", "s-2", "session_start", "")
	static const char before[] = BEFORE;
	static const char after[] = BEFORE OTHER(
		"3", "s-1", "exec", ",\"verdict\":\"unapproved\",\"argv\":[\"too-late\"]");
	const struct record_filter filter = { .ticket = "T-1" };
	const struct report_opts opts = {
		.sessions = (const char *const[]){ "s-1", "s-2" },
		.sessions_n = 2,
		.filter = &filter,
		.style_sha256 = "",
	};
	struct lines lines = { .text = before, .ticket = after };
	const struct report_source source = { read_grown, lines_ticket, &lines };

	(void)state;
	assert_int_equal(report_write(&opts, &source, lines_sink, &lines), 0);
	buf_addc(&lines.page, 0);
	assert_int_equal(lines_count(&lines, "<tr id=\"e"), 2);
	assert_null(strstr(lines.page.p, "too-late"));
	buf_free(&lines.page);
}

/* What a limit leaves out is counted, and no link leads to it. */
static void test_limits(void **state)
{
	const struct report_opts opts = {
		ONE_SESSION,
		.style_sha256 = "",
		.alerts_max = 1,
		.events_max = 3,
	};
	struct lines lines = { 0 };
	struct buf text = { 0 };

	(void)state;
	buf_adds(&text, START);
	for (unsigned int i = 0; i < 4; i++)
		buf_addf(&text,
			 "{\"v\":1,\"seq\":%u,\"time\":\"2026-11-23T20:30:0%u.000000000Z\","
			 "\"session\":\"s-1\","
			 "\"sseq\":%u,\"ticket\":\"T-1\",\"kind\":\"exec\",\"verdict\":"
			 "\"unapproved\",\"reasons\":[],"
			 "\"step\":null,\"parent\":0,\"argv\":[\"x\"]}\n",
			 i + 2, i + 2, i + 2);
	buf_addc(&text, 0);
	lines.text = text.p;
	assert_int_equal(lines_report(&lines, &opts), 0);
	assert_int_equal(lines_count(&lines, "<div class=\"card"), 1);
	assert_non_null(strstr(lines.page.p, "3 more alerts are not on this page"));
	assert_int_equal(lines_count(&lines, "<tr id=\"e"), 3);
	assert_non_null(strstr(lines.page.p, "2 more records are not on this page"));
	assert_non_null(strstr(lines.page.p, "<tbody>\n<tr id=\"e1\">"));
	/* tree, timeline and event: each to the one that is there */
	assert_int_equal(lines_count(&lines, "href=\"#a2\""), 3);
	assert_int_equal(lines_count(&lines, "href=\"#a"), 3);
	buf_free(&lines.page);
	buf_free(&text);
}

/* A line that names itself, or a later one, for its parent makes no circle. */
static void test_tree(void **state)
{
	static const char *const parents[] = { "2", "3", "4", "18446744073709551615", "null" };
	const struct report_opts opts = { ONE_SESSION, .style_sha256 = "" };

	(void)state;
	for (size_t i = 0; i < sizeof(parents) / sizeof(*parents); i++) {
		struct lines lines = { 0 };
		struct buf text = { 0 };

		for (unsigned int k = 2; k < 5; k++)
			buf_addf(&text,
				 "{\"v\":1,\"seq\":%u,\"time\":\"2026-11-23T20:30:00Z\","
				 "\"session\":\"s-1\",\"sseq\":%u,"
				 "\"kind\":\"exec\",\"verdict\":\"approved\",\"parent\":%s,"
				 "\"argv\":[\"x\"]}\n",
				 k, k, parents[i]);
		buf_addc(&text, 0);
		lines.text = text.p;
		assert_int_equal(lines_report(&lines, &opts), 0);
		if (lines_count(&lines, "class=\"dot\"") != 3)
			fail_msg("parent %s: %u programs", parents[i],
				 lines_count(&lines, "class=\"dot\""));
		buf_free(&lines.page);
		buf_free(&text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),      cmocka_unit_test(test_head),
		cmocka_unit_test(test_refused),   cmocka_unit_test(test_limits),
		cmocka_unit_test(test_tree),      cmocka_unit_test(test_chosen),
		cmocka_unit_test(test_strangers), cmocka_unit_test(test_grown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
