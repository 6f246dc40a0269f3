/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_DAEMON_STREAM_H
#define LOCKSTEP_DAEMON_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/base/span.h"

/*
 * The stream socket: who subscribes, to what, and what they are sent. Nobody is waited for
 * (core/serve/subscriber.h), and reading the store for one is cut into pieces, one a turn of the
 * loop.
 */
struct record_row; /* row.h */
struct loop;
struct open_alerts;
struct record;
struct socket_peer;
struct store;
struct stream;

struct stream_opts {
	struct loop *loop;
	struct store *store;
	const char *path;
	gid_t group; /* may read everything, as root may; (gid_t)-1: nobody else */
	unsigned int clients_max;
	size_t bound;      /* bytes queued for one slow reader */
	uint64_t last_seq; /* of the last record that was emitted before this */
	/* uid of a session's operator, REQUEST_NO_OWNER where the session is unknown */
	uint32_t (*owner)(void *ctx, const char *session);
	/* what is acknowledged; NULL as long as that is not known */
	const struct open_alerts *(*open)(void *ctx);
	void *ctx;
};

int stream__open(struct stream **out, const struct stream_opts *opts, char *why, size_t why_n);
void stream__close(
	struct stream *stream); /* writes what each reader takes at once. NULL is allowed */
/* After a reload: for those who come from now on. */
void stream__set_group(struct stream *stream, gid_t group);

/* Whether the peer may read every session, and so answer for them: root, or with the group. */
bool stream__reads_all(const struct stream *stream, int fd, const struct socket_peer *peer);

void stream__record(struct stream *stream, const struct record_row *row);
void stream__durable(struct stream *stream, uint64_t seq);
/*
 * Once a turn of the loop: reads a piece of the store for those who catch up, writes what is
 * queued. True: there is more to do at once.
 */
bool stream__turn(struct stream *stream);
/* Every second: drops who said nothing for too long. */
void stream__tick(struct stream *stream);

unsigned int stream__clients(const struct stream *stream);
uint64_t stream__missed(
	const struct stream *stream); /* lines that slow readers missed, since the start */

#endif
