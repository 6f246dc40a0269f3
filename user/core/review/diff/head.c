/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/review/diff/part.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/review/diff/step_compare.h"

struct head {
	const struct plan *was, *is;
	ticket_diff_tell tell;
	void *ctx;
};

static void tell(const struct head *head, const char *key, struct span has, struct span had)
{
	const struct ticket_difference difference = { .key = key, .has = has, .had = had };

	head->tell(head->ctx, &difference);
}

/*
 * A pattern of host names within others: where their stars and question marks take the pattern's
 * own characters as text, they take whatever those stand for; but a ? does not take all that a *
 * stands for.
 */
static bool host_within(const struct ticket *was, const char *host)
{
	if (strings_have(&was->hosts, host))
		return true;
	for (size_t i = 0; i < was->hosts.n; i++) {
		char *one[] = { was->hosts.v[i] };
		const struct ticket only = { .hosts = { one, 1 } };

		if (strchr(host, '*') && strchr(one[0], '?'))
			continue;
		if (ticket_names_host(&only, host))
			return true;
	}
	return false;
}

static bool more_hosts(const struct ticket *was, const struct ticket *is)
{
	bool more = was->hosts.n > 0 && is->hosts.n == 0;

	for (size_t i = 0; i < is->hosts.n && was->hosts.n > 0; i++)
		more = more || !host_within(was, is->hosts.v[i]);
	return more;
}

/* One that was pinned, and is not, or to other bytes, is more; one that is pinned now is not. */
static bool profile_within(const struct ticket *was, const struct ticket *is, size_t i)
{
	for (size_t k = 0; k < was->profiles.n; k++) {
		const char *had = ticket_profile_pin(was, k), *has = ticket_profile_pin(is, i);

		if (strcmp(was->profiles.v[k], is->profiles.v[i]) == 0)
			return !had || (has && strcmp(had, has) == 0);
	}
	return false;
}

static bool more_head(enum ticket_key key, const struct ticket *was, const struct ticket *is)
{
	bool more = false;

	switch (key) {
	case TICKET_REQUESTER:
		/* who asked for a ticket can't approve it: another requester, and the first may */
		return was->requester &&
		       !(is->requester && strcmp(was->requester, is->requester) == 0);
	case TICKET_OPERATORS:
		for (size_t i = 0; i < is->operators.n; i++)
			more = more || !strings_have(&was->operators, is->operators.v[i]);
		return more;
	case TICKET_HOSTS:
		return more_hosts(was, is);
	case TICKET_WINDOW:
		return is->from_ns < was->from_ns || is->until_ns > was->until_ns;
	case TICKET_APPROVALS:
		return is->approvals < was->approvals;
	case TICKET_ORDER:
		return is->order == ORDER_ANY && was->order == ORDER_STRICT;
	case TICKET_PROFILES:
		for (size_t i = 0; i < is->profiles.n; i++)
			more = more || !profile_within(was, is, i);
		return more;
	case TICKET_VERSION: /* these allow nothing */
	case TICKET_ID:
	case TICKET_SUMMARY:
	case TICKET_MODE:
	case TICKET_PATH:  /* what it leads to is what the steps' commands are compared by */
	case TICKET_STEPS: /* compared by itself */
	case TICKET_ALLOW:
	case TICKET_KEYS_N:
		break;
	}
	return false;
}

static int tell_head(const struct head *head, enum ticket_key number)
{
	const struct key *key = &ticket_keys[number];
	const char *absent = number == TICKET_HOSTS ? "any" : "none";
	struct buf has = { 0 }, had = { 0 };
	int ret;

	value_show(key, head->is->ticket, &has);
	value_show(key, head->was->ticket, &had);
	ret = has.failed || had.failed ? -ENOMEM : 0;
	if (!ret)
		tell(head, key->name, has.n ? buf_span(&has) : span_of(absent),
		     had.n ? buf_span(&had) : span_of(absent));
	buf_free(&has);
	buf_free(&had);
	return ret;
}

static int diff_allow(const struct head *head)
{
	const struct plan *was = head->was, *is = head->is;
	const struct dests *lists[PLAN_SOURCES_MAX];
	const struct word *word = NULL;
	int ret = 0;

	for (size_t i = 0; i < was->allow_n; i++)
		lists[i] = &was->allow[i];
	for (size_t i = 0; i < is->allow_n; i++) {
		const struct dest *dest = step_compare_dest(lists, was->allow_n, &is->allow[i]);

		if (dest)
			tell(head, "allow connect", span_of(dest->text), (struct span){ 0 });
	}
	for (size_t i = 0; i < is->allow_n && !ret; i++) {
		ret = step_compare_pattern(was->allow_write, was->allow_n, is->allow_write[i],
					   &word);
		if (!ret && word)
			tell(head, "allow write", span_of(word->text), (struct span){ 0 });
	}
	return ret;
}

int ticket_diff_head(const struct plan *was, const struct plan *is, ticket_diff_tell told,
		     void *ctx)
{
	const struct head head = { was, is, told, ctx };
	int ret = 0;

	for (unsigned int key = 0; key < TICKET_KEYS_N && !ret; key++) {
		if (more_head((enum ticket_key)key, was->ticket, is->ticket))
			ret = tell_head(&head, (enum ticket_key)key);
	}
	return ret ? ret : diff_allow(&head);
}
