/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_LOSS_SETTLER_H
#define LOCKSTEP_LOSS_SETTLER_H

#include "core/session/collector.h"
#include "edge/probe/probe.h"

/*
 * Holds the collector's books against the kernel's counters. The counters are read first and settle
 * when the ring's records of before have been fed, so that a record on its way is not taken for a
 * lost one, however busy the ring is.
 */
struct loss_settler;

/* Both stay the caller's and outlive it. 0 or -ENOMEM. */
int loss_settler__new(struct loss_settler **out, struct probe *probe, struct collector *collector);
void loss_settler__free(struct loss_settler *settler); /* NULL is allowed */

/* Reads every session's counters, unless some wait already; `released`: where the ring's consumer
 * is. */
void loss_settler__look(struct loss_settler *settler, uint64_t released);
/* Settles them if what was in the ring then has been fed. True: they wait still. */
bool loss_settler__settle(struct loss_settler *settler, uint64_t now_ns);
/* Whether every record that the kernel emitted for the session has come or is known to be lost. */
bool loss_settler__all_in(struct loss_settler *settler, uint32_t session);
/* Ends the session whatever is missing; `why` is for one that has processes still. */
void loss_settler__finish(struct loss_settler *settler, uint32_t session, const char *why,
			  uint64_t now_ns);

#endif
