/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_CANARY_H
#define LOCKSTEP_CANARY_H

#include "core/session/selftest.h"
#include "edge/probe/probe.h"

/*
 * A session of our own, for the self-test: a child process that does one of everything on the
 * loopback interface, execs this program with --version and ends. It runs in a cgroup made for it
 * below the one that the network hooks are attached to; nothing of it stays.
 */
#define CANARY_ACTS_MS 30000u     /* that the acts may take: a busy host is not a blind one */
#define CANARY_MS      2000u      /* what they get to come back, once they were done */
#define CANARY_SESSION UINT32_MAX /* its number, which no real session reaches */

struct canary {
	struct selftest test;
	char unplaced[160]; /* why the child ran in our own cgroup instead; "" when it did not */
	/* Its acts for which the ring had no room: what was not seen of them proves nothing. */
	uint64_t lost;
	uint64_t took_ns;
};

/*
 * Runs it on a probe that nobody reads yet; its records are taken out of the ring. 0 and *out,
 * whatever was seen (selftest_passed()); or -errno with one line in why[] when there was no canary.
 * Safe in a process that has threads.
 *
 * other: gets the records of other sessions, and then the ring is given back by its owner; NULL:
 * there are none.
 */
int canary_run(struct probe *probe, struct canary *out,
	       void (*other)(void *ctx, const void *record, size_t n), void *ctx, char *why,
	       size_t why_n);
/* One line: "seen: ...", or what is blind. */
void canary_tell(const struct canary *canary, struct buf *out);

#endif
