/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_DAEMON_SESSIONS_H
#define LOCKSTEP_DAEMON_SESSIONS_H

#include <stdint.h>
#include <sys/types.h>

#include "core/base/buf.h"

/*
 * Questions about sessions: the open ones from the collector, those that are over from the store.
 */
struct engine;
struct session_info;

/* The number of an open session, 0: it is not open. */
uint32_t sessions_find(struct engine *engine, const char *id);
/* uid of the session's operator, open or over; REQUEST_NO_OWNER: there is no such session. */
uint32_t sessions_owner(struct engine *engine, const char *id);

/* Ends every open session on the ticket: it was revoked. How many there were. */
unsigned int sessions_revoke(struct engine *engine, const char *ticket);

/*
 * The one that a living process is in, borrowed until the next question; NULL where it is in none
 * that is open and was not ended.
 */
const struct session_info *sessions_of(struct engine *engine, pid_t pid);
/* "sessions":[...] of those that the peer may see: root all, everybody else the own. */
void sessions_list(struct engine *engine, uid_t peer, struct buf *out);
/* "session":{...,"steps":[...]} of an open one; "start":{record},"end":{record} of one that is
 * over. */
int sessions_show(struct engine *engine, const char *id, struct buf *out);
/* Sums over the open sessions and what the engine counts. */
void sessions_status(struct engine *engine, struct buf *out);

/* Kills every process that the session has, round by round; how many were sent the signal. */
unsigned int sessions_kill(struct engine *engine, uint32_t number, unsigned int *left);

#endif
