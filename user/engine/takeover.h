/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_TAKEOVER_H
#define LOCKSTEP_TAKEOVER_H

#include "core/plan/plan.h"
#include "core/session/collector.h"
#include "edge/probe/probe.h"

/*
 * The composition by which a session outlives the daemon: what store and kernel still know of the
 * sessions that an earlier process left open is given to a new collector.
 */
struct store;
struct plan_text;

struct takeover_opts {
	struct probe *probe;
	struct store *store;
	struct collector *collector;
	const char *boot; /* of now */
	uint64_t now_ns;
	/* Opens a session of this number, of which the store has nothing. */
	int (*adopt)(void *ctx, uint32_t number);
	void (*trouble)(void *ctx, const char *line);
	void *ctx;
};

struct takeover {
	unsigned int resumed; /* they go on */
	unsigned int closed;  /* their end is recorded: another boot, or programs that are gone */
	unsigned int adopted;
	uint32_t highest; /* number in use; 0: none */
};

/* 0, *out; or -errno: the store can't be read. While it runs ended() must not touch the kernel. */
int takeover_run(const struct takeover_opts *opts, struct takeover *out);

/* Puts down what takeover_run() needs of a session that is being opened. 0 or -errno. */
int takeover_note(struct store *store, const struct open_opts *session, const char *boot,
		  const struct plan_text *profiles, size_t profiles_n);
/* Likewise that it was ended by command. */
void takeover_note_end(struct store *store, const char *session, const char *why, uint64_t ts_ns);

#endif
