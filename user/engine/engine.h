/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_ENGINE_H
#define LOCKSTEP_ENGINE_H

#include "core/session/collector.h"
#include "edge/probe/probe.h"

/*
 * The composition that `lockstep run` and `lockstepd` share: probe -> collector -> store, and a
 * callback that gets every record live. One thread pumps it, from an epoll loop on engine__fd();
 * everything below is for that thread alone.
 *
 * With a store the ring is given back to the kernel as far as the store is durable, so that a crash
 * loses nothing that the kernel emitted; without one, as soon as a record was judged.
 */
struct engine;
struct store;
struct plan_text;

struct engine_opts {
	struct probe_opts probe;
	const char *store; /* path, NULL: nothing is stored */
	const char *key; /* the host's key, with which the store's log is signed; NULL: STORE.key */
	uint64_t store_file_bytes; /* see store_opts; so do the next two */
	unsigned int store_keep_files, store_keep_days;
	/*
	 * Sessions outlive this process: what a restart needs of them is put into the store, and
	 * with probe.pins engine__close() leaves them open, for the next engine__open() to take
	 * over.
	 */
	bool keep;
	unsigned int between_ms; /* store_opts.between_ms; 0: as fits whether anything is pinned */
	bool selftest; /* refuse to open where a canary's acts do not come back (canary.h) */
	/* Every record as it is judged, before it is durable; both borrowed for the call. */
	void (*record)(void *ctx, const struct record *record, struct span line);
	/*
	 * The session is over and its session_end was given to record(); probe__members() still
	 * knows its processes. NULL: not wanted.
	 */
	void (*ended)(void *ctx, uint32_t session);
	/* Everything up to `seq` is durable (monotonic; only with a store). NULL: not wanted. */
	void (*durable)(void *ctx, uint64_t seq);
	/* One line for a person: the store refuses, records again, … NULL: not wanted. */
	void (*trouble)(void *ctx, const char *line);
	void *ctx;
};

/*
 * 0 or -errno with one line in why[] (that of probe__open() or store__open(), named). -ENOMSG: the
 * self-test found a hook that is blind.
 */
int engine__open(struct engine **out, const struct engine_opts *opts, char *why, size_t why_n);
/*
 * Pumps what is in the ring, ends the open sessions ("stopped") or keeps them, flushes the store,
 * frees everything. 0 or the first error by which a record was not stored. NULL is allowed.
 */
int engine__close(struct engine *engine);

/* For epoll, level-triggered: readable when engine__pump() has something to do. */
int engine__fd(const struct engine *engine);
/*
 * Feeds at most `budget` ring records (0: until the ring is empty), gives the ring back, settles
 * sessions that are quiet, and does what is due by the clock. Never blocks. When it stopped at the
 * budget, engine__fd() stays readable.
 */
void engine__pump(struct engine *engine, unsigned int budget);

struct engine_session {
	int pidfd;         /* of the process to be tagged, which waits until this returned */
	struct plan *plan; /* compiled; taken over whatever is returned; NULL: no ticket */
	/* .id and .start_ns are filled in; strings are copied. */
	struct session_info info;
	bool shell; /* see judge_opts */
	bool wrong_host, wrong_operator;
	uint32_t mntns;  /* see judge_opts */
	bool quiet;      /* see open_opts */
	struct span env; /* environment of the process at its start, NUL-ended strings */
	/* Exact bytes, kept in the store under info.ticket_sha256; NULL: none. */
	const void *ticket_bytes;
	size_t ticket_bytes_n;
	const struct plan_text *evidence; /* signatures and signers; borrowed, kept likewise */
	size_t evidence_n;
	const struct plan_text *profiles; /* borrowed; kept in the store, for a restart */
	size_t profiles_n;
};

/*
 * Whether each login without a ticket becomes a session, as lockstepd.yaml(5) says at `unticketed`;
 * not, until it is called. `programs` are absolute paths, copied: logins below one are left alone.
 * 0 or -ENOMEM.
 */
int engine__watch_logins(struct engine *engine, bool on, char *const *programs, size_t n);
/* How many of the open sessions are such logins. */
size_t engine__logins(const struct engine *engine);

/* Opens a session and tags its first process. 0 and *number, *id; -errno as probe__tag(). */
int engine__open_session(struct engine *engine, const struct engine_session *session,
			 uint32_t *number, char id[32]);
/*
 * Acts that follow are after_end; ended() is called once the last process is gone and its records
 * are in. why: "ended", "window".
 */
void engine__end_session(struct engine *engine, uint32_t number, const char *why);
/*
 * Waits until the session's records are in (at most `wait_ms`), then ends it however many processes
 * it still has: for `lockstep run`, whose command has ended.
 */
void engine__finish_session(struct engine *engine, uint32_t number, const char *why,
			    unsigned int wait_ms);

/* A RECORD_HOST ("start", "reload", …; detail may be NULL). */
void engine__host(struct engine *engine, const char *what, const char *detail);

/* A RECORD_ACK: see collector__ack(). */
int engine__ack(struct engine *engine, const struct session_info *session, const struct ack *ack,
		uint64_t *seq);

/* What the self-test saw, one line; "" where there was none. */
const char *engine__selftest(const struct engine *engine);

/* For list, show and status: the collector (read only), the store (NULL: none) and the probe. */
struct collector *engine__collector(struct engine *engine);
struct store *engine__store(struct engine *engine);
struct probe *engine__probe(struct engine *engine);

#endif
