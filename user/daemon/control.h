/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_DAEMON_CONTROL_H
#define LOCKSTEP_DAEMON_CONTROL_H

#include <stddef.h>

#include "core/base/buf.h"
#include "core/serve/request.h"
#include "edge/socket.h"

/*
 * The control socket: takes requests (core/serve/request.h) and gives each to its handler; answers
 * leave in the order of the requests. A handler may answer later: until then the client's next
 * request waits.
 */
struct loop;
struct control;

/* One client's request. The handler fills `reply`, or keeps `ticket` for control__answer(). */
struct control_call {
	const struct request *request; /* borrowed for the call */
	struct socket_peer peer;
	int client_fd; /* for socket_peer_has_group() */
	int passed_fd; /* the descriptor that came along, -1: none. The handler's to close */
	uint64_t ticket;
};

enum control_result { CONTROL_ANSWERED, CONTROL_LATER };

struct control_opts {
	struct loop *loop;
	const char *path;
	unsigned int clients_max;
	enum control_result (*handle)(void *ctx, struct control_call *call, struct buf *reply);
	void *ctx;
};

int control__open(struct control **out, const struct control_opts *opts, char *why, size_t why_n);
void control__close(struct control *control); /* NULL is allowed */
/* The answer to a call that was CONTROL_LATER. The client may be gone: then nothing happens. */
void control__answer(struct control *control, uint64_t ticket, struct span reply);
/* Whether the client of a call that was CONTROL_LATER is still there, as far as was seen. */
bool control__waits(const struct control *control, uint64_t ticket);
void control__tick(struct control *control); /* every second: drops who says nothing */

#endif
