/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "engine.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "core/capability.h"
#include "edge/host.h"
#include "edge/script.h"
#include "edge/sha256.h"
#include "edge/store.h"
#include "canary.h"
#include "logins.h"
#include "plan_file.h"
#include "seal.h"
#include "search.h"
#include "settle.h"
#include "store_row.h"
#include "takeover.h"

#define MS             1000000ull /* nanoseconds */
#define TICK_NS        (100 * MS)
#define HURRY_NS       (2 * MS) /* after the last process of a session went */
#define HEARTBEAT_NS   (10000 * MS)
#define ROTATE_NS      (60000 * MS) /* between two tries to begin a new file of the store */
#define CLOCK_STEP_NS  ((int64_t)(50 * MS))
#define SYNC_MS        500u /* that who opens or ends a session waits for the disk */
#define ROOM_MS        3000 /* that records of before get to leave the ring, before the self-test */
#define SELFTEST_TRIES 3
#define STOP_MS        2000 /* what a session's records get to come in at engine__close() */

struct engine {
	struct engine_opts opts;
	struct probe *probe;
	struct store *store; /* NULL: none */
	struct seal *seal;   /* of the store */
	uint64_t rotate_ns;  /* when a new file of the store may be begun again, boot clock */
	bool begins;         /* the next record is the first of it */
	struct collector *collector;
	struct settler *settler;
	struct searcher *searcher;
	struct logins *logins;
	struct sha256 *sha256;
	struct scripts *scripts;
	unsigned char
		salt[32]; /* of this run's {secret}s; kept nowhere, so that none can be guessed */
	int epoll_fd, timer_fd;
	bool probe_watched;
	int64_t boot_to_wall_ns;
	uint32_t next_session;
	uint64_t tick_ns, heartbeat_ns; /* when they are due, boot clock */
	uint64_t released;              /* the ring's position up to which it was given back */
	uint64_t durable;               /* last seq that opts.durable() was told */
	int store_state;
	struct store_gap gap_told;
	uint64_t hold_until; /* see settle_store() */
	struct buf selftest; /* ended by NUL */
	struct host host;
	bool taking_over;
};

static void trouble(const struct engine *engine, const char *line)
{
	if (engine->opts.trouble)
		engine->opts.trouble(engine->opts.ctx, line);
}

static void store_record(struct engine *engine, const struct record *record, struct span line)
{
	struct store_row row = store_row_of(record, line);

	/* What does not fit is counted by the store, and told by watch_store(). */
	row.begins = engine->begins;
	(void)store__append(engine->store, &row);
}

static void on_record(void *ctx, const struct record *record, struct span line)
{
	struct engine *engine = ctx;

	if (engine->store)
		store_record(engine, record, line);
	searcher__heed(engine->searcher, record);
	if (engine->store && record->kind == RECORD_SESSION_END)
		(void)store__put_resume(engine->store, record->session->id, NULL, NULL, 0);
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
		ret = settler__new(&engine->settler, engine->probe, engine->collector);
	if (!ret)
		ret = searcher__new(&engine->searcher, engine->probe, engine->collector);
	if (ret)
		return ret;
	engine->boot_to_wall_ns = host_boot_to_wall_ns();
	collector__set_clock(engine->collector, engine->boot_to_wall_ns);
	if (engine->store && *store__cut(engine->store)) {
		trouble(engine, store__cut(engine->store));
		collector__host(engine->collector, "log_cut", store__cut(engine->store),
				host_boot_ns());
	}
	return 0;
}

static int open_store(struct engine *engine, char *why, size_t why_n)
{
	const struct engine_opts *opts = &engine->opts;
	const struct store_opts store = {
		.path = opts->store,
		.file_bytes = opts->store_file_bytes,
		.keep_files = opts->store_keep_files,
		.keep_days = opts->store_keep_days,
	};

	if (!opts->store)
		return 0;
	return seal_open_store(&engine->seal, &engine->store, &store, opts->key, engine->host.name, why,
			       why_n);
}

static void free_engine(struct engine *engine)
{
	logins__free(engine->logins);
	searcher__free(engine->searcher);
	settler__free(engine->settler);
	collector__free(engine->collector);
	probe__close(engine->probe);
	if (engine->epoll_fd >= 0)
		close(engine->epoll_fd);
	if (engine->timer_fd >= 0)
		close(engine->timer_fd);
	scripts__free(engine->scripts);
	sha256__free(engine->sha256);
	seal__free(engine->seal);
	buf_free(&engine->selftest);
	free(engine);
}

static void give_back(struct engine *engine, uint64_t cursor)
{
	if (cursor <= engine->released)
		return;
	probe__release(engine->probe, cursor);
	engine->released = cursor;
}

/*
 * A session that the kernel has, and of which the store knows nothing: recorded all the same. A login
 * without a ticket, or an earlier daemon's.
 */
static int adopt(struct engine *engine, uint32_t number, uint32_t tgid)
{
	char name[64] = "unknown";
	struct open_opts opts = {
		.session = number,
		.info = { .operator_name = name, .operator_uid = LS_NO_ID, .tgid = tgid },
		.judge = { .boot_to_wall_ns = engine->boot_to_wall_ns,
			   .mntns = host_mntns(),
			   .sees = capability_sees(probe__facts(engine->probe)) },
		.recursion_misses = probe__recursion_misses(engine->probe),
	};
	struct ls_session kernel;
	int ret = host_session_id(opts.info.id);

	if (probe__counters(engine->probe, number, &kernel) == 0 && kernel.login) {
		opts.info.login = true;
		opts.info.login_asid = kernel.asid;
		opts.info.operator_uid = kernel.auid;
		host_local_user_name(kernel.auid, name, sizeof(name));
		searcher__want(engine->searcher);
	}
	opts.judge.operator_uid = opts.info.operator_uid;
	opts.info.start_ns = host_boot_ns();
	if (!ret && engine->store && engine->opts.keep)
		ret = takeover_note(engine->store, &opts, engine->host.boot, NULL, 0);
	return ret ? ret : collector__open(engine->collector, &opts, opts.info.start_ns);
}

static int on_adopt(void *ctx, uint32_t number)
{
	return adopt(ctx, number, 0);
}

static int on_login(void *ctx, uint32_t number, uint32_t tgid)
{
	return adopt(ctx, number, tgid);
}

static void on_takeover_trouble(void *ctx, const char *line)
{
	struct engine *engine = ctx;

	trouble(engine, line);
	collector__host(engine->collector, "takeover", line, host_boot_ns());
}

static void tell_takeover(struct engine *engine, const struct takeover *takeover)
{
	size_t used, size;
	char text[256];

	probe__fill(engine->probe, &used, &size);
	snprintf(text, sizeof(text),
		 "%u sessions go on, %u of which nothing was known; %u are over; %zu of %zu bytes "
		 "of the "
		 "ring were waiting%s",
		 takeover->resumed + takeover->adopted, takeover->adopted, takeover->closed, used,
		 size,
		 probe__outdated(engine->probe)
			 ? "; the kernel programs of before are kept until they have ended"
			 : "");
	collector__host(engine->collector, "restart", text, host_boot_ns());
	trouble(engine, text);
}

/*
 * In the maps that were taken over, sockets of sessions that have ended live on under their
 * numbers, and nobody knows the highest. An eighth of a second of the boot clock a number is more
 * than a daemon gives.
 */
static void skip_numbers(struct engine *engine, uint64_t now_ns)
{
	uint32_t unused = (uint32_t)(now_ns >> 27);

	if (engine->next_session < unused)
		engine->next_session = unused;
}

/* What an earlier process left open, in the kernel or in the store. */
static int take_over(struct engine *engine, char *why, size_t why_n)
{
	const struct takeover_opts opts = {
		.probe = engine->probe,
		.store = engine->store,
		.collector = engine->collector,
		.boot = engine->host.boot,
		.now_ns = host_boot_ns(),
		.adopt = on_adopt,
		.trouble = on_takeover_trouble,
		.ctx = engine,
	};
	struct takeover takeover;
	int ret;

	if (!engine->store)
		return 0;
	engine->taking_over = true;
	ret = takeover_run(&opts, &takeover);
	engine->taking_over = false;
	if (ret) {
		snprintf(why, why_n, "the sessions that were open can't be read from the store: %s",
			 strerror(-ret));
		return ret;
	}
	engine->next_session = takeover.highest + 1;
	if (probe__taken_over(engine->probe)) {
		searcher__want(engine->searcher);
		skip_numbers(engine, opts.now_ns);
	}
	if (probe__taken_over(engine->probe) || takeover.closed)
		tell_takeover(engine, &takeover);
	return 0;
}

static void feed(struct engine *engine, const void *record, size_t n)
{
	logins__heed(engine->logins, record, n);
	collector__feed(engine->collector, record, n);
	if (!engine->store)
		give_back(engine, probe__cursor(engine->probe));
	else if (!collector__owes(engine->collector))
		store__mark(engine->store, probe__cursor(engine->probe));
}

static void on_other(void *ctx, const void *record, size_t n)
{
	feed(ctx, record, n);
}

static void tell_dropped(struct engine *engine, const struct store_gap *gap)
{
	char text[160];

	snprintf(text, sizeof(text), "%llu records between seq %llu and %llu were not stored",
		 (unsigned long long)(gap->dropped - engine->gap_told.dropped),
		 (unsigned long long)(engine->gap_told.last ? engine->gap_told.last + 1
							    : gap->first),
		 (unsigned long long)gap->last);
	engine->gap_told = *gap;
	trouble(engine, text);
	collector__host(engine->collector, "store_gap", text, host_boot_ns());
}

/*
 * The store began to refuse, or takes rows again (or was closed: `last`): then the record says what
 * it does not hold.
 */
static void watch_store(struct engine *engine, bool last)
{
	struct store_gap gap;
	int state = store__state(engine->store, &gap);
	char text[200];

	if (state && !engine->store_state) {
		snprintf(text, sizeof(text),
			 "the store refuses records: %s; it is tried again, alerts go on",
			 strerror(-state));
		trouble(engine, text);
	}
	if (!state && engine->store_state)
		trouble(engine, "the store takes records again");
	engine->store_state = state;
	if ((!state || last) && gap.dropped > engine->gap_told.dropped)
		tell_dropped(engine, &gap);
}

static void on_dropped(void *ctx, const char *session, uint64_t first, uint64_t last,
		       uint64_t count)
{
	struct engine *engine = ctx;
	char text[200];

	if (collector__not_stored(engine->collector, session, first, last, count))
		return;
	snprintf(text, sizeof(text),
		 "%llu events of session %s were not stored, which its end counts as stored",
		 (unsigned long long)count, *session ? session : "(more than one)");
	trouble(engine, text);
	collector__host(engine->collector, "store_gap", text, host_boot_ns());
}

/*
 * While the disk refuses, and until what waited for it is settled, no session ends before it is
 * known what became of its events. At other times none waits for the disk: who ended just before
 * the first refusal is told by on_dropped().
 */
static void settle_store(struct engine *engine)
{
	uint64_t settled = store__settled(engine->store);

	store__dropped(engine->store, on_dropped, engine);
	if (engine->store_state)
		engine->hold_until = collector__next_seq(engine->collector) - 1;
	collector__settled(engine->collector, settled < engine->hold_until ? settled : UINT64_MAX);
}

static void heed_store(struct engine *engine, bool last)
{
	uint64_t seq, cursor, ignored;

	if (!engine->store)
		return;
	if (read(store__fd(engine->store), &ignored, sizeof(ignored)) < 0 && errno != EAGAIN)
		trouble(engine, "the store's descriptor can't be read");
	watch_store(engine, last);
	settle_store(engine);
	store__durable(engine->store, &seq, &cursor);
	give_back(engine, cursor);
	if (seq <= engine->durable)
		return;
	engine->durable = seq;
	if (engine->opts.durable)
		engine->opts.durable(engine->opts.ctx, seq);
}

/*
 * The first record of a file is the last checkpoint of the one before it, so that each can be
 * verified without the others.
 */
static void rotate(struct engine *engine, uint64_t now_ns)
{
	struct buf note = { 0 };

	if (!store__full(engine->store) || now_ns < engine->rotate_ns)
		return;
	engine->rotate_ns = now_ns + ROTATE_NS;
	if (store__sync(engine->store, SYNC_MS) == 0 &&
	    store__checkpoint(engine->store, &note) == 0 && note.n) {
		buf_addc(&note, '\0');
		engine->begins = true;
		if (!note.failed)
			collector__host(engine->collector, "checkpoint", note.p, now_ns);
		engine->begins = false;
		(void)store__sync(engine->store, SYNC_MS);
		if (!store__full(engine->store))
			engine->rotate_ns = 0;
	}
	buf_free(&note);
}

static uint32_t on_number(void *ctx)
{
	struct engine *engine = ctx;

	return engine->next_session++;
}

static void on_login_tell(void *ctx, const char *what, const char *line)
{
	struct engine *engine = ctx;

	trouble(engine, line);
	collector__host(engine->collector, what, line, host_boot_ns());
}

/* After the takeover, which knows the numbers that are in use. */
static int open_logins(struct engine *engine)
{
	const struct logins_ops ops = { .number = on_number,
					.open = on_login,
					.tell = on_login_tell,
					.ctx = engine };

	return logins__new(&engine->logins, engine->probe, &ops);
}

int engine__watch_logins(struct engine *engine, bool on, char *const *programs, size_t n)
{
	return logins__watch(engine->logins, on, programs, n);
}

size_t engine__logins(const struct engine *engine)
{
	return logins__open_n(engine->logins);
}

enum drained { DRAIN_EMPTY, DRAIN_BUDGET, DRAIN_NO_ROOM };

static enum drained drain(struct engine *engine, unsigned int budget)
{
	const void *record;
	size_t n;

	for (unsigned int fed = 0; !budget || fed < budget; fed++) {
		if (engine->store && !store__room(engine->store))
			return DRAIN_NO_ROOM;
		if (!probe__next(engine->probe, &record, &n))
			return DRAIN_EMPTY;
		feed(engine, record, n);
	}
	return DRAIN_BUDGET;
}

/*
 * Sessions of before may have filled the ring, and may be about to fill it again. How far it gets
 * is for the disk to say.
 */
static void make_room(struct engine *engine)
{
	const uint64_t until_ns = host_boot_ns() + ROOM_MS * MS;
	struct pollfd moved = { store__fd(engine->store), POLLIN, 0 };
	size_t used, size;

	do {
		heed_store(engine, false);
		drain(engine, 0);
		probe__fill(engine->probe, &used, &size);
	} while (used > size / 4 && poll(&moved, 1, 10) >= 0 && host_boot_ns() < until_ns);
}

/*
 * Programs that were taken over passed it when they were loaded, so a canary for which their
 * sessions left no room is no reason to leave those sessions alone.
 */
static int run_selftest(struct engine *engine, char *why, size_t why_n)
{
	const bool taken = engine->store && probe__taken_over(engine->probe);
	struct canary canary;
	int ret;

	for (int tries = 0; tries < SELFTEST_TRIES; tries++) {
		if (taken)
			make_room(engine);
		ret = canary_run(engine->probe, &canary, on_other, engine, why, why_n);
		if (ret)
			return ret;
		if (selftest_passed(&canary.test) || !canary.lost)
			break;
	}
	if (!selftest_passed(&canary.test) && canary.lost)
		buf_addf(&engine->selftest, "the ring had no room for %llu acts of the canary: ",
			 (unsigned long long)canary.lost);
	canary_tell(&canary, &engine->selftest);
	buf_addc(&engine->selftest, '\0');
	if (engine->selftest.failed)
		return -ENOMEM;
	if (selftest_passed(&canary.test))
		return 0;
	if (taken && canary.lost) {
		trouble(engine, engine->selftest.p);
		return 0;
	}
	snprintf(why, why_n, "self-test: %s", engine->selftest.p);
	return -ENOMSG;
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

/* To the nanosecond that the ticket says, whenever we come to look. */
static void close_windows(struct engine *engine, uint64_t now_ns)
{
	uint32_t numbers[LS_SESSIONS_MAX];
	size_t n = collector__sessions(engine->collector, numbers, LS_SESSIONS_MAX);
	uint64_t until_ns;

	for (size_t i = 0; i < n && i < LS_SESSIONS_MAX; i++) {
		if (collector__window(engine->collector, numbers[i], &until_ns) &&
		    until_ns <= now_ns)
			end_session(engine, numbers[i], "window", until_ns);
	}
}

/* Of a daemon also while no session is open: then the log's silence is a silence that was signed.
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
	if (now_ns < engine->tick_ns)
		return;
	engine->tick_ns = now_ns + TICK_NS;
	heed_clock(engine, now_ns);
	close_windows(engine, now_ns);
	searcher__look(engine->searcher, now_ns);
	settler__look(engine->settler, engine->released);
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
	if (!ret)
		ret = open_store(engine, why, why_n);
	if (!ret)
		ret = probe__open(&engine->probe, &opts->probe, why, why_n);
	if (!ret)
		ret = open_collector(engine);
	if (!ret) {
		engine->released = probe__cursor(engine->probe);
		ret = take_over(engine, why, why_n);
	}
	if (!ret)
		ret = open_logins(engine);
	if (!ret && opts->selftest)
		ret = run_selftest(engine, why, why_n);
	if (!ret)
		ret = open_descriptors(engine);
	if (ret)
		goto out;
	/* The canary's records, and what the sessions had waiting. */
	if (engine->store && !collector__owes(engine->collector))
		store__mark(engine->store, probe__cursor(engine->probe));
	else if (!engine->store)
		give_back(engine, probe__cursor(engine->probe));
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

	heed_store(engine, false);
	drained = drain(engine, budget);
	watch_probe(engine, drained != DRAIN_NO_ROOM);
	now_ns = host_boot_ns();
	logins__look(engine->logins, now_ns);
	if (collector__sessions(engine->collector, NULL, 0))
		tick(engine, now_ns);
	beat(engine, now_ns);
	if (engine->store)
		rotate(engine, now_ns);
	unsettled = settler__settle(engine->settler, now_ns);
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
		trouble(engine, "what a restart needs of a session could not be put down");
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
		if (settler__all_in(engine->settler, number))
			break;
		poll(&ready, 1, 1);
	} while (host_boot_ns() < until_ns);
	if (engine->store) {
		/* What it gave up is told by its descriptor. */
		(void)store__flush(engine->store);
		heed_store(engine, false);
	}
	settler__finish(engine->settler, number, why, host_boot_ns());
}

/* What is in the ring stays there for the next one, but for what was committed. */
static int close_keeping(struct engine *engine)
{
	int ret;

	engine__pump(engine, 0);
	ret = store__flush(engine->store);
	if (!ret)
		heed_store(engine, true);
	return ret;
}

static void end_all(struct engine *engine)
{
	uint32_t numbers[LS_SESSIONS_MAX];
	size_t n;

	probe__watch_logins(engine->probe, false);
	n = collector__sessions(engine->collector, numbers, LS_SESSIONS_MAX);
	for (size_t i = 0; i < n; i++)
		engine__finish_session(engine, numbers[i], "stopped", STOP_MS);
	if (engine->store) {
		/* Its answer is in what store__close() returns. */
		(void)store__flush(engine->store);
		heed_store(engine, true);
	}
	probe__unpin(engine->probe);
}

int engine__close(struct engine *engine)
{
	int ret = 0, closed;

	if (!engine)
		return 0;
	if (engine->opts.keep && engine->store && probe__pinned(engine->probe) &&
	    collector__sessions(engine->collector, NULL, 0) > 0)
		ret = close_keeping(engine);
	else
		end_all(engine);
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
	return collector__ack(engine->collector, session, ack, host_boot_ns(), seq);
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
