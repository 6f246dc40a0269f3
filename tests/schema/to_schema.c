/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */

/*
 * Makes a JSON Schema of tickets or profiles: reads docs/NAME.schema.in, which says how each kind
 * of value is written, and puts in what the loader's tables say: for @ticket@, @profile@, @step@,
 * @window@ and @allow@ the keys that these have, for @WORDS@ of a choice its words, and the limits.
 * A key whose reader has no definition here, and a name that is none of these, is an error.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/ticket/keys.h"
#include "core/ticket/values.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* The definition of what each reader takes. */
static const struct {
	field_reader read;
	const char *name;
} definitions[] = {
	{ schema_version, "version" },
	{ schema_id, "id" },
	{ schema_text, "text" },
	{ schema_path, "path" },
	{ value_approvals, "approvals" },
	{ value_children, "children" },
	{ value_command, "command" },
	{ value_dests, "destinations" },
	{ value_directories, "directories" },
	{ value_env, "env" },
	{ value_hosts, "hosts" },
	{ value_mode, "mode" },
	{ value_operators, "operators" },
	{ value_order, "order" },
	{ value_path_patterns, "patterns" },
	{ value_profiles, "profiles" },
	{ value_send_dests, "datagrams" },
	{ value_sha256, "sha256" },
	{ value_sockets, "sockets" },
	{ value_stdin, "stdin" },
	{ value_time, "time" },
	{ value_times, "times" },
	{ value_user, "user" },
};

/* The profiles' schema refers to the tickets' definitions, in the file beside it. */
static const struct {
	const char *name, *file;
	const struct schema *schema;
} objects[] = {
	{ "ticket", "", &ticket_schema },
	{ "step", "", &step_schema },
	{ "window", "", &window_schema },
	{ "allow", "", &allow_schema },
	{ "profile", "lockstep-ticket.schema.json", &profile_schema },
};

static const struct {
	const char *name;
	const struct choices *words;
} choices[] = {
	{ "CHILDREN", &children_words }, { "STDIN", &stdin_words }, { "SOCKETS", &sockets_words },
	{ "ORDER", &order_words },       { "MODE", &mode_words },
};

static const struct {
	const char *name;
	int value;
} limits[] = {
	{ "APPROVALS_MAX", TICKET_APPROVALS_MAX }, { "ENV_MAX", TICKET_ENV_MAX },
	{ "LIST_MAX", SCHEMA_LIST_MAX },           { "PROFILES_MAX", TICKET_PROFILES_MAX },
	{ "SCALAR_MAX", READER_SCALAR_MAX },       { "TIMES_MAX", TICKET_TIMES_MAX },
};

static const char *indent; /* of the line at hand, ended by what is no tab */

static void line(const char *more, const char *text)
{
	printf("%.*s%s%s", (int)strspn(indent, "\t"), indent, more, text);
}

static const char *definition_of(const struct key *key)
{
	if (key->type == VALUE_WINDOW || key->type == VALUE_STEPS || key->type == VALUE_ALLOW)
		return key->name;
	for (size_t i = 0; i < COUNT(definitions); i++) {
		if (definitions[i].read == key->read)
			return definitions[i].name;
	}
	fprintf(stderr, "to_schema: the value of \"%s\" has no definition\n", key->name);
	exit(1);
}

static void put_object(const struct schema *schema, const char *file)
{
	bool any = false;

	for (size_t i = 0; i < schema->n; i++) {
		if (!schema->keys[i].required)
			continue;
		if (!any)
			printf("\"required\": [\n");
		else
			printf(",\n");
		line("\t", "\"");
		printf("%s\"", schema->keys[i].name);
		any = true;
	}
	if (any) {
		printf("\n");
		line("", "],\n");
		line("", "");
	}
	printf("\"additionalProperties\": false,\n");
	line("", "\"properties\": {\n");
	for (size_t i = 0; i < schema->n; i++) {
		line("\t", "\"");
		printf("%s\": {\n", schema->keys[i].name);
		line("\t\t", "\"$ref\": \"");
		printf("%s#/definitions/%s\"\n", file, definition_of(&schema->keys[i]));
		line("\t", i + 1 < schema->n ? "},\n" : "}\n");
	}
	line("", "}");
}

static void put_words(const struct choices *words)
{
	for (size_t i = 0; i < words->n; i++) {
		if (i)
			line("", "");
		printf("\"%s\"%s", words->v[i].name, i + 1 < words->n ? ",\n" : "");
	}
}

static void put(struct span name)
{
	for (size_t i = 0; i < COUNT(objects); i++) {
		if (span_is(name, objects[i].name)) {
			put_object(objects[i].schema, objects[i].file);
			return;
		}
	}
	for (size_t i = 0; i < COUNT(choices); i++) {
		if (span_is(name, choices[i].name)) {
			put_words(choices[i].words);
			return;
		}
	}
	for (size_t i = 0; i < COUNT(limits); i++) {
		if (span_is(name, limits[i].name)) {
			printf("%d", limits[i].value);
			return;
		}
	}
	fprintf(stderr, "to_schema: \"%.*s\" stands for nothing\n", (int)name.n, name.p);
	exit(1);
}

/* A name is what stands between two @ and is letters and _ only: patterns have an @ too. */
static size_t name_at(const char *text)
{
	size_t n = strspn(text + 1, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz");

	return n && text[n + 1] == '@' ? n : 0;
}

int main(void)
{
	static char text[16 << 10];

	while (fgets(text, sizeof(text), stdin)) {
		indent = text;
		for (const char *at = text; *at;) {
			size_t n = *at == '@' ? name_at(at) : 0;

			if (n)
				put((struct span){ at + 1, n });
			else
				putchar(*at);
			at += n ? n + 2 : 1;
		}
	}
	return ferror(stdin) || fflush(stdout) ? 1 : 0;
}
