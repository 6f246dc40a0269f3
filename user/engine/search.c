/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "engine/search.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	PASSES = 8,    /* in one look; what is left then is found in the next */
	NAMED_MAX = 64 /* of one look that have a record of their own */
};

struct searcher {
	struct probe *probe;
	struct collector *collector;
	bool wanted;
	bool again; /* the pass at hand was not the last: something was found, or is not decided */
	size_t found; /* in the look at hand */
	uint64_t now_ns;
};

int searcher__new(struct searcher **out, struct probe *probe, struct collector *collector)
{
	*out = calloc(1, sizeof(**out));
	if (!*out)
		return -ENOMEM;
	(*out)->probe = probe;
	(*out)->collector = collector;
	return 0;
}

void searcher__free(struct searcher *searcher)
{
	free(searcher);
}

void searcher__want(struct searcher *searcher)
{
	searcher->wanted = true;
}

void searcher__heed(struct searcher *searcher, const struct record *record)
{
	if (record->kind == RECORD_LOSS && (!strcmp(record->loss.reason, "recursion") ||
					    !strcmp(record->loss.reason, "member_full")))
		searcher->wanted = true;
}

static void tell(struct searcher *searcher, const struct ls_found *found)
{
	const struct session_info *info;
	struct reconciliation facts;
	struct loss_counts counts;
	char text[200], why[80] = "it is tracked from now on";

	if (found->error)
		snprintf(why, sizeof(why), "it can't be tracked: %s", strerror(-found->error));
	collector__session(searcher->collector, found->session, &info, &facts, &counts);
	snprintf(text, sizeof(text), "process %u, a child of %u, ran outside of its session %s; %s",
		 found->tgid, found->ppid, info ? info->id : "(which has ended)", why);
	collector__host(searcher->collector, "untracked_process", text, searcher->now_ns);
}

static void tell_gone(struct searcher *searcher, const struct ls_found *found)
{
	const struct session_info *info;
	struct reconciliation facts;
	struct loss_counts counts;
	char text[160];

	collector__unseen_exit(searcher->collector, found->session, searcher->now_ns);
	if (searcher->found++ >= NAMED_MAX)
		return;
	collector__session(searcher->collector, found->session, &info, &facts, &counts);
	snprintf(
		text, sizeof(text),
		"process %u of session %s has ended, and no program saw how: it is counted out now",
		found->tgid, info ? info->id : "(which has ended)");
	collector__host(searcher->collector, "unseen_exit", text, searcher->now_ns);
}

static void on_found(void *ctx, const struct ls_found *found)
{
	struct searcher *searcher = ctx;

	searcher->again |= found->error >= 0 || found->error == -EAGAIN;
	if (found->error == -EAGAIN)
		return;
	if (found->error == LS_FOUND_GONE)
		tell_gone(searcher, found);
	else if (searcher->found++ < NAMED_MAX)
		tell(searcher, found);
}

static void tell_rest(const struct searcher *searcher)
{
	char text[120];

	if (searcher->found <= NAMED_MAX)
		return;
	snprintf(text, sizeof(text),
		 "%zu more processes ran outside of their sessions, or ended unseen",
		 searcher->found - NAMED_MAX);
	collector__host(searcher->collector, "untracked_process", text, searcher->now_ns);
}

void searcher__look(struct searcher *searcher, uint64_t now_ns)
{
	int ret = 0;

	if (!searcher->wanted)
		return;
	searcher->found = 0;
	searcher->now_ns = now_ns;
	for (int i = 0; i < PASSES && searcher->wanted && !ret; i++) {
		searcher->again = false;
		ret = probe__search(searcher->probe, on_found, searcher);
		searcher->wanted = searcher->again || ret == -ENOSPC;
	}
	tell_rest(searcher);
	if (ret && ret != -ENOSPC)
		collector__host(searcher->collector, "search_failed", strerror(-ret), now_ns);
}
