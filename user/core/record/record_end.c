/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/record/record_part.h"

#include "core/base/json.h"

static void add_step(const struct step_facts *facts, bool missing_known, struct buf *out)
{
	const struct step *step = facts->step;
	uint32_t least = step->times_set ? step->times_min : 0;
	uint32_t came = facts->done + facts->running;

	json_open(out, NULL, '{');
	json_cstr(out, "id", step->id);
	json_cstr(out, "profile", step->profile);
	json_cstr(out, "run", step->run.text);
	if (step->times_set)
		json_u64(out, "times", least);
	else
		json_null(out, "times");
	json_u64(out, "done", facts->done);
	json_u64(out, "failed", facts->failed);
	json_u64(out, "running", facts->running);
	json_u64(out, "missing", missing_known && least > came ? least - came : 0);
	json_u64(out, "first", facts->first_sseq);
	json_u64(out, "last", facts->last_sseq);
	json_close(out, '}');
}

/* The ticket's own steps, and of the profiles' those that were run: a profile offers, it does not ask. */
static void add_steps(const struct reconciliation *facts, struct buf *out)
{
	bool missing_known = facts->reasons & REASON_BIT(step_missing);

	json_open(out, "steps", '[');
	for (size_t i = 0; i < facts->steps_n; i++) {
		if (i < facts->own_steps_n || facts->steps[i].first_sseq)
			add_step(&facts->steps[i], missing_known, out);
	}
	json_close(out, ']');
}

static void add_loose(const struct reconciliation *facts, struct buf *out)
{
	uint64_t all = facts->unapproved + facts->indeterminate;

	json_open(out, "in_no_step", '[');
	for (size_t i = 0; i < facts->loose_n; i++) {
		const struct loose_act *act = &facts->loose[i];

		json_open(out, NULL, '{');
		json_u64(out, "sseq", act->sseq);
		json_cstr(out, "kind", record_kind_name(act->kind));
		json_cstr(out, "verdict", verdict_name(act->verdict));
		record_reasons(out, act->reasons);
		record_text(out, "text", "text_b64", (struct span){ act->text, act->text_n });
		json_bool(out, "cut", act->cut);
		json_close(out, '}');
	}
	json_close(out, ']');
	json_u64(out, "in_no_step_more", all > facts->loose_n ? all - facts->loose_n : 0);
}

static void add_books(const struct loss_counts *counts, struct buf *out)
{
	json_u64(out, "emitted", counts->emitted);
	json_u64(out, "delivered", counts->stored + counts->refused + counts->not_stored);
	json_u64(out, "stored", counts->stored);
	json_open(out, "lost", '{');
	json_u64(out, "ring_full", counts->lost[LS_LOST_RING_FULL]);
	json_u64(out, "fill", counts->lost[LS_LOST_FILL]);
	json_u64(out, "untracked", counts->lost[LS_LOST_UNTRACKED]);
	json_close(out, '}');
	json_open(out, "missed", '{');
	json_u64(out, "member_full", counts->missed[LS_MISSED_MEMBER_FULL]);
	json_u64(out, "sock_full", counts->missed[LS_MISSED_SOCK_FULL]);
	json_close(out, '}');
	json_u64(out, "refused", counts->refused);
	json_u64(out, "not_stored", counts->not_stored);
	json_u64(out, "dropped", counts->dropped);
	json_u64(out, "recursion", counts->recursion_misses);
	json_open(out, "unreadable", '{');
	json_u64(out, "argv", counts->argv_unreadable);
	json_u64(out, "path", counts->path_unreadable);
	json_close(out, '}');
	json_u64(out, "unexplained", counts->unexplained);
}

void record_end(const struct record *record, struct buf *out)
{
	const struct reconciliation *facts = record->end.facts;

	json_cstr(out, "outcome", outcome_name(facts->outcome));
	json_cstr(out, "why", record->end.why);
	json_u64(out, "alive", record->end.alive);
	json_u64(out, "unclosed", record->end.unclosed);
	json_u64(out, "approved", facts->approved);
	json_u64(out, "unapproved", facts->unapproved);
	json_u64(out, "indeterminate", facts->indeterminate);
	add_steps(facts, out);
	add_loose(facts, out);
	json_open(out, "not_seen", '[');
	for (size_t i = 0; i < facts->unseen_n; i++)
		json_cstr(out, NULL, facts->unseen[i]);
	json_close(out, ']');
	add_books(record->end.counts, out);
}
