/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "engine/engine.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "approve/plan_file.h"
#include "core/session/capability.h"
#include "edge/host.h"
#include "edge/script.h"
#include "edge/sha256.h"
#include "edge/store/store.h"
#include "engine/logins.h"
#include "engine/loss_settler.h"
#include "engine/part.h"
#include "engine/takeover.h"
#include "engine/untracked_search.h"
#include "evidence/log_signer.h"

void engine_trouble(const struct engine *engine, const char *line)
{
	if (engine->opts.trouble)
		engine->opts.trouble(engine->opts.ctx, line);
}

static void on_record(void *ctx, const struct record *record, struct span line)
{
	struct engine *engine = ctx;

	if (engine->store)
		engine_store_record(engine, record, line);
	untracked_search__watch(engine->search, record);
	if (engine->store && record->kind == RECORD_SESSION_END) {
		(void)store__put_resume(engine->store, record->session->id, NULL, NULL, 0);
		store__hurry(engine->store);
	}
	if (record->event && record->event->last)
		engine->tick_ns = 0; /* the session may be over: look now */
	if (engine->opts.record)
		engine->opts.record(engine->opts.ctx, record, line);
}

static void on_ended(void *ctx, uint32_t session)
{
	struct engine *engine = ctx;

	if (engine->opts.ended)
		engine->opts.ended(engine->opts.ctx, session);
	if (engine->logins)
		logins__ended(engine->logins, session);
	/* One of another boot: the number is not the kernel's. */
	if (!engine->taking_over)
		probe__forget(engine->probe, session);
}

static void on_hash(void *ctx, struct span secret, char hex[65])
{
	struct engine *engine = ctx;

	if (sha256__bytes(engine->sha256, engine->salt, sizeof(engine->salt), secret.p, secret.n,
			  hex))
		snprintf(hex, 65, "unknown");
}

static bool on_look(void *ctx, struct span path, struct file_facts *out)
{
	struct engine *engine = ctx;

	return scripts__look(engine->scripts, path, out);
}

static int watch(struct engine *engine, int fd)
{
	struct epoll_event event = { .events = EPOLLIN, .data.fd = fd };

	return epoll_ctl(engine->epoll_fd, EPOLL_CTL_ADD, fd, &event) ? -errno : 0;
}

/* While the store has no room the ring is left alone, and its descriptor must not spin the loop. */
static void watch_probe(struct engine *engine, bool on)
{
	struct epoll_event event = { .events = on ? EPOLLIN : 0 };

	if (engine->probe_watched == on)
		return;
	event.data.fd = probe__fd(engine->probe);
	if (epoll_ctl(engine->epoll_fd, EPOLL_CTL_MOD, event.data.fd, &event) == 0)
		engine->probe_watched = on;
}

static int open_descriptors(struct engine *engine)
{
	int ret;

	engine->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (engine->epoll_fd < 0)
		return -errno;
	engine->timer_fd = timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK);
	if (engine->timer_fd < 0)
		return -errno;
	ret = watch(engine, engine->timer_fd);
	if (!ret)
		ret = watch(engine, probe__fd(engine->probe));
	if (!ret && engine->store)
		ret = watch(engine, store__fd(engine->store));
	engine->probe_watched = ret == 0;
	return ret;
}

static int open_collector(struct engine *engine)
{
	struct collector_opts opts = {
		.next_seq = 1,
		.ops = { .sink = on_record,
			 .ended = on_ended,
			 .hash = on_hash,
			 .look = on_look,
			 .ctx = engine },
	};
	struct script_ops scripts = { .hash = sha256__fd_most };
	int ret;

	if (getrandom(engine->salt, sizeof(engine->salt), 0) != (ssize_t)sizeof(engine->salt))
		return -EIO;
	ret = sha256__new(&engine->sha256);
	scripts.ctx = engine->sha256;
	if (!ret)
		ret = scripts__new(&engine->scripts, &scripts);
	if (ret)
		return ret;
	opts.host = engine->host.name;
	opts.boot = engine->host.boot;
	if (engine->store)
		opts.next_seq = store__last_seq(engine->store) + 1;
	ret = collector__new(&engine->collector, &opts);
	if (!ret)
		ret = loss_settler__new(&engine->settler, engine->probe, engine->collector);
	if (!ret)
		ret = untracked_search__new(&engine->search, engine->probe, engine->collector);
	if (ret)
		return ret;
	engine->boot_to_wall_ns = host_boot_to_wall_ns();
	collector__set_clock(engine->collector, engine->boot_to_wall_ns);
	if (engine->store && *store__cut(engine->store)) {
		engine_trouble(engine, store__cut(engine->store));
		collector__host(engine->collector, "log_cut", store__cut(engine->store),
				host_boot_ns());
	}
	return 0;
}

static void free_engine(struct engine *engine)
{
	logins__free(engine->logins);
	untracked_search__free(engine->search);
	loss_settler__free(engine->settler);
	collector__free(engine->collector);
	probe__close(engine->probe);
	if (engine->epoll_fd >= 0)
		close(engine->epoll_fd);
	if (engine->timer_fd >= 0)
		close(engine->timer_fd);
	scripts__free(engine->scripts);
	sha256__free(engine->sha256);
	log_signer__free(engine->seal);
	buf_free(&engine->selftest);
	free(engine);
}

void engine_give_back(struct engine *engine, uint64_t cursor)
{
	if (cursor <= engine->released)
		return;
	probe__release(engine->probe, cursor);
	engine->released = cursor;
}

void engine_feed(void *ctx, const void *record, size_t n)
{
	struct engine *engine = ctx;

	logins__heed(engine->logins, record, n);
	collector__feed(engine->collector, record, n);
	if (!engine->store)
		engine_give_back(engine, probe__cursor(engine->probe));
	else if (!collector__owes(engine->collector))
		store__mark(engine->store, probe__cursor(engine->probe));
}

int engine__watch_logins(struct engine *engine, bool on, char *const *programs, size_t n)
{
	return logins__watch(engine->logins, on, programs, n);
}

size_t engine__logins(const struct engine *engine)
{
	return logins__open_n(engine->logins);
}

enum drained engine_drain(struct engine *engine, unsigned int budget)
{
	const void *record;
	size_t n;

	for (unsigned int fed = 0; !budget || fed < budget; fed++) {
		if (engine->store && !store__room(engine->store))
			return DRAIN_NO_ROOM;
		if (!probe__next(engine->probe, &record, &n))
			return DRAIN_EMPTY;
		engine_feed(engine, record, n);
	}
	return DRAIN_BUDGET;
}

static void heed_clock(struct engine *engine, uint64_t now_ns)
{
	int64_t offset = host_boot_to_wall_ns();
	int64_t moved = offset - engine->boot_to_wall_ns;
	char text[80];

	if (moved < CLOCK_STEP_NS && moved > -CLOCK_STEP_NS)
		return;
	engine->boot_to_wall_ns = offset;
	collector__set_clock(engine->collector, offset);
	snprintf(text, sizeof(text), "the wall clock moved by %+lld ms",
		 (long long)(moved / (int64_t)MS));
	collector__host(engine->collector, "clock_step", text, now_ns);
}

static void end_session(struct engine *engine, uint32_t number, const char *why, uint64_t ts_ns)
{
	const struct session_info *info;
	struct reconciliation facts;
	struct loss_counts counts;

	collector__end(engine->collector, number, why, ts_ns);
	if (engine->store && engine->opts.keep &&
	    collector__session(engine->collector, number, &info, &facts, &counts))
		takeover_note_end(engine->store, info->id, why, ts_ns);
}

/*
 * Of a daemon also while no session is open: then the log's silence is a silence that was signed.
 */
static void beat(struct engine *engine, uint64_t now_ns)
{
	bool wanted = engine->opts.keep || collector__sessions(engine->collector, NULL, 0);

	if (wanted && now_ns >= engine->heartbeat_ns && engine->heartbeat_ns) {
		heed_clock(engine, now_ns);
		collector__heartbeat(engine->collector, now_ns);
	}
	if (now_ns >= engine->heartbeat_ns || !wanted)
		engine->heartbeat_ns = wanted ? now_ns + HEARTBEAT_NS : 0;
}

static void tick(struct engine *engine, uint64_t now_ns)
{
	uint32_t numbers[LS_SESSIONS_MAX];
	size_t n;
	uint64_t until_ns;

	if (now_ns < engine->tick_ns)
		return;
	engine->tick_ns = now_ns + TICK_NS;
	heed_clock(engine, now_ns);
	/* To the nanosecond that the ticket says, whenever we come to look. */
	n = collector__sessions(engine->collector, numbers, LS_SESSIONS_MAX);
	for (size_t i = 0; i < n && i < LS_SESSIONS_MAX; i++) {
		if (collector__window(engine->collector, numbers[i], &until_ns) &&
		    until_ns <= now_ns)
			end_session(engine, numbers[i], "window", until_ns);
	}
	untracked_search__look(engine->search, now_ns);
	loss_settler__look(engine->settler, engine->released);
}

/* The timer runs for sessions that are open, and for a daemon's next heartbeat. */
static void arm(struct engine *engine, uint64_t now_ns, bool again, bool unsettled)
{
	struct itimerspec due = { 0 };
	uint64_t delay_ns = 0;

	if (again)
		delay_ns = 1;
	else if (unsettled)
		delay_ns = HURRY_NS;
	else if (collector__sessions(engine->collector, NULL, 0))
		delay_ns = engine->tick_ns > now_ns ? engine->tick_ns - now_ns : HURRY_NS;
	else if (engine->heartbeat_ns)
		delay_ns = engine->heartbeat_ns > now_ns ? engine->heartbeat_ns - now_ns : HURRY_NS;
	due.it_value.tv_sec = (time_t)(delay_ns / 1000000000);
	due.it_value.tv_nsec = (long)(delay_ns % 1000000000);
	timerfd_settime(engine->timer_fd, 0, &due, NULL);
}

int engine__open(struct engine **out, const struct engine_opts *opts, char *why, size_t why_n)
{
	struct engine *engine = calloc(1, sizeof(*engine));
	int ret = -ENOMEM;

	*out = NULL;
	why[0] = '\0';
	if (!engine)
		goto out;
	engine->opts = *opts;
	engine->epoll_fd = engine->timer_fd = -1;
	engine->next_session = 1;
	/* The store first: who may not write needs no programs loaded to hear so. */
	ret = host_read(&engine->host);
	if (ret)
		goto out;
	ret = engine_open_store(engine, why, why_n);
	if (ret)
		goto out;
	ret = probe__open(&engine->probe, &opts->probe, why, why_n);
	if (ret)
		goto out;
	ret = open_collector(engine);
	if (ret)
		goto out;
	engine->released = probe__cursor(engine->probe);
	ret = engine_take_over(engine, why, why_n);
	if (ret)
		goto out;
	ret = engine_open_logins(engine);
	if (ret)
		goto out;
	ret = opts->selftest ? engine_run_selftest(engine, why, why_n) : 0;
	if (ret)
		goto out;
	ret = open_descriptors(engine);
	if (ret)
		goto out;
	/* The canary's records, and what the sessions had waiting. */
	if (engine->store && !collector__owes(engine->collector))
		store__mark(engine->store, probe__cursor(engine->probe));
	else if (!engine->store)
		engine_give_back(engine, probe__cursor(engine->probe));
	arm(engine, host_boot_ns(), true, false);
	*out = engine;
	return 0;
out:
	if (!why[0])
		snprintf(why, why_n, "%s", strerror(-ret));
	if (engine) {
		if (engine->probe && !probe__taken_over(engine->probe))
			probe__unpin(engine->probe);
		store__close(engine->store);
		free_engine(engine);
	}
	return ret;
}

int engine__fd(const struct engine *engine)
{
	return engine->epoll_fd;
}

void engine__pump(struct engine *engine, unsigned int budget)
{
	enum drained drained;
	uint64_t now_ns;
	bool unsettled;

	engine_heed_store(engine, false);
	drained = engine_drain(engine, budget);
	watch_probe(engine, drained != DRAIN_NO_ROOM);
	if (engine->store)
		engine_hurry_for_ring(engine);
	now_ns = host_boot_ns();
	logins__look(engine->logins, now_ns);
	if (collector__sessions(engine->collector, NULL, 0))
		tick(engine, now_ns);
	beat(engine, now_ns);
	if (engine->store)
		engine_rotate(engine, now_ns);
	unsettled = loss_settler__settle(engine->settler, now_ns);
	arm(engine, now_ns, drained == DRAIN_BUDGET, unsettled);
}

/*
 * Who opens or ends a session is told so when no crash can make that undone: but by a disk that
 * refuses or is slow, which nobody waits for.
 */
static void sync_note(struct engine *engine)
{
	(void)store__sync(engine->store, SYNC_MS);
}

/* So that a restart finds it: in the store before its first record is. */
static void note(struct engine *engine, const struct engine_session *session,
		 const struct open_opts *opts)
{
	if (!engine->store)
		return;
	if (session->ticket_bytes)
		(void)store__put_ticket(engine->store, session->info.ticket_sha256,
					session->ticket_bytes, session->ticket_bytes_n);
	for (size_t i = 0; i < session->evidence_n; i++)
		(void)store__put_ticket(engine->store, session->evidence[i].sha256,
					session->evidence[i].bytes.p, session->evidence[i].bytes.n);
	for (size_t i = 0; i < session->profiles_n; i++)
		(void)store__put_ticket(engine->store, session->profiles[i].sha256,
					session->profiles[i].bytes.p, session->profiles[i].bytes.n);
	if (engine->opts.keep && takeover_note(engine->store, opts, engine->host.boot,
					       session->profiles, session->profiles_n))
		engine_trouble(engine, "what a restart needs of a session could not be put down");
}

static int open_in_collector(struct engine *engine, const struct engine_session *session,
			     uint32_t number, uint64_t now_ns, uint64_t misses, char id[32])
{
	struct open_opts opts = {
		.session = number,
		.info = session->info,
		.plan = session->plan,
		.judge = {
			.operator_uid = session->info.operator_uid,
			.mntns = session->mntns,
			.shell = session->shell,
			.wrong_host = session->wrong_host,
			.wrong_operator = session->wrong_operator,
			.env = session->env,
			.sees = capability_sees(probe__facts(engine->probe)),
			.boot_to_wall_ns = engine->boot_to_wall_ns,
		},
		.quiet = session->quiet,
		.recursion_misses = misses,
	};

	snprintf(opts.info.id, sizeof(opts.info.id), "%s", id);
	opts.info.start_ns = now_ns;
	note(engine, session, &opts);
	return collector__open(engine->collector, &opts, now_ns);
}

int engine__open_session(struct engine *engine, const struct engine_session *session,
			 uint32_t *number, char id[32])
{
	uint64_t now_ns = host_boot_ns(), misses = probe__recursion_misses(engine->probe);
	char new_id[HOST_SESSION_ID] = "";
	uint32_t tagged = engine->next_session++;
	int ret;

	*number = 0;
	id[0] = '\0';
	heed_clock(engine, now_ns);
	ret = host_session_id(new_id);
	if (!ret)
		ret = probe__tag(engine->probe, tagged, session->pidfd);
	if (ret) {
		plan_free(session->plan);
		return ret;
	}
	*number = tagged;
	snprintf(id, 32, "%s", new_id);
	ret = open_in_collector(engine, session, *number, now_ns, misses, id);
	if (ret)
		probe__forget(engine->probe, *number);
	else if (engine->store && engine->opts.keep)
		sync_note(engine);
	engine->tick_ns = 0;
	arm(engine, now_ns, true, false);
	return ret;
}

void engine__end_session(struct engine *engine, uint32_t number, const char *why)
{
	end_session(engine, number, why, host_boot_ns());
	if (engine->store && engine->opts.keep)
		sync_note(engine);
	engine->tick_ns = 0;
	arm(engine, host_boot_ns(), true, false);
}

void engine__finish_session(struct engine *engine, uint32_t number, const char *why,
			    unsigned int wait_ms)
{
	uint64_t until_ns = host_boot_ns() + wait_ms * MS;

	do {
		struct pollfd ready = { engine->epoll_fd, POLLIN, 0 };

		engine->tick_ns = 0;
		engine__pump(engine, 0);
		if (loss_settler__all_in(engine->settler, number))
			break;
		poll(&ready, 1, 1);
	} while (host_boot_ns() < until_ns);
	if (engine->store) {
		/* What it gave up is told by its descriptor. */
		(void)store__flush(engine->store);
		engine_heed_store(engine, false);
	}
	loss_settler__finish(engine->settler, number, why, host_boot_ns());
}

int engine__close(struct engine *engine)
{
	uint32_t numbers[LS_SESSIONS_MAX];
	int ret = 0, closed;
	size_t n;

	if (!engine)
		return 0;
	n = collector__sessions(engine->collector, numbers, LS_SESSIONS_MAX);
	if (engine->opts.keep && engine->store && probe__pinned(engine->probe) && n > 0) {
		/* What is in the ring stays there for the next one, but for what was committed. */
		engine__pump(engine, 0);
		ret = store__flush(engine->store);
		if (!ret)
			engine_heed_store(engine, true);
	} else {
		probe__watch_logins(engine->probe, false);
		n = collector__sessions(engine->collector, numbers, LS_SESSIONS_MAX);
		for (size_t i = 0; i < n; i++)
			engine__finish_session(engine, numbers[i], "stopped", STOP_MS);
		if (engine->store) {
			/* Its answer is in what store__close() returns. */
			(void)store__flush(engine->store);
			engine_heed_store(engine, true);
		}
		probe__unpin(engine->probe);
	}
	closed = store__close(engine->store);
	free_engine(engine);
	return ret ? ret : closed;
}

void engine__host(struct engine *engine, const char *what, const char *detail)
{
	collector__host(engine->collector, what, detail, host_boot_ns());
}

int engine__ack(struct engine *engine, const struct session_info *session, const struct ack *ack,
		uint64_t *seq)
{
	int ret = collector__ack(engine->collector, session, ack, host_boot_ns(), seq);

	if (engine->store)
		store__hurry(engine->store); /* who acknowledges waits for the disk */
	return ret;
}

const char *engine__selftest(const struct engine *engine)
{
	return engine->selftest.n ? engine->selftest.p : "";
}

struct collector *engine__collector(struct engine *engine)
{
	return engine->collector;
}

struct store *engine__store(struct engine *engine)
{
	return engine->store;
}

struct probe *engine__probe(struct engine *engine)
{
	return engine->probe;
}
