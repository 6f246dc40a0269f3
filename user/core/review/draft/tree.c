/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/review/draft/part.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/base/bisect.h"
#include "core/base/chars.h"
#include "core/base/text.h"
#include "core/plan/env_table.h"
#include "core/plan/policy.h"
#include "core/plan/program.h"

struct draft_run *draft_find(const struct draft *draft, uint64_t sseq)
{
	size_t at = bisect(draft->runs_n, i, draft->runs[i].sseq < sseq);

	return at < draft->runs_n && draft->runs[at].sseq == sseq ? &draft->runs[at] : NULL;
}

/* The image that it replaced, or was forked from; NULL: the session's start, or not known. */
static struct draft_run *parent_of(const struct draft *draft, const struct draft_run *run)
{
	return run->image < run->sseq ? draft_find(draft, run->image) : NULL;
}

static bool has_step(const struct draft_run *run)
{
	return run && (run->fate == DRAFT_STEP || run->fate == DRAFT_CHILD);
}

/*
 * A shell that somebody types into, or that the whole session is read by, has no work of its own:
 * what it runs is what the session ran, and not its children, where one list would hide all the
 * rest.
 */
static bool takes_dictation(const struct draft *draft, const struct draft_run *run)
{
	return run->nature.shell && !run->script && run->nature.input == INPUT_STDIN &&
	       (run == draft->runs || run->stdin_kind == LS_STDIN_TTY);
}

static bool is_below_step(const struct draft *draft, const struct draft_run *parent)
{
	return has_step(parent) && !takes_dictation(draft, parent);
}

/* What tells one step from another: no part of it holds a line's end. */
static int add_key(const struct draft *draft, const struct draft_run *run, struct buf *key)
{
	buf_reset(key);
	buf_adds(key, run->run);
	buf_addc(key, '\n');
	if (!draft_run_is_usual_user(draft, run))
		buf_addf(key, "%u", run->euid);
	buf_addc(key, '\n');
	if (run->relative)
		text_show(key, run->cwd, 0);
	return key->failed ? -ENOMEM : 0;
}

/* First, what each run is but for the steps below others' that are steps themselves. */
static int sort_run(struct draft *draft, struct draft_run *run, struct buf *key)
{
	struct draft_run *parent = parent_of(draft, run);
	int ret;

	run->fate = DRAFT_LEFT_OUT;
	if (run->login)
		run->fate = DRAFT_SHELL;
	else if (run->why)
		return 0;
	else if (draft_profile_explains(draft, parent, run))
		run->fate = DRAFT_PROFILE;
	else
		run->fate = is_below_step(draft, parent) ? DRAFT_CHILD : DRAFT_STEP;
	if (run->fate == DRAFT_PROFILE)
		return counted_set_add(&draft->profiles, span_of(run->profile->name), 0, NULL);
	if (run->fate != DRAFT_STEP)
		return 0;
	ret = add_key(draft, run, key);
	return ret ? ret : counted_set_add(&draft->keys, buf_span(key), 0, NULL);
}

static int add_env(struct draft_step *step, const struct draft_run *run)
{
	static const char unknown[] = "not all of its environment was recorded, and so is not here";
	struct span rest = run->env, entry;
	int ret = run->env_unknown ? counted_set_add(&step->notes, span_of(unknown), 0, NULL) : 0;

	while (!ret && strings_next(&rest, &entry))
		ret = counted_set_add(&step->lists[STEP_ENV], entry, 0, NULL);
	return ret;
}

/* Whether a ticket's step has that name, as one of a profile may. */
static bool is_profile_id(const struct draft *draft, const char *id)
{
	for (size_t i = 0; i < draft->opts.profiles_n; i++) {
		const struct plan *plan = draft->opts.profiles[i].plan;

		for (size_t k = 0; k < plan->steps_n; k++) {
			if (strcmp(plan->steps[k]->id, id) == 0)
				return true;
		}
	}
	return false;
}

/* The program's name as the line has it, and the step's number, which makes it one of its own. */
static void make_id(const struct draft *draft, const struct draft_run *run, size_t number,
		    char id[DRAFT_ID_SIZE])
{
	struct span base = path_base((struct span){ run->run, strcspn(run->run, " ") });
	size_t n = 0;

	for (size_t i = 0; i < base.n && n < 24; i++) {
		char c = base.p[i];

		if (is_alnum(c) || (n > 0 && is_one_of(c, "._-")))
			id[n++] = c;
	}
	snprintf(id + n, DRAFT_ID_SIZE - n, "%s%zu", n ? "-" : "step-", number);
	/* a profile's step may have the name: the ticket would be refused with that profile */
	for (n = strlen(id); is_profile_id(draft, id) && n + 1 < DRAFT_ID_SIZE; n++)
		memcpy(id + n, "x", 2);
}

static int leave_out(struct draft *draft, const struct draft_run *run,
		     const struct draft_run *parent, struct buf *text)
{
	struct counted_set *notes =
		is_below_step(draft, parent) ? &draft->steps[parent->step].notes : &draft->notes;

	buf_reset(text);
	buf_adds(text, "not drafted: ");
	draft_run_show(run, text);
	buf_addf(text, ": %s", run->why);
	return text->failed ? -ENOMEM : counted_set_add(notes, buf_span(text), 0, NULL);
}

/*
 * Which step put the file in place, as its time of change says: the last command that had begun by
 * then, but for the tick that a file's time may be old.
 */
static uint32_t installer_of(const struct draft *draft, const struct draft_run *run)
{
	for (const struct draft_run *at = run; at-- > draft->runs;) {
		if (has_step(at) && at->time_ns <= run->ctime_ns + POLICY_TICK_NS)
			return at->step;
	}
	return DRAFT_NONE;
}

/*
 * A program that is not what it was when the session began is approved where a step that was run
 * before may install it: the one above, or else the one that was running then, which is a guess.
 */
static int add_install(struct draft *draft, const struct draft_run *run)
{
	uint32_t step;
	int ret;

	if (!run->fresh)
		return 0;
	step = run->fate == DRAFT_CHILD ? run->step : installer_of(draft, run);
	if (step == DRAFT_NONE)
		return 0;
	ret = draft_path_add(&draft->steps[step].lists[STEP_INSTALLS], NULL, run->path);
	return ret == -EINVAL ? 0 : ret;
}

static int place_run(struct draft *draft, struct draft_run *run, struct buf *key)
{
	struct draft_run *parent = parent_of(draft, run);
	long number;
	int ret = 0;

	if (run->fate == DRAFT_LEFT_OUT || run->fate == DRAFT_SHELL)
		return leave_out(draft, run, parent, key);
	if (run->fate != DRAFT_STEP && run->fate != DRAFT_CHILD)
		return 0;
	if (add_key(draft, run, key))
		return -ENOMEM;
	buf_addc(key, 0);
	number = key->failed ? -1 : names_find(&draft->keys.names, key->p);
	if (number >= 0) {
		struct draft_step *step = &draft->steps[number];

		if (!step->first) {
			step->first = run;
			make_id(draft, run, (size_t)number + 1, step->id);
		}
		run->fate = DRAFT_STEP;
		run->step = (uint32_t)number;
		step->n++;
		step->marks |= run->marks;
	} else {
		run->step = parent->step;
		ret = counted_set_add(&draft->steps[run->step].lists[STEP_CHILDREN],
				      span_of(run->run), run->marks, NULL);
	}
	if (!ret)
		ret = add_env(&draft->steps[run->step], run);
	if (!ret)
		ret = add_install(draft, run);
	if (ret)
		return ret;
	draft->steps[run->step].so_far.stdin_mask |=
		policy_stdin_needs(run->nature, run->stdin_kind);
	return 0;
}

int draft_tree(struct draft *draft)
{
	struct buf key = { 0 };
	int ret = 0;

	for (size_t i = 0; i < draft->runs_n && !ret; i++)
		ret = sort_run(draft, &draft->runs[i], &key);
	if (!ret && draft->keys.n > TICKET_STEPS_MAX)
		ret = -E2BIG;
	if (!ret) {
		draft->steps = calloc(draft->keys.n + 1, sizeof(*draft->steps));
		draft->steps_n = draft->steps ? draft->keys.n : 0;
		ret = draft->steps ? 0 : -ENOMEM;
	}
	for (size_t i = 0; i < draft->runs_n && !ret; i++)
		ret = place_run(draft, &draft->runs[i], &key);
	buf_free(&key);
	return ret;
}
