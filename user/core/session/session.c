/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/session/session.h"

#include <errno.h>
#include <stdlib.h>

#include "core/base/array.h"

static int copy_text(struct session *session, size_t i, const char **text)
{
	size_t n;

	if (!*text)
		return 0;
	n = strlen(*text) + 1;
	session->texts[i] = malloc(n);
	if (!session->texts[i])
		return -ENOMEM;
	memcpy(session->texts[i], *text, n);
	*text = session->texts[i];
	return 0;
}

static int copy_info(struct session *session, const struct open_opts *opts)
{
	struct session_info *info = &session->info;

	*info = opts->info;
	info->quiet = opts->quiet;
	if (copy_text(session, 0, &info->ticket) || copy_text(session, 1, &info->requester) ||
	    copy_text(session, 2, &info->operator_name) || copy_text(session, 3, &info->summary) ||
	    copy_text(session, 4, &info->approvers) || copy_text(session, 5, &info->approvals))
		return -ENOMEM;
	return record_session_text(info, &session->members);
}

int session__new(struct session **out, const struct open_opts *opts, int64_t boot_to_wall_ns)
{
	struct session *session = calloc(1, sizeof(*session));
	struct judge_opts judge = opts->judge;
	int ret = -ENOMEM;

	*out = NULL;
	if (!session) {
		plan_free(opts->plan);
		goto out;
	}
	session->plan = opts->plan; /* transferred */
	session->number = opts->session;
	judge.plan = opts->plan;
	if (!judge.boot_to_wall_ns)
		judge.boot_to_wall_ns = boot_to_wall_ns;
	ret = copy_info(session, opts);
	if (!ret)
		ret = judge__new(&session->judge, &judge);
	if (!ret)
		judge__set_clock(session->judge, boot_to_wall_ns);
	if (!ret)
		ret = loss_book__new(&session->book, opts->recursion_misses);
	if (ret)
		goto out;
	*out = session;
	session = NULL; /* transferred */
out:
	session__free(session);
	return ret;
}

void session__free(struct session *session)
{
	if (!session)
		return;
	judge__free(session->judge);
	loss_book__free(session->book);
	plan_free(session->plan);
	buf_free(&session->members);
	for (size_t i = 0; i < ARRAY_SIZE(session->texts); i++)
		free(session->texts[i]);
	free(session);
}

struct session *sessions__find(const struct sessions *sessions, uint32_t number)
{
	struct session *session = sessions->buckets[number % SESSION_BUCKETS];

	while (session && session->number != number)
		session = session->next;
	return session;
}

static uint64_t *filled_word(struct sessions *sessions, uint32_t number)
{
	return &sessions->filled[number % SESSION_BUCKETS / 64];
}

void sessions__add(struct sessions *sessions, struct session *session)
{
	struct session **bucket = &sessions->buckets[session->number % SESSION_BUCKETS];

	session->next = *bucket;
	*bucket = session;
	*filled_word(sessions, session->number) |= (uint64_t)1 << session->number % 64;
	sessions->n++;
}

void sessions__remove(struct sessions *sessions, uint32_t number)
{
	struct session **at = &sessions->buckets[number % SESSION_BUCKETS];
	struct session *session;

	while (*at && (*at)->number != number)
		at = &(*at)->next;
	session = *at;
	if (!session)
		return;
	*at = session->next;
	if (!sessions->buckets[number % SESSION_BUCKETS])
		*filled_word(sessions, number) &= ~((uint64_t)1 << number % 64);
	sessions->n--;
	session__free(session);
}

struct session *sessions__next(const struct sessions *sessions, const struct session *session)
{
	size_t i = session ? session->number % SESSION_BUCKETS + 1 : 0;

	if (session && session->next)
		return session->next;
	while (i < SESSION_BUCKETS) {
		uint64_t bits = sessions->filled[i / 64] >> i % 64;

		if (bits)
			return sessions->buckets[i + (size_t)__builtin_ctzll(bits)];
		i = (i / 64 + 1) * 64;
	}
	return NULL;
}
