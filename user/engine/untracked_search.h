/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_UNTRACKED_SEARCH_H
#define LOCKSTEP_UNTRACKED_SEARCH_H

#include "core/session/collector.h"
#include "edge/probe/probe.h"

/*
 * Brings back the processes that a fork left outside of their session (edge/probe/search.h says
 * which can be found): when a program was skipped, when there was no room for a member, after a
 * restart. What they do from then on is recorded and, because nobody knows what they did before,
 * indeterminate.
 *
 * Each found process is a loss of its session by the kernel's count (LS_LOST_UNTRACKED): a record,
 * an alert, and the end of the session's claim to be compliant, when the books settle; and a host
 * record "untracked_process" here, which names it.
 *
 * The search also counts out whoever ended without a program that saw it, so that its session can
 * end: a loss of that session (collector__unseen_exit()) and a host record "unseen_exit", which
 * names it.
 */
struct untracked_search;

/* Both stay the caller's and outlive it. 0 or -ENOMEM. */
int untracked_search__new(struct untracked_search **out, struct probe *probe,
			  struct collector *collector);
void untracked_search__free(struct untracked_search *search); /* NULL is allowed */

/* Every finished record: a loss that can mean an untracked process asks for a search. */
void untracked_search__watch(struct untracked_search *search, const struct record *record);
/*
 * Asks for a search whatever was recorded: after a restart, in which counters may have been missed.
 */
void untracked_search__want(struct untracked_search *search);
/*
 * Searches, if one is wanted, and goes on wanting it until a pass over all tasks found nothing, or
 * not at all can be made (then a host record "search_failed" says why). Bounded: a few passes a
 * call.
 */
void untracked_search__look(struct untracked_search *search, uint64_t now_ns);

#endif
