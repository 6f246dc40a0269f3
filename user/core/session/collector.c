/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/session/collector.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/base/array.h"
#include "core/event/decode.h"
#include "core/plan/action.h"
#include "core/record/stored.h"
#include "core/session/session.h"

enum { LINE_KEEP_MAX = 1 << 20 };

/* Books that neither close nor move for so long have nothing in flight. */
#define STALL_NS  2000000000ull
/* What the connections of a session get to close when its last process is gone. */
#define LINGER_NS 2000000000ull

struct collector {
	struct collector_ops ops;
	char *host, *boot;
	int64_t boot_to_wall_ns;
	uint64_t next_seq;
	uint64_t sunk;
	uint64_t settled; /* see collector__settled() */
	uint64_t strays, strays_told;
	struct sessions sessions;
	size_t owing;         /* sessions of which .owes is set */
	struct stored stored; /* the line at hand, while a session is restored */
	struct decoder decoder;
	struct buf line;
	struct buf path; /* of the script at hand */
};

static char *text_copy(const char *text)
{
	size_t n = strlen(text) + 1;
	char *copy = malloc(n);

	return copy ? memcpy(copy, text, n) : NULL;
}

int collector__new(struct collector **out, const struct collector_opts *opts)
{
	struct collector *collector = calloc(1, sizeof(*collector));
	int ret = -ENOMEM;

	*out = NULL;
	if (!collector)
		goto out;
	collector->ops = opts->ops;
	collector->next_seq = opts->next_seq;
	collector->settled = UINT64_MAX;
	collector->host = text_copy(opts->host);
	collector->boot = text_copy(opts->boot);
	if (!collector->host || !collector->boot)
		goto out;
	ret = 0;
	*out = collector;
	collector = NULL; /* transferred */
out:
	collector__free(collector);
	return ret;
}

void collector__free(struct collector *collector)
{
	struct session *session;

	if (!collector)
		return;
	while ((session = sessions__next(&collector->sessions, NULL)))
		sessions__remove(&collector->sessions, session->number);
	stored_free(&collector->stored);
	buf_free(&collector->line);
	buf_free(&collector->path);
	free(collector->host);
	free(collector->boot);
	free(collector);
}

void collector__set_clock(struct collector *collector, int64_t boot_to_wall_ns)
{
	struct session *session = NULL;

	collector->boot_to_wall_ns = boot_to_wall_ns;
	while ((session = sessions__next(&collector->sessions, session)))
		judge__set_clock(session->judge, boot_to_wall_ns);
}

/* Numbers a record, makes its line and hands both on. A number is used up only by a line that
 * exists. */
static int collector_sink(struct collector *collector, struct record *record)
{
	int ret;

	record->seq = collector->next_seq;
	record->host = collector->host;
	record->boot = collector->boot;
	record->boot_to_wall_ns = collector->boot_to_wall_ns;
	if (collector->line.cap > LINE_KEEP_MAX)
		buf_free(&collector->line);
	buf_reset(&collector->line);
	ret = record_line(record, &collector->line);
	if (ret)
		return ret;
	collector->next_seq++;
	collector->sunk++;
	collector->ops.sink(collector->ops.ctx, record, buf_span(&collector->line));
	return 0;
}

/* Makes the session, which is not yet among the open ones; takes opts->plan over. */
static int new_session(struct collector *collector, const struct open_opts *opts,
		       struct session **out)
{
	int ret = 0;

	*out = NULL;

	if (sessions__find(&collector->sessions, opts->session))
		ret = -EEXIST;
	else if (collector->sessions.n >= LS_SESSIONS_MAX)
		ret = -ENOSPC;
	if (ret) {
		plan_free(opts->plan);
		return ret;
	}
	return session__new(out, opts, collector->boot_to_wall_ns);
}

int collector__open(struct collector *collector, const struct open_opts *opts, uint64_t now_ns)
{
	struct record record = { .kind = RECORD_SESSION_START, .ts_ns = now_ns };
	struct session *session;
	int ret = new_session(collector, opts, &session);

	if (ret)
		return ret;
	record.session = &session->info;
	record.start.env = judge__start_env(session->judge);
	record.start.plan = session->plan;
	ret = collector_sink(collector, &record);
	if (ret) {
		session__free(session);
		return ret;
	}
	sessions__add(&collector->sessions, session);
	return 0;
}

int collector__reopen(struct collector *collector, const struct open_opts *opts)
{
	struct session *session;
	int ret = new_session(collector, opts, &session);

	if (!ret)
		sessions__add(&collector->sessions, session);
	return ret;
}

static uint32_t loss_reasons(const struct loss_range *range)
{
	uint32_t reasons = REASON_BIT(events_lost);

	if (strcmp(range->reason, "member_full") == 0 || strcmp(range->reason, "untracked") == 0)
		reasons |= REASON_BIT(untracked_process);
	return reasons;
}

static void restore_act(struct session *session, struct stored *stored)
{
	stored->judgement.step = judge__step(session->judge, span_of(stored->step.id));
	stored->event.ts_ns = (uint64_t)(stored_time_ns(stored) - judge__clock(session->judge));
	if (!loss_book__came(session->book, stored->event.sseq, false))
		return;
	judge__restore(session->judge, &stored->event, &stored->judgement);
	if (stored->event.kind == RECORD_EXEC)
		loss_book__exec(session->book, stored->event.exec.exec_flags);
}

int collector__restore(struct collector *collector, uint32_t number, struct span line)
{
	struct session *session = sessions__find(&collector->sessions, number);
	struct stored *stored = &collector->stored;
	int ret;

	if (!session)
		return -ENOENT;
	ret = stored_read(line, stored);
	if (ret) {
		judge__lost(session->judge, REASON_BIT(events_lost));
		return ret;
	}
	if (stored->record.kind == RECORD_SESSION_END)
		return 1;
	if (stored->record.kind == RECORD_SESSION_START)
		return judge__restore_env(session->judge, stored->record.start.env);
	if (stored->record.kind == RECORD_LOSS) {
		judge__lost(session->judge, loss_reasons(&stored->record.loss));
		loss_book__lost(session->book, &stored->record.loss);
	} else if (stored->event.kind != RECORD_NONE) {
		restore_act(session, stored);
	}
	return 0;
}

void collector__restored(struct collector *collector, uint32_t number)
{
	struct session *session = sessions__find(&collector->sessions, number);

	if (session)
		loss_book__restored(session->book);
}

/* As soon as can be: what the path leads to now is what ran only as long as nobody changed it. */
static void look_at_script(struct collector *collector, const struct session *session,
			   struct event *event, struct file_facts *facts)
{
	struct event_exec *exec = &event->exec;
	struct span path;

	if (event->kind != RECORD_EXEC || !collector->ops.look ||
	    (exec->exec_flags & LS_EXEC_PATH_TRUNCATED) ||
	    judge__elsewhere(session->judge, event) ||
	    !action_script_path(exec, &collector->path, &path))
		return;
	exec->script_looked = true;
	if (collector->ops.look(collector->ops.ctx, path, facts))
		exec->script_seen = facts;
}

static void set_owes(struct collector *collector, struct session *session, bool owes)
{
	if (session->owes == owes)
		return;
	session->owes = owes;
	collector->owing += owes ? 1 : SIZE_MAX;
}

bool collector__owes(const struct collector *collector)
{
	return collector->owing > 0;
}

void collector__settled(struct collector *collector, uint64_t seq)
{
	collector->settled = seq;
}

bool collector__not_stored(struct collector *collector, const char *id, uint64_t first,
			   uint64_t last, uint64_t count)
{
	struct session *session = NULL;

	while ((session = sessions__next(&collector->sessions, session))) {
		if (strcmp(session->info.id, id))
			continue;
		loss_book__not_stored(session->book, first, last, count);
		judge__lost(session->judge, REASON_BIT(events_lost));
		set_owes(collector, session, true);
		return true;
	}
	return false;
}

static void feed_event(struct collector *collector, struct session *session, struct event *event)
{
	struct file_facts script;
	struct judgement judgement;
	char hex[ARRAY_SIZE(judgement.secrets)][65];
	struct record record = {
		.kind = event->kind,
		.ts_ns = event->ts_ns,
		.session = &session->info,
		.session_text = buf_span(&session->members),
		.event = event,
		.judgement = &judgement,
		.late = session->why[0] && event->ts_ns >= session->end_ns,
	};

	look_at_script(collector, session, event, &script);
	judge__event(session->judge, event, &judgement);
	record.exe = event->kind == RECORD_EXEC ? event->exec.exe : judgement.exe;
	if (collector->ops.hash && judgement.secrets_n) {
		for (size_t i = 0; i < judgement.secrets_n; i++)
			collector->ops.hash(collector->ops.ctx, judgement.secrets[i], hex[i]);
		record.secret_hash = (const char(*)[65])hex;
	}
	/* No line could be made of it: booked as refused, and judged from here as after a loss. */
	if (collector_sink(collector, &record)) {
		loss_book__refuse(session->book, event->sseq);
		judge__lost(session->judge, REASON_BIT(events_lost));
		set_owes(collector, session, true);
	} else {
		session->last_seq = record.seq;
		if (event->kind == RECORD_EXEC)
			loss_book__exec(session->book, event->exec.exec_flags);
	}
}

void collector__feed(struct collector *collector, const void *record, size_t n)
{
	struct event event;
	int ret = decode_record(&collector->decoder, record, n, &event);
	struct session *session = sessions__find(&collector->sessions, event.session);

	if (!session) {
		collector->strays++;
		return;
	}
	if (ret) {
		judge__lost(session->judge, REASON_BIT(events_lost));
		if (loss_book__came(session->book, event.sseq, true))
			set_owes(collector, session, true);
		else
			collector->strays++;
		return;
	}
	if (loss_book__came(session->book, event.sseq, false))
		feed_event(collector, session, &event);
}

struct loss_report {
	struct collector *collector;
	struct session *session;
	uint64_t now_ns;
};

static void report_loss(void *ctx, const struct loss_range *range)
{
	const struct loss_report *report = ctx;
	struct record record = {
		.kind = RECORD_LOSS,
		.ts_ns = report->now_ns,
		.session = &report->session->info,
		.loss = *range,
	};

	judge__lost(report->session->judge, loss_reasons(range));
	/* Without memory for the line the loss is still in the counts of the session's end. */
	(void)collector_sink(report->collector, &record);
}

void collector__unseen_exit(struct collector *collector, uint32_t number, uint64_t now_ns)
{
	struct session *session = sessions__find(&collector->sessions, number);
	struct loss_report report = { collector, session, now_ns };
	struct loss_range range;

	if (session && loss_book__skipped_before(session->book, &range))
		report_loss(&report, &range);
}

/* Whether the books have been open, with the same counters, for longer than anything can be in
 * flight. */
static bool stalled(struct session *session, const struct ls_session *kernel, uint64_t now_ns)
{
	if (!session->stalled_ns || session->stalled_emitted != kernel->emitted) {
		session->stalled_ns = now_ns ? now_ns : 1;
		session->stalled_emitted = kernel->emitted;
		return false;
	}
	return now_ns > session->stalled_ns && now_ns - session->stalled_ns >= STALL_NS;
}

/* Sockets close behind the exit of their process, and what is at the other end has a say in it. */
static bool lingers(struct session *session, const struct ls_session *kernel, uint64_t now_ns)
{
	if (!session->gone_ns)
		session->gone_ns = now_ns ? now_ns : 1;
	return kernel->sockets && now_ns < session->gone_ns + LINGER_NS;
}

void collector__drop(struct collector *collector, uint32_t number)
{
	struct session *session = sessions__find(&collector->sessions, number);

	if (!session)
		return;
	set_owes(collector, session, false);
	sessions__remove(&collector->sessions, number);
}

static void end_session(struct collector *collector, struct session *session,
			const struct ls_session *kernel, const char *why, uint64_t now_ns)
{
	struct reconciliation facts;
	struct loss_counts counts;
	uint32_t number = session->number;
	uint64_t alive = kernel->members;
	struct record record = {
		.kind = RECORD_SESSION_END,
		.ts_ns = now_ns,
		.session = &session->info,
		.end = {
			.facts = &facts,
			.counts = &counts,
			.why = session->why[0] ? session->why : why ? why : "last_exit",
			.alive = alive < UINT32_MAX ? (uint32_t)alive : UINT32_MAX,
			.unclosed = kernel->sockets,
		},
	};

	/* What lives on can do anything, and nobody looks any more: not to be called compliant. */
	if (kernel->members)
		judge__lost(session->judge, REASON_BIT(untracked_process));
	judge__reconcile(session->judge, &facts);
	loss_book__counts(session->book, &counts);
	(void)collector_sink(collector, &record);
	collector__drop(collector, number);
	if (collector->ops.ended)
		collector->ops.ended(collector->ops.ctx, number);
}

void collector__settle(struct collector *collector, uint32_t number,
		       const struct ls_session *kernel, uint64_t recursion_misses, bool final,
		       const char *why, uint64_t now_ns)
{
	struct session *session = sessions__find(&collector->sessions, number);
	struct loss_report report = { collector, session, now_ns };
	bool closed, gone;

	if (!session)
		return;
	/* Nothing emitted: its first process is not tagged yet. */
	gone = kernel->members == 0 && kernel->emitted > 0 &&
	       session->last_seq <= collector->settled;
	closed = loss_book__settle(session->book, kernel, recursion_misses, final, report_loss,
				   &report);
	set_owes(collector, session, false);
	if (closed)
		session->stalled_ns = 0;
	else if (gone && !final && stalled(session, kernel, now_ns)) {
		loss_book__settle(session->book, kernel, recursion_misses, true, report_loss,
				  &report);
		closed = true;
	}
	if (final || (gone && closed && !lingers(session, kernel, now_ns)))
		end_session(collector, session, kernel, why, now_ns);
}

void collector__abandon(struct collector *collector, uint32_t number, const char *why,
			uint64_t now_ns)
{
	struct session *session = sessions__find(&collector->sessions, number);
	struct ls_session kernel = { 0 };
	struct loss_counts counts;

	if (!session)
		return;
	loss_book__counts(session->book, &counts);
	kernel.emitted = loss_book__top(session->book);
	memcpy(kernel.lost, counts.lost, sizeof(kernel.lost));
	memcpy(kernel.missed, counts.missed, sizeof(kernel.missed));
	judge__lost(session->judge, REASON_BIT(events_lost));
	snprintf(session->why, sizeof(session->why), "%s", why);
	collector__settle(collector, number, &kernel, 0, true, NULL, now_ns);
}

void collector__end(struct collector *collector, uint32_t number, const char *why, uint64_t ts_ns)
{
	struct session *session = sessions__find(&collector->sessions, number);

	if (!session)
		return;
	judge__end(session->judge, ts_ns,
		   strcmp(why, "revoked") ? REASON_after_end : REASON_revoked);
	session->end_ns = ts_ns;
	snprintf(session->why, sizeof(session->why), "%s", why);
}

bool collector__is_on(struct collector *collector, uint32_t number)
{
	const struct session *session = sessions__find(&collector->sessions, number);

	return session && !session->why[0];
}

bool collector__window(struct collector *collector, uint32_t number, uint64_t *until_ns)
{
	struct session *session = sessions__find(&collector->sessions, number);
	int64_t until;

	*until_ns = UINT64_MAX;
	if (!session || session->why[0] || !session->plan || !session->plan->ticket)
		return false;
	until = session->plan->ticket->until_ns;
	if (__builtin_sub_overflow(until, collector->boot_to_wall_ns, &until) || until < 0 ||
	    (uint64_t)until <= session->info.start_ns)
		return false;
	*until_ns = (uint64_t)until;
	return true;
}

void collector__host(struct collector *collector, const char *what, const char *detail,
		     uint64_t now_ns)
{
	struct record record = {
		.kind = RECORD_HOST,
		.ts_ns = now_ns,
		.host_event = { .what = what, .detail = detail },
	};

	(void)collector_sink(collector, &record);
}

int collector__ack(struct collector *collector, const struct session_info *session,
		   const struct ack *ack, uint64_t now_ns, uint64_t *seq)
{
	struct record record = {
		.kind = RECORD_ACK,
		.ts_ns = now_ns,
		.session = session,
		.ack = *ack,
	};
	int ret = collector_sink(collector, &record);

	*seq = ret ? 0 : record.seq;
	return ret;
}

void collector__heartbeat(struct collector *collector, uint64_t now_ns)
{
	struct record record = {
		.kind = RECORD_HEARTBEAT,
		.ts_ns = now_ns,
		.heartbeat = { .stored = collector->sunk, .open_sessions = collector->sessions.n },
	};
	char detail[96];

	if (collector->strays > collector->strays_told) {
		snprintf(detail, sizeof(detail),
			 "%" PRIu64 " ring records that belong to no open session",
			 collector->strays - collector->strays_told);
		collector->strays_told = collector->strays;
		collector__host(collector, "stray_records", detail, now_ns);
	}
	(void)collector_sink(collector, &record);
}

bool collector__session(struct collector *collector, uint32_t number,
			const struct session_info **info, struct reconciliation *facts,
			struct loss_counts *counts)
{
	struct session *session = sessions__find(&collector->sessions, number);

	*info = session ? &session->info : NULL;
	*facts = (struct reconciliation){ 0 };
	*counts = (struct loss_counts){ 0 };
	if (!session)
		return false;
	judge__reconcile(session->judge, facts);
	loss_book__counts(session->book, counts);
	return true;
}

size_t collector__sessions(const struct collector *collector, uint32_t *numbers, size_t n)
{
	const struct session *session = NULL;
	size_t i = 0;

	if (n == 0)
		return collector->sessions.n;
	while ((session = sessions__next(&collector->sessions, session))) {
		if (i < n)
			numbers[i] = session->number;
		i++;
	}
	return i;
}

uint64_t collector__next_seq(const struct collector *collector)
{
	return collector->next_seq;
}

uint64_t collector__strays(const struct collector *collector)
{
	return collector->strays;
}
