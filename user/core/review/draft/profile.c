/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/review/draft/part.h"

#include "core/plan/env_table.h"
#include "core/plan/policy.h"

static bool env_fits(const struct step *step, const struct draft_run *run)
{
	struct span rest = run->env, entry, name, value;

	while (strings_next(&rest, &entry)) {
		if (!env_split(entry, &name, &value) || !step_allows_env(step, name, value))
			return false;
	}
	return true;
}

/* A rule for children holds below its own step alone, and whoever the user is. */
static bool fits(const struct draft *draft, const struct draft_profile *profile,
		 const struct rule *rule, const struct draft_run *parent,
		 const struct draft_run *run)
{
	const struct step *step = profile->plan->steps[rule->step];

	if (!env_fits(step, run) || !policy_stdin(step->stdin_mask, run->nature, run->stdin_kind))
		return false;
	if (rule->child)
		return parent && parent->fate == DRAFT_PROFILE && parent->profile == profile &&
		       parent->profile_step == rule->step;
	return !step->as && !step->cwd && draft_run_is_usual_user(draft, run);
}

bool draft_profile_explains(struct draft *draft, const struct draft_run *parent,
			    struct draft_run *run)
{
	for (size_t i = 0; i < draft->opts.profiles_n; i++) {
		const struct draft_profile *profile = &draft->opts.profiles[i];

		const uint32_t *rules;
		size_t n = plan_match(profile->plan, run->action, &rules);

		for (size_t k = 0; k < n; k++) {
			const struct rule *rule = &profile->plan->rules[rules[k]];

			if (!fits(draft, profile, rule, parent, run))
				continue;
			run->profile = profile;
			run->profile_step = rule->step;
			return true;
		}
	}
	return false;
}

static bool plan_allows(const struct plan *plan, const struct draft_act *act)
{
	switch (act->kind) {
	case RECORD_WRITE:
		return policy_write(plan, NULL, span_of(act->path)) &&
		       (!act->from || policy_write(plan, NULL, span_of(act->from)));
	case RECORD_UNIX:
		return policy_unix(plan, NULL, span_of(act->path));
	case RECORD_CONNECT:
	case RECORD_SEND:
		return policy_connect(plan, NULL, act->proto, &act->address);
	default:
		return false;
	}
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
