/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "approve/plan_file.h"

#include <errno.h>
#include <stdlib.h>

#include "edge/lookup.h"
#include "edge/sha256.h"
#include "edge/ticket_file.h"

/* Hands the ticket and the profiles over to the plan, as plan_new() takes them. */
static int make_plan(struct ticket_file *ticket, struct plan **out, struct err *err)
{
	int ret = plan_new(ticket->ticket, ticket->profiles, ticket->profiles_n, out, err);

	ticket->ticket = NULL;
	ticket->profiles_n = 0;
	return ret;
}

static int hash_profiles(struct ticket_file *ticket)
{
	struct sha256 *sha256 = NULL;
	int ret = sha256__new(&sha256);

	for (size_t i = 0; !ret && i < ticket->profiles_n; i++)
		ret = sha256__bytes(sha256, NULL, 0, ticket->profile_bytes[i].p,
				    ticket->profile_bytes[i].n, ticket->profiles[i]->sha256);
	sha256__free(sha256);
	return ret;
}

int plan_file_check_profiles(struct ticket_file *ticket, struct err *err)
{
	int ret = hash_profiles(ticket);

	for (size_t i = 0; !ret && i < ticket->profiles_n; i++) {
		const char *pin = ticket_profile_pin(ticket->ticket, i),
			   *is = ticket->profiles[i]->sha256;

		if (pin && strcmp(pin, is) != 0)
			ret = err_set(err, -EINVAL, 0, 0,
				      "expected profile \"%s\" with sha256 %s, which the ticket "
				      "pins, got %s",
				      ticket->ticket->profiles.v[i], pin, is);
	}
	return ret;
}

/* Takes the profiles' bytes over. */
static int take_profiles(struct ticket_file *ticket, struct plan_file *out)
{
	out->profiles = calloc(ticket->profile_bytes_n + 1, sizeof(*out->profiles));
	if (!out->profiles)
		return -ENOMEM;
	while (out->profiles_n < ticket->profile_bytes_n) {
		const size_t i = out->profiles_n++;

		out->profiles[i].bytes = ticket->profile_bytes[i];
		ticket->profile_bytes[i] = (struct buf){ 0 };
		memcpy(out->profiles[i].sha256, ticket->profiles[i]->sha256,
		       sizeof(out->profiles[i].sha256));
	}
	return 0;
}

static int look_up(void *ctx, struct plan *plan)
{
	const struct lookup_ops ops = { .hash = sha256__fd, .ctx = ctx };

	return lookup_plan(plan, &ops);
}

static int make(const char *path, struct ticket_file *ticket, struct sha256 *sha256,
		int (*answer)(void *ctx, struct plan *plan), void *ctx, struct plan_file *out,
		struct refusal *why)
{
	struct err err = { 0 };
	int ret;

	*out = (struct plan_file){ 0 };
	ret = plan_file_check_profiles(ticket, &err);
	if (!ret)
		ret = take_profiles(ticket, out);
	if (!ret)
		ret = make_plan(ticket, &out->plan, &err);
	if (ret)
		goto out;
	out->bytes = ticket->bytes;
	ticket->bytes = (struct buf){ 0 };
	ret = sha256__bytes(sha256, NULL, 0, out->bytes.p, out->bytes.n, out->sha256);
	if (!ret)
		ret = answer(ctx, out->plan);
	if (!ret)
		ret = plan_compile(out->plan, &err);
out:
	if (ret) {
		refusal_whole(why, path, ret, err.message[0] ? err.message : strerror(-ret));
		plan_file_free(out);
	}
	return ret;
}

/* answer NULL: this host, as it is. */
static int make_with_digests(const char *path, struct ticket_file *ticket,
			     int (*answer)(void *ctx, struct plan *plan), void *ctx,
			     struct plan_file *out, struct refusal *why)
{
	struct sha256 *sha256;
	int ret = sha256__new(&sha256);

	if (ret) {
		*out = (struct plan_file){ 0 };
		refusal_whole(why, path, ret, strerror(-ret));
		return ret;
	}
	ret = make(path, ticket, sha256, answer ? answer : look_up, answer ? ctx : sha256, out,
		   why);
	sha256__free(sha256);
	return ret;
}

int plan_file_answer(const char *path, struct ticket_file *ticket,
		     int (*answer)(void *ctx, struct plan *plan), void *ctx, struct plan_file *out,
		     struct refusal *why)
{
	return make_with_digests(path, ticket, answer, ctx, out, why);
}

int plan_file_make(const char *path, struct ticket_file *ticket, struct plan_file *out,
		   struct refusal *why)
{
	return make_with_digests(path, ticket, NULL, NULL, out, why);
}

int plan_file_read(const char *path, const char *profiles_dir, unsigned int flags,
		   struct plan_file *out, struct refusal *why)
{
	struct ticket_file ticket;
	int ret;

	*out = (struct plan_file){ 0 };
	ret = ticket_file_read(path, profiles_dir, flags, &ticket, why);
	if (ret)
		return ret;
	ret = plan_file_make(path, &ticket, out, why);
	ticket_file_free(&ticket);
	return ret;
}

void plan_file_free(struct plan_file *file)
{
	plan_free(file->plan);
	buf_free(&file->bytes);
	while (file->profiles_n > 0)
		buf_free(&file->profiles[--file->profiles_n].bytes);
	free(file->profiles);
	*file = (struct plan_file){ 0 };
}
