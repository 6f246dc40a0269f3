/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "cli/left_out.h"

#include <inttypes.h>

#include "core/record/row.h"

enum { KINDS = sizeof(((struct left_out *)0)->counts) / sizeof(uint64_t) };

void left_out_count(struct left_out *left_out, struct span line)
{
	struct record_facts facts;
	size_t i = KINDS;

	if (!filter_facts(line, &facts)) {
		for (i = 0;
		     i < KINDS && !span_is(facts.kind, record_kind_name((enum record_kind)i)); i++)
			;
	}
	if (i < KINDS)
		left_out->counts[i]++;
	else
		left_out->others++;
}

static void add(struct buf *text, uint64_t n, const char *name)
{
	if (n)
		buf_addf(text, "%s%" PRIu64 " %s", text->n ? ", " : "", n, name);
}

void left_out_tell(const struct left_out *left_out, const struct options *options)
{
	struct buf text = { 0 };

	for (size_t i = 0; i < KINDS; i++)
		add(&text, left_out->counts[i], record_kind_name((enum record_kind)i));
	add(&text, left_out->others, "others");
	if (text.n)
		options_fail(options, "left out, having no class in OCSF here: %.*s", (int)text.n,
			     text.p);
	buf_free(&text);
}
