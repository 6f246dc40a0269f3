/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/show/export/ocsf.h"
#include "lib/cmocka.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/base/json.h"
#include "core/base/json_read.h"
#include "lib/samples.h"
#include "unit/show/export/ocsf_fields.h"

static char complaint[256];

static bool complain(const char *object, struct span key, const char *what)
{
	if (!complaint[0])
		snprintf(complaint, sizeof(complaint), "%s: \"%.*s\" %s", object, (int)key.n, key.p,
			 what);
	return false;
}

static const char *fields_of(struct span name)
{
	for (size_t i = 0; i < sizeof(ocsf_objects) / sizeof(*ocsf_objects); i++) {
		if (span_is(name, ocsf_objects[i].name))
			return ocsf_objects[i].fields;
	}
	return NULL;
}

/* One "!name:type" at *at; false at the end. */
static bool next_field(const char **at, char *mark, struct span *name, struct span *type)
{
	*at += strspn(*at, " ");
	if (!**at)
		return false;
	*mark = **at == '!' || **at == '|' ? *(*at)++ : 0;
	*name = (struct span){ *at, strcspn(*at, ":") };
	*at += name->n + 1;
	*type = (struct span){ *at, strcspn(*at, " ") };
	*at += type->n;
	return true;
}

static bool check_object(struct span name, struct span value);

static bool check_list(struct span type, struct span value)
{
	struct span items = json_items(value), item;
	bool good = value.n && value.p[0] == '[';

	while (good && json_next(&items, &item))
		good = type.p[0] == 'S'
			       ? json_is_string(item)
			       : check_object((struct span){ type.p + 1, type.n - 2 }, item);
	return good;
}

static bool check_value(struct span type, struct span value)
{
	bool flag;
	int64_t n;

	switch (type.p[0]) {
	case 'i':
		return json_read_i64(value, &n) == 0;
	case 's':
		return json_is_string(value);
	case 'b':
		return json_read_bool(value, &flag) == 0;
	case '{':
		return check_object((struct span){ type.p + 1, type.n - 2 }, value);
	case '*':
		return value.n && value.p[0] == '{';
	default:
		return check_list(type, value);
	}
}

static bool check_members(const char *object, const char *fields, const struct json_object *json)
{
	for (size_t i = 0; i < json->n; i++) {
		const char *at = fields;
		struct span name, type;
		bool known = false;
		char mark;

		while (!known && next_field(&at, &mark, &name, &type))
			known = span_eq(name, json->members[i].key);
		if (!known)
			return complain(object, json->members[i].key,
					"is not of the specification");
		if (!check_value(type, json->members[i].value))
			return complain(object, name, "is of another type");
	}
	return true;
}

static bool check_required(const char *object, const char *fields, const struct json_object *json)
{
	struct span name, type, alternative = { NULL, 0 };
	bool found = false;
	char mark;

	while (next_field(&fields, &mark, &name, &type)) {
		char key[64];
		bool has;

		snprintf(key, sizeof(key), "%.*s", (int)name.n, name.p);
		has = json_get(json, key).n > 0;
		if (mark == '!' && !has)
			return complain(object, name, "is required");
		if (mark == '|') {
			alternative = name;
			found = found || has;
		}
	}
	return !alternative.n || found ||
	       complain(object, alternative, "or another of these is required");
}

static bool check_object(struct span name, struct span value)
{
	struct json_object *json = malloc(sizeof(*json));
	const char *fields = fields_of(name);
	char object[64];
	bool good;

	assert_non_null(json);
	snprintf(object, sizeof(object), "%.*s", (int)name.n, name.p);
	if (!fields || json_read(value, json))
		good = complain(object, name, "is no object of the table");
	else
		good = check_members(object, fields, json) && check_required(object, fields, json);
	free(json);
	return good;
}

static bool check_enums(struct span class, const struct json_object *event)
{
	for (size_t i = 0; i < sizeof(ocsf_enums) / sizeof(*ocsf_enums); i++) {
		struct span value = json_get(event, ocsf_enums[i].name);
		char id[32];

		if (value.n == 0 || (ocsf_enums[i].class && !span_is(class, ocsf_enums[i].class)))
			continue;
		snprintf(id, sizeof(id), " %.*s ", (int)value.n, value.p);
		if (!strstr(ocsf_enums[i].ids, id))
			return complain(ocsf_enums[i].name, value, "is none of its values");
	}
	return true;
}

static bool check_type(const struct json_object *event)
{
	uint64_t class, activity, type;

	if (json_read_u64(json_get(event, "class_uid"), &class) ||
	    json_read_u64(json_get(event, "activity_id"), &activity) ||
	    json_read_u64(json_get(event, "type_uid"), &type))
		return false;
	return type == class * 100 + activity ||
	       complain("type_uid", json_get(event, "type_uid"), "is not class and activity");
}

static bool check_event(struct span line)
{
	struct json_object *event = malloc(sizeof(*event));
	struct span class;
	bool good;

	assert_non_null(event);
	complaint[0] = 0;
	good = json_read(line, event) == 0 || complain("event", line, "is no JSON");
	class = good ? json_get(event, "class_uid") : line;
	good = good && check_object(class, line) && check_enums(class, event) && check_type(event);
	free(event);
	return good;
}

static void sample_lines(const char *name, struct buf *out, int *n)
{
	struct buf line = { 0 };

	for (int i = 0; i < SAMPLES; i++) {
		if (strcmp(samples[i].name, name))
			continue;
		assert_int_equal(record_line(&samples[i].record, &line), 0);
		*n = ocsf_lines(buf_span(&line), out);
	}
	buf_free(&line);
}

/* The check has to be able to fail. */
static void test_check_refuses(void **state)
{
	static const struct {
		const char *from, *to;
	} rows[] = {
		{ "\"class_uid\":1007", "\"class_uid\":1008" },
		{ "\"activity_id\":1,", "" },
		{ "\"activity_id\":1,", "\"activity_id\":6," },
		{ "\"type_uid\":100701", "\"type_uid\":100702" },
		{ "\"severity_id\":4", "\"severity_id\":\"4\"" },
		{ "\"disposition_id\":26", "\"disposition_id\":28" },
		{ "\"status_id\":1", "\"status_id\":7" },
		{ "\"version\":\"1.8.0\",", "" },
		{ "\"process\":{\"pid\":100,\"uid\":\"b007:100:1900\",\"name\"",
		  "\"process\":{\"name\"" },
		{ "\"working_directory\"", "\"cwd\"" },
		{ "\"value\":\"/usr/bin\"", "\"value\":1" },
		{ "\"type_id\":1,\"size\"", "\"size\"" },
	};
	struct buf lines = { 0 };
	int n = 0;

	(void)state;
	sample_lines("exec", &lines, &n);
	assert_int_equal(n, 2);
	lines.n = (size_t)((char *)memchr(lines.p, '\n', lines.n) - lines.p);
	assert_true(check_event(buf_span(&lines)));
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const char *at = memmem(lines.p, lines.n, rows[i].from, strlen(rows[i].from));
		struct buf changed = { 0 };

		if (!at)
			fail_msg("%s: not in the line", rows[i].from);
		buf_add(&changed, lines.p, (size_t)(at - lines.p));
		buf_adds(&changed, rows[i].to);
		at += strlen(rows[i].from);
		buf_add(&changed, at, (size_t)(lines.p + lines.n - at));
		if (check_event(buf_span(&changed)))
			fail_msg("accepted with \"%s\" for \"%s\"", rows[i].to, rows[i].from);
		buf_free(&changed);
	}
	buf_free(&lines);
}

/* Every sample: which classes it becomes, each as the specification wants it. */
static const struct row {
	const char *name, *classes, *has;
} rows[] = {
	{ "session_start", "", NULL },
	{ "rehearsal", "", NULL },
	{ "heartbeat", "", NULL },
	{ "host", "", NULL },
	{ "ack", "", NULL },
	{ "ack, of no session", "", NULL },
	{ "write, not judged", "", NULL },
	{ "exec", "1007 2004 ",
	  "\"disposition_id\":26,\"disposition\":\"Unauthorized\",\"is_alert\":true" },
	{ "exec, hostile", "1007 2004 ",
	  "\"disposition_id\":99,\"disposition\":\"Indeterminate\"" },
	{ "exec, secret", "1007 ",
	  "\"disposition_id\":8,\"disposition\":\"Approved\",\"is_alert\":false" },
	{ "exit", "1007 ", "\"activity_id\":2,\"activity_name\":\"Terminate\"" },
	{ "exit by signal", "1007 ", "\"signal\":" },
	{ "exec_failed", "1007 ", "\"status_id\":2,\"status\":\"Failure\",\"status_code\":\"" },
	{ "exec_failed, hostile", "1007 ", "\"cmd_line\":\"" },
	{ "connect", "4001 2004 ", "\"dst_endpoint\":{\"ip\":\"127.0.0.1\",\"port\":443}" },
	{ "send", "4001 ", "\"activity_id\":6," },
	{ "bind", "4001 2004 ", "\"activity_id\":99,\"activity_name\":\"Bind\"" },
	{ "listen", "4001 2004 ", "\"activity_id\":7," },
	{ "close, refused", "4001 ", "\"activity_id\":5,\"activity_name\":\"Refuse\"" },
	{ "close, late", "4001 ", "\"traffic\":{\"bytes_out\":" },
	{ "unix_connect", "4001 2004 ", "\"direction_id\":4,\"direction\":\"Local\"" },
	{ "unix_connect, hostile", "4001 2004 ", "\"dst_endpoint\":{\"name\":\"" },
	{ "socket", "4001 2004 ", "\"activity_name\":\"Socket\"" },
	{ "socket, by numbers", "4001 2004 ", "\"family\":\"" },
	{ "write", "2004 ", "\"evidences\":[{\"actor\":" },
	{ "loss", "2004 ", "\"title\":\"events were lost\"" },
	{ "loss without numbers", "2004 ", "\"types\":[\"events_lost\"]" },
	{ "session_end", "2004 ", "\"is_alert\":true" },
	{ "session_end, compliant", "2004 ", "\"status_id\":4,\"status\":\"Resolved\"" },
	{ "session_end, lossy", "2004 ", "\"status_id\":1,\"status\":\"New\"" },
};

static void check_row(const struct row *row)
{
	struct buf lines = { 0 }, classes = { 0 };
	struct span rest;
	uint64_t seq;
	int n = -1, i = 0;
	bool more;

	sample_lines(row->name, &lines, &n);
	if (row->has && !memmem(lines.p, lines.n, row->has, strlen(row->has)))
		fail_msg("%s: want %s, got %.*s", row->name, row->has, (int)lines.n, lines.p);
	for (rest = buf_span(&lines); rest.n; i++) {
		const char *end = memchr(rest.p, '\n', rest.n);
		struct span line = { rest.p, (size_t)(end - rest.p) };

		if (!check_event(line))
			fail_msg("%s: %s in %.*s", row->name, complaint, (int)line.n, line.p);
		if (ocsf_seq(line, &seq, &more) || seq != 41 || more != (i + 1 < n))
			fail_msg("%s: line %d: seq %d, more %d", row->name, i, (int)seq, more);
		buf_add(&classes, (char *)memmem(line.p, line.n, "class_uid\":", 11) + 11, 4);
		buf_addc(&classes, ' ');
		rest.p += line.n + 1;
		rest.n -= line.n + 1;
	}
	if (i != n || !span_is(buf_span(&classes), row->classes))
		fail_msg("%s: %d lines, classes \"%.*s\"", row->name, n, (int)classes.n, classes.p);
	buf_free(&classes);
	buf_free(&lines);
}

static void test_samples(void **state)
{
	(void)state;
	assert_int_equal(sizeof(rows) / sizeof(*rows), SAMPLES);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		check_row(&rows[i]);
}

/* Lines that no sample is: what a host record says of the monitor, and what comes later. */
static void test_by_hand(void **state)
{
#define LINE(kind, rest)                                                                           \
	"{\"seq\":5,\"time\":\"2026-11-23T20:00:02.000000001Z\",\"host\":\"h\",\"boot\":\"b\","    \
	"\"session\":null,\"ticket\":\"T\",\"severity\":\"info\",\"verdict\":null,\"reasons\":[]," \
	"\"kind\":\"" kind "\"" rest "}"
	static const struct {
		const char *name, *line;
		int lines;
		const char *has;
	} by_hand[] = {
		{ "a kind of tomorrow", LINE("tomorrow", ""), 0, NULL },
		{ "a start", LINE("session_start", ""), 0, NULL },
		{ "a start by breaking the glass", LINE("session_start", ",\"break_glass\":true"),
		  1, "\"severity_id\":4" },
		{ "the glass kept whole", LINE("session_start", ",\"break_glass\":false"), 0,
		  NULL },
		{ "reload", LINE("host", ",\"what\":\"reload\",\"detail\":null"), 0, NULL },
		{ "a gap", LINE("host", ",\"what\":\"store_gap\",\"detail\":\"3 rows\""), 1,
		  "\"desc\":\"3 rows\"" },
		{ "a log that was cut",
		  LINE("host", ",\"what\":\"log_cut\",\"detail\":\"3 records\""), 1,
		  "\"severity_id\":5" },
		{ "v6",
		  LINE("connect",
		       ",\"proto\":\"tcp\",\"local\":null,\"remote\":\"[2001:db8::1]:53\""),
		  1, "\"dst_endpoint\":{\"ip\":\"2001:db8::1\",\"port\":53}" },
		{ "version of IP", LINE("connect", ",\"proto\":\"udp\",\"remote\":\"[::1]:53\""), 1,
		  "\"protocol_num\":17,\"protocol_ver_id\":6" },
		{ "a variable without a value",
		  LINE("exec", ",\"pid\":1,\"argv\":[\"a\"],\"env\":[\"A\",\"B=\",\"C=d=e\"]"), 1,
		  "[{\"name\":\"A\",\"value\":\"\"},{\"name\":\"B\","
		  "\"value\":\"\"},{\"name\":\"C\",\"value\":\"d=e\"}]" },
	};
	struct buf out = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(by_hand) / sizeof(*by_hand); i++) {
		const char *has = by_hand[i].has;

		buf_reset(&out);
		if (ocsf_lines(span_of(by_hand[i].line), &out) != by_hand[i].lines ||
		    (has && !memmem(out.p, out.n, has, strlen(has))))
			fail_msg("%s: %.*s", by_hand[i].name, (int)out.n, out.n ? out.p : "");
		if (out.n && !check_event((struct span){ out.p, out.n - 1 }))
			fail_msg("%s: %s", by_hand[i].name, complaint);
	}
	buf_free(&out);
}

static void test_refused(void **state)
{
	static const char *const refused[] = { "",
					       "{}",
					       "[]",
					       "{\"kind\":1,\"seq\":1}",
					       "{\"kind\":\"exec\"}",
					       "{\"seq\":1,\"kind\":\"exit\",\"reasons\":[\n]}" };
	struct buf out = { 0 };
	uint64_t seq;
	bool more;

	(void)state;
	for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++) {
		if (ocsf_lines(span_of(refused[i]), &out) != -EBADMSG || out.n)
			fail_msg("\"%s\": accepted", refused[i]);
		if (ocsf_seq(span_of(refused[i]), &seq, &more) != -EBADMSG)
			fail_msg("\"%s\": has a seq", refused[i]);
	}
	buf_free(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_check_refuses),
		cmocka_unit_test(test_samples),
		cmocka_unit_test(test_by_hand),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
