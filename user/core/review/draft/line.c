/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/review/draft/part.h"

#include <errno.h>
#include <stdlib.h>

#include "core/base/grow.h"
#include "core/base/unitext.h"
#include "core/base/unix_path.h"
#include "core/plan/action.h"
#include "core/plan/policy.h"
#include "core/record/stored.h"

static int copy_text(const char *text, char **out)
{
	*out = text && *text ? strdup(text) : NULL;
	return text && *text && !*out ? -ENOMEM : 0;
}

static int read_start(struct draft *draft, const struct stored *stored)
{
	int ret = copy_text(stored->record.host, &draft->host);

	if (!ret)
		ret = copy_text(stored->session.operator_name, &draft->operator_name);
	draft->operator_uid = stored->session.operator_uid;
	draft->time_ns = stored_time_ns(stored);
	draft->begun = !ret;
	return ret;
}

/* The first line says which session it is. */
static int check_session(struct draft *draft, const struct stored *stored)
{
	const char *session = stored->session.id;

	if (!*session)
		return -EINVAL;
	if (!draft->session)
		return copy_text(session, &draft->session);
	return strcmp(session, draft->session) ? -EINVAL : 0;
}

static int note_pid(struct draft *draft, uint32_t pid)
{
	uint32_t *room;

	if (pid == 0 || draft->pids_n >= DRAFT_PIDS_MAX ||
	    (draft->pids_n > 0 && draft->pids[draft->pids_n - 1] == pid))
		return 0;
	room = grow_array(draft->pids, &draft->pids_cap, draft->pids_n + 1, sizeof(*room));
	if (!room)
		return -ENOMEM;
	draft->pids = room;
	room[draft->pids_n++] = pid;
	return 0;
}

static bool is_utf8(struct span text)
{
	uint32_t c;

	while (text.n > 0) {
		size_t n = unitext_decode(text, &c);

		if (n == 0)
			return false;
		text.p += n;
		text.n -= n;
	}
	return true;
}

static const char *why_not(const struct event_exec *exec, const struct action *action, int built)
{
	if (exec->exec_flags & (LS_EXEC_FILELESS | LS_EXEC_DELETED))
		return "the program has no file";
	if (exec->exec_flags & (LS_EXEC_ARGV_TRUNCATED | LS_EXEC_PATH_TRUNCATED))
		return "it was too long to be recorded whole";
	if (exec->exec_flags & LS_EXEC_ARGV_UNREADABLE)
		return "its arguments could not be read";
	if (exec->exec_flags & LS_EXEC_FOREIGN)
		return "its file is on a mount of another namespace";
	if (built)
		return "a script whose path is not among its arguments";
	if (!is_utf8(action->bytes))
		return "not all of it is UTF-8";
	if (program_nature(action->path, action->argv).delegation)
		return "it hands work to a process outside the session";
	return NULL;
}

/* Copies to where *at stands, which moves on. `end`: with a NUL, so that several make one span. */
static void keep(struct span *kept, char **at, struct span text, bool end)
{
	if (!kept->p)
		kept->p = *at;
	if (text.n)
		memcpy(*at, text.p, text.n);
	if (end)
		(*at)[text.n] = 0;
	*at += text.n + end;
	kept->n += text.n + end;
}

/* What the record borrows from its line, which the run outlives. */
static int keep_texts(struct draft_run *run, const struct stored *stored,
		      const struct action *action)
{
	const struct event_exec *exec = &stored->event.exec;
	const struct judgement *judged = &stored->judgement;
	size_t n = action->bytes.n + exec->cwd.n + exec->filename.n + 1;
	char *at;

	for (size_t i = 0; i < judged->env_n; i++)
		n += judged->env[i].n + 1;
	for (size_t i = 0; i < judged->secrets_n; i++)
		n += judged->secrets[i].n + 1;
	run->bytes = at = malloc(n);
	if (!at)
		return -ENOMEM;
	keep(&run->action, &at, action->bytes, false);
	keep(&run->cwd, &at, exec->cwd, false);
	keep(&run->filename, &at, exec->filename, false);
	for (size_t i = 0; i < judged->env_n; i++) {
		if (judged->env_differs[i])
			keep(&run->env, &at, judged->env[i], true);
	}
	for (size_t i = 0; i < judged->secrets_n; i++)
		keep(&run->secrets, &at, judged->secrets[i], true);
	run->path = (struct span){ run->action.p, action->path.n };
	return 0;
}

/* The session's first, as the judge will know it: with nothing in its environment to judge. */
static bool is_login_shell(const struct draft *draft, const struct draft_run *run,
			   const struct event_exec *exec, const struct action *action)
{
	return draft->runs_n == 0 && run->image == 0 &&
	       policy_login_shell(exec, action, run->nature) && run->env.n == 0 &&
	       !run->env_unknown && draft_run_is_usual_user(draft, run);
}

static int add_run(struct draft *draft, const struct stored *stored)
{
	const struct event *event = &stored->event;
	struct draft_run run = { .sseq = event->sseq,
				 .image = event->image,
				 .euid = event->euid,
				 .stdin_kind = event->exec.stdin_kind,
				 .time_ns = stored_time_ns(stored) };
	struct buf room = { 0 };
	struct action action;
	void *runs;
	int built, ret;

	if (draft->runs_n > 0 && event->sseq <= draft->runs[draft->runs_n - 1].sseq)
		return -EINVAL;
	if (draft->runs_n == DRAFT_RUNS_MAX)
		return -E2BIG;
	runs = grow_array(draft->runs, &draft->runs_cap, draft->runs_n + 1, sizeof(run));
	if (!runs)
		return -ENOMEM;
	draft->runs = runs;
	built = action_build(&event->exec, &room, &action);
	ret = built == -ENOMEM ? built : keep_texts(&run, stored, &action);
	if (!ret) {
		run.script = action.script;
		run.nature = program_nature(action.path, action.argv);
		run.env_unknown =
			stored->judgement.env_more > 0 ||
			(event->exec.exec_flags & (LS_EXEC_ENV_TRUNCATED | LS_EXEC_ENV_UNREADABLE));
		run.ctime_ns = (int64_t)stored_changed_ns(stored);
		run.fresh = run.ctime_ns > draft->time_ns;
		run.why = why_not(&event->exec, &action, built);
		run.login = stored->judgement.how == HOW_SHELL ||
			    is_login_shell(draft, &run, &event->exec, &action);
		if (run.login)
			run.why =
				"the login shell, which needs no step in `lockstep session start`";
		draft->runs[draft->runs_n++] = run;
	}
	buf_free(&room);
	return ret;
}

static int copy_path(struct span path, char **out)
{
	*out = NULL;
	if (path.n == 0)
		return 0;
	*out = strndup(path.p, path.n);
	return *out ? 0 : -ENOMEM;
}

static const char *path_why_not(struct span path)
{
	if (path.n && memchr(path.p, 0, path.n))
		return "its name holds a NUL";
	return is_utf8(path) ? NULL : "its name is not UTF-8";
}

static int fill_unix(struct draft_act *act, const struct event_unix *un)
{
	char room[UNIX_PATH_ROOM];

	if (un->path.n == 0) {
		act->why = "it has no name";
		return 0;
	}
	act->why = path_why_not(un->path);
	if (un->foreign || (!un->abstract && !span_is(un->root, "/")))
		act->why = "its path is one of another root or mount namespace";
	return copy_path(unix_path_tidy(un->path, room), &act->path);
}

static int fill_write(struct draft_act *act, const struct stored *stored)
{
	const struct event_write *write = &stored->event.write;
	int ret;

	act->judged = stored->judgement.verdict != VERDICT_NONE;
	act->why = write->path.n ? path_why_not(write->path) : "it has no name";
	if (!act->why)
		act->why = path_why_not(write->from);
	if (write->write_flags & LS_WRITE_FOREIGN)
		act->why = "its path is one of another mount namespace";
	else if (write->write_flags & LS_WRITE_DELETED)
		act->why = "it had no name any more";
	else if (write->write_flags & LS_WRITE_PATH_TRUNCATED)
		act->why = "its path was too long to be recorded whole";
	ret = copy_path(write->path, &act->path);
	return ret ? ret : copy_path(write->from, &act->from);
}

static int fill_act(struct draft_act *act, const struct stored *stored)
{
	const struct event *event = &stored->event;
	bool local = stored->record.kind == RECORD_BIND || stored->record.kind == RECORD_LISTEN;

	switch (stored->record.kind) {
	case RECORD_UNIX:
		return fill_unix(act, &event->un);
	case RECORD_WRITE:
		return fill_write(act, stored);
	case RECORD_SOCKET:
		act->sockets = policy_socket_kind(&event->socket);
		return 0;
	default:
		act->proto = event->net.proto;
		act->address = local ? event->net.local : event->net.remote;
		return 0;
	}
}

static int add_act(struct draft *draft, const struct stored *stored)
{
	struct draft_act act = { .image = stored->event.image, .kind = stored->record.kind };
	void *acts;
	int ret;

	if (draft->acts_n == DRAFT_ACTS_MAX)
		return -E2BIG;
	acts = grow_array(draft->acts, &draft->acts_cap, draft->acts_n + 1, sizeof(act));
	if (!acts)
		return -ENOMEM;
	draft->acts = acts;
	ret = fill_act(&act, stored);
	if (ret) {
		free(act.path);
		free(act.from);
		return ret;
	}
	draft->acts[draft->acts_n++] = act;
	return 0;
}

static int add_stored(struct draft *draft, const struct stored *stored)
{
	int ret = note_pid(draft, stored->event.tgid);

	if (!ret)
		ret = note_pid(draft, stored->event.ppid);
	if (ret)
		return ret;
	switch (stored->record.kind) {
	case RECORD_EXEC:
		return add_run(draft, stored);
	case RECORD_CONNECT:
	case RECORD_SEND:
	case RECORD_BIND:
	case RECORD_LISTEN:
	case RECORD_UNIX:
	case RECORD_WRITE:
	case RECORD_SOCKET:
		return add_act(draft, stored);
	case RECORD_LOSS:
		draft->losses += stored->record.loss.count;
		return 0;
	default: /* nothing that a ticket has a rule for */
		return 0;
	}
}

int draft__line(struct draft *draft, struct span line)
{
	struct stored stored = { 0 };
	int ret = stored_read(line, &stored);

	if (!ret)
		ret = check_session(draft, &stored);
	if (!ret && stored.record.kind == RECORD_SESSION_START)
		ret = draft->begun ? -EINVAL : read_start(draft, &stored);
	else if (!ret)
		ret = add_stored(draft, &stored);
	stored_free(&stored);
	draft->bad += ret == -EINVAL;
	return ret;
}
