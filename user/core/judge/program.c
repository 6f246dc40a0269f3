/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/judge/state.h"

#include "core/plan/policy.h"

/* Whether the step was at work when a file was changed for the last time; 0: nobody knows when. */
static bool at_work(const struct step_facts *facts, int64_t changed_ns)
{
	uint32_t n = facts->work_n < STEP_WORK_MAX ? facts->work_n : STEP_WORK_MAX;

	if (!changed_ns)
		return facts->running > 0;
	for (uint32_t i = 0; i < n; i++) {
		if (changed_ns >= facts->work[i].from_ns - POLICY_TICK_NS &&
		    (!facts->work[i].to_ns || changed_ns <= facts->work[i].to_ns))
			return true;
	}
	return false;
}

/*
 * Whether a step that may put this program in place did. What is changed when the step is not at it
 * has another change time, which nobody can set but who sets the clock.
 */
static bool installed(const struct judge *judge, struct span path, uint64_t ctime_ns)
{
	for (size_t i = 0; i < judge->plan->steps_n; i++) {
		if (judge->facts[i].work_n &&
		    patterns_match(&judge->plan->steps[i]->installs, path) &&
		    at_work(&judge->facts[i], (int64_t)ctime_ns))
			return true;
	}
	return false;
}

bool judge__elsewhere(const struct judge *judge, const struct event *event)
{
	if (event->exec.exec_flags & LS_EXEC_FOREIGN)
		return true;
	if (judge->opts.mntns && event->mntns != judge->opts.mntns)
		return true;
	return event->exec.root.n > 0 && !span_is(event->exec.root, "/");
}

bool judge_program_hashed(const struct event_exec *exec, const struct action *action,
			  const struct program *program)
{
	return program->found && !program->script && !action->script &&
	       file_id_eq(&exec->file, &program->file);
}

static bool same_interpreter(const struct event_exec *exec, const struct program *program)
{
	return exec->file.dev == program->interp_dev && exec->file.ino == program->interp_ino;
}

/* NULL: nobody looked, and the script's text and its interpreter are all that is known. */
static bool same_script(const struct file_facts *seen, const struct program *program)
{
	if (!seen)
		return true;
	if (seen->sha256[0] && program->sha256[0] && strcmp(seen->sha256, program->sha256) != 0)
		return false;
	return file_id_eq(&seen->id, &program->file);
}

/* sha256: of what was run, "" where that is not known; `otherwise`: the reason when it is not the
 * pinned one. */
static uint32_t pin_reasons(const struct step *step, const char *sha256, uint32_t otherwise)
{
	return !step->sha256 || span_is(span_of(step->sha256), sha256) ? 0 : otherwise;
}

static uint32_t script_reasons(const struct judge *judge, const struct event *event,
			       const struct action *action, const struct program *program,
			       const struct step *step)
{
	const struct event_exec *exec = &event->exec;
	const struct file_facts *seen = exec->script_seen;
	bool found = program->found && program->script;

	if (judge__elsewhere(judge, event))
		return REASON_BIT(program_differs);
	/* Deleted before the collector looked, as a package's maintainer scripts are: how soon it
	 * looks depends on the machine's load. Only a step that is at work now, and that may put
	 * programs at this path, explains a script that nobody can examine any more. */
	if (exec->script_looked && !seen)
		return installed(judge, action->path, 0)
			       ? pin_reasons(step, "", REASON_BIT(binary_changed))
			       : REASON_BIT(binary_changed);
	if (found && same_interpreter(exec, program) && same_script(seen, program))
		return pin_reasons(step, seen ? seen->sha256 : program->sha256,
				   REASON_BIT(program_differs));
	if (installed(judge, action->path, seen ? seen->id.ctime_ns : 0))
		return pin_reasons(step, seen ? seen->sha256 : "", REASON_BIT(binary_changed));
	if (found && !same_interpreter(exec, program))
		return REASON_BIT(program_differs);
	return REASON_BIT(binary_changed);
}

uint32_t judge_program_reasons(const struct judge *judge, const struct event *event,
			       const struct action *action, const struct program *program,
			       const struct step *step)
{
	if (action->script)
		return script_reasons(judge, event, action, program, step);
	if (judge_program_hashed(&event->exec, action, program))
		return pin_reasons(step, program->sha256, REASON_BIT(program_differs));
	if (judge__elsewhere(judge, event))
		return REASON_BIT(program_differs);
	if (installed(judge, action->path, event->exec.file.ctime_ns))
		return pin_reasons(step, "", REASON_BIT(binary_changed));
	return REASON_BIT(binary_changed);
}
