/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_TEST_WORLD_H
#define LOCKSTEP_TEST_WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/event/decode.h"
#include "edge/probe/probe.h"

/*
 * A small world for tests on the real kernel: a cgroup of our own with the programs attached to it,
 * a session whose opener is a child of the test, the records of that session, and what the actor
 * said about itself on descriptor TRUTH_FD, as lines of "key value", bytes in hex.
 */
#define TRUTH_FD  3
#define TRUTH_MAX (16u << 20)

struct world {
	struct probe *probe;
	char cgroup[128];
	uint32_t sessions; /* numbers given out */
	bool hold;         /* read nothing before the session's processes are gone */
	bool keep;         /* give nothing of the ring back before the end */
	bool count_only;   /* keep no records, only how many came */
	int pace;          /* gets a byte each time that the reader sleeps; 0: does not */
	int pace_exits;    /* gets a byte for each exit that was read; 0: does not */
};

/*
 * Why the host does not show what the capability (core/capability.h) is about; NULL: it does. In a
 * buffer of its own.
 */
const char *world__unseen(const struct world *world, const char *capability);

/* The cgroup alone, for what opens its own probe; world__close() removes it. */
void world__cgroup(struct world *world);
/* opts->cgroup is set here. Exits the test with a reason when the programs do not load. */
void world__open(struct world *world, struct probe_opts opts);
void world__close(struct world *world);

struct seen {
	struct event event; /* borrows from record and decoder */
	struct decoder *decoder;
	void *record;
	size_t n;
	bool refused; /* decode_record() said no */
};

struct run {
	uint32_t session;
	pid_t pid; /* of the opener */
	struct seen *seen;
	size_t seen_n, seen_room;
	size_t came; /* records, kept or not */
	bool count_only;
	size_t wakes; /* how often the ring's descriptor woke the reader */
	bool last;    /* an exit with LS_F_LAST came */
	int truth_fd;
	bool truth_eof;
	char *truth;
	size_t truth_n;
	struct ls_session counters; /* at the end, before the session was forgotten */
};

/*
 * Runs `act(ctx)` as the opener of a new session, in the world's cgroup, and reads until the
 * session's last process is gone and `closes` close records came, or the actor said "unseen": this
 * host can't do what it was asked. act() never returns. Fails the test after the deadline
 * (lib/wait.h).
 */
void run__session(struct run *run, struct world *world, void (*act)(void *ctx), void *ctx,
		  size_t closes);
void run__free(struct run *run);

/* The n-th (from 0) event of this kind, or NULL. */
const struct event *run__event(const struct run *run, enum record_kind kind, size_t n);
size_t run__count(const struct run *run, enum record_kind kind);
/* The n-th value that the actor gave for this key, "" when it did not. Not the caller's to free. */
const char *run__truth(const struct run *run, const char *key, size_t n);
unsigned long long run__truth_u64(const struct run *run, const char *key, size_t n);
/* Whether `bytes` are what the actor gave in hex. */
bool run__truth_bytes(const struct run *run, const char *key, size_t n, const void *bytes,
		      size_t len);

/* Writes what came as a capture file (lockstep/wire.h): 0 or -errno. */
int run__capture(const struct run *run, const char *path);

/* The path of an actor of this build: beside the test's own program. */
const char *actor_path(const char *name);

#endif
