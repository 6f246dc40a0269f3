/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/judge/state.h"

#include "core/base/array.h"
#include "core/match/secrets.h"
#include "core/plan/policy.h"

/*
 * Whose writes are judged. What an approved program writes is what it was approved for, and what
 * another one writes follows from an exec that was refused: those are recorded and have no verdict.
 * But nobody reads from the command line what a shell, an interpreter, a script, tee or dd will
 * write; and a step that says where it writes is held to it, whatever program does.
 */
static bool is_judged(const struct judge *judge, const struct actor *actor)
{
	if (!actor->known || actor->verdict == VERDICT_INDETERMINATE || actor->writes)
		return true;
	return actor->step != IMAGE_NO_STEP && judge->plan->steps[actor->step]->write.n > 0;
}

/*
 * The name that a rename or link takes from counts too: through another name a file is still
 * itself.
 */
static bool is_covered(const struct judge *judge, const struct step *step,
		       const struct event *event)
{
	const struct event_write *write = &event->write;

	if (write->write_flags & (LS_WRITE_FOREIGN | LS_WRITE_DELETED | LS_WRITE_PATH_TRUNCATED))
		return false;
	if (judge->opts.mntns && event->mntns != judge->opts.mntns)
		return false;
	return policy_write(judge->plan, step, write->path) &&
	       (write->from.n == 0 || policy_write(judge->plan, step, write->from));
}

/* What was approved when it began, and goes on when nothing is any more. */
static const uint32_t too_late =
	REASON_BIT(revoked) | REASON_BIT(after_end) | REASON_BIT(outside_window);

void judge_write(const struct judge *judge, const struct event *event, const struct actor *actor,
		 struct judgement *out)
{
	uint32_t reasons = judge_session_reasons(judge, event->ts_ns);
	const struct step *step = NULL;

	if (!is_judged(judge, actor) && !(reasons & too_late))
		return;
	out->verdict = VERDICT_UNAPPROVED;
	out->reasons = reasons;
	if (reasons)
		return;
	if (!actor->known || actor->verdict == VERDICT_INDETERMINATE) {
		out->verdict = VERDICT_INDETERMINATE;
		out->reasons = REASON_BIT(untracked_process);
		return;
	}
	if (actor->step != IMAGE_NO_STEP)
		step = judge->plan->steps[actor->step];
	if (actor->verdict != VERDICT_APPROVED || !is_covered(judge, step, event)) {
		out->reasons = REASON_BIT(write_not_allowed);
		return;
	}
	out->verdict = VERDICT_APPROVED;
	out->how = actor->how;
	out->step = step;
}

/*
 * A search along PATH tries names that are none of the ticket's, with the arguments of one that is.
 */
static void hide(const struct command *command, const struct event_failed *failed,
		 struct judgement *out)
{
	if (!secrets_any(command) || !policy_is_named(command, failed->filename, failed->argv))
		return;
	if (!secrets_add(command, failed->argv, out->secrets, ARRAY_SIZE(out->secrets),
			 &out->secrets_n) ||
	    (failed->failed_flags & (LS_FAILED_ARGV_TRUNCATED | LS_FAILED_UNREADABLE)))
		out->secrets_more = true;
}

void judge_exec_failed(const struct judge *judge, const struct event *event, struct judgement *out)
{
	for (size_t i = 0; judge->plan && i < judge->plan->steps_n; i++) {
		const struct step *step = judge->plan->steps[i];

		hide(&step->run, &event->failed, out);
		for (size_t k = 0; k < step->child_runs_n; k++)
			hide(&step->child_runs[k], &event->failed, out);
	}
}
