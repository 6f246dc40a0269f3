/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "cli/left_out.h"

#include <inttypes.h>

#include "core/base/buf.h"
#include "core/record/row.h"

void left_out_count(struct left_out *left_out, struct span line)
{
	struct record_row facts;
	bool known = !row_read(line, &facts);

	left_out->counts[known ? record_kind_named(facts.kind) : RECORD_NONE]++;
}

static void add(struct buf *text, uint64_t n, const char *name)
{
	if (n)
		buf_addf(text, "%s%" PRIu64 " %s", text->n ? ", " : "", n, name);
}

void left_out_tell(const struct left_out *left_out, const struct options *options)
{
	struct buf text = { 0 };

	for (unsigned int i = RECORD_NONE + 1; i < RECORD_KINDS_N; i++)
		add(&text, left_out->counts[i], record_kind_name(i));
	add(&text, left_out->counts[RECORD_NONE], "others");
	if (text.n)
		options_fail(options, "left out, having no class in OCSF here: %.*s", (int)text.n,
			     text.p);
	buf_free(&text);
}
