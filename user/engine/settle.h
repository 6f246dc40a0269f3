/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_SETTLE_H
#define LOCKSTEP_SETTLE_H

#include "core/session/collector.h"
#include "edge/probe/probe.h"

/*
 * Holds the collector's books against the kernel's counters. The counters are read first and settle
 * when the ring's records of before have been fed, so that a record on its way is not taken for a
 * lost one, however busy the ring is.
 */
struct settler;

/* Both stay the caller's and outlive it. 0 or -ENOMEM. */
int settler__new(struct settler **out, struct probe *probe, struct collector *collector);
void settler__free(struct settler *settler); /* NULL is allowed */

/* Reads every session's counters, unless some wait already; `released`: where the ring's consumer
 * is. */
void settler__look(struct settler *settler, uint64_t released);
/* Settles them if what was in the ring then has been fed. True: they wait still. */
bool settler__settle(struct settler *settler, uint64_t now_ns);
/* Whether every record that the kernel emitted for the session has come or is known to be lost. */
bool settler__all_in(struct settler *settler, uint32_t session);
/* Ends the session whatever is missing; `why` is for one that has processes still. */
void settler__finish(struct settler *settler, uint32_t session, const char *why, uint64_t now_ns);

#endif
