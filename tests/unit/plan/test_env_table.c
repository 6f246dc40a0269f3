/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/plan/env_table.h"
#include "core/plan/programs_table.h"
#include "core/ticket/ticket.h"
#include "lib/cmocka.h"

static void test_class(void **state)
{
	static const struct {
		const char *name;
		enum env_class want;
	} rows[] = {
		{ "", ENV_NONE },
		{ "HOME", ENV_NONE },
		{ "AWS_SECRET_ACCESS_KEY", ENV_NONE },
		{ "LD", ENV_NONE },
		{ "ENVIRONMENT", ENV_NONE },
		{ "XLD_PRELOAD", ENV_NONE },
		{ "PAGERS", ENV_NONE },
		{ "ld_preload", ENV_NONE },
		{ "PATH", ENV_NOTE },
		{ "LD_PRELOAD", ENV_INJECT },
		{ "LD_LIBRARY_PATH", ENV_INJECT },
		{ "LD_", ENV_INJECT },
		{ "BASH_ENV", ENV_INJECT },
		{ "BASH_FUNC_ls%%", ENV_INJECT },
		{ "ENV", ENV_INJECT },
		{ "PYTHONSTARTUP", ENV_CODE },
		{ "PERL5OPT", ENV_CODE },
		{ "RUBYOPT", ENV_CODE },
		{ "NODE_OPTIONS", ENV_CODE },
		{ "GIT_SSH_COMMAND", ENV_RUNS },
		{ "PAGER", ENV_RUNS },
		{ "LESSOPEN", ENV_RUNS },
		{ "EDITOR", ENV_RUNS },
		{ "VISUAL", ENV_RUNS },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		if (env_class(span_of(rows[i].name)) != rows[i].want)
			fail_msg("row \"%s\"", rows[i].name);
	}
}

static const struct sorted_name *name_at(const struct sorted_table *table, size_t i)
{
	return (const void *)((const char *)table->first + i * table->stride);
}

/* Each is behind the one before it, and is no part of what a prefix stands for. */
static void check_order(const struct sorted_table *table)
{
	for (size_t i = 1; i < table->n; i++) {
		const struct sorted_name *before = name_at(table, i - 1), *name = name_at(table, i);

		if (strcmp(before->text, name->text) >= 0)
			fail_msg("\"%s\" comes before \"%s\"", before->text, name->text);
		if (before->prefix && strncmp(before->text, name->text, before->n) == 0)
			fail_msg("\"%s\" stands for \"%s\"", before->text, name->text);
	}
}

/* Whether the table, looked through from its begin, has it. */
static const struct sorted_name *find_plainly(const struct sorted_table *table, struct span name)
{
	for (size_t i = 0; i < table->n; i++) {
		const struct sorted_name *entry = name_at(table, i);

		if (entry->prefix ? name.n >= entry->n && !memcmp(name.p, entry->text, entry->n)
				  : span_is(name, entry->text))
			return entry;
	}
	return NULL;
}

static void check_finds(const struct sorted_table *table, struct span name)
{
	if (sorted_find(table->first, table->n, table->stride, name) != find_plainly(table, name))
		fail_msg("\"%.*s\"", (int)name.n, name.p);
}

/* Each name, shorter, longer, and with its last byte one less and one more. */
static void check_table(const struct sorted_table *table)
{
	assert_true(table->n > 0);
	check_order(table);
	check_finds(table, span_of(""));
	check_finds(table, span_of("\xff\xff\xff\xff\xff\xff\xff\xff\xff"));
	for (size_t i = 0; i < table->n; i++) {
		const struct sorted_name *entry = name_at(table, i);
		char text[40] = "";

		assert_int_equal(strlen(entry->text), entry->n);
		memcpy(text, entry->text, entry->n);
		assert_ptr_equal(sorted_find(table->first, table->n, table->stride, span_of(text)),
				 entry);
		for (size_t n = 0; n < entry->n; n++)
			check_finds(table, (struct span){ text, n });
		text[entry->n - 1]--;
		check_finds(table, span_of(text));
		text[entry->n - 1] += 2;
		check_finds(table, span_of(text));
		text[entry->n - 1]--;
		text[entry->n] = '0';
		check_finds(table, span_of(text));
		memcpy(text + entry->n, "_9x", 3);
		check_finds(table, span_of(text));
	}
}

static void test_tables(void **state)
{
	(void)state;
	check_table(&env_names);
	for (int i = 0; i < PROGRAM_TABLES; i++)
		check_table(&program_names[i]);
}

static void test_usual(void **state)
{
	static const struct {
		const char *name, *value;
		bool want;
	} rows[] = {
		{ "IFS", "", false },
		{ "IFS", "/", false },
		{ "IFS", " \t\n/", false },
		{ "IFS", " \t", false },
		{ "LD_PRELOAD", " \t\n", false },
		{ "LESSOPEN", "| /tmp/lesspipe %s", false },
		{ "LESSCLOSE", "| /usr/bin/lesspipe %s", false },
		{ "IFS", " \t\n", true },
		{ "LESSOPEN", "| /usr/bin/lesspipe %s", true },
		{ "LESSCLOSE", "/usr/bin/lesspipe %s %s", true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		if (env_is_usual(span_of(rows[i].name), span_of(rows[i].value)) != rows[i].want)
			fail_msg("row %zu", i);
	}
}

static void test_split(void **state)
{
	static const struct {
		const char *entry;
		bool want;
		const char *name, *value;
	} rows[] = {
		{ "", false, "", "" },   { "LD_PRELOAD", false, "", "" }, { "=C:", false, "", "" },
		{ "A=", true, "A", "" }, { "A=b=c", true, "A", "b=c" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct span name, value;

		if (env_split(span_of(rows[i].entry), &name, &value) != rows[i].want ||
		    !span_is(name, rows[i].name) || !span_is(value, rows[i].value))
			fail_msg("row \"%s\"", rows[i].entry);
	}
}

static void test_allowed(void **state)
{
	struct step_env env[] = { { "A", "1" }, { "B", NULL } };
	struct step step = { .env = env, .env_n = 2 };
	static const struct {
		const char *name, *value;
		bool want;
	} rows[] = {
		{ "A", "2", false }, { "A", "", false }, { "C", "1", false }, { "", "", false },
		{ "A", "1", true },  { "B", "", true },  { "B", "x", true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		if (step_allows_env(&step, span_of(rows[i].name), span_of(rows[i].value)) !=
		    rows[i].want)
			fail_msg("row %s=%s", rows[i].name, rows[i].value);
	}
}

static void test_has(void **state)
{
	static const char start[] = "A=1\0LD_X=2";
	struct span env = { start, sizeof(start) };

	(void)state;
	assert_false(env_has(env, span_of("A=")));
	assert_false(env_has(env, span_of("A=12")));
	assert_false(env_has(env, span_of("LD_X=1")));
	assert_true(env_has(env, span_of("A=1")));
	assert_true(env_has(env, span_of("LD_X=2")));
}

/* An argv as a C string with "|" for the NULs. */
static struct span argv_of(const char *text, char *room, size_t n)
{
	size_t len = strlen(text) + 1;

	assert_true(len <= n);
	for (size_t i = 0; i < len && i < n; i++)
		room[i] = text[i] == '|' ? 0 : text[i];
	return (struct span){ room, len };
}

static void test_nature(void **state)
{
	static const struct {
		const char *exe, *argv;
		enum interpreter_input input;
		bool shell, delegation;
	} rows[] = {
		{ "/usr/bin/ls", "ls|-c", INPUT_NONE, false, false },
		{ "/usr/bin/bash", "bash", INPUT_STDIN, true, false },
		{ "/usr/bin/bash", "-bash", INPUT_STDIN, true, false },
		{ "/usr/bin/bash", "bash|-l", INPUT_STDIN, true, false },
		{ "/usr/bin/bash", "bash|-s|/root/x.sh", INPUT_STDIN, true, false },
		{ "/usr/bin/bash", "bash|-O|extglob", INPUT_STDIN, true, false },
		{ "/usr/bin/bash", "bash|--rcfile|/root/x", INPUT_STDIN, true, false },
		{ "/usr/bin/bash", "bash|--rcfile=/root/x", INPUT_STDIN, true, false },
		{ "/usr/bin/bash", "bash|/dev/stdin", INPUT_STDIN, true, false },
		{ "/usr/bin/bash", "bash|/dev/tty", INPUT_STDIN, true, false },
		{ "/usr/bin/bash", "bash|/dev/pts/3", INPUT_STDIN, true, false },
		{ "/usr/bin/bash", "bash|//dev/fd/7", INPUT_STDIN, true, false },
		{ "/usr/bin/python3.11", "python3|/proc/41/fd/0", INPUT_STDIN, false, false },
		{ "/usr/bin/bash", "bash|/devel/x", INPUT_GIVEN, true, false },
		{ "/usr/bin/bash", "bash|-", INPUT_STDIN, true, false },
		{ "/usr/bin/bash", "bash|--", INPUT_STDIN, true, false },
		{ "/usr/bin/bash", "bash|+o|posix", INPUT_STDIN, true, false },
		{ "/usr/bin/bash", "nginx", INPUT_STDIN, true, false },
		{ "/tmp/x", "bash", INPUT_STDIN, true, false },
		{ "/usr/bin/bash", "bash|-c|id", INPUT_GIVEN, true, false },
		{ "/usr/bin/dash", "sh|-ec|id", INPUT_GIVEN, true, false },
		{ "/usr/bin/dash", "sh|-o|errexit|-c|id", INPUT_GIVEN, true, false },
		{ "/usr/bin/bash", "bash|/root/x.sh", INPUT_GIVEN, true, false },
		{ "/usr/bin/bash", "bash|--|-x", INPUT_GIVEN, true, false },
		{ "/usr/bin/busybox", "sh", INPUT_STDIN, true, false },
		{ "/usr/bin/busybox", "busybox|sh", INPUT_STDIN, true, false },
		{ "/usr/bin/busybox", "busybox|sh|-c|id", INPUT_GIVEN, true, false },
		{ "/usr/bin/python3.11", "python3", INPUT_STDIN, false, false },
		{ "/usr/bin/python3.11", "python3|-W|ignore", INPUT_STDIN, false, false },
		{ "/usr/bin/python3.11", "python3|-i|x.py", INPUT_STDIN, false, false },
		{ "/usr/bin/python3.11", "python3|-u|x.py", INPUT_GIVEN, false, false },
		{ "/usr/bin/python3.11", "python3|-c|import os", INPUT_GIVEN, false, false },
		{ "/usr/bin/python3.11", "python3|-mhttp.server", INPUT_GIVEN, false, false },
		{ "/usr/bin/perl5.36.0", "perl|-Mexample", INPUT_STDIN, false, false },
		{ "/usr/bin/perl", "perl|-I|lib", INPUT_STDIN, false, false },
		{ "/usr/bin/perl", "perl|-lne|print", INPUT_GIVEN, false, false },
		{ "/usr/bin/perl", "perl|-ne|print", INPUT_GIVEN, false, false },
		{ "/usr/bin/node", "node|--require|x", INPUT_STDIN, false, false },
		{ "/usr/bin/node", "node|--eval=1", INPUT_GIVEN, false, false },
		{ "/usr/bin/psql", "psql|-d|db", INPUT_STDIN, false, false },
		{ "/usr/bin/psql", "psql|db|-c|select 1", INPUT_GIVEN, false, false },
		{ "/usr/bin/sqlite3", "sqlite3|app.db", INPUT_STDIN, false, false },
		{ "/usr/bin/sqlite3", "sqlite3|app.db|select 1", INPUT_GIVEN, false, false },
		{ "/usr/bin/sftp", "sftp|host|x", INPUT_STDIN, false, false },
		{ "/usr/bin/tmux", "tmux|new", INPUT_NONE, false, true },
		{ "/tmp/x", "tmux|new", INPUT_NONE, false, true },
		{ "/usr/bin/systemd-run", "systemd-run|id", INPUT_NONE, false, true },
		{ "/usr/bin/at", "at|now", INPUT_NONE, false, true },
		{ "/usr/bin/atool", "atool", INPUT_NONE, false, false },
		{ "", "", INPUT_NONE, false, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char room[256];
		struct program_nature got = program_nature(
			span_of(rows[i].exe), argv_of(rows[i].argv, room, sizeof(room)));

		if (got.input != rows[i].input || got.shell != rows[i].shell ||
		    got.delegation != rows[i].delegation)
			fail_msg("row %s %s: input %d shell %d delegation %d", rows[i].exe,
				 rows[i].argv, got.input, got.shell, got.delegation);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_class),   cmocka_unit_test(test_tables),
		cmocka_unit_test(test_usual),   cmocka_unit_test(test_split),
		cmocka_unit_test(test_allowed), cmocka_unit_test(test_has),
		cmocka_unit_test(test_nature),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
