/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "ticket_file.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "fsutil.h"
#include "text.h"

typedef int (*parser)(const char *text, size_t n, struct ticket **out, struct err *err);

/* The file's name may be an operator's word, so it is shown with care too. */
static void explain(const char *path, const struct err *err, const char *message, char *why,
		    size_t why_n)
{
	struct buf shown = { 0 };

	text_show(&shown, span_of(path), 0);
	buf_addc(&shown, 0);
	if (err && err->line)
		snprintf(why, why_n, "%s:%u:%u: %s", shown.failed ? "?" : shown.p, err->line,
			 err->column, message);
	else
		snprintf(why, why_n, "%s: %s", shown.failed ? "?" : shown.p, message);
	buf_free(&shown);
}

static const char *read_message(int ret)
{
	switch (ret) {
	case -E2BIG:
		return "expected at most 1048576 bytes, came more";
	case -EINVAL:
		return "expected a regular file, came something else";
	case -ELOOP:
		return "expected a file, came a symbolic link";
	default:
		return strerror(-ret);
	}
}

static int read_one(const char *path, unsigned int flags, parser parse, struct buf *bytes,
		    struct ticket **out, char *why, size_t why_n)
{
	struct err err = { 0 };
	int ret;

	*out = NULL;
	ret = fs_read(path, TICKET_BYTES_MAX, flags, bytes);
	if (ret) {
		explain(path, NULL, read_message(ret), why, why_n);
		return ret;
	}
	ret = parse(bytes->p, bytes->n, out, &err);
	if (ret)
		explain(path, &err, err.message, why, why_n);
	return ret;
}

static int read_profile(const char *dir, const char *name, struct buf *bytes, struct ticket **out,
			char *why, size_t why_n)
{
	char path[PATH_MAX];
	int ret;

	*out = NULL;
	if (snprintf(path, sizeof(path), "%s/%s.yaml", dir, name) >= (int)sizeof(path)) {
		explain(dir, NULL, strerror(ENAMETOOLONG), why, why_n);
		return -ENAMETOOLONG;
	}
	ret = read_one(path, 0, profile_parse, bytes, out, why, why_n);
	/* the name in the file is what records show: another one would name the wrong approval */
	if (!ret && strcmp((*out)->id, name) != 0) {
		explain(path, NULL,
			"expected the profile that the file is named after, came another", why,
			why_n);
		ticket_free(*out);
		*out = NULL;
		ret = -EINVAL;
	}
	return ret;
}

static int read_profiles(const char *dir, struct ticket_file *file, char *why, size_t why_n)
{
	const struct strings *names = &file->ticket->profiles;
	int ret = 0;

	file->profiles = calloc(names->n + 1, sizeof(*file->profiles));
	file->profile_bytes = calloc(names->n + 1, sizeof(*file->profile_bytes));
	if (!file->profiles || !file->profile_bytes) {
		snprintf(why, why_n, "out of memory");
		return -ENOMEM;
	}
	for (size_t i = 0; !ret && i < names->n; i++) {
		ret = read_profile(dir, names->v[i], &file->profile_bytes[file->profile_bytes_n++],
				   &file->profiles[i], why, why_n);
		if (ret)
			break;
		ret = ticket_add_path(file->ticket, file->profiles[file->profiles_n++]);
		if (ret)
			snprintf(why, why_n, "out of memory");
	}
	return ret;
}

int ticket_file_read(const char *path, const char *profiles_dir, unsigned int flags,
		     struct ticket_file *out, char *why, size_t why_n)
{
	int ret;

	*out = (struct ticket_file){ 0 };
	ret = read_one(path, flags, ticket_parse, &out->bytes, &out->ticket, why, why_n);
	if (!ret)
		ret = read_profiles(profiles_dir, out, why, why_n);
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
