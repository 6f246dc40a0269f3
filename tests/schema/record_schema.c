/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */

/*
 * record_schema            prints docs/lockstep-record.schema.json, from the catalogue of records
 * record_schema --members  prints "KIND KEY" for each member of a kind, and "- KEY" for those of
 * all
 */
#include <stdio.h>
#include <string.h>

#include "core/base/json.h"
#include "core/record/catalogue.h"

/* Closed lists of those members that are more than a name looked up. */
static const char *severity_word(unsigned int i)
{
	return severity_name((enum severity)(i - 1));
}

static const char *outcome_word(unsigned int i)
{
	return outcome_name((enum outcome)(i - 1));
}

static const char *reason_word(unsigned int i)
{
	return reason_name((enum reason)(i - 1));
}

static const struct {
	const char *key;
	const char *(*word)(unsigned int i);
	unsigned int last;
} closed[] = {
	{ "severity", severity_word, SEVERITY_CRITICAL + 1 },
	{ "outcome", outcome_word, OUTCOME_COMPLIANT + 1 },
	{ "reasons", reason_word, REASON_COUNT },
};

static void add_object(const struct member *members, struct buf *out);

static void add_type(const char *type, bool nullable, struct buf *out)
{
	if (!nullable) {
		json_cstr(out, "type", type);
		return;
	}
	json_open(out, "type", '[');
	json_cstr(out, NULL, type);
	json_cstr(out, NULL, "null");
	json_close(out, ']');
}

static void add_words(const char *(*word)(unsigned int i), unsigned int last, bool nullable,
		      struct buf *out)
{
	json_open(out, "enum", '[');
	for (unsigned int i = 1; i <= last; i++)
		json_cstr(out, NULL, word(i));
	if (nullable)
		json_null(out, NULL);
	json_close(out, ']');
}

/* A table that has a prefix takes any number, and is no closed list. */
static void add_numbered(const struct number_names *names, struct buf *out)
{
	json_open(out, "enum", '[');
	for (size_t i = 0; i < names->n; i++)
		json_cstr(out, NULL, names->v[i].name);
	json_close(out, ']');
}

static void add_string(const struct member *member, struct buf *out)
{
	bool nullable = member->shape & NULLABLE;

	if (member->text)
		json_cstr(out, "const", member->text);
	else if (member->word)
		add_words(member->word, member->last, nullable, out);
	else if (member->numbered && !member->numbered->prefix)
		add_numbered(member->numbered, out);
	else
		add_type("string", nullable, out);
	for (size_t i = 0; i < sizeof(closed) / sizeof(*closed); i++) {
		if (!strcmp(member->key, closed[i].key))
			add_words(closed[i].word, closed[i].last, nullable, out);
	}
}

static void add_array(const struct member *member, struct buf *out)
{
	struct member item = { .key = member->key, .shape = STRING };

	add_type("array", member->shape & NULLABLE, out);
	json_open(out, "items", '{');
	if ((member->shape & MEMBER_TYPE) == STRINGS)
		add_string(&item, out);
	else if ((member->shape & MEMBER_TYPE) == NUMBERS)
		json_cstr(out, "type", "integer");
	else
		add_object(member->members, out);
	json_close(out, '}');
}

static void add_value(const struct member *member, struct buf *out)
{
	bool nullable = member->shape & NULLABLE;

	switch (member->shape & MEMBER_TYPE) {
	case STRING:
		add_string(member, out);
		break;
	case NUMBER:
		if (member->last)
			json_u64(out, "const", member->last);
		else
			add_type("integer", nullable, out);
		break;
	case BOOL:
		add_type("boolean", nullable, out);
		break;
	case DEVICE:
		json_cstr(out, "type", "string");
		json_cstr(out, "pattern", "^[0-9]+:[0-9]+$");
		break;
	case WHEN:
		json_cstr(out, "type", "string");
		json_cstr(out, "pattern",
			  "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}[.][0-9]{9}Z$");
		break;
	case OBJECT:
		add_object(member->members, out);
		if (nullable) {
			out->n -= strlen(",\"type\":\"object\"");
			add_type("object", true, out);
		}
		break;
	default:
		add_array(member, out);
		break;
	}
}

static void add_properties(const struct member *members, bool given, struct buf *out)
{
	for (; members->key; members++) {
		char twin[40];

		if (!given && members->shape & OPTIONAL)
			continue;
		json_open(out, members->key, '{');
		if (given)
			add_value(members, out);
		else
			json_cstr(out, "type", "null");
		json_close(out, '}');
		if (!given || !(members->shape & TWIN))
			continue;
		snprintf(twin, sizeof(twin), "%s_b64", members->key);
		json_open(out, twin, '{');
		if ((members->shape & MEMBER_TYPE) == STRINGS) {
			json_cstr(out, "type", "array");
			json_open(out, "items", '{');
			json_cstr(out, "type", "string");
			json_close(out, '}');
		} else {
			json_cstr(out, "type", "string");
		}
		json_close(out, '}');
	}
}

static void add_required(const struct member *members, struct buf *out)
{
	for (; members->key; members++) {
		if (!(members->shape & OPTIONAL))
			json_cstr(out, NULL, members->key);
	}
}

static void add_object(const struct member *members, struct buf *out)
{
	json_open(out, "properties", '{');
	add_properties(members, true, out);
	json_close(out, '}');
	json_open(out, "required", '[');
	add_required(members, out);
	json_close(out, ']');
	json_bool(out, "additionalProperties", false);
	json_cstr(out, "type", "object");
}

/* Whether the record is of a session: always, never, or (an ack) as what it is about. */
static bool has_session(enum record_kind kind)
{
	return kind != RECORD_HEARTBEAT && kind != RECORD_HOST;
}

static void add_kind(enum record_kind kind, bool session, struct buf *out)
{
	const struct member *own = catalogue_members(kind);
	bool event = record_kind_is_event(kind);
	const struct member opener[] = { { .key = "pid", .shape = NUMBER }, { .key = NULL } };
	const struct member of[] = {
		{ .key = "kind", .shape = STRING, .text = record_kind_name(kind) }, { .key = NULL }
	};

	json_open(out, NULL, '{');
	json_cstr(out, "title", record_kind_name(kind));
	json_open(out, "properties", '{');
	for (const struct member *head = catalogue_head; head->key; head++) {
		struct member one[] = { *head, { .key = NULL } };
		bool sseq = !strcmp(head->key, "sseq"), whose = !strcmp(head->key, "session");

		if (sseq || whose)
			one->shape &= ~(unsigned int)NULLABLE;
		add_properties(one, sseq ? event : whose ? session : true, out);
	}
	add_properties(catalogue_session, session, out);
	add_properties(of, true, out);
	add_properties(catalogue_verdict + 1, true, out);
	if (kind == RECORD_SESSION_START)
		add_properties(opener, true, out);
	add_properties(catalogue_process + (kind == RECORD_SESSION_START), event, out);
	add_properties(own, true, out);
	json_close(out, '}');
	json_open(out, "required", '[');
	add_required(catalogue_head, out);
	add_required(catalogue_session, out);
	add_required(catalogue_verdict, out);
	add_required(catalogue_process, out);
	add_required(own, out);
	json_close(out, ']');
	json_bool(out, "additionalProperties", false);
	json_cstr(out, "type", "object");
	json_close(out, '}');
}

static void add_schema(struct buf *out)
{
	json_begin(out);
	json_cstr(out, "$schema", "http://json-schema.org/draft-07/schema#");
	json_cstr(out, "$id", "lockstep-record.schema.json");
	json_cstr(out, "title", "lockstep record");
	json_cstr(out, "$comment",
		  "One line of what lockstep stores, streams and exports, by its kind; what the "
		  "members mean "
		  "is in lockstep-record(5). Integers may exceed 2^53. Made by "
		  "tests/schema/record_schema.");
	json_open(out, "oneOf", '[');
	for (unsigned int i = RECORD_NONE + 1; i < RECORD_KINDS_N; i++) {
		add_kind(i, has_session(i), out);
		if (i == RECORD_ACK)
			add_kind(i, false, out);
	}
	json_close(out, ']');
	json_close(out, '}');
}

/* A member of a kind has a line of its own, so that a change shows as one. */
static void print_lines(struct span json)
{
	enum { DEPTH = 4 };
	static const char tabs[DEPTH + 1] = "\t\t\t\t";
	bool text = false, list = false; /* within a list of DEPTH: on one line */
	int depth = 0;

	for (size_t i = 0; i < json.n; i++) {
		char c = json.p[i];
		bool opens = c == '{' || c == '[', closes = c == '}' || c == ']';

		text ^= c == '"';
		if (!text && closes && depth-- <= DEPTH && !list)
			printf("\n%.*s", depth, tabs);
		list = list && depth >= DEPTH;
		putchar(c);
		depth += !text && opens;
		list = list || (!text && c == '[' && depth == DEPTH);
		if (!text && (opens || c == ',') && depth <= DEPTH && !list)
			printf("\n%.*s", depth, tabs);
	}
	putchar('\n');
}

static void print_members(const char *kind, const struct member *members)
{
	for (; members->key; members++) {
		printf("%s %s\n", kind, members->key);
		if (members->members)
			print_members(kind, members->members);
	}
}

int main(int argc, char **argv)
{
	struct buf out = { 0 };

	if (argc > 1 && !strcmp(argv[1], "--members")) {
		print_members("-", catalogue_head);
		print_members("-", catalogue_session);
		print_members("-", catalogue_verdict);
		print_members("-", catalogue_process);
		for (unsigned int i = RECORD_NONE + 1; i < RECORD_KINDS_N; i++)
			print_members(record_kind_name(i), catalogue_members(i));
		return 0;
	}
	add_schema(&out);
	print_lines(buf_span(&out));
	buf_free(&out);
	return 0;
}
