/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */

/*
 * to_ocsf --records      prints a line of each of tests/lib/samples.h: every kind of record
 * to_ocsf <RECORDS       the lines on its input as OCSF
 * A line that is left out is told on stderr by its kind.
 */
#include <stdio.h>
#include <stdlib.h>

#include "core/record/row.h"
#include "core/show/export/ocsf.h"
#include "lib/samples.h"

static int print_records(void)
{
	struct buf line = { 0 };
	int failed = 0;

	for (int i = 0; i < SAMPLES; i++) {
		buf_reset(&line);
		failed |= record_line(&samples[i].record, &line);
		printf("%.*s\n", (int)line.n, line.p);
	}
	buf_free(&line);
	return failed ? 1 : 0;
}

static int convert(void)
{
	struct buf out = { 0 };
	struct record_row facts;
	char *line = NULL;
	size_t room = 0;
	ssize_t n;
	int ret, failed = 0;

	while ((n = getline(&line, &room, stdin)) > 0) {
		struct span text = { line, (size_t)n - 1 };

		buf_reset(&out);
		ret = ocsf_lines(text, &out);
		failed |= ret < 0;
		if (ret == 0 && !row_read(text, &facts))
			fprintf(stderr, "left out: %.*s\n", (int)facts.kind.n, facts.kind.p);
		fwrite(out.p, 1, out.n, stdout);
	}
	free(line);
	buf_free(&out);
	return failed;
}

int main(int argc, char **argv)
{
	return argc > 1 && !strcmp(argv[1], "--records") ? print_records() : convert();
}
