/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/judge/judge.h"

#include <errno.h>
#include <stdlib.h>

#include "core/base/array.h"
#include "core/judge/sees.h"
#include "core/judge/state.h"
#include "core/plan/env_table.h"

enum {
	/* Of the session's own environment; the rest counts as a difference. */
	ENV_START_MAX = 256 << 10,
	ENV_START_N_MAX = 1024,
	ROOM_KEEP_MAX = 64 << 10, /* room for an action that is kept between events */
};

static const struct {
	uint32_t sees; /* that make it seen; 0: nothing does */
	const char *text;
} unseen_table[] = {
	{ JUDGE_SEES_WRITES, "files written" },
	{ JUDGE_SEES_FAILED, "programs that could not be started" },
	{ JUDGE_SEES_UNIX, "connections to unix sockets" },
};

static int keep_env(struct judge *judge, struct span env)
{
	struct span entry, name, value;
	struct buf kept = { 0 };
	size_t n = 0;

	while (strings_next(&env, &entry)) {
		if (!env_split(entry, &name, &value) || env_class(name) == ENV_NONE ||
		    env_class(name) == ENV_INJECT)
			continue;
		if (kept.n + entry.n + 1 > ENV_START_MAX || n++ == ENV_START_N_MAX)
			break;
		buf_add(&kept, entry.p, entry.n);
		buf_addc(&kept, 0);
	}
	if (kept.failed) {
		buf_free(&kept);
		return -ENOMEM;
	}
	free(judge->env);
	judge->env = kept.p; /* transferred */
	judge->opts.env = buf_span(&kept);
	return 0;
}

static int make_facts(struct judge *judge)
{
	size_t n = judge->plan ? judge->plan->steps_n : 0;

	judge->facts = calloc(n + 1, sizeof(*judge->facts));
	if (!judge->facts)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		judge->facts[i].step = judge->plan->steps[i];
	return 0;
}

int judge__new(struct judge **out, const struct judge_opts *opts)
{
	struct judge *judge = calloc(1, sizeof(*judge));
	int ret = -ENOMEM;

	*out = NULL;
	if (!judge)
		goto out;
	judge->opts = *opts;
	judge->clock_ns = opts->boot_to_wall_ns;
	if (opts->plan && opts->plan->ticket)
		judge->plan = opts->plan;
	ret = keep_env(judge, opts->env);
	if (!ret)
		ret = make_facts(judge);
	if (!ret)
		ret = images__new(&judge->images);
	if (!ret)
		ret = runs__new(&judge->runs);
	if (ret)
		goto out;
	*out = judge;
	judge = NULL; /* transferred */
out:
	judge__free(judge);
	return ret;
}

void judge__free(struct judge *judge)
{
	if (!judge)
		return;
	images__free(judge->images);
	runs__free(judge->runs);
	unexplained_acts_free(&judge->unexplained);
	buf_free(&judge->room);
	free(judge->facts);
	free(judge->env);
	free(judge);
}

struct span judge__start_env(const struct judge *judge)
{
	return judge->opts.env;
}

void judge__set_clock(struct judge *judge, int64_t boot_to_wall_ns)
{
	judge->clock_ns = boot_to_wall_ns;
}

int64_t judge__clock(const struct judge *judge)
{
	return judge->clock_ns;
}

void judge__end(struct judge *judge, uint64_t ts_ns, enum reason reason)
{
	judge->ended = true;
	judge->end_reason = reason;
	judge->end_ns = ts_ns;
}

void judge__lost(struct judge *judge, uint32_t reasons)
{
	judge->lost = true;
	judge->reasons |= reasons;
}

/* A time that does not fit is outside of every window. */
static bool in_window(const struct ticket *ticket, uint64_t ts_ns, int64_t boot_to_wall_ns)
{
	int64_t wall;

	if (ts_ns > INT64_MAX || __builtin_add_overflow((int64_t)ts_ns, boot_to_wall_ns, &wall))
		return false;
	return wall >= ticket->from_ns && wall < ticket->until_ns;
}

/* What holds for the session without a look at an act. */
static uint32_t standing_reasons(const struct judge *judge)
{
	uint32_t reasons = 0;

	if (!judge->plan)
		reasons |= REASON_BIT(no_ticket);
	if (judge->opts.wrong_host)
		reasons |= REASON_BIT(wrong_host);
	if (judge->opts.wrong_operator)
		reasons |= REASON_BIT(wrong_operator);
	return reasons;
}

uint32_t judge_session_reasons(const struct judge *judge, uint64_t ts_ns)
{
	uint32_t reasons = standing_reasons(judge);

	if (judge->ended && ts_ns >= judge->end_ns)
		reasons |= UINT32_C(1) << judge->end_reason;
	if (judge->plan && !(in_window(judge->plan->ticket, ts_ns, judge->opts.boot_to_wall_ns) &&
			     in_window(judge->plan->ticket, ts_ns, judge->clock_ns)))
		reasons |= REASON_BIT(outside_window);
	return reasons;
}

int64_t judge_wall(const struct judge *judge, uint64_t ts_ns)
{
	return (int64_t)(ts_ns + (uint64_t)judge->clock_ns);
}

struct ended_run {
	struct judge *judge;
	uint32_t status;
	int64_t wall_ns;
};

static void run_ended(void *ctx, uint32_t step)
{
	const struct ended_run *run = ctx;
	struct step_facts *facts = &run->judge->facts[step];

	facts->running--;
	if (!facts->running && facts->work_n)
		facts->work[(facts->work_n - 1) % STEP_WORK_MAX].to_ns = run->wall_ns;
	if (run->status == 0)
		facts->done++;
	else
		facts->failed++;
}

static void judge_exit(struct judge *judge, const struct event *event)
{
	struct ended_run run = { .judge = judge,
				 .status = event->exit.status,
				 .wall_ns = judge_wall(judge, event->ts_ns) };

	runs__end(judge->runs, event->tgid, event->start_ns, run_ended, &run);
}

static struct actor actor_of(const struct judge *judge, const struct event *event,
			     struct judgement *out)
{
	const struct image *image = images__find(judge->images, event->image);
	struct actor actor = { .known = image || event->image == 0, .step = IMAGE_NO_STEP };

	if (!image)
		return actor;
	actor.verdict = image->verdict;
	actor.how = image->how;
	actor.step = image->step;
	actor.writes = image->writes;
	out->exe = image_path(image);
	return actor;
}

static void book(struct judge *judge, const struct event *event, const struct judgement *judged)
{
	judge->reasons |= judged->reasons;
	switch (judged->verdict) {
	case VERDICT_NONE:
		return;
	case VERDICT_APPROVED:
		judge->approved++;
		return;
	case VERDICT_UNAPPROVED:
		judge->unapproved++;
		break;
	case VERDICT_INDETERMINATE:
		judge->indeterminate++;
		break;
	}
	unexplained_acts_add(&judge->unexplained, event, judged);
}

void judge__event(struct judge *judge, const struct event *event, struct judgement *out)
{
	struct actor actor;

	*out = (struct judgement){ 0 };
	if (judge->room.cap > ROOM_KEEP_MAX)
		buf_free(&judge->room);
	images__drop(judge->images, judge->doomed);
	judge->doomed = 0;
	actor = actor_of(judge, event, out);
	switch (event->kind) {
	case RECORD_EXEC:
		judge_exec(judge, event, &actor, out);
		break;
	case RECORD_EXIT:
		judge_exit(judge, event);
		break;
	case RECORD_CONNECT:
	case RECORD_SEND:
	case RECORD_BIND:
	case RECORD_LISTEN:
	case RECORD_UNIX:
	case RECORD_SOCKET:
		judge_net(judge, event, &actor, out);
		break;
	case RECORD_ACCEPT:
		judge_accept(judge, event, out);
		break;
	case RECORD_WRITE:
		judge_write(judge, event, &actor, out);
		break;
	case RECORD_EXEC_FAILED:
		judge_exec_failed(judge, event, out);
		break;
	default: /* a close, and what is no act */
		break;
	}
	if ((event->kind == RECORD_EXEC || event->kind == RECORD_EXIT) && !event->shared)
		judge->doomed = event->image;
	book(judge, event, out);
}

void judge__doubt(struct judge *judge, const struct event *event)
{
	const struct image *known = images__find(judge->images, event->sseq);
	struct image image;

	judge->unapproved--;
	judge->indeterminate++;
	if (event->kind != RECORD_EXEC || !known)
		return;
	image = *known;
	image.verdict = VERDICT_INDETERMINATE;
	image.step = IMAGE_NO_STEP;
	(void)images__add(judge->images, &image, event->exec.exe);
}

int judge__restore_env(struct judge *judge, struct span env)
{
	return keep_env(judge, env);
}

const struct step *judge__step(const struct judge *judge, struct span id)
{
	for (size_t i = 0; judge->plan && i < judge->plan->steps_n; i++) {
		if (span_is(id, judge->plan->steps[i]->id))
			return judge->plan->steps[i];
	}
	return NULL;
}

void judge__restore(struct judge *judge, const struct event *event, const struct judgement *judged)
{
	if (event->kind == RECORD_EXEC)
		judge_exec_restore(judge, event, judged);
	else if (event->kind == RECORD_EXIT)
		judge_exit(judge, event);
	else if (event->kind == RECORD_LISTEN)
		judge_note_listen(judge, event, judged);
	book(judge, event, judged);
}

static bool step_missing(const struct judge *judge)
{
	for (size_t i = 0; judge->plan && i < judge->plan->steps_n; i++) {
		const struct step_facts *facts = &judge->facts[i];

		if (facts->step->times_set && facts->done + facts->running < facts->step->times_min)
			return true;
	}
	return false;
}

static void outcome(const struct judge *judge, struct reconciliation *out)
{
	bool unsure = judge->lost || judge->indeterminate;

	out->reasons = judge->reasons | standing_reasons(judge);
	if (!unsure && step_missing(judge))
		out->reasons |= REASON_BIT(step_missing);
	if (judge->unapproved || standing_reasons(judge))
		out->outcome = OUTCOME_VIOLATION;
	else if (unsure)
		out->outcome = OUTCOME_INDETERMINATE;
	else
		out->outcome = out->reasons & REASON_BIT(step_missing) ? OUTCOME_VIOLATION
								       : OUTCOME_COMPLIANT;
}

static void unseen(const struct judge *judge, struct reconciliation *out)
{
	if (judge->unseen & UNSEEN_BUILTINS)
		out->unseen[out->unseen_n++] = "commands that a shell read and carried out itself";
	if (judge->unseen & UNSEEN_SCRIPTS)
		out->unseen[out->unseen_n++] = "what scripts did without starting a program";
	for (size_t i = 0; i < ARRAY_SIZE(unseen_table); i++) {
		if (!(judge->opts.sees & unseen_table[i].sees))
			out->unseen[out->unseen_n++] = unseen_table[i].text;
	}
}

void judge__reconcile(struct judge *judge, struct reconciliation *out)
{
	*out = (struct reconciliation){
		.steps = judge->facts,
		.steps_n = judge->plan ? judge->plan->steps_n : 0,
		.own_steps_n = judge->plan ? judge->plan->own_steps_n : 0,
		.approved = judge->approved,
		.unapproved = judge->unapproved,
		.indeterminate = judge->indeterminate,
		.unexplained = judge->unexplained.v,
		.unexplained_n = judge->unexplained.n,
	};
	outcome(judge, out);
	unseen(judge, out);
}
