/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/judge/state.h"

#include <errno.h>

#include "core/base/array.h"
#include "core/match/secrets.h"
#include "core/plan/env_table.h"
#include "core/plan/index.h"
#include "core/plan/policy.h"
#include "core/plan/program.h"
#include "core/plan/programs_table.h"

enum {
	CHANGED_MAX = 64,
	/* Each is looked for in the session's own environment, which the opener may have filled. */
	ENV_LOOKED_UP_MAX = 1024,
};

/* One exec on its way through the rules. */
struct trial {
	struct judge *judge;
	const struct event *event;
	const struct event_exec *exec;
	const struct actor *parent;
	struct action action;
	struct program_nature nature;
	/* NAME=VALUE of the table that differ from the session's start. */
	struct span changed[CHANGED_MAX];
	size_t changed_n;
	bool env_unknown;        /* more than that, or not all of the environment could be seen */
	const struct rule *rule; /* the one that approves, or that came nearest */
	uint32_t rule_reasons;
	bool child_elsewhere; /* a rule for children of another step matched */
	uint32_t step;        /* what the new image belongs to */
};

/* A pattern of `children` is not pinned: the pin is of the step's own program. */
static const struct step no_pin;

static struct step *trial_step(const struct trial *trial, const struct rule *rule)
{
	return trial->judge->plan->steps[rule->step];
}

static void trial_env(struct trial *trial, struct judgement *out)
{
	struct span rest = trial->exec->env, entry, name, value;
	enum env_class class;
	size_t n = 0;
	bool same;

	trial->env_unknown =
		trial->exec->exec_flags & (LS_EXEC_ENV_TRUNCATED | LS_EXEC_ENV_UNREADABLE);
	while (strings_next(&rest, &entry)) {
		if (!env_split(entry, &name, &value))
			continue;
		class = env_class(name);
		if (class == ENV_NONE)
			continue;
		if (++n > ENV_LOOKED_UP_MAX) {
			trial->env_unknown = true;
			out->env_more++;
			continue;
		}
		same = class == ENV_NOTE || env_is_usual(name, value) ||
		       env_has(trial->judge->opts.env, entry);
		if (out->env_n < ARRAY_SIZE(out->env)) {
			out->env_differs[out->env_n] = !same;
			out->env[out->env_n++] = entry;
		} else {
			out->env_more++;
		}
		if (same)
			continue;
		if (trial->changed_n < CHANGED_MAX)
			trial->changed[trial->changed_n++] = entry;
		else
			trial->env_unknown = true;
	}
}

/*
 * step NULL: nothing is allowed. Below `children: any` (code_only) a variable that only names
 * another program does no harm: that program is covered, or is not, by itself.
 */
static uint32_t env_reasons(const struct trial *trial, const struct step *step, bool code_only)
{
	struct span name, value;

	if (trial->env_unknown)
		return REASON_BIT(environment);
	for (size_t i = 0; i < trial->changed_n; i++) {
		env_split(trial->changed[i], &name, &value);
		if (code_only && !env_carries_code(name))
			continue;
		if (!step || !step_allows_env(step, name, value))
			return REASON_BIT(environment);
	}
	return 0;
}

static uint32_t user_reasons(const struct trial *trial, const struct step *step)
{
	const struct judge *judge = trial->judge;
	uint32_t uid = trial->event->euid;
	bool right = uid == judge->opts.operator_uid || uid == 0;

	if (step && step->as) {
		const struct user_name *user = plan_user(judge->plan, step->as);

		right = user && user->found && user->uid == uid;
	}
	return right ? 0 : REASON_BIT(wrong_user);
}

static uint32_t count_reasons(const struct trial *trial, const struct rule *rule)
{
	const struct judge *judge = trial->judge;
	const struct step_facts *facts = &judge->facts[rule->step];
	const struct step *step = trial_step(trial, rule);
	uint32_t reasons = 0;

	if (step->times_set && (uint64_t)facts->done + facts->running >= step->times_max)
		reasons |= REASON_BIT(too_many_times);
	/* A profile's step is behind all of the ticket's own, so never before the last of those. */
	if (judge->plan->ticket->order == ORDER_STRICT && rule->step < judge->order_last)
		reasons |= REASON_BIT(out_of_order);
	return reasons;
}

static uint32_t rule_reasons(const struct trial *trial, const struct rule *rule)
{
	const struct judge *judge = trial->judge;
	const struct step *step = trial_step(trial, rule);
	uint32_t reasons = judge_program_reasons(judge, trial->event, &trial->action,
						 &judge->plan->programs[rule->program],
						 rule->child ? &no_pin : step);

	reasons |= env_reasons(trial, step, false);
	if (!policy_stdin(step->stdin_mask, trial->nature, trial->exec->stdin_kind))
		reasons |= REASON_BIT(stdin_differs);
	if (rule->child)
		return reasons;
	reasons |= user_reasons(trial, step);
	/* a directory that only has the name, or that others can change, is not that one */
	if (step->cwd &&
	    (!span_is(trial->exec->cwd, step->cwd) || (trial->exec->exec_flags & LS_EXEC_FOREIGN)))
		reasons |= REASON_BIT(argument_differs);
	return reasons | count_reasons(trial, rule);
}

static bool parent_has_step(const struct trial *trial)
{
	return trial->parent->verdict == VERDICT_APPROVED && trial->parent->step != IMAGE_NO_STEP;
}

/*
 * Own matches first, whatever the order that they come in: a child's rule is the parent's business.
 */
static void trial_rules(struct trial *trial, bool child, const uint32_t *rules, size_t n)
{
	const struct plan *plan = trial->judge->plan;

	for (size_t i = 0; i < n; i++) {
		const struct rule *rule = &plan->rules[rules[i]];
		uint32_t reasons;

		if (rule->child != child)
			continue;
		if (child && !(parent_has_step(trial) && trial->parent->step == rule->step)) {
			trial->child_elsewhere = true;
			continue;
		}
		reasons = rule_reasons(trial, rule);
		if (trial->rule &&
		    __builtin_popcount(reasons) >= __builtin_popcount(trial->rule_reasons))
			continue;
		trial->rule = rule;
		trial->rule_reasons = reasons;
		if (!reasons)
			return;
	}
}

/* What `children: any` of the parent's step leaves out; 0: it covers this exec. */
static uint32_t any_child_reasons(const struct trial *trial)
{
	const struct step *step;
	uint32_t reasons;

	if (!parent_has_step(trial))
		return REASON_BIT(not_in_ticket);
	step = trial->judge->plan->steps[trial->parent->step];
	if (step->children != CHILDREN_ANY)
		return REASON_BIT(not_a_child);
	reasons = env_reasons(trial, step, true);
	if (trial->nature.delegation)
		reasons |= REASON_BIT(delegation);
	if (trial->nature.input == INPUT_STDIN && trial->exec->stdin_kind == LS_STDIN_TTY)
		reasons |= REASON_BIT(stdin_differs);
	return reasons;
}

/* The interactive login shell that lockstep or the login started as the session's first program. */
static bool is_login_shell(const struct trial *trial)
{
	const struct judge *judge = trial->judge;

	return judge->opts.shell && !judge->exec_seen && trial->event->image == 0 &&
	       policy_login_shell(trial->exec, &trial->action, trial->nature) &&
	       !env_reasons(trial, NULL, false) && !user_reasons(trial, NULL);
}

struct unmatched {
	const struct trial *trial;
	struct span base, argv0; /* last components */
	bool same_path, same_name;
};

/* What a program is called is the same for all its rules: the first one does. */
static bool look_at_rule(void *ctx, const struct rule *rule)
{
	struct unmatched *look = ctx;
	const struct plan *plan = look->trial->judge->plan;
	const struct program *program = &plan->programs[rule->program];
	struct span name = path_base(span_of(program->name));

	look->same_path =
		look->same_path || program_has_path(program, &plan->path, look->trial->action.path);
	look->same_name =
		look->same_name || span_eq(look->base, name) || span_eq(look->argv0, name);
	return true;
}

/*
 * No rule matched: the same program with other arguments, another one under its name, or neither.
 */
static uint32_t unmatched_reason(const struct trial *trial)
{
	struct unmatched look = { .trial = trial, .base = path_base(trial->action.path) };
	struct span rest = trial->action.argv;

	strings_next(&rest, &look.argv0);
	look.argv0 = path_base(look.argv0);
	plan_index_each(trial->judge->plan, look.base, look_at_rule, &look);
	if (!look.same_path)
		plan_index_each(trial->judge->plan, look.argv0, look_at_rule, &look);
	if (look.same_path)
		return REASON_BIT(argument_differs);
	return look.same_name ? REASON_BIT(program_differs) : REASON_BIT(not_in_ticket);
}

/*
 * Whether the tree is part of what is wrong: the parent's step has a list and this is not on it, or
 * it is on another's, or nothing but the parent ties it to the ticket. Where a step of its own came
 * near, what differs from that step says more.
 */
static bool is_stray_child(const struct trial *trial, uint32_t reasons)
{
	if (trial->child_elsewhere)
		return true;
	if (!parent_has_step(trial))
		return false;
	return trial->judge->plan->steps[trial->parent->step]->children == CHILDREN_LIST ||
	       (reasons & REASON_BIT(not_in_ticket));
}

static void trial_refuse(const struct trial *trial, uint32_t any_reasons, struct judgement *out)
{
	if (!trial->parent->known || trial->parent->verdict == VERDICT_INDETERMINATE) {
		out->verdict = VERDICT_INDETERMINATE;
		out->reasons = REASON_BIT(untracked_process);
		return;
	}
	if (parent_has_step(trial) && !(any_reasons & REASON_BIT(not_a_child))) {
		out->reasons =
			any_reasons | trial->rule_reasons; /* what `children: any` leaves out */
	} else {
		out->reasons = trial->rule ? trial->rule_reasons : unmatched_reason(trial);
		if (is_stray_child(trial, out->reasons))
			out->reasons |= REASON_BIT(not_a_child);
	}
	if (trial->nature.delegation)
		out->reasons |= REASON_BIT(delegation);
	if (trial->rule)
		out->nearest.step = trial_step(trial, trial->rule);
	else
		plan_nearest(trial->judge->plan, trial->action.path, trial->action.argv,
			     &out->nearest);
}

static bool lacks(const struct command *command, const struct trial *trial)
{
	return secrets_any(command) &&
	       policy_is_named(command, trial->action.path, trial->action.argv);
}

/* Arguments that are not all there match no rule: then the name of the program decides. */
static void hide_by_name(const struct trial *trial, struct judgement *out)
{
	const struct plan *plan = trial->judge->plan;

	for (size_t i = 0; i < plan->steps_n; i++) {
		const struct step *step = plan->steps[i];

		out->secrets_more |= lacks(&step->run, trial);
		for (size_t k = 0; k < step->child_runs_n; k++)
			out->secrets_more |= lacks(&step->child_runs[k], trial);
	}
}

/* Whatever the verdict, and for whatever reason: a secret that any rule knows is not recorded. */
static void trial_secrets(const struct trial *trial, struct judgement *out)
{
	const struct plan *plan = trial->judge->plan;
	const uint32_t *rules;
	size_t n;

	if (!plan)
		return;
	n = plan_match(plan, trial->action.bytes, &rules);
	for (size_t i = 0; i < n; i++) {
		if (!policy_secrets(plan, &plan->rules[rules[i]], trial->action.argv, out->secrets,
				    ARRAY_SIZE(out->secrets), &out->secrets_n))
			out->secrets_more = true;
	}
	if (trial->exec->exec_flags & (LS_EXEC_ARGV_TRUNCATED | LS_EXEC_ARGV_UNREADABLE))
		hide_by_name(trial, out);
}

/* The process carries the step out from here on. 0, or what runs__begin() says. */
static int begin_run(struct judge *judge, const struct event *event, uint32_t step)
{
	struct step_facts *facts = &judge->facts[step];
	int ret = runs__begin(judge->runs, event->tgid, event->start_ns, step);

	if (ret)
		return ret;
	facts->running++;
	if (facts->running == 1)
		facts->work[facts->work_n++ % STEP_WORK_MAX] =
			(struct step_work){ .from_ns = judge_wall(judge, event->ts_ns) };
	if (!facts->first_sseq)
		facts->first_sseq = event->sseq;
	facts->last_sseq = event->sseq;
	if (step < judge->plan->own_steps_n && step > judge->order_last)
		judge->order_last = step;
	return 0;
}

static void trial_approve(struct trial *trial, struct judgement *out)
{
	struct judge *judge = trial->judge;
	const struct rule *rule = trial->rule;

	out->step = trial_step(trial, rule);
	out->how = rule->child ? HOW_CHILD : out->step->profile ? HOW_PROFILE : HOW_STEP;
	out->verdict = VERDICT_APPROVED;
	trial->step = rule->step;
	if (judge_program_hashed(trial->exec, &trial->action,
				 &judge->plan->programs[rule->program]))
		out->program = &judge->plan->programs[rule->program];
	if (rule->child || !begin_run(judge, trial->event, rule->step))
		return;
	out->verdict = VERDICT_INDETERMINATE;
	out->reasons = REASON_BIT(untracked_process);
	out->how = HOW_NONE;
	out->step = NULL;
	trial->step = IMAGE_NO_STEP;
}

/* What no rule can approve. */
static uint32_t hard_reasons(const struct event_exec *exec)
{
	uint32_t reasons = 0;

	if (exec->exec_flags & (LS_EXEC_FILELESS | LS_EXEC_DELETED))
		reasons |= REASON_BIT(fileless);
	if (exec->exec_flags & (LS_EXEC_ARGV_TRUNCATED | LS_EXEC_PATH_TRUNCATED))
		reasons |= REASON_BIT(argv_truncated);
	if (exec->exec_flags & LS_EXEC_ARGV_UNREADABLE)
		reasons |= REASON_BIT(argv_unreadable);
	return reasons;
}

/* The rules, then the parent's step, then the login shell. */
static void trial_run(struct trial *trial, struct judgement *out)
{
	struct judge *judge = trial->judge;
	uint32_t any_reasons = any_child_reasons(trial);
	const uint32_t *rules;
	size_t n = plan_match(judge->plan, trial->action.bytes, &rules);

	trial_rules(trial, false, rules, n);
	if (!trial->rule || trial->rule_reasons)
		trial_rules(trial, true, rules, n);
	if (trial->parent->known && trial->rule && !trial->rule_reasons) {
		trial_approve(trial, out);
	} else if (trial->parent->known && !any_reasons) {
		out->verdict = VERDICT_APPROVED;
		out->how = HOW_CHILD;
		out->step = judge->plan->steps[trial->parent->step];
		trial->step = trial->parent->step;
	} else if (is_login_shell(trial)) {
		out->verdict = VERDICT_APPROVED;
		out->how = HOW_SHELL;
	} else {
		trial_refuse(trial, any_reasons, out);
	}
}

static void note_unseen(struct judge *judge, const struct trial *trial)
{
	if (trial->nature.input == INPUT_STDIN)
		judge->unseen |= UNSEEN_BUILTINS;
	if (trial->nature.input == INPUT_GIVEN || trial->action.script)
		judge->unseen |= UNSEEN_SCRIPTS;
}

static void add_image(const struct trial *trial, uint32_t step, const struct judgement *judged)
{
	struct image image = {
		.sseq = trial->event->sseq,
		.step = step,
		.verdict = (uint8_t)judged->verdict,
		.how = (uint8_t)judged->how,
		.writes = trial->action.script || trial->nature.input != INPUT_NONE ||
			  trial->nature.pours,
	};

	/* One that does not fit is unknown later: its acts are indeterminate then. */
	(void)images__add(trial->judge->images, &image, trial->exec->exe);
}

void judge_exec(struct judge *judge, const struct event *event, const struct actor *parent,
		struct judgement *out)
{
	struct trial trial = {
		.judge = judge,
		.event = event,
		.exec = &event->exec,
		.parent = parent,
		.step = IMAGE_NO_STEP,
	};
	int ret = action_build(trial.exec, &judge->room, &trial.action);

	trial.nature = program_nature(trial.action.path, trial.action.argv);
	trial_env(&trial, out);
	note_unseen(judge, &trial);
	out->verdict = VERDICT_UNAPPROVED;
	out->reasons = judge_session_reasons(judge, event->ts_ns) | hard_reasons(trial.exec);
	if (out->reasons && trial.nature.delegation)
		out->reasons |= REASON_BIT(delegation);
	if (ret == -ENOMEM) {
		out->verdict = VERDICT_INDETERMINATE;
		out->reasons |= REASON_BIT(argv_unreadable);
	} else {
		if (!out->reasons)
			trial_run(&trial, out);
		trial_secrets(&trial, out);
	}
	judge->exec_seen = true;
	add_image(&trial, trial.step, out);
}

static uint32_t step_index(const struct plan *plan, const struct step *step)
{
	for (uint32_t i = 0; step && i < plan->steps_n; i++) {
		if (plan->steps[i] == step)
			return i;
	}
	return IMAGE_NO_STEP;
}

void judge_exec_restore(struct judge *judge, const struct event *event,
			const struct judgement *judged)
{
	struct trial trial = { .judge = judge, .event = event, .exec = &event->exec };
	uint32_t step = judge->plan ? step_index(judge->plan, judged->step) : IMAGE_NO_STEP;

	if (action_build(trial.exec, &judge->room, &trial.action) == -ENOMEM)
		judge__lost(judge, REASON_BIT(argv_unreadable));
	trial.nature = program_nature(trial.action.path, trial.action.argv);
	note_unseen(judge, &trial);
	if (step != IMAGE_NO_STEP && (judged->how == HOW_STEP || judged->how == HOW_PROFILE) &&
	    begin_run(judge, event, step))
		judge__lost(judge, REASON_BIT(untracked_process));
	judge->exec_seen = true;
	add_image(&trial, step, judged);
}
