/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */

/*
 * The page of each scenario: it says the outcome that the record says, has a place for each act
 * that was not approved and for each loss, a row for each record, and no link that leads nowhere;
 * and it finds that the records add up to what the session's end counts.
 */
#include <dirent.h>
#include <stdio.h>

#include "lib/cmocka.h"
#include "lib/report_lines.h"

static const char directory[] = "tests/scenario";

static char *read_lines(const char *row)
{
	char path[512], chunk[4096];
	struct buf out = { 0 };
	FILE *file;
	size_t n;

	snprintf(path, sizeof(path), "%s/%s/expected.jsonl", directory, row);
	file = fopen(path, "rb");
	if (!file)
		fail_msg("%s: no file \"%s\"", row, path);
	while ((n = fread(chunk, 1, sizeof(chunk), file)) > 0)
		buf_add(&out, chunk, n);
	fclose(file);
	buf_addc(&out, 0);
	return out.p;
}

static void check_outcome(const char *row, const struct lines *lines,
			  const struct json_object *line)
{
	const char *word = json_is(json_get(line, "outcome"), "compliant")   ? "Compliant</p>"
			   : json_is(json_get(line, "outcome"), "violation") ? "Violation</p>"
									     : "Indeterminate</p>";

	if (json_is_null(json_get(line, "ticket")))
		word = "No ticket</p>";
	if (!strstr(lines->page.p, word))
		fail_msg("%s: its page does not say %s", row, word);
}

static void check_place(const char *row, const struct lines *lines, const char *before,
			uint64_t seq)
{
	char place[64];

	snprintf(place, sizeof(place), "%s%llu\"", before, (unsigned long long)seq);
	if (lines_count(lines, place) != 1)
		fail_msg("%s: %u times %s", row, lines_count(lines, place), place);
}

static void check_line(const char *row, const struct lines *lines, const struct json_object *line,
		       bool rehearsal)
{
	struct span verdict = json_get(line, "verdict"), kind = json_get(line, "kind");
	bool alert = json_is(verdict, "unapproved") || json_is(verdict, "indeterminate");
	uint64_t seq;

	json_read_u64(json_get(line, "seq"), &seq);
	check_place(row, lines, "<tr id=\"e", seq);
	if ((alert && !rehearsal) || json_is(kind, "loss"))
		check_place(row, lines, " id=\"a", seq);
	if (json_is(kind, "session_end"))
		check_outcome(row, lines, line);
}

static void check_links(const char *row, const struct lines *lines)
{
	static const char link[] = "href=\"#";

	for (const char *p = lines->page.p; (p = strstr(p, link));) {
		char id[80];

		p += strlen(link);
		snprintf(id, sizeof(id), " id=\"%.*s", (int)(strchr(p, '"') - p + 1), p);
		if (lines_count(lines, id) != 1)
			fail_msg("%s: %u times %s", row, lines_count(lines, id), id);
	}
}

static void check_lines(const char *row, const struct lines *lines)
{
	struct json_object *line = malloc(sizeof(*line));
	bool rehearsal = strstr(lines->text, "\"rehearsal\":true") != NULL;

	for (const char *p = lines->text, *end; (end = strchr(p, '\n')); p = end + 1) {
		assert_int_equal(json_read((struct span){ p, (size_t)(end - p) }, line), 0);
		if (!json_is_null(json_get(line, "session")))
			check_line(row, lines, line, rehearsal);
	}
	free(line);
}

static void check_row(const char *row)
{
	const struct report_opts opts = { ONE_SESSION, .style_sha256 = "", .now_ns = 1 };
	char *text = read_lines(row);
	struct lines lines = { .text = text };

	if (lines_report(&lines, &opts))
		fail_msg("%s: no page", row);
	check_lines(row, &lines);
	check_links(row, &lines);
	if (strstr(lines.page.p, "do not add up") || strstr(lines.page.p, "is not whole"))
		fail_msg("%s: its page says that the records are not whole", row);
	buf_free(&lines.page);
	free(text);
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
		check_row(rows[i]->d_name);
		free(rows[i]);
	}
	free(rows);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_rows) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
