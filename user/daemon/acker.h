/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_DAEMON_ACKER_H
#define LOCKSTEP_DAEMON_ACKER_H

#include "core/serve/open_alerts.h"
#include "daemon/control.h"

/*
 * Takes what responders note about alerts, and knows how many alerts are open. What takes its time,
 * the name service and reading the store, a thread of its own does with a connection of its own;
 * the record itself is made in the loop's thread, and the answer leaves once it is on the disk.
 *
 * At the start the same thread counts what the store has from before, in pieces between the
 * requests.
 */
struct record_row; /* row.h */
struct acker;
struct engine;
struct loop;

struct acker_opts {
	struct loop *loop;
	struct engine *engine;
	const char *store; /* path */
	/* What is behind it comes by acker__record(); up to it, the store has it. */
	uint64_t last_seq;
	/* The answer to a call, in the loop's thread. */
	void (*answer)(void *ctx, uint64_t ticket, struct span reply);
	/* One line for the log. */
	void (*say)(void *ctx, const char *line);
	void *ctx;
};

int acker__open(struct acker **out, const struct acker_opts *opts); /* 0 or -errno */
void acker__close(struct acker *acker);                             /* NULL is allowed */

/* Each record once, in its order, beginning behind opts.last_seq; and what the disk has. */
void acker__record(struct acker *acker, const struct record_row *row);
void acker__durable(struct acker *acker, uint64_t seq);
void acker__tick(
	struct acker *acker); /* every second: gives up on a disk that does not take an ack */

/*
 * Answers alert_ack. Whether the peer may answer for others was checked. CONTROL_LATER, or
 * CONTROL_ANSWERED when it is refused at once.
 */
enum control_result acker__submit(struct acker *acker, const struct control_call *call,
				  struct buf *reply);
/*
 * Adds "open_alerts":N of one session (null: not known) to a reply whose object is open, closes it
 * and answers. CONTROL_LATER with the reply copied; else CONTROL_ANSWERED, and the reply is whole.
 */
enum control_result acker__count(struct acker *acker, const struct control_call *call,
				 struct buf *reply);

/* What is open of all sessions; NULL until everything stored was counted, or where that failed. */
const struct open_alerts *acker__open_alerts(const struct acker *acker);

#endif
