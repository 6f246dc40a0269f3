/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "engine/loss_settler.h"

#include <errno.h>
#include <stdlib.h>

/*
 * A look asks each program of the kernel's for what it was kept from: not ten times a second, but
 * for an end.
 */
enum { MISSES_EVERY = 10 };

struct snapshot {
	uint32_t session;
	struct ls_session counters;
};

struct loss_settler {
	struct probe *probe;
	struct collector *collector;
	uint64_t at; /* ring position that has to be fed before the snapshots settle */
	uint64_t recursion_misses;
	unsigned int looks;
	size_t n;
	struct snapshot snapshots[LS_SESSIONS_MAX];
};

int loss_settler__new(struct loss_settler **out, struct probe *probe, struct collector *collector)
{
	*out = calloc(1, sizeof(**out));
	if (!*out)
		return -ENOMEM;
	(*out)->probe = probe;
	(*out)->collector = collector;
	return 0;
}

void loss_settler__free(struct loss_settler *settler)
{
	free(settler);
}

void loss_settler__look(struct loss_settler *settler, uint64_t released)
{
	uint32_t sessions[LS_SESSIONS_MAX];
	size_t used, size, n;
	bool ends = false;

	if (settler->n)
		return;
	n = collector__sessions(settler->collector, sessions, LS_SESSIONS_MAX);
	for (size_t i = 0; i < n && i < LS_SESSIONS_MAX; i++) {
		struct snapshot *snapshot = &settler->snapshots[settler->n];

		snapshot->session = sessions[i];
		if (probe__counters(settler->probe, sessions[i], &snapshot->counters))
			continue;
		ends |= snapshot->counters.members == 0;
		settler->n++;
	}
	if (settler->n && (ends || settler->looks++ % MISSES_EVERY == 0))
		settler->recursion_misses = probe__recursion_misses(settler->probe);
	probe__fill(settler->probe, &used, &size);
	settler->at = released + used;
}

bool loss_settler__settle(struct loss_settler *settler, uint64_t now_ns)
{
	size_t n = settler->n;

	if (n && probe__cursor(settler->probe) < settler->at)
		return true;
	settler->n = 0;
	for (size_t i = 0; i < n; i++) {
		const struct snapshot *snapshot = &settler->snapshots[i];

		collector__settle(settler->collector, snapshot->session, &snapshot->counters,
				  settler->recursion_misses, false, NULL, now_ns);
	}
	return false;
}

bool loss_settler__all_in(struct loss_settler *settler, uint32_t session)
{
	const struct session_info *info;
	struct reconciliation facts;
	struct loss_counts counts;
	struct ls_session kernel;

	if (probe__counters(settler->probe, session, &kernel) ||
	    !collector__session(settler->collector, session, &info, &facts, &counts))
		return true;
	return counts.emitted == kernel.emitted && counts.unexplained == 0 &&
	       (kernel.members || !kernel.sockets);
}

void loss_settler__finish(struct loss_settler *settler, uint32_t session, const char *why,
			  uint64_t now_ns)
{
	struct ls_session kernel;

	if (probe__counters(settler->probe, session, &kernel))
		return;
	collector__settle(settler->collector, session, &kernel,
			  probe__recursion_misses(settler->probe), true,
			  kernel.members ? why : NULL, now_ns);
}
