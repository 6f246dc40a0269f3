/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/yaml/refusal.h"

#include <stdio.h>

#include "core/base/text.h"

void refusal_begin(struct refusal *refusal, const char *path)
{
	struct buf shown = { 0 };

	text_show(&shown, span_of(path), 0);
	buf_addc(&shown, 0);
	snprintf(refusal->file, sizeof(refusal->file), "%s", shown.failed ? "?" : shown.p);
	buf_free(&shown);
	errs_reset(&refusal->errs);
}

int refusal_whole(struct refusal *refusal, const char *path, int code, const char *message)
{
	refusal_begin(refusal, path);
	return errs_add(&refusal->errs, code, 0, 0, "%s", message);
}

static void add_line(const struct refusal *refusal, const struct err *err, struct buf *out)
{
	if (err->line)
		buf_addf(out, "%s:%u:%u: %s\n", refusal->file, err->line, err->column,
			 err->message);
	else
		buf_addf(out, "%s: %s\n", refusal->file, err->message);
}

void refusal_lines(const struct refusal *refusal, struct buf *out)
{
	for (size_t i = 0; i < refusal->errs.n; i++)
		add_line(refusal, &refusal->errs.v[i], out);
	if (refusal->errs.more)
		buf_addf(out, "%s: ... and more\n", refusal->file);
}

void refusal_line(const struct refusal *refusal, char *out, size_t n)
{
	const struct errs *errs = &refusal->errs;
	struct buf line = { 0 };

	if (errs->n > 0)
		add_line(refusal, &errs->v[0], &line);
	else
		buf_addf(&line, "%s: refused\n", refusal->file);
	if (!line.failed)
		line.n--; /* the newline */
	if (errs->n > 1)
		buf_addf(&line, " (and %s%zu more)", errs->more ? "at least " : "",
			 errs->n - 1 + errs->more);
	buf_addc(&line, 0);
	snprintf(out, n, "%s", line.failed ? "out of memory" : line.p);
	buf_free(&line);
}
