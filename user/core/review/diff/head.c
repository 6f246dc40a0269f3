/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/review/diff/part.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/timestamp.h"
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

static void join(const struct strings *strings, const char *none, struct buf *out)
{
	for (size_t i = 0; i < strings->n; i++)
		buf_addf(out, "%s%s", i ? ", " : "", strings->v[i]);
	if (strings->n == 0)
		buf_adds(out, none);
}

static int tell_lists(const struct head *head, const char *key, const char *none,
		      const struct strings *has, const struct strings *had)
{
	struct buf is = { 0 }, was = { 0 };
	int ret;

	join(has, none, &is);
	join(had, none, &was);
	ret = is.failed || was.failed ? -ENOMEM : 0;
	if (!ret)
		tell(head, key, buf_span(&is), buf_span(&was));
	buf_free(&is);
	buf_free(&was);
	return ret;
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

static int diff_hosts(const struct head *head)
{
	const struct ticket *was = head->was->ticket, *is = head->is->ticket;
	bool more = was->hosts.n > 0 && is->hosts.n == 0;

	for (size_t i = 0; i < is->hosts.n && was->hosts.n > 0; i++)
		more = more || !host_within(was, is->hosts.v[i]);
	return more ? tell_lists(head, "hosts", "any", &is->hosts, &was->hosts) : 0;
}

static int diff_strings(const struct head *head, const char *key, const struct strings *is,
			const struct strings *was)
{
	bool more = false;

	for (size_t i = 0; i < is->n; i++)
		more = more || !strings_have(was, is->v[i]);
	return more ? tell_lists(head, key, "none", is, was) : 0;
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

static int diff_profiles(const struct head *head, const struct ticket *is, const struct ticket *was)
{
	bool more = false;

	for (size_t i = 0; i < is->profiles.n; i++)
		more = more || !profile_within(was, is, i);
	return more ? tell_lists(head, "profiles", "none", &is->profile_texts, &was->profile_texts) : 0;
}

static void format_window(const struct ticket *ticket, char out[2 * TIMESTAMP_SIZE + 4])
{
	char from[TIMESTAMP_SIZE], until[TIMESTAMP_SIZE];

	timestamp_format(ticket->from_ns, from);
	timestamp_format(ticket->until_ns, until);
	snprintf(out, 2 * TIMESTAMP_SIZE + 4, "%.19sZ to %.19sZ", from, until);
}

static void diff_window(const struct head *head)
{
	const struct ticket *was = head->was->ticket, *is = head->is->ticket;
	char has[2 * TIMESTAMP_SIZE + 4], had[2 * TIMESTAMP_SIZE + 4];

	if (is->from_ns >= was->from_ns && is->until_ns <= was->until_ns)
		return;
	format_window(is, has);
	format_window(was, had);
	tell(head, "window", span_of(has), span_of(had));
}

static void diff_approvals(const struct head *head)
{
	const struct ticket *was = head->was->ticket, *is = head->is->ticket;
	char has[16], had[16];

	if (is->approvals < was->approvals) {
		snprintf(has, sizeof(has), "%u", is->approvals);
		snprintf(had, sizeof(had), "%u", was->approvals);
		tell(head, "approvals", span_of(has), span_of(had));
	}
	if (is->order == ORDER_ANY && was->order == ORDER_STRICT)
		tell(head, "order", span_of("any"), span_of("strict"));
}

/* Who asked for a ticket can't approve it: another requester, and the first one may. */
static void diff_requester(const struct head *head)
{
	const char *was = head->was->ticket->requester, *is = head->is->ticket->requester;

	if (!was || (is && strcmp(was, is) == 0))
		return;
	tell(head, "requester", span_of(is ? is : "none"), span_of(was));
}

static int diff_allow_connect(const struct head *head)
{
	const struct plan *was = head->was, *is = head->is;
	const struct dests **lists = calloc(was->allow_n + 1, sizeof(struct dests *));

	if (!lists)
		return -ENOMEM;
	for (size_t i = 0; i < was->allow_n; i++)
		lists[i] = &was->allow[i];
	for (size_t i = 0; i < is->allow_n; i++) {
		const struct dest *dest = step_compare_dest(lists, was->allow_n, &is->allow[i]);

		if (dest)
			tell(head, "allow connect", span_of(dest->text), (struct span){ 0 });
	}
	free(lists);
	return 0;
}

static int diff_allow_write(const struct head *head)
{
	const struct word *word;
	int ret = 0;

	for (size_t i = 0; i < head->is->allow_n && !ret; i++) {
		ret = step_compare_pattern(head->was->allow_write, head->was->allow_n,
				    head->is->allow_write[i], &word);
		if (!ret && word)
			tell(head, "allow write", span_of(word->text), (struct span){ 0 });
	}
	return ret;
}

int ticket_diff_head(const struct plan *was, const struct plan *is, ticket_diff_tell told,
		     void *ctx)
{
	const struct head head = { was, is, told, ctx };
	int ret;

	diff_requester(&head);
	ret = diff_strings(&head, "operators", &is->ticket->operators, &was->ticket->operators);
	if (!ret)
		ret = diff_hosts(&head);
	if (ret)
		return ret;
	diff_window(&head);
	diff_approvals(&head);
	ret = diff_profiles(&head, is->ticket, was->ticket);
	if (!ret)
		ret = diff_allow_connect(&head);
	return ret ? ret : diff_allow_write(&head);
}
