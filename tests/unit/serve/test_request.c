/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <errno.h>
#include <stdio.h>

#include "core/serve/request.h"
#include "lib/cmocka.h"

#define A16  "aaaaaaaaaaaaaaaa"
#define A127 A16 A16 A16 A16 A16 A16 A16 "aaaaaaaaaaaaaaa"

#define START_FOR(uid)    "{\"op\":\"session_start\",\"ticket\":\"a\",\"operator\":" uid "}"
#define ACK_OF(seq, note) "{\"op\":\"alert_ack\",\"of\":" seq ",\"note\":\"" note "\"}"

/* want: NULL is a refusal, else op/ticket/session/shell/kill/env with '|' for NUL. */
static const struct parse_row {
	const char *name, *line, *want;
} parse_rows[] = {
	{ "empty", "", NULL },
	{ "blank", " ", NULL },
	{ "no object", "[]", NULL },
	{ "two objects", "{\"op\":\"status\"}{\"op\":\"status\"}", NULL },
	{ "cut short", "{\"op\":\"status\"", NULL },
	{ "no op", "{}", NULL },
	{ "op of another type", "{\"op\":1}", NULL },
	{ "unknown op", "{\"op\":\"reboot\"}", NULL },
	{ "op in upper case", "{\"op\":\"STATUS\"}", NULL },
	{ "op twice", "{\"op\":\"status\",\"op\":\"session_list\"}", NULL },
	{ "unknown member", "{\"op\":\"status\",\"x\":1}", NULL },
	{ "member of another op", "{\"op\":\"status\",\"kill\":true}", NULL },
	{ "member twice", "{\"op\":\"session_end\",\"session\":\"a\",\"session\":\"b\"}", NULL },
	{ "no ticket", "{\"op\":\"session_start\"}", NULL },
	{ "no session", "{\"op\":\"session_show\"}", NULL },
	{ "null for a ticket", "{\"op\":\"session_start\",\"ticket\":null}", NULL },
	{ "empty ticket", "{\"op\":\"session_start\",\"ticket\":\"\"}", NULL },
	{ "ticket with a slash", "{\"op\":\"session_start\",\"ticket\":\"a/b\"}", NULL },
	{ "ticket upwards", "{\"op\":\"session_start\",\"ticket\":\"..\"}", NULL },
	{ "ticket upwards, escaped",
	  "{\"op\":\"session_start\",\"ticket\":\"\\u002e\\u002e\\u002fa\"}", NULL },
	{ "ticket with a NUL", "{\"op\":\"session_start\",\"ticket\":\"a\\u0000b\"}", NULL },
	{ "ticket with a newline", "{\"op\":\"session_start\",\"ticket\":\"a\\nb\"}", NULL },
	{ "ticket with a letter of another script",
	  "{\"op\":\"session_start\",\"ticket\":\"\xd0\x90\"}", NULL },
	{ "ticket too long", "{\"op\":\"session_start\",\"ticket\":\"a" A127 "\"}", NULL },
	{ "kill of another type", "{\"op\":\"session_end\",\"session\":\"a\",\"kill\":\"true\"}",
	  NULL },
	{ "kill by number", "{\"op\":\"session_end\",\"session\":\"a\",\"kill\":1}", NULL },
	{ "env is no list", "{\"op\":\"session_start\",\"ticket\":\"a\",\"env\":{}}", NULL },
	{ "env is a string", "{\"op\":\"session_start\",\"ticket\":\"a\",\"env\":\"A=b\"}", NULL },
	{ "env of numbers", "{\"op\":\"session_start\",\"ticket\":\"a\",\"env\":[1]}", NULL },
	{ "variable without =", "{\"op\":\"session_start\",\"ticket\":\"a\",\"env\":[\"A\"]}",
	  NULL },
	{ "variable without a name", "{\"op\":\"session_start\",\"ticket\":\"a\",\"env\":[\"=b\"]}",
	  NULL },
	{ "variable with a NUL",
	  "{\"op\":\"session_start\",\"ticket\":\"a\",\"env\":[\"A=\\u0000LD_PRELOAD=x\"]}", NULL },
	{ "not UTF-8", "{\"op\":\"session_start\",\"ticket\":\"a\",\"env\":[\"A=\xff\"]}", NULL },

	{ "operator as text", START_FOR("\"0\""), NULL },
	{ "operator negative", START_FOR("-1"), NULL },
	{ "operator that is nobody", START_FOR("4294967295"), NULL },
	{ "operator past 32 bits", START_FOR("4294967296"), NULL },
	{ "operator null", START_FOR("null"), NULL },
	{ "operator of a status", "{\"op\":\"status\",\"operator\":0}", NULL },
	{ "operator of an end", "{\"op\":\"session_end\",\"session\":\"s1\",\"operator\":0}",
	  NULL },
	{ "self of a session", "{\"op\":\"session_self\",\"session\":\"s1\"}", NULL },
	{ "list of a ticket", "{\"op\":\"ticket_list\",\"ticket\":\"a\"}", NULL },

	{ "ack of nothing", "{\"op\":\"alert_ack\",\"note\":\"a\"}", NULL },
	{ "ack of record 0", ACK_OF("0", "a"), NULL },
	{ "ack of a text", ACK_OF("\"1\"", "a"), NULL },
	{ "ack past 64 bits", ACK_OF("18446744073709551616", "a"), NULL },
	{ "ack without a note", "{\"op\":\"alert_ack\",\"of\":1}", NULL },
	{ "ack with an empty note", ACK_OF("1", ""), NULL },
	{ "ack with a blank note", ACK_OF("1", " \\n\\t "), NULL },
	{ "ack with a NUL", ACK_OF("1", "a\\u0000b"), NULL },
	{ "ack in the name of another",
	  "{\"op\":\"alert_ack\",\"of\":1,\"note\":\"a\",\"by\":\"root\"}", NULL },
	{ "ack for an operator", "{\"op\":\"alert_ack\",\"of\":1,\"note\":\"a\",\"operator\":0}",
	  NULL },
	{ "note of a status", "{\"op\":\"status\",\"note\":\"a\"}", NULL },
	{ "ack", ACK_OF("7", "seen"), "9////7=seen" },

	{ "start for a user", START_FOR("4294967294"), "1/a///" },
	{ "self", "{\"op\":\"session_self\"}", "7////" },
	{ "self, for a user", "{\"op\":\"session_self\",\"operator\":1000}", "7////" },
	{ "tickets", "{\"op\":\"ticket_list\"}", "8////" },
	{ "tickets of a user", "{\"op\":\"ticket_list\",\"operator\":0}", "8////" },
	{ "status", "{\"op\":\"status\"}", "5////" },
	{ "blanks", " { \"op\" : \"status\" } ", "5////" },
	{ "op last", "{\"session\":\"s1\",\"op\":\"session_show\"}", "3//s1//" },
	{ "list", "{\"op\":\"session_list\"}", "2////" },
	{ "end", "{\"op\":\"session_end\",\"session\":\"s1\"}", "4//s1//" },
	{ "end and kill", "{\"op\":\"session_end\",\"session\":\"s1\",\"kill\":true}",
	  "4//s1/kill/" },
	{ "start", "{\"op\":\"session_start\",\"ticket\":\"CHG-1_a.b\"}", "1/CHG-1_a.b///" },
	{ "start, longest ticket", "{\"op\":\"session_start\",\"ticket\":\"" A127 "\"}",
	  "1/" A127 "///" },
	{ "start of a shell", "{\"op\":\"session_start\",\"ticket\":\"a\",\"shell\":true}",
	  "1/a//shell/" },
	{ "start with variables",
	  "{\"op\":\"session_start\",\"ticket\":\"a\",\"env\":[\"A=b\\n\",\"C=\",\"D==\"]}",
	  "1/a///A=b\n|C=|D==|" },
	{ "start with no variables", "{\"op\":\"session_start\",\"ticket\":\"a\",\"env\":[]}",
	  "1/a///" },
};

static int run_parse(const struct parse_row *row)
{
	struct request request;
	struct err err = { .message = "" };
	char got[1024] = "";
	size_t i;
	int ret = request_parse(span_of(row->line), &request, &err);

	if (!ret) {
		for (i = 0; i < request.env.n; i++)
			request.env.p[i] = request.env.p[i] ? request.env.p[i] : '|';
		snprintf(got, sizeof(got), "%d/%s/%s/%s%s/%.*s", request.op, request.ticket,
			 request.session, request.shell ? "shell" : "", request.kill ? "kill" : "",
			 (int)request.env.n, request.env.n ? request.env.p : "");
		if (request.of)
			snprintf(got + strlen(got), sizeof(got) - strlen(got), "%llu=%.*s",
				 (unsigned long long)request.of, (int)request.note.n,
				 request.note.p);
	}
	request_free(&request);
	if (row->want ? !ret && strcmp(got, row->want) == 0 : ret == -EINVAL && err.message[0])
		return 0;
	print_error("%s: got %d \"%s\" (%s), want \"%s\"\n", row->name, ret, got, err.message,
		    row->want ? row->want : "a refusal with a message");
	return 1;
}

static void test_parse(void **state)
{
	int failed = 0;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(parse_rows) / sizeof(parse_rows[0]); i++)
		failed += run_parse(&parse_rows[i]);
	assert_int_equal(failed, 0);
}

static void test_bounds(void **state)
{
	struct request request;
	struct err err;
	struct buf line = { 0 };
	int i, n;

	(void)state;
	for (n = REQUEST_ENV_MAX; n <= REQUEST_ENV_MAX + 1; n++) {
		buf_reset(&line);
		buf_adds(&line, "{\"op\":\"session_start\",\"ticket\":\"a\",\"env\":[\"A=\"");
		for (i = 1; i < n; i++)
			buf_adds(&line, ",\"A=\"");
		buf_adds(&line, "]}");
		assert_int_equal(request_parse(buf_span(&line), &request, &err),
				 n > REQUEST_ENV_MAX ? -EINVAL : 0);
		request_free(&request);
	}
	buf_reset(&line);
	buf_adds(&line, "{\"op\":\"status\"}");
	while (line.n <= REQUEST_BYTES_MAX)
		buf_addc(&line, ' ');
	assert_int_equal(request_parse(buf_span(&line), &request, &err), -EINVAL);
	line.n--;
	assert_int_equal(request_parse(buf_span(&line), &request, &err), 0);
	buf_free(&line);
}

static void test_messages(void **state)
{
	static const struct {
		const char *line, *want;
		unsigned int column;
	} rows[] = {
		{ "{\"op\":\"session_end\",\"session\":\"a\",\"kill\":2}",
		  "\"kill\": expected true or false", 42 },
		{ "{\"op\":\"status\",\"\xc3\xa9\":2}",
		  "status does not take the member at column 17", 17 },
		{ "{\"op\":\"session_start\"}", "session_start needs \"ticket\"", 0 },
	};
	struct request request;
	struct err err;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(request_parse(span_of(rows[i].line), &request, &err), -EINVAL);
		assert_string_equal(err.message, rows[i].want);
		assert_int_equal(err.column, rows[i].column);
	}
}

static void test_allowed(void **state)
{
	static const struct {
		const char *name;
		enum request_op op;
		uint32_t peer, owner;
		bool want;
	} rows[] = {
		{ "nothing", REQUEST_NONE, 0, 0, false },
		{ "out of the table", (enum request_op)99, 0, 0, false },
		{ "show, another's", REQUEST_SESSION_SHOW, 1000, 1001, false },
		{ "show, nobody's", REQUEST_SESSION_SHOW, 1000, REQUEST_NO_OWNER, false },
		{ "end, another's", REQUEST_SESSION_END, 1000, 0, false },
		{ "end, peer unknown, nobody's", REQUEST_SESSION_END, UINT32_MAX, REQUEST_NO_OWNER,
		  false },
		{ "status, peer unknown", REQUEST_STATUS, UINT32_MAX, REQUEST_NO_OWNER, false },
		{ "show, own", REQUEST_SESSION_SHOW, 1000, 1000, true },
		{ "end, own", REQUEST_SESSION_END, 1000, 1000, true },
		{ "end, root", REQUEST_SESSION_END, 0, 1000, true },
		{ "end, root, nobody's", REQUEST_SESSION_END, 0, REQUEST_NO_OWNER, true },
		{ "start, anyone", REQUEST_SESSION_START, 1000, REQUEST_NO_OWNER, true },
		{ "list, anyone", REQUEST_SESSION_LIST, 1000, REQUEST_NO_OWNER, true },
		{ "revoke, anyone", REQUEST_TICKET_REVOKE, 1000, REQUEST_NO_OWNER, false },
		{ "self, peer unknown", REQUEST_SESSION_SELF, UINT32_MAX, REQUEST_NO_OWNER, false },
		{ "self, anyone", REQUEST_SESSION_SELF, 1000, REQUEST_NO_OWNER, true },
		{ "tickets, anyone", REQUEST_TICKET_LIST, 1000, REQUEST_NO_OWNER, true },
		{ "ack, anyone", REQUEST_ALERT_ACK, 1000, REQUEST_NO_OWNER, false },
		{ "ack, as if a session's operator", REQUEST_ALERT_ACK, 1000, 1000, false },
		{ "ack, root", REQUEST_ALERT_ACK, 0, REQUEST_NO_OWNER, true },
		{ "status, anyone", REQUEST_STATUS, 1000, REQUEST_NO_OWNER, true },
	};
	int failed = 0;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (request_allowed(rows[i].op, rows[i].peer, rows[i].owner) != rows[i].want) {
			print_error("%s: want %d\n", rows[i].name, rows[i].want);
			failed++;
		}
	}
	assert_int_equal(failed, 0);
}

/* The group that may read every session may answer for them, and do nothing else. */
static void test_responders(void **state)
{
	(void)state;
	for (int op = REQUEST_NONE; op < 99; op++)
		assert_int_equal(request_of_responders((enum request_op)op),
				 op == REQUEST_ALERT_ACK);
}

static void test_may_speak(void **state)
{
	static const struct {
		const char *name, *line;
		uint32_t peer;
		bool want;
		uint32_t as;
	} rows[] = {
		{ "another, for root", START_FOR("0"), 1000, false, 0 },
		{ "another, for another", START_FOR("1001"), 1000, false, 1001 },
		{ "another, for itself", START_FOR("1000"), 1000, false, 1000 },
		{ "the overflow user", START_FOR("1000"), 65534, false, 1000 },
		{ "peer unknown", START_FOR("1000"), UINT32_MAX, false, 1000 },
		{ "peer unknown, as itself", "{\"op\":\"status\"}", UINT32_MAX, false, UINT32_MAX },
		{ "another, its session", "{\"op\":\"session_self\",\"operator\":0}", 1000, false,
		  0 },
		{ "another, a list", "{\"op\":\"ticket_list\",\"operator\":0}", 1000, false, 0 },
		{ "root, for another", START_FOR("1000"), 0, true, 1000 },
		{ "root, for itself", START_FOR("0"), 0, true, 0 },
		{ "root, as itself", "{\"op\":\"ticket_list\"}", 0, true, 0 },
		{ "another, as itself", "{\"op\":\"ticket_list\"}", 1000, true, 1000 },
	};
	struct request request;
	struct err err;
	int failed = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(request_parse(span_of(rows[i].line), &request, &err), 0);
		if (request_may_speak(&request, rows[i].peer) != rows[i].want ||
		    request_operator(&request, rows[i].peer) != rows[i].as) {
			print_error("%s: want %d, as %u\n", rows[i].name, rows[i].want, rows[i].as);
			failed++;
		}
		request_free(&request);
	}
	request = (struct request){ .on_behalf = true, .operator_uid = REQUEST_NO_OWNER };
	assert_false(request_may_speak(&request, 0));
	assert_int_equal(failed, 0);
}

/* want: NULL is a refusal, else what subscribe_line() makes of it. */
static const struct parse_row subscribe_rows[] = {
	{ "empty", "", NULL },
	{ "no version", "{}", NULL },
	{ "another version", "{\"v\":2}", NULL },
	{ "version as text", "{\"v\":\"1\"}", NULL },
	{ "unknown member", "{\"v\":1,\"x\":1}", NULL },
	{ "negative after", "{\"v\":1,\"after\":-1}", NULL },
	{ "after too big", "{\"v\":1,\"after\":18446744073709551616}", NULL },
	{ "after as text", "{\"v\":1,\"after\":\"1\"}", NULL },
	{ "negative since", "{\"v\":1,\"since\":-1}", NULL },
	{ "since null", "{\"v\":1,\"since\":null}", NULL },
	{ "filter is no object", "{\"v\":1,\"filter\":[]}", NULL },
	{ "filter null", "{\"v\":1,\"filter\":null}", NULL },
	{ "unknown filter", "{\"v\":1,\"filter\":{\"user\":\"a\"}}", NULL },
	{ "filter twice", "{\"v\":1,\"filter\":{\"kind\":\"exec\",\"kind\":\"exit\"}}", NULL },
	{ "unknown kind", "{\"v\":1,\"filter\":{\"kind\":\"exce\"}}", NULL },
	{ "unknown verdict", "{\"v\":1,\"filter\":{\"verdict\":\"violation\"}}", NULL },
	{ "session that is no id", "{\"v\":1,\"filter\":{\"session\":\"a b\"}}", NULL },
	{ "a filter that is no text", "{\"v\":1,\"filter\":{\"host\":1}}", NULL },
	{ "an empty filter", "{\"v\":1,\"filter\":{\"host\":\"\"}}", NULL },
	{ "unknown reason", "{\"v\":1,\"filter\":{\"reason\":\"argument_differ\"}}", NULL },
	{ "a relative program", "{\"v\":1,\"filter\":{\"program\":\"bin/sh\"}}", NULL },
	{ "a program that is no pattern", "{\"v\":1,\"filter\":{\"program\":\"[a\"}}", NULL },
	{ "a host name as destination", "{\"v\":1,\"filter\":{\"destination\":\"a.example:1\"}}",
	  NULL },
	{ "until null", "{\"v\":1,\"until\":null}", NULL },
	{ "open of another type", "{\"v\":1,\"filter\":{\"open\":1}}", NULL },
	{ "the open ones are alerts", "{\"v\":1,\"filter\":{\"open\":true}}",
	  "{\"v\":1,\"filter\":{\"alerts\":true,\"open\":true}}" },
	{ "alerts of another type", "{\"v\":1,\"filter\":{\"alerts\":1}}", NULL },

	{ "least", "{\"v\":1}", "{\"v\":1,\"filter\":{}}" },
	{ "after null", "{\"v\":1,\"after\":null}", "{\"v\":1,\"filter\":{}}" },
	{ "after 0", "{\"v\":1,\"after\":0}", "{\"v\":1,\"after\":0,\"filter\":{}}" },
	{ "after the biggest", "{\"v\":1,\"after\":18446744073709551615}",
	  "{\"v\":1,\"after\":18446744073709551615,\"filter\":{}}" },
	{ "since", "{\"v\":1,\"since\":1}", "{\"v\":1,\"after\":0,\"since\":1,\"filter\":{}}" },
	{ "until", "{\"v\":1,\"until\":9}", "{\"v\":1,\"until\":9,\"filter\":{}}" },
	{ "every other filter",
	  "{\"v\":1,\"filter\":{\"destination\":\"[::1]:53\",\"program\":\"{a,b}*\","
	  "\"reason\":\"delegation\",\"host\":\"w-\\u0031\",\"operator\":\"D\\\\u \\u00e9\"}}",
	  "{\"v\":1,\"filter\":{\"operator\":\"D\\\\u \xc3\xa9\",\"host\":\"w-1\",\"reason\":"
	  "\"delegation\",\"program\":\"{a,b}*\",\"destination\":\"[::1]:53\"}}" },
	{ "everything, in any order",
	  "{\"filter\":{\"alerts\":true,\"verdict\":\"unapproved\",\"kind\":\"exec\",\"ticket\":"
	  "\"T\","
	  "\"session\":\"s\"},\"since\":5,\"after\":7,\"v\":1}",
	  "{\"v\":1,\"after\":7,\"since\":5,\"filter\":{\"session\":\"s\",\"ticket\":\"T\","
	  "\"kind\":\"exec\","
	  "\"verdict\":\"unapproved\",\"alerts\":true}}" },
};

static int run_subscribe(const struct parse_row *row)
{
	struct subscribe subscribe;
	struct err err = { .message = "" };
	struct buf got = { 0 };
	bool good;
	int ret = subscribe_parse(span_of(row->line), &subscribe, &err);

	if (!ret) {
		subscribe_line(&subscribe, &got);
		subscribe_free(&subscribe);
	}
	good = row->want ? !ret && span_is(buf_span(&got), row->want)
			 : ret == -EINVAL && err.message[0];
	if (!good)
		print_error("%s: got %d \"%.*s\" (%s), want \"%s\"\n", row->name, ret, (int)got.n,
			    got.n ? got.p : "", err.message, row->want ? row->want : "a refusal");
	buf_free(&got);
	return !good;
}

static void test_subscribe(void **state)
{
	int failed = 0;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(subscribe_rows) / sizeof(subscribe_rows[0]); i++)
		failed += run_subscribe(&subscribe_rows[i]);
	assert_int_equal(failed, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),      cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_messages),   cmocka_unit_test(test_allowed),
		cmocka_unit_test(test_responders), cmocka_unit_test(test_may_speak),
		cmocka_unit_test(test_subscribe),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
