/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "edge/ticket_file.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "edge/fsutil.h"

typedef int (*parser)(const char *text, size_t n, struct ticket **out, struct errs *errs);

static const char *read_message(int ret)
{
	switch (ret) {
	case -E2BIG:
		return "expected at most 1048576 bytes, got more";
	case -EINVAL:
		return "expected a regular file, got something else";
	case -ELOOP:
		return "expected a file, got a symbolic link";
	default:
		return strerror(-ret);
	}
}

static int read_one(const char *path, unsigned int flags, parser parse, struct buf *bytes,
		    struct ticket **out, struct refusal *why)
{
	int ret;

	*out = NULL;
	refusal_begin(why, path);
	ret = fs_read(path, TICKET_BYTES_MAX, flags, bytes);
	if (ret)
		return refusal_whole(why, path, ret, read_message(ret));
	return parse(bytes->p, bytes->n, out, &why->errs);
}

static int read_profile(const char *dir, const char *name, struct buf *bytes, struct ticket **out,
			struct refusal *why)
{
	char path[PATH_MAX];
	int ret;

	*out = NULL;
	if (snprintf(path, sizeof(path), "%s/%s.yaml", dir, name) >= (int)sizeof(path))
		return refusal_whole(why, dir, -ENAMETOOLONG, strerror(ENAMETOOLONG));
	ret = read_one(path, 0, profile_parse, bytes, out, why);
	/* the name in the file is what records show: another one would name the wrong approval */
	if (!ret && strcmp((*out)->id, name) != 0) {
		ret = refusal_whole(
			why, path, -EINVAL,
			"expected the profile that the file is named after, got another");
		ticket_free(*out);
		*out = NULL;
	}
	return ret;
}

static int read_profiles(const char *dir, struct ticket_file *file, struct refusal *why)
{
	const struct strings *names = &file->ticket->profiles;
	int ret = 0;

	file->profiles = calloc(names->n + 1, sizeof(*file->profiles));
	file->profile_bytes = calloc(names->n + 1, sizeof(*file->profile_bytes));
	if (!file->profiles || !file->profile_bytes)
		return refusal_whole(why, dir, -ENOMEM, "out of memory");
	for (size_t i = 0; !ret && i < names->n; i++) {
		ret = read_profile(dir, names->v[i], &file->profile_bytes[file->profile_bytes_n++],
				   &file->profiles[i], why);
		file->profiles_n += !ret;
	}
	return ret;
}

int ticket_file_read(const char *path, const char *profiles_dir, unsigned int flags,
		     struct ticket_file *out, struct refusal *why)
{
	int ret;

	*out = (struct ticket_file){ 0 };
	ret = read_one(path, flags, ticket_parse, &out->bytes, &out->ticket, why);
	if (!ret)
		ret = read_profiles(profiles_dir, out, why);
	if (ret)
		ticket_file_free(out);
	return ret;
}

void ticket_file_free(struct ticket_file *file)
{
	for (size_t i = 0; i < file->profiles_n; i++)
		ticket_free(file->profiles[i]);
	free(file->profiles);
	while (file->profile_bytes_n > 0)
		buf_free(&file->profile_bytes[--file->profile_bytes_n]);
	free(file->profile_bytes);
	ticket_free(file->ticket);
	buf_free(&file->bytes);
	*file = (struct ticket_file){ 0 };
}
