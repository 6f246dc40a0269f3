/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_REQUEST_H
#define LOCKSTEP_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/base/id.h"
#include "core/serve/filter.h"

/*
 * What clients say to the daemon: one JSON object a line, parsed strictly. A repeated, unknown or
 * mistyped key, or one that the operation does not take, refuses the whole line.
 *
 * The control socket takes any number of requests and answers each with one line:
 *
 *     {"op":"session_start","ticket":"CHG-1","shell":true,"break_glass":false,
 *      "env":["NAME=VALUE",...],"operator":UID}  + a pidfd
 *     {"op":"session_self","operator":UID}  + the peer's own pidfd
 *     {"op":"session_list"}
 *     {"op":"session_show","session":"ID"}
 *     {"op":"session_end","session":"ID","kill":true}
 *     {"op":"status"}
 *     {"op":"ticket_revoke","ticket":"CHG-1"}
 *     {"op":"ticket_list","operator":UID}
 *     {"op":"alert_ack","of":SEQ,"note":"TEXT"}
 *
 * The answer to a start has "session":"ID" and "after":SEQ, from where the stream has all of it.
 * That to session_self has "session":"ID" of the session that the peer is in, or null; with
 * "operator", where that session is another operator's, it is an error that has it too. That to
 * ticket_list has "tickets":["ID",...]: those on which the operator could open a session here and
 * now, but for their signatures, which are not looked at.
 *
 * "operator" is for root, who speaks for the user that logs in: see request_may_speak(). Without it
 * the operator is the peer.
 *
 *     {"ok":true,...}  or  {"ok":false,"errors":["one line for a person",...]}
 *
 * The stream socket takes one line and answers with records (subscriber.h), or with one line of the
 * second form. "after" null, or absent, asks for what comes from now on:
 *
 *     {"v":1,"after":SEQ,"since":NANOSECONDS,"until":NANOSECONDS,"filter":{"session":"ID",
 *      "kind":"exec","verdict":"unapproved","alerts":true,"open":true}}
 *
 * "filter" has any of the names of filter_set(), each with one text.
 */
enum { REQUEST_BYTES_MAX = 256 << 10, REQUEST_ENV_MAX = 512, STREAM_VERSION = 1 };

enum request_op {
	REQUEST_NONE,
	REQUEST_SESSION_START,
	REQUEST_SESSION_LIST,
	REQUEST_SESSION_SHOW,
	REQUEST_SESSION_END,
	REQUEST_STATUS,
	REQUEST_TICKET_REVOKE,
	REQUEST_SESSION_SELF,
	REQUEST_TICKET_LIST,
	REQUEST_ALERT_ACK,
};

struct request {
	enum request_op op;
	char ticket[ID_ROOM];  /* session_start, ticket_revoke: passed id_valid() */
	char session[ID_ROOM]; /* session_show, session_end */
	bool shell;            /* session_start: the process will become the user's login shell */
	bool kill;             /* session_end */
	bool break_glass;      /* session_start: one signature is to do */
	bool on_behalf;        /* session_start, ticket_list, session_self: "operator" was given */
	uint32_t operator_uid; /* who that is; REQUEST_NO_OWNER without it */
	struct buf env;        /* session_start: NAME=VALUE, each ended by NUL */
	uint64_t of;           /* alert_ack: the alert's seq, not 0 */
	struct buf note;       /* alert_ack: passed ack_note_ok() */
};

/* 0 and *out to be freed with request_free(); -EINVAL with *err (column: where in the line);
 * -ENOMEM. */
int request_parse(struct span line, struct request *out, struct err *err);
void request_free(struct request *request);

/*
 * The default-deny table of operations: whether a peer with this uid may do it. `owner` is the uid
 * of the session's operator for what names a session, REQUEST_NO_OWNER where nobody is.
 */
#define REQUEST_NO_OWNER UINT32_MAX
bool request_allowed(enum request_op op, uint32_t peer, uint32_t owner);
/* Whether it may be done, besides by those, by who has the configured group: a responder. */
bool request_of_responders(enum request_op op);
/* Whether the peer may make this request as the operator that it names: root alone
 * may name one. */
bool request_may_speak(const struct request *request, uint32_t peer);
/* Whose request it is: the operator that is named, or the peer. */
uint32_t request_operator(const struct request *request, uint32_t peer);

struct subscribe {
	bool from_store; /* "after" or "since" was given: what the store has comes first */
	struct record_filter filter;
};

/* 0 and *out to be freed; -EINVAL with *err; -ENOMEM. */
int subscribe_parse(struct span line, struct subscribe *out, struct err *err);
/* The line that asks for it, appended to `out`: what subscribe_parse() reads back. */
void subscribe_line(const struct subscribe *subscribe, struct buf *out);
void subscribe_free(struct subscribe *subscribe);

#endif
