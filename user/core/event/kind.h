/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_KIND_H
#define LOCKSTEP_KIND_H

#include <stdbool.h>

#include "core/base/span.h"
#include "lockstep/wire.h"

/*
 * The kinds of records, in the order in which people are shown them: constant, name in the line,
 * the kernel's record that it is made of (0: none), class of OCSF (NONE: at most a finding), flags.
 *
 * KIND_PLACE: it names the address that `--destination` looks at.
 * KIND_LATE: it is made in any context, so of the process only what the socket remembers is known.
 */
#define EVENT_KINDS(X)                                                                             \
	X(EXEC, "exec", LS_REC_EXEC, PROCESS, 0)                                                   \
	X(EXIT, "exit", LS_REC_EXIT, PROCESS, 0)                                                   \
	X(CONNECT, "connect", LS_REC_CONNECT, NETWORK, KIND_PLACE)                                 \
	X(CLOSE, "close", LS_REC_CLOSE, NETWORK, KIND_LATE)                                        \
	X(SEND, "send", LS_REC_SEND, NETWORK, KIND_PLACE)                                          \
	X(BIND, "bind", LS_REC_BIND, NETWORK, KIND_PLACE)                                          \
	X(LISTEN, "listen", LS_REC_LISTEN, NETWORK, KIND_PLACE)                                    \
	X(ACCEPT, "accept", LS_REC_ACCEPT, NETWORK, KIND_PLACE | KIND_LATE)                        \
	X(UNIX, "unix_connect", LS_REC_UNIX, NETWORK, KIND_PLACE)                                  \
	X(SOCKET, "socket", LS_REC_SOCKET, NETWORK, 0)                                             \
	X(WRITE, "write", LS_REC_WRITE, NONE, 0)                                                   \
	X(EXEC_FAILED, "exec_failed", LS_REC_EXEC_FAILED, PROCESS, 0)

#define RECORD_KINDS(X)                                                                            \
	X(SESSION_START, "session_start", 0, NONE, 0)                                              \
	EVENT_KINDS(X)                                                                             \
	X(LOSS, "loss", 0, NONE, 0)                                                                \
	X(HEARTBEAT, "heartbeat", 0, NONE, 0)                                                      \
	X(HOST, "host", 0, NONE, 0)                                                                \
	X(ACK, "ack", 0, NONE, 0)                                                                  \
	X(SESSION_END, "session_end", 0, NONE, 0)

enum { KIND_PLACE = 1, KIND_LATE = 2 };
enum kind_class { KIND_CLASS_NONE, KIND_CLASS_PROCESS, KIND_CLASS_NETWORK };

/* RECORD_NONE: no such kind. */
enum record_kind {
	RECORD_NONE,
#define X(constant, name, wire, class, flags) RECORD_##constant,
	RECORD_KINDS(X)
#undef X
};
enum { RECORD_KINDS_N = RECORD_SESSION_END + 1 };

const char *record_kind_name(enum record_kind kind); /* NULL for RECORD_NONE */
enum record_kind record_kind_named(struct span name);
enum record_kind record_kind_of_wire(unsigned int type);
/* Whether the kernel reports it: an act, or what became of one. */
bool record_kind_is_event(enum record_kind kind);
bool record_kind_has(enum record_kind kind, unsigned int flags); /* KIND_* */
enum kind_class record_kind_class(enum record_kind kind);

#endif
