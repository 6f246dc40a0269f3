/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_SELFTEST_H
#define LOCKSTEP_SELFTEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/buf.h"
#include "core/event/event.h"

/*
 * The acts of a canary process, and which of them came back as records. A hook is believed only
 * when an act that nothing but it reports was seen.
 */
enum selftest_act {
	SELFTEST_EXEC,
	SELFTEST_FORK, /* no record of its own: a child's exit comes back */
	SELFTEST_EXIT,
	SELFTEST_TCP_CONNECT,
	SELFTEST_TCP_CLOSE,
	SELFTEST_TCP_LISTEN,
	SELFTEST_UDP_CONNECT4,
	SELFTEST_UDP_CONNECT6,
	SELFTEST_UDP_SEND4,
	SELFTEST_UDP_SEND6,
	SELFTEST_BIND4,
	SELFTEST_BIND6,
	SELFTEST_UNIX_STREAM,
	SELFTEST_UNIX_DGRAM,
	SELFTEST_UNIX_SEND,
	SELFTEST_RAW_SOCKET,
	SELFTEST_PACKET_SOCKET,
	SELFTEST_WRITE,       /* a file opened for writing: SELFTEST_FILE */
	SELFTEST_FAILED_EXEC, /* of SELFTEST_MISSING, as nothing else fails */
	SELFTEST_ACTS,
};

/* In the abstract namespace; it connects and sends there, though nobody listens. */
#define SELFTEST_UNIX_NAME "lockstep-canary"

/*
 * Its own name, which it may write; and what is no program on any host, since /dev/null is no
 * directory.
 */
#define SELFTEST_FILE    "/proc/self/comm"
#define SELFTEST_MISSING "/dev/null/lockstep-canary"

/* What the canary says of itself. */
struct selftest {
	uint64_t programs;         /* those that are attached, as in struct kernel_facts */
	uint32_t session, tgid;    /* of the canary's first process */
	uint16_t tcp_port;         /* it connects to 127.0.0.1 */
	uint16_t udp_ports[2];     /* it connects and sends to, on 127.0.0.1 and ::1 */
	int errors[SELFTEST_ACTS]; /* 0: the act was done; else the errno why it was not */
	uint32_t seen;             /* bit n: act n came back */
};

enum selftest_state {
	SELFTEST_BLIND, /* done, and not seen */
	SELFTEST_SEEN,
	SELFTEST_UNTRIED,   /* it could not be done: nothing is known of its hook */
	SELFTEST_NO_FAMILY, /* the host has no IPv6, so there is nothing to see */
	SELFTEST_DENIED,    /* not even we may do it here, or the kernel was built without it */
	SELFTEST_NO_HOOK,   /* no program that could see it runs on this kernel (capability.h) */
};

const char *selftest_act_name(enum selftest_act act); /* "UDP connect (IPv4)" */
/* The hook (enum hook) that has to see the act on this host; -1: none can. */
int selftest_act_hook(const struct selftest *test, enum selftest_act act);
const char *selftest_state_name(enum selftest_state state);

/* Notes what the event proves. Events of other sessions prove nothing. */
void selftest_note(struct selftest *test, const struct event *event);
enum selftest_state selftest_state(const struct selftest *test, enum selftest_act act);
/* Whether no act is blind or untried. */
bool selftest_passed(const struct selftest *test);
/* "seen: exec, fork, ..." of a test that passed; else what is blind and by which hook: one line. */
void selftest_tell(const struct selftest *test, struct buf *out);

#endif
