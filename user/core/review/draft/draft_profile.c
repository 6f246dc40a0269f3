/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/review/draft/draft_part.h"

#include "core/plan/env_table.h"

/* A plan is of a ticket: this one's only step matches nothing that counts. */
static const char stub[] = "lockstep: 1\n"
			   "ticket: draft\n"
			   "requester: draft\n"
			   "operators: [draft]\n"
			   "window: {from: 2026-01-01T00:00:00Z, until: 2026-01-02T00:00:00Z}\n"
			   "steps: [{id: draft, run: /draft}]\n";

int draft_profile_plan(struct ticket *profile, struct plan **out, struct err *err)
{
	struct ticket *ticket = NULL;
	int ret = ticket_parse(stub, sizeof(stub) - 1, &ticket, NULL);

	*out = NULL;
	if (!ret)
		ret = ticket_add_path(ticket, profile);
	if (ret) {
		ticket_free(ticket);
		ticket_free(profile);
		return ret;
	}
	return plan_new(ticket, &profile, 1, out, err);
}

static bool env_fits(const struct step *step, const struct draft_run *run)
{
	struct span rest = run->env, entry, name, value;

	while (strings_next(&rest, &entry)) {
		if (!env_split(entry, &name, &value) || !step_allows_env(step, name, value))
			return false;
	}
	return true;
}

/* Closed, or /dev/null, is always right. */
static bool stdin_fits(const struct step *step, const struct draft_run *run)
{
	static const unsigned int masks[LS_STDIN_OTHER + 1] = {
		[LS_STDIN_TTY] = STDIN_TTY,
		[LS_STDIN_PIPE] = STDIN_PIPE,
		[LS_STDIN_FILE] = STDIN_FILE,
		[LS_STDIN_OTHER] = STDIN_ANY,
	};
	unsigned int wanted = masks[run->stdin_kind];

	return run->nature.input != INPUT_STDIN || (step->stdin_mask & wanted) == wanted;
}

static bool step_fits(const struct draft *draft, const struct step *step,
		      const struct draft_run *run)
{
	return step->profile && !step->as && !step->cwd && draft_run_is_usual_user(draft, run) &&
	       env_fits(step, run) && stdin_fits(step, run);
}

/* A rule for children holds below its own step alone. */
static bool child_fits(const struct draft_profile *profile, uint32_t step,
		       const struct draft_run *parent, const struct draft_run *run)
{
	return parent && parent->fate == DRAFT_PROFILE && parent->profile == profile &&
	       parent->profile_step == step && env_fits(profile->plan->steps[step], run) &&
	       stdin_fits(profile->plan->steps[step], run);
}

static bool find_step(const struct draft *draft, const struct draft_profile *profile,
		      const struct draft_run *parent, const struct draft_run *run, uint32_t *step)
{
	const struct plan *plan = profile->plan;
	const uint32_t *rules;
	size_t n = plan_match(plan, run->action, &rules);

	for (size_t i = 0; i < n; i++) {
		const struct rule *rule = &plan->rules[rules[i]];

		*step = rule->step;
		if (rule->child ? child_fits(profile, rule->step, parent, run)
				: step_fits(draft, plan->steps[rule->step], run))
			return true;
	}
	return false;
}

bool draft_profile_explains(struct draft *draft, const struct draft_run *parent,
			    struct draft_run *run)
{
	for (size_t i = 0; i < draft->opts.profiles_n; i++) {
		const struct draft_profile *profile = &draft->opts.profiles[i];

		if (!find_step(draft, profile, parent, run, &run->profile_step))
			continue;
		run->profile = profile;
		return true;
	}
	return false;
}

static bool dests_cover(const struct plan *plan, const struct dests *dests,
			const struct draft_act *act)
{
	for (size_t i = 0; i < dests->n; i++) {
		if (act->kind == RECORD_UNIX
			    ? dest_covers_unix(&dests->v[i], span_of(act->path))
			    : plan_dest_covers(plan, &dests->v[i], act->proto, &act->address))
			return true;
	}
	return false;
}

static bool plan_allows(const struct plan *plan, const struct draft_act *act)
{
	for (size_t i = 0; i < plan->allow_n; i++) {
		if (act->kind == RECORD_WRITE &&
		    patterns_match(plan->allow_write[i], span_of(act->path)) &&
		    (!act->from || patterns_match(plan->allow_write[i], span_of(act->from))))
			return true;
		if ((act->kind == RECORD_CONNECT || act->kind == RECORD_SEND ||
		     act->kind == RECORD_UNIX) &&
		    dests_cover(plan, &plan->allow[i], act))
			return true;
	}
	return false;
}

const struct draft_profile *draft_profile_allows(const struct draft *draft,
						 const struct draft_act *act)
{
	for (size_t i = 0; i < draft->opts.profiles_n; i++) {
		if (plan_allows(draft->opts.profiles[i].plan, act))
			return &draft->opts.profiles[i];
	}
	return NULL;
}
