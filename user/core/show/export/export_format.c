/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/show/export/export_format.h"

#include <errno.h>

#include "core/base/array.h"
#include "core/base/chars.h"
#include "core/record/row.h"
#include "core/show/export/csv.h"
#include "core/show/export/ocsf.h"

int export_format_parse(struct span name, enum export_format *out)
{
	static const char *const names[] = {
		[EXPORT_JSONL] = "jsonl", [EXPORT_CSV] = "csv", [EXPORT_OCSF] = "ocsf"
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(names); i++) {
		if (!span_is(name, names[i]))
			continue;
		*out = (enum export_format)i;
		return 0;
	}
	return -EINVAL;
}

void export_header(enum export_format format, struct buf *out)
{
	if (format == EXPORT_CSV)
		csv_header(out);
}

int export_lines(enum export_format format, struct span record, struct buf *out)
{
	int ret;

	switch (format) {
	case EXPORT_CSV:
		ret = csv_line(record, out);
		return ret ? ret : 1;
	case EXPORT_OCSF:
		return ocsf_lines(record, out);
	case EXPORT_JSONL:
		break;
	}
	if (record.n == 0 || memchr(record.p, '\n', record.n))
		return -EBADMSG;
	buf_add(out, record.p, record.n);
	buf_addc(out, '\n');
	return out->failed ? -ENOMEM : 1;
}

/* The first cell, in its quotes. */
static int csv_seq(struct span line, uint64_t *seq)
{
	struct buf header = { 0 };
	bool is_header;
	size_t i;

	csv_header(&header);
	is_header = header.n > 2 && line.n == header.n - 1 && !memcmp(line.p, header.p, line.n);
	buf_free(&header);
	if (is_header)
		return 0;
	if (line.n < 4 || line.p[0] != '"' || line.p[line.n - 1] != '\r')
		return -EBADMSG;
	for (i = 1; i < line.n && i < 20 && is_digit(line.p[i]); i++)
		*seq = *seq * 10 + (uint64_t)(line.p[i] - '0');
	return *seq && i < line.n && line.p[i] == '"' ? 0 : -EBADMSG;
}

int export_seq(enum export_format format, struct span line, uint64_t *seq, bool *more)
{
	struct record_row facts;

	*seq = 0;
	*more = false;
	switch (format) {
	case EXPORT_CSV:
		return csv_seq(line, seq);
	case EXPORT_OCSF:
		return ocsf_seq(line, seq, more);
	case EXPORT_JSONL:
		break;
	}
	if (row_read(line, &facts) || line.p[line.n - 1] != '}')
		return -EBADMSG;
	*seq = facts.seq;
	return 0;
}

bool export_begins(enum export_format format, struct span begin)
{
	const char *want = format == EXPORT_CSV    ? "seq,"
			   : format == EXPORT_OCSF ? "{\"activity_id\":"
						   : "{\"v\":";
	size_t n = strlen(want);

	return begin.n == 0 || !memcmp(begin.p, want, begin.n < n ? begin.n : n);
}
