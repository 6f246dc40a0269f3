/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "lib/judged_rows.h"

#include "lib/cmocka.h"

void judged_say(const struct judgement *judged, bool how, struct buf *out)
{
	buf_adds(out, judged->verdict ? verdict_name(judged->verdict) : "recorded");
	if (judged->step)
		buf_addf(out, " %s", judged->step->id);
	if (how && judged->how)
		buf_addf(out, " %s", how_name(judged->how));
	for (unsigned int i = 0; i < REASON_COUNT; i++) {
		if (judged->reasons & (1u << i))
			buf_addf(out, " %s", reason_name((enum reason)i));
	}
}

void judged_keep(struct buf *out, char *got)
{
	buf_addc(out, 0);
	snprintf(got, JUDGED_MAX, "%s", out->p);
	buf_free(out);
}

void judged_rows_run(const struct judged_case *all, const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char got[JUDGED_MAX] = "";
		struct collector_ops ops = { .sink = all->sink, .ctx = got };
		struct acts *acts = acts_new(all->ticket, &all->profile, 1, &ops);

		acts_play(acts, all->prelude);
		acts_play(acts, rows[i].script);
		if (acts->error[0])
			fail_msg("row \"%s\": %s", rows[i].name, acts->error);
		if (strcmp(got, rows[i].want))
			fail_msg("row \"%s\": got \"%s\"", rows[i].name, got);
		acts_free(acts);
	}
}
