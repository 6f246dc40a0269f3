/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/review/rejudge.h"

#include <errno.h>
#include <stdlib.h>

#include "core/plan/action.h"
#include "core/plan/policy.h"
#include "core/record/stored.h"
#include "core/review/rejudge_names.h"

/* What the record says of a file, which no ticket changes. */
#define FILE_REASONS (REASON_BIT(program_differs) | REASON_BIT(binary_changed))

enum { TEXT_MAX = 256 };

struct rejudge {
	char id[TEXT_MAX], host[TEXT_MAX], operator_name[TEXT_MAX], ticket[TEXT_MAX],
		ticket_sha256[TEXT_MAX];
	uint32_t operator_uid, mntns;
	int64_t start_ns;
	bool started, ended, shell;
	enum outcome outcome;
	uint32_t end_reasons;
	uint64_t alive;
	struct known_names names;
	struct buf env; /* of its start */
	struct stored stored;
	struct buf room;

	const struct plan *plan;
	struct judge *judge;
	bool over; /* an act came that the record says was done after the end */
	uint64_t acts, changed, unknown, unreadable;
};

/* Each, and the reasons that it is put to the judge as, or comes out as. */
static const struct {
	const char *name, *text;
	uint32_t reasons;
} unknowns[REJUDGE_UNKNOWNS] = {
	{ "secret", "an argument is recorded as its hash only",
	  REASON_BIT(argv_unreadable) | REASON_BIT(delegation) },
	{ "environment", "not all of its environment is recorded", REASON_BIT(environment) },
	{ "sha256", "the program's SHA-256 is not recorded", REASON_BIT(program_differs) },
	{ "host", "what a host name of the ticket meant then is not recorded",
	  REASON_BIT(connect_not_allowed) | REASON_BIT(send_not_allowed) |
		  REASON_BIT(listen_not_allowed) },
	{ "user", "a user of the ticket is not known", REASON_BIT(wrong_user) },
	{ "link", "where the link led by which it was called is not recorded",
	  REASON_BIT(program_differs) | REASON_BIT(not_a_child) },
	{ "parent", "what ran it can't be told", REASON_BIT(untracked_process) },
};

const char *rejudge_unknown_name(unsigned int i)
{
	return unknowns[i].name;
}

const char *rejudge_unknown_text(unsigned int i)
{
	return unknowns[i].text;
}

int rejudge__new(struct rejudge **out)
{
	*out = calloc(1, sizeof(**out));
	return *out ? 0 : -ENOMEM;
}

void rejudge__free(struct rejudge *rejudge)
{
	if (!rejudge)
		return;
	judge__free(rejudge->judge);
	known_names_free(&rejudge->names);
	stored_free(&rejudge->stored);
	buf_free(&rejudge->env);
	buf_free(&rejudge->room);
	free(rejudge);
}

static void keep_text(const char *text, char out[TEXT_MAX])
{
	size_t n = text ? strlen(text) : 0;

	if (n < TEXT_MAX)
		memcpy(out, text ? text : "", n + 1);
}

static int learn_start(struct rejudge *rejudge)
{
	const struct stored *stored = &rejudge->stored;
	const struct session_info *session = &stored->session;
	const char *hosts = stored->lists[1];

	rejudge->started = true;
	rejudge->start_ns = stored_time_ns(stored);
	rejudge->operator_uid = session->operator_uid;
	keep_text(session->id, rejudge->id);
	keep_text(stored->record.host, rejudge->host);
	keep_text(session->operator_name, rejudge->operator_name);
	keep_text(session->ticket, rejudge->ticket);
	keep_text(session->ticket_sha256, rejudge->ticket_sha256);
	buf_add(&rejudge->env, stored->record.start.env.p, stored->record.start.env.n);
	buf_adds(&rejudge->names.hosts, hosts);
	return rejudge->env.failed || rejudge->names.hosts.failed ? -ENOMEM : 0;
}

int rejudge__learn(struct rejudge *rejudge, struct span line)
{
	const struct stored *stored = &rejudge->stored;
	int ret = stored_read(line, &rejudge->stored);

	if (ret) {
		rejudge->unreadable += ret == -EINVAL;
		return ret;
	}
	if (stored->record.kind == RECORD_SESSION_START)
		return learn_start(rejudge);
	if (stored->record.kind == RECORD_SESSION_END) {
		rejudge->ended = true;
		rejudge->end_reasons = stored->facts.reasons;
		rejudge->outcome = stored->facts.outcome;
		rejudge->alive = stored->record.end.alive;
	}
	/* the opener's own image is where the session began */
	if (!rejudge->mntns && stored->event.kind != RECORD_NONE && stored->event.image == 0)
		rejudge->mntns = stored->event.mntns;
	if (stored->record.kind != RECORD_EXEC)
		return 0;
	rejudge->shell |= stored->judgement.how == HOW_SHELL;
	return known_names_exec(&rejudge->names, stored, rejudge->start_ns, rejudge->mntns);
}

void rejudge__session(const struct rejudge *rejudge, struct rejudge_session *out)
{
	*out = (struct rejudge_session){
		.id = rejudge->id,
		.host = rejudge->host,
		.operator_name = rejudge->operator_name,
		.ticket = rejudge->ticket,
		.ticket_sha256 = rejudge->ticket_sha256,
		.operator_uid = rejudge->operator_uid,
		.start_ns = rejudge->start_ns,
		.started = rejudge->started,
		.ended = rejudge->ended,
	};
}

int rejudge__answer(const struct rejudge *rejudge,
		    bool (*leads)(void *ctx, const char *path, const char *to), void *ctx,
		    struct plan *plan)
{
	for (size_t i = 0; i < plan->users_n; i++) {
		struct user_name *user = &plan->users[i];
		bool root = strcmp(user->name, "root") == 0;

		if (!root && strcmp(user->name, rejudge->operator_name))
			continue;
		user->found = true;
		user->uid = root ? 0 : rejudge->operator_uid;
	}
	return known_names_answer(&rejudge->names, leads, ctx, plan);
}

/* Times are the record's: the boot clock of the judge is the wall clock here. */
int rejudge__begin(struct rejudge *rejudge, const struct plan *plan, bool wrong_host,
		   bool wrong_operator)
{
	const struct judge_opts opts = {
		.plan = plan,
		.operator_uid = rejudge->operator_uid,
		.shell = rejudge->shell,
		.wrong_host = wrong_host,
		.wrong_operator = wrong_operator,
		.mntns = rejudge->mntns,
		.env = buf_span(&rejudge->env),
	};

	rejudge->plan = plan;
	return judge__new(&rejudge->judge, &opts);
}

/* Whether a {secret} of some rule that matches stands where the record has a hash. */
static bool rule_hides(const struct plan *plan, const struct rule *rule, struct span argv,
		       struct span mark)
{
	struct span secrets[8];
	size_t n = 0;

	if (!policy_secrets(plan, rule, argv, secrets, 8, &n))
		return true; /* too many to name: all of them are hidden */
	for (size_t i = 0; i < n; i++) {
		if (span_eq(secrets[i], mark))
			return true;
	}
	return false;
}

static bool secrets_known(struct rejudge *rejudge)
{
	const struct stored *stored = &rejudge->stored;
	const struct judgement *judgement = &stored->judgement;
	const uint32_t *rules;
	struct action action;
	size_t n;

	if (judgement->secrets_n == 0 && !judgement->secrets_more)
		return true;
	if (action_build(&stored->event.exec, &rejudge->room, &action))
		return false;
	n = plan_match(rejudge->plan, action.bytes, &rules);
	for (size_t i = 0; i < judgement->secrets_n; i++) {
		bool hidden = false;

		for (size_t k = 0; k < n && !hidden; k++)
			hidden = rule_hides(rejudge->plan, &rejudge->plan->rules[rules[k]],
					    action.argv, judgement->secrets[i]);
		if (!hidden)
			return false;
	}
	return true;
}

/*
 * What can't be read out of the record is put to the judge as what could not be read at all: so
 * nothing approves it, nor what follows from it.
 */
static uint32_t blind(struct rejudge *rejudge, struct event_exec *exec)
{
	const uint32_t cut = LS_EXEC_ARGV_TRUNCATED | LS_EXEC_ARGV_UNREADABLE;
	const uint32_t env_cut = LS_EXEC_ENV_TRUNCATED | LS_EXEC_ENV_UNREADABLE;
	uint32_t unknown = 0;

	if (!(exec->exec_flags & cut) && !secrets_known(rejudge)) {
		exec->exec_flags |= LS_EXEC_ARGV_UNREADABLE;
		unknown |= REJUDGE_SECRET;
	}
	if (!(exec->exec_flags & env_cut) && rejudge->stored.judgement.env_more) {
		exec->exec_flags |= LS_EXEC_ENV_TRUNCATED;
		unknown |= REJUDGE_ENV;
	}
	return unknown;
}

/* That the session was over is a fact; whether for a revoked ticket is that ticket's. */
static void note_end(struct rejudge *rejudge)
{
	uint32_t reasons = rejudge->stored.judgement.reasons;
	const struct ticket *ticket = rejudge->plan->ticket;
	bool revoked = reasons & REASON_BIT(revoked);

	if (rejudge->over || !(reasons & (REASON_BIT(after_end) | REASON_BIT(revoked))))
		return;
	rejudge->over = true;
	judge__end(rejudge->judge, rejudge->stored.event.ts_ns,
		   revoked && strcmp(ticket->id, rejudge->ticket) == 0 ? REASON_revoked
								       : REASON_after_end);
}

static bool is_pinned(const struct rejudge *rejudge, const struct judgement *now)
{
	return now->nearest.step && now->nearest.step->sha256 &&
	       !rejudge->stored.program.sha256[0] && !rejudge->stored.script.sha256[0] &&
	       (now->reasons & REASON_BIT(program_differs)) &&
	       !(rejudge->stored.judgement.reasons & FILE_REASONS);
}

static bool user_unknown(const struct plan *plan, const struct judgement *now)
{
	const char *as = now->nearest.step ? now->nearest.step->as : NULL;
	const struct user_name *user;

	if (!as || !(now->reasons & REASON_BIT(wrong_user)))
		return false;
	user = plan_user(plan, as);
	return !user || !user->found;
}

static bool host_unknown(const struct plan *plan, const struct judgement *now)
{
	const uint32_t net = REASON_BIT(connect_not_allowed) | REASON_BIT(send_not_allowed) |
			     REASON_BIT(listen_not_allowed);

	for (size_t i = 0; i < plan->hosts_n; i++) {
		if (plan->hosts[i].addresses_n == 0)
			return now->reasons & net;
	}
	return false;
}

/*
 * Its path is none that the ticket's name has, but the link by which it was called may have been.
 */
static bool link_unknown(const struct rejudge *rejudge, const struct judgement *now)
{
	const struct event_exec *exec = &rejudge->stored.event.exec;

	return (now->reasons & REASON_BIT(program_differs)) && exec->interp.n == 0 &&
	       exec->filename.n && exec->filename.p[0] == '/' &&
	       !span_eq(exec->filename, exec->exe) &&
	       !(rejudge->stored.judgement.reasons & FILE_REASONS);
}

static uint32_t unknown_of(const struct rejudge *rejudge, const struct judgement *now)
{
	uint32_t unknown = 0;

	if (now->verdict == VERDICT_APPROVED)
		return 0;
	if (rejudge->stored.record.kind == RECORD_EXEC && is_pinned(rejudge, now))
		unknown |= REJUDGE_PIN;
	if (rejudge->stored.record.kind == RECORD_EXEC && link_unknown(rejudge, now))
		unknown |= REJUDGE_LINK;
	/* in the session itself it was known whose act it is */
	if (now->verdict == VERDICT_INDETERMINATE &&
	    now->reasons == REASON_BIT(untracked_process) &&
	    !(rejudge->stored.judgement.reasons & REASON_BIT(untracked_process)))
		unknown |= REJUDGE_PARENT;
	if (user_unknown(rejudge->plan, now))
		unknown |= REJUDGE_USER;
	if (rejudge->stored.record.kind != RECORD_EXEC &&
	    rejudge->stored.record.kind != RECORD_UNIX &&
	    rejudge->stored.record.kind != RECORD_SOCKET && host_unknown(rejudge->plan, now))
		unknown |= REJUDGE_HOST;
	return unknown;
}

static struct span step_id(const struct step *step)
{
	return step ? span_of(step->id) : (struct span){ NULL, 0 };
}

/* What the record has said of a file, the same again. */
static uint32_t file_reasons(uint32_t was, uint32_t now)
{
	return (was & FILE_REASONS) && (now & FILE_REASONS)
		       ? (now & ~FILE_REASONS) | (was & FILE_REASONS)
		       : now;
}

/* What is unapproved for reasons of its own is that, whatever else is not known. */
static void settle_unknown(struct rejudge *rejudge, struct rejudged *out)
{
	uint32_t reasons = 0;

	for (unsigned int i = 0; i < REJUDGE_UNKNOWNS; i++) {
		if (out->unknown >> i & 1)
			reasons |= unknowns[i].reasons;
	}
	if (out->now.verdict == VERDICT_APPROVED || (out->now.reasons & ~reasons))
		out->unknown = 0;
	if (!out->unknown)
		return;
	if (out->now.verdict == VERDICT_UNAPPROVED)
		judge__doubt(rejudge->judge, &rejudge->stored.event);
	out->now.verdict = VERDICT_INDETERMINATE;
	out->now.reasons = 0;
	rejudge->unknown++;
}

static void compare(struct rejudge *rejudge, const struct judgement *now, struct rejudged *out)
{
	const struct judgement *was = &rejudge->stored.judgement;

	out->was = (struct rejudge_verdict){ was->verdict, was->how, was->reasons,
					     step_id(was->step) };
	out->now = (struct rejudge_verdict){ now->verdict, now->how,
					     file_reasons(was->reasons, now->reasons),
					     step_id(now->step) };
	settle_unknown(rejudge, out);
	out->act = was->verdict || now->verdict;
	out->changed = out->was.verdict != out->now.verdict || out->was.how != out->now.how ||
		       out->was.reasons != out->now.reasons ||
		       !span_eq(out->was.step, out->now.step);
	rejudge->acts += out->act;
	rejudge->changed += out->changed;
}

static void judge_line(struct rejudge *rejudge, struct rejudged *out)
{
	struct stored *stored = &rejudge->stored;
	struct event *event = &stored->event;
	struct judgement now;

	event->ts_ns = (uint64_t)stored_time_ns(stored);
	event->shared = true; /* which images are run by others no record says: none is dropped */
	note_end(rejudge);
	if (event->kind == RECORD_EXEC) {
		out->unknown = blind(rejudge, &event->exec);
		event->exec.script_looked = event->exec.interp.n > 0 &&
					    !judge__elsewhere(rejudge->judge, event) &&
					    !(event->exec.exec_flags & LS_EXEC_PATH_TRUNCATED);
	}
	judge__event(rejudge->judge, event, &now);
	out->unknown |= unknown_of(rejudge, &now);
	compare(rejudge, &now, out);
}

int rejudge__line(struct rejudge *rejudge, struct span line, struct rejudged *out)
{
	struct stored *stored = &rejudge->stored;
	int ret = stored_read(line, stored);

	*out = (struct rejudged){ 0 };
	if (ret) {
		judge__lost(rejudge->judge, REASON_BIT(events_lost));
		return ret;
	}
	if (stored->record.kind == RECORD_LOSS)
		judge__lost(rejudge->judge, REASON_BIT(events_lost));
	/* an exec that failed changed nothing, and its arguments are not read back */
	else if (stored->event.kind != RECORD_NONE && stored->event.kind != RECORD_EXEC_FAILED)
		judge_line(rejudge, out);
	return 0;
}

void rejudge__end(struct rejudge *rejudge, struct rejudge_result *out)
{
	const uint32_t lost = REASON_BIT(events_lost) | REASON_BIT(untracked_process);

	/* losses and processes that lived on are the record's, and stand */
	if (rejudge->alive || (rejudge->end_reasons & lost))
		judge__lost(rejudge->judge, rejudge->end_reasons & lost);
	*out = (struct rejudge_result){
		.acts = rejudge->acts,
		.changed = rejudge->changed,
		.unknown = rejudge->unknown,
		.unreadable = rejudge->unreadable,
		.programs_unknown = rejudge->names.more,
		.ended = rejudge->ended,
		.was = rejudge->outcome,
		.reasons_was = rejudge->end_reasons,
	};
	judge__reconcile(rejudge->judge, &out->facts);
	out->now = out->facts.outcome;
	out->reasons_now = out->facts.reasons;
	out->outcome_changed = out->ended && out->was != out->now;
}
