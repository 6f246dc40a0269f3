/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_ENGINE_PART_H
#define LOCKSTEP_ENGINE_PART_H

#include "engine/engine.h"

#include "core/base/buf.h"
#include "edge/host.h"
#include "edge/store/store.h"

/*
 * What the files of the engine share: engine.c (the loop and the sessions), engine/store.c (the
 * record on its way to the disk), engine/begin.c (what was there before: sessions, logins; and the
 * self-test).
 */
#define MS              1000000ull /* nanoseconds */
#define TICK_NS         (100 * MS)
#define HURRY_NS        (2 * MS) /* after the last process of a session went */
#define HEARTBEAT_NS    (10000 * MS)
#define ROTATE_NS       (5000 * MS) /* between two tries to begin a new file of the store */
#define ROTATE_AGAIN_NS (600000 * MS)
#define ROTATE_SYNC_MS  100u /* that the disk gets for what is to be in the old one */
#define CLOCK_STEP_NS   ((int64_t)(50 * MS))
#define SYNC_MS         500u /* that who opens or ends a session waits for the disk */
/* That records of before get to leave the ring, before the self-test. */
#define ROOM_MS         3000
#define SELFTEST_TRIES  3
#define UNPINNED_MS     50u  /* between two commits where nothing is pinned */
#define RING_PART       4    /* the part of the ring that may wait for the store to gather */
#define STOP_MS         2000 /* what a session's records get to come in at engine__close() */

struct engine {
	struct engine_opts opts;
	struct probe *probe;
	struct store *store;     /* NULL: none */
	struct log_signer *seal; /* of the store */
	uint64_t rotate_ns;      /* when a new file of the store may be begun again, boot clock */
	bool begins;             /* the next record is the first of it */
	int next_error;          /* why the last one was not begun, as it was told; 0 */
	struct collector *collector;
	struct loss_settler *settler;
	struct untracked_search *search;
	struct logins *logins;
	struct sha256 *sha256;
	struct scripts *scripts;
	/* Of this run's {secret}s; kept nowhere, so that none can be guessed. */
	unsigned char salt[32];
	int epoll_fd, timer_fd;
	bool probe_watched;
	int64_t boot_to_wall_ns;
	uint32_t next_session;
	uint64_t tick_ns, heartbeat_ns; /* when they are due, boot clock */
	uint64_t released;              /* the ring's position up to which it was given back */
	uint64_t durable;               /* last seq that opts.durable() was told */
	int store_state;
	struct store_gap gap_told;
	uint64_t hold_until; /* see engine_heed_store() */
	struct buf selftest; /* ended by NUL */
	struct host host;
	bool taking_over;
};

enum drained { DRAIN_EMPTY, DRAIN_BUDGET, DRAIN_NO_ROOM };

void engine_trouble(const struct engine *engine, const char *line); /* one line for a person */

/* engine.c: the ring's records into the collector, and the ring back to the kernel. ctx: the
 * engine. */
void engine_feed(void *ctx, const void *record, size_t n);
void engine_give_back(struct engine *engine, uint64_t cursor);
enum drained engine_drain(struct engine *engine, unsigned int budget);

/* engine/store.c */
int engine_open_store(struct engine *engine, char *why, size_t why_n); /* as engine__open() */
void engine_store_record(struct engine *engine, const struct record *record, struct span line);
/* What the store has to tell: what is durable, what it refuses. `last`: it is being closed. */
void engine_heed_store(struct engine *engine, bool last);
void engine_hurry_for_ring(struct engine *engine);
void engine_rotate(struct engine *engine, uint64_t now_ns);

/* engine/begin.c: 0 or -errno, with one line in why[] */
int engine_take_over(struct engine *engine, char *why, size_t why_n);
int engine_open_logins(struct engine *engine);
int engine_run_selftest(struct engine *engine, char *why, size_t why_n);

#endif
