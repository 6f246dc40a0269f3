/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "daemon/sessions.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "core/base/json.h"
#include "core/base/json_read.h"
#include "core/base/timestamp.h"
#include "core/record/stored.h"
#include "core/serve/request.h"
#include "edge/host.h"
#include "edge/process.h"
#include "edge/store/store.h"
#include "engine/engine.h"

enum {
	KILL_ROUNDS = 40,
	KILL_PAUSE_MS = 5,
	SHOW_MS = 100, /* that a look at a session waits for the disk, and the ring with it */
};

/* Calls `each` with every open session until it says false. */
static void each_session(struct engine *engine, bool (*each)(void *ctx, uint32_t number), void *ctx)
{
	uint32_t numbers[LS_SESSIONS_MAX];
	size_t n = collector__sessions(engine__collector(engine), numbers, LS_SESSIONS_MAX), i;

	for (i = 0; i < n && i < LS_SESSIONS_MAX && each(ctx, numbers[i]); i++)
		;
}

struct search {
	struct collector *collector;
	const char *id;
	uint32_t number, uid;
};

static bool search_one(void *ctx, uint32_t number)
{
	struct search *search = ctx;
	const struct session_info *info;
	struct reconciliation facts;
	struct loss_counts counts;

	if (!collector__session(search->collector, number, &info, &facts, &counts) ||
	    strcmp(info->id, search->id) != 0)
		return true;
	search->number = number;
	search->uid = info->operator_uid;
	return false;
}

static struct search search_for(struct engine *engine, const char *id)
{
	struct search search = { engine__collector(engine), id, 0, REQUEST_NO_OWNER };

	each_session(engine, search_one, &search);
	return search;
}

uint32_t sessions_find(struct engine *engine, const char *id)
{
	return search_for(engine, id).number;
}

struct revocation {
	struct engine *engine;
	const char *ticket;
	unsigned int ended;
};

static bool revoke_one(void *ctx, uint32_t number)
{
	struct revocation *revocation = ctx;
	const struct session_info *info;
	struct reconciliation facts;
	struct loss_counts counts;

	if (collector__session(engine__collector(revocation->engine), number, &info, &facts,
			       &counts) &&
	    info->ticket && !strcmp(info->ticket, revocation->ticket)) {
		engine__end_session(revocation->engine, number, "revoked");
		revocation->ended++;
	}
	return true;
}

unsigned int sessions_revoke(struct engine *engine, const char *ticket)
{
	struct revocation revocation = { engine, ticket, 0 };

	each_session(engine, revoke_one, &revocation);
	return revocation.ended;
}

static int copy_row(void *ctx, uint64_t seq, const char *line, size_t n)
{
	(void)seq;
	buf_add(ctx, line, n);
	return 1;
}

/* The stored line of this kind of a session. False: there is none. */
static bool stored_line(struct engine *engine, const char *id, const char *kind, struct buf *out)
{
	const struct store_filter filter = { .session = id, .kind = kind };

	return store__read(engine__store(engine), &filter, 1, copy_row, out) == 1 && !out->failed;
}

uint32_t sessions_owner(struct engine *engine, const char *id)
{
	struct search search = search_for(engine, id);
	struct buf line = { 0 };
	uint32_t uid = search.uid;

	/*
	 * Its start was on the disk before its opener was answered. Anybody may ask: nobody waits.
	 */
	if (!search.number && stored_line(engine, id, "session_start", &line))
		uid = session_head_read(buf_span(&line)).operator_uid;
	buf_free(&line);
	return uid;
}

static uint64_t sum(const uint64_t *values, size_t n)
{
	uint64_t total = 0;

	while (n)
		total += values[--n];
	return total;
}

static uint64_t lost_of(const struct loss_counts *counts)
{
	return sum(counts->lost, LS_LOST_REASONS) + counts->refused + counts->not_stored +
	       counts->unexplained;
}

struct listing {
	struct engine *engine;
	uid_t peer;
	struct buf *out;
};

/* The members of one session's object; the caller opens and closes it. */
static bool add_session(struct engine *engine, uint32_t number, struct reconciliation *facts,
			struct buf *out)
{
	const struct session_info *info;
	struct loss_counts counts;
	struct ls_session kernel = { 0 };
	char text[TIMESTAMP_SIZE];

	if (!collector__session(engine__collector(engine), number, &info, facts, &counts))
		return false;
	probe__counters(engine__probe(engine), number, &kernel);
	json_cstr(out, "session", info->id);
	json_cstr(out, "ticket", info->ticket);
	if (info->login)
		json_u64(out, "login", info->login_asid);
	json_cstr(out, "summary", info->summary);
	json_cstr(out, "operator", info->operator_name);
	json_u64(out, "operator_uid", info->operator_uid);
	json_cstr(out, "requester", info->requester);
	timestamp_format((int64_t)info->start_ns + host_boot_to_wall_ns(), text);
	json_cstr(out, "start", text);
	json_u64(out, "pid", info->tgid);
	json_u64(out, "processes", kernel.members);
	json_u64(out, "approved", facts->approved);
	json_u64(out, "unapproved", facts->unapproved);
	json_u64(out, "indeterminate", facts->indeterminate);
	json_u64(out, "emitted", kernel.emitted);
	json_u64(out, "stored", counts.stored);
	json_u64(out, "lost", lost_of(&counts));
	return true;
}

static bool list_one(void *ctx, uint32_t number)
{
	const struct listing *listing = ctx;
	const struct session_info *info;
	struct reconciliation facts;
	struct loss_counts counts;

	if (!collector__session(engine__collector(listing->engine), number, &info, &facts,
				&counts) ||
	    (listing->peer != 0 && listing->peer != info->operator_uid))
		return true;
	json_open(listing->out, NULL, '{');
	add_session(listing->engine, number, &facts, listing->out);
	json_close(listing->out, '}');
	return true;
}

/* 0: it is in none. A tag that a process before it left under its number is none of its own. */
static uint32_t number_of(struct engine *engine, pid_t pid)
{
	uint32_t number;
	uint64_t start_ns;

	if (probe__member(engine__probe(engine), (uint32_t)pid, &number, &start_ns))
		return 0;
	return start_ns == 0 || process_started(pid, start_ns) == 0 ? number : 0;
}

const struct session_info *sessions_of(struct engine *engine, pid_t pid)
{
	const struct session_info *info;
	struct reconciliation facts;
	struct loss_counts counts;
	uint32_t number = number_of(engine, pid);

	/*
	 * One that was ended, that has no ticket, or that nobody knows, is none that a login could
	 * be bound to.
	 */
	if (!number || !collector__is_on(engine__collector(engine), number) ||
	    !collector__session(engine__collector(engine), number, &info, &facts, &counts) ||
	    !info->ticket)
		return NULL;
	return info;
}

void sessions_list(struct engine *engine, uid_t peer, struct buf *out)
{
	struct listing listing = { engine, peer, out };

	json_open(out, "sessions", '[');
	each_session(engine, list_one, &listing);
	json_close(out, ']');
}

static void add_step(const struct step_facts *facts, struct buf *out)
{
	json_open(out, NULL, '{');
	json_cstr(out, "id", facts->step->id);
	json_cstr(out, "profile", facts->step->profile);
	json_cstr(out, "run", facts->step->run.text);
	if (facts->step->times_set)
		json_u64(out, "times", facts->step->times_min);
	else
		json_null(out, "times");
	json_u64(out, "done", facts->done);
	json_u64(out, "failed", facts->failed);
	json_u64(out, "running", facts->running);
	json_close(out, '}');
}

/* As in the session's first record. */
static void add_profiles(struct engine *engine, const char *id, struct buf *out)
{
	struct json_object *start = malloc(sizeof(*start));
	struct buf line = { 0 };
	struct span profiles = { NULL, 0 };

	if (start && stored_line(engine, id, "session_start", &line) &&
	    !json_read(buf_span(&line), start))
		profiles = json_get(start, "profiles");
	buf_adds(out, ",\"profiles\":");
	if (profiles.n)
		buf_add(out, profiles.p, profiles.n);
	else
		buf_adds(out, "[]");
	buf_free(&line);
	free(start);
}

static void show_open(struct engine *engine, uint32_t number, const char *id, struct buf *out)
{
	struct reconciliation facts = { 0 };
	size_t i;

	json_open(out, "session", '{');
	if (add_session(engine, number, &facts, out)) {
		json_open(out, "steps", '[');
		for (i = 0; i < facts.own_steps_n; i++)
			add_step(&facts.steps[i], out);
		json_close(out, ']');
		add_profiles(engine, id, out);
	}
	json_close(out, '}');
}

/* A stored line is an object already. */
static void add_object(struct buf *out, const char *key, const struct buf *line)
{
	buf_addf(out, ",\"%s\":", key);
	buf_add(out, line->p, line->n);
}

int sessions_show(struct engine *engine, const char *id, struct buf *out)
{
	uint32_t number = sessions_find(engine, id);
	struct buf start = { 0 }, end = { 0 };
	int ret = 0;

	if (number) {
		show_open(engine, number, id, out);
		return 0;
	}
	/* The end of one that has just ended may be on its way. */
	if (!stored_line(engine, id, "session_end", &end))
		(void)store__sync(engine__store(engine), SHOW_MS);
	buf_reset(&end);
	if (stored_line(engine, id, "session_start", &start)) {
		add_object(out, "start", &start);
		if (stored_line(engine, id, "session_end", &end))
			add_object(out, "end", &end);
	} else {
		ret = -ENOENT;
	}
	buf_free(&start);
	buf_free(&end);
	return ret;
}

struct totals {
	struct engine *engine;
	uint64_t open, processes, emitted, stored, lost, missed;
};

static bool total_one(void *ctx, uint32_t number)
{
	struct totals *totals = ctx;
	const struct session_info *info;
	struct reconciliation facts;
	struct loss_counts counts;
	struct ls_session kernel = { 0 };

	if (!collector__session(engine__collector(totals->engine), number, &info, &facts, &counts))
		return true;
	probe__counters(engine__probe(totals->engine), number, &kernel);
	totals->open++;
	totals->processes += kernel.members;
	totals->emitted += kernel.emitted;
	totals->stored += counts.stored;
	totals->lost += lost_of(&counts);
	totals->missed += sum(counts.missed, LS_MISSED_REASONS);
	return true;
}

static void add_store(struct engine *engine, struct buf *out)
{
	struct store *store = engine__store(engine);
	struct store_gap gap;
	uint64_t seq, cursor;
	int state = store__state(store, &gap);
	struct buf text = { 0 };

	store__durable(store, &seq, &cursor);
	json_open(out, "store", '{');
	json_bool(out, "records", state == 0);
	json_cstr(out, "error", state ? strerror(-state) : NULL);
	json_u64(out, "last_seq", collector__next_seq(engine__collector(engine)) - 1);
	json_u64(out, "durable", seq);
	json_u64(out, "dropped", gap.dropped);
	/* Whose log it is, and its last checkpoint: what somebody may want to keep elsewhere. */
	if (store__key(store, &text) == 0)
		json_text(out, "key", buf_span(&text));
	else
		json_null(out, "key");
	buf_reset(&text);
	if (store__checkpoint(store, &text) == 0 && text.n)
		json_text(out, "checkpoint", buf_span(&text));
	else
		json_null(out, "checkpoint");
	buf_free(&text);
	json_close(out, '}');
}

void sessions_status(struct engine *engine, struct buf *out)
{
	struct totals totals = { .engine = engine };
	size_t used, size;

	each_session(engine, total_one, &totals);
	probe__fill(engine__probe(engine), &used, &size);
	json_u64(out, "open_sessions", totals.open);
	json_u64(out, "logins", engine__logins(engine));
	json_u64(out, "processes", totals.processes);
	json_u64(out, "emitted", totals.emitted);
	json_u64(out, "stored", totals.stored);
	json_u64(out, "lost", totals.lost);
	json_u64(out, "missed", totals.missed);
	json_u64(out, "strays", collector__strays(engine__collector(engine)));
	json_u64(out, "recursion_misses", probe__recursion_misses(engine__probe(engine)));
	json_open(out, "ring", '{');
	json_u64(out, "used", used);
	json_u64(out, "size", size);
	json_close(out, '}');
	add_store(engine, out);
}

struct killing {
	unsigned int found, killed;
};

static void kill_one(void *ctx, uint32_t tgid, const struct ls_member *member)
{
	struct killing *killing = ctx;

	killing->found++;
	if (process_kill((pid_t)tgid, member->start_ns) == 0)
		killing->killed++;
}

/* Members fork while they are being killed, so only a round that finds nobody is the last one. */
unsigned int sessions_kill(struct engine *engine, uint32_t number, unsigned int *left)
{
	const struct timespec pause = { .tv_nsec = KILL_PAUSE_MS * 1000000 };
	struct killing killing;
	unsigned int killed = 0, round;

	for (round = 0; round < KILL_ROUNDS; round++) {
		killing = (struct killing){ 0 };
		probe__members(engine__probe(engine), number, kill_one, &killing);
		if (round == 0 || killing.killed > killed)
			killed = killing.killed;
		*left = killing.found;
		if (killing.found == 0)
			break;
		nanosleep(&pause, NULL);
	}
	return killed;
}
