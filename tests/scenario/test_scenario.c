/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */

/*
 * Whole behaviours: each directory beside this file is a row, with `ticket.yaml` (none: a session
 * without a ticket), `profile*.yaml`, `acts` (the language of tests/lib/acts.h) and
 * `expected.jsonl`, the canonical lines. A changed expected line is a changed contract:
 * LOCKSTEP_UPDATE=1 writes them anew, and the difference belongs into the commit.
 *
 * Each row is played once more for every act of it with a restart of the collector behind that act:
 * from the stored lines alone, another has to say what the first would have said, byte for byte.
 * Seen failing: with runs__begin(), images__add(), note_unseen(), unexplained_acts_add(),
 * judge_note_listen(), `exec_seen`, the counts of a loss or forget_missing() left out of the
 * restore.
 */
#include <dirent.h>

#include "core/base/buf.h"
#include "lib/acts.h"
#include "lib/cmocka.h"

enum { PROFILES_MAX = 4 };

static const char directory[] = "tests/scenario";

/* The whole file as a C string, NULL where there is none. The caller frees it. */
static char *read_text(const char *row, const char *name)
{
	struct buf out = { 0 };
	char path[512], chunk[4096];
	FILE *file;
	size_t n;

	snprintf(path, sizeof(path), "%s/%s/%s", directory, row, name);
	file = fopen(path, "rb");
	if (!file)
		return NULL;
	while ((n = fread(chunk, 1, sizeof(chunk), file)) > 0)
		buf_add(&out, chunk, n);
	fclose(file);
	buf_addc(&out, 0);
	return out.p;
}

static void write_text(const char *row, const char *name, struct span text)
{
	char path[512];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s/%s", directory, row, name);
	file = fopen(path, "wb");
	assert_non_null(file);
	assert_int_equal(fwrite(text.p, 1, text.n, file), text.n);
	assert_int_equal(fclose(file), 0);
}

static void keep_line(void *ctx, const struct record *record, struct span line)
{
	(void)record;
	buf_add(ctx, line.p, line.n);
	buf_addc(ctx, '\n');
}

/* No real hash: what counts is that it stands in the secret's place. */
static void length_as_hash(void *ctx, struct span secret, char hex[65])
{
	(void)ctx;
	snprintf(hex, 65, "%064zx", secret.n);
}

/* The first line that differs, for the failure's text. */
static void complain(const char *row, const char *want, const char *got)
{
	unsigned int line = 1;

	while (*want && *want == *got) {
		line += *want == '\n';
		want++;
		got++;
	}
	fail_msg("%s: line %u differs: want \"...%.120s\", got \"...%.120s\"", row, line, want,
		 got);
}

/* What a row's directory holds. */
struct row {
	const char *name;
	char *ticket, *script, *want;
	char *profiles[PROFILES_MAX];
	size_t profiles_n;
};

static void row_read(struct row *row, const char *name)
{
	*row = (struct row){
		.name = name,
		.ticket = read_text(name, "ticket.yaml"),
		.script = read_text(name, "acts"),
		.want = read_text(name, "expected.jsonl"),
	};
	if (!row->script)
		fail_msg("%s: no file \"acts\"", name);
	for (char file[32]; row->profiles_n < PROFILES_MAX; row->profiles_n++) {
		snprintf(file, sizeof(file), "profile%zu.yaml", row->profiles_n + 1);
		row->profiles[row->profiles_n] = read_text(name, file);
		if (!row->profiles[row->profiles_n])
			break;
	}
}

static void row_free(struct row *row)
{
	while (row->profiles_n > 0)
		free(row->profiles[--row->profiles_n]);
	free(row->want);
	free(row->script);
	free(row->ticket);
}

/* Plays it with a restart behind that many acts (0: none); returns how many acts there are. */
static unsigned int row_play(const struct row *row, unsigned int restart_after, struct buf *lines)
{
	struct collector_ops ops = { .sink = keep_line, .hash = length_as_hash, .ctx = lines };
	struct acts *acts =
		acts_new(row->ticket, (const char *const *)row->profiles, row->profiles_n, &ops);
	unsigned int n;

	acts->noticket = !row->ticket;
	acts->restart_after = restart_after;
	acts_play(acts, row->script);
	if (acts->error[0])
		fail_msg("%s (restart behind act %u): %s", row->name, restart_after, acts->error);
	n = acts->acts_n;
	acts_free(acts);
	return n;
}

/* A heartbeat counts what its own collector stored. */
static void without_heartbeats(char *text)
{
	char *out = text, *line = text, *next;

	for (; *line; line = next) {
		next = strchr(line, '\n') + 1;
		if (memmem(line, (size_t)(next - line), "\"kind\":\"heartbeat\"", 18))
			continue;
		memmove(out, line, (size_t)(next - line));
		out += next - line;
	}
	*out = 0;
}

static void restart_row(struct row *row, unsigned int acts_n)
{
	char name[128];

	without_heartbeats(row->want);
	for (unsigned int behind = 1; behind <= acts_n; behind++) {
		struct buf lines = { 0 };

		row_play(row, behind, &lines);
		buf_addc(&lines, 0);
		without_heartbeats(lines.p);
		snprintf(name, sizeof(name), "%s, restart behind act %u", row->name, behind);
		if (strcmp(row->want, lines.p))
			complain(name, row->want, lines.p);
		buf_free(&lines);
	}
}

static void play_row(const char *name)
{
	struct buf lines = { 0 };
	struct row row;
	unsigned int acts_n;

	row_read(&row, name);
	acts_n = row_play(&row, 0, &lines);
	if (getenv("LOCKSTEP_UPDATE"))
		write_text(name, "expected.jsonl", buf_span(&lines));
	buf_addc(&lines, 0);
	if (!getenv("LOCKSTEP_UPDATE") && (!row.want || strcmp(row.want, lines.p)))
		complain(name, row.want ? row.want : "", lines.p);
	if (row.want && !getenv("LOCKSTEP_UPDATE"))
		restart_row(&row, acts_n);
	buf_free(&lines);
	row_free(&row);
}

static int is_row(const struct dirent *entry)
{
	return entry->d_type == DT_DIR && entry->d_name[0] != '.';
}

static void test_rows(void **state)
{
	struct dirent **rows;
	int n = scandir(directory, &rows, is_row, alphasort);

	(void)state;
	if (n <= 0)
		fail_msg("no scenario in \"%s\" (run this from the top of the tree)", directory);
	for (int i = 0; i < n; i++) {
		play_row(rows[i]->d_name);
		free(rows[i]);
	}
	free(rows);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_rows) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
