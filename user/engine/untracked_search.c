/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "engine/untracked_search.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	PASSES = 8,    /* in one look; what is left then is found in the next */
	NAMED_MAX = 64 /* of one look that have a record of their own */
};

struct untracked_search {
	struct probe *probe;
	struct collector *collector;
	bool wanted;
	bool again; /* the pass at hand was not the last: something was found, or is not decided */
	size_t found; /* in the look at hand */
	uint64_t now_ns;
};

int untracked_search__new(struct untracked_search **out, struct probe *probe,
			  struct collector *collector)
{
	*out = calloc(1, sizeof(**out));
	if (!*out)
		return -ENOMEM;
	(*out)->probe = probe;
	(*out)->collector = collector;
	return 0;
}

void untracked_search__free(struct untracked_search *search)
{
	free(search);
}

void untracked_search__want(struct untracked_search *search)
{
	search->wanted = true;
}

void untracked_search__watch(struct untracked_search *search, const struct record *record)
{
	if (record->kind == RECORD_LOSS && (!strcmp(record->loss.reason, "recursion") ||
					    !strcmp(record->loss.reason, "member_full")))
		search->wanted = true;
}

static void tell(struct untracked_search *search, const struct ls_found *found)
{
	const struct session_info *info;
	struct reconciliation facts;
	struct loss_counts counts;
	char text[200], why[80] = "it is tracked from now on";

	if (found->error)
		snprintf(why, sizeof(why), "it can't be tracked: %s", strerror(-found->error));
	collector__session(search->collector, found->session, &info, &facts, &counts);
	snprintf(text, sizeof(text), "process %u, a child of %u, ran outside of its session %s; %s",
		 found->tgid, found->ppid, info ? info->id : "(which has ended)", why);
	collector__host(search->collector, "untracked_process", text, search->now_ns);
}

static void tell_gone(struct untracked_search *search, const struct ls_found *found)
{
	const struct session_info *info;
	struct reconciliation facts;
	struct loss_counts counts;
	char text[160];

	collector__unseen_exit(search->collector, found->session, search->now_ns);
	if (search->found++ >= NAMED_MAX)
		return;
	collector__session(search->collector, found->session, &info, &facts, &counts);
	snprintf(
		text, sizeof(text),
		"process %u of session %s has ended, and no program saw how: it is counted out now",
		found->tgid, info ? info->id : "(which has ended)");
	collector__host(search->collector, "unseen_exit", text, search->now_ns);
}

static void on_found(void *ctx, const struct ls_found *found)
{
	struct untracked_search *search = ctx;

	search->again |= found->error >= 0 || found->error == -EAGAIN;
	if (found->error == -EAGAIN)
		return;
	if (found->error == LS_FOUND_GONE)
		tell_gone(search, found);
	else if (search->found++ < NAMED_MAX)
		tell(search, found);
}

static void tell_rest(const struct untracked_search *search)
{
	char text[120];

	if (search->found <= NAMED_MAX)
		return;
	snprintf(text, sizeof(text),
		 "%zu more processes ran outside of their sessions, or ended unseen",
		 search->found - NAMED_MAX);
	collector__host(search->collector, "untracked_process", text, search->now_ns);
}

void untracked_search__look(struct untracked_search *search, uint64_t now_ns)
{
	int ret = 0;

	if (!search->wanted)
		return;
	search->found = 0;
	search->now_ns = now_ns;
	for (int i = 0; i < PASSES && search->wanted && !ret; i++) {
		search->again = false;
		ret = probe__search(search->probe, on_found, search);
		search->wanted = search->again || ret == -ENOSPC;
	}
	tell_rest(search);
	if (ret && ret != -ENOSPC)
		collector__host(search->collector, "search_failed", strerror(-ret), now_ns);
}
