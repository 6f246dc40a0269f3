/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "edge/store/files.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/array.h"
#include "core/base/grow.h"
#include "edge/fsutil.h"

enum { DIGITS = 20, FILES_MAX = 4 * STORE_FILES_MAX };

struct listing {
	struct store_files *out;
	const char *path, *base;
};

/* BASE.NNNNNNNNNNNNNNNNNNNN */
static bool numbered(void *ctx, const char *name)
{
	const struct listing *listing = ctx;
	size_t n = strlen(listing->base);

	return !strncmp(name, listing->base, n) && name[n] == '.' &&
	       strlen(name) == n + 1 + DIGITS && strspn(name + n + 1, "0123456789") == DIGITS;
}

static int add(struct store_files *files, uint64_t first, char *path)
{
	if (!path || grow_to(files->v, files->cap, files->n + 1)) {
		free(path);
		return -ENOMEM;
	}
	files->v[files->n++] = (struct store_file){ first, path };
	return 0;
}

/* One of no bytes is none: whoever made it did not get to the first. */
static int add_numbered(void *ctx, const char *name)
{
	const struct listing *listing = ctx;
	uint64_t first = strtoull(name + strlen(listing->base) + 1, NULL, 10);
	char *path = store_file_name(listing->path, first);
	struct stat st;

	if (path && !lstat(path, &st) && S_ISREG(st.st_mode) && !st.st_size) {
		free(path);
		return 0;
	}
	return add(listing->out, first, path);
}

int store_files__list(struct store_files *out, const char *path)
{
	const char *slash = strrchr(path, '/');
	struct listing listing = { out, path, slash ? slash + 1 : path };
	char *dir = slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
	int ret = dir ? 0 : -ENOMEM;

	*out = (struct store_files){ 0 };
	if (!ret && fs_exists(path))
		ret = add(out, 0, strdup(path));
	if (!ret)
		ret = fs_list(dir, numbered, FILES_MAX, add_numbered, &listing);
	free(dir);
	return ret;
}

void store_files__free(struct store_files *files)
{
	for (size_t i = 0; i < files->n; i++)
		free(files->v[i].path);
	free(files->v);
	*files = (struct store_files){ 0 };
}

char *store_file_name(const char *path, uint64_t first)
{
	char *out;

	if (!first)
		return strdup(path);
	return asprintf(&out, "%s.%0*" PRIu64, path, DIGITS, first) < 0 ? NULL : out;
}

int store_file_remove(const char *path)
{
	static const char *const beside[] = { "-wal", "-shm" };
	char *name;

	if (unlink(path))
		return -errno;
	for (size_t i = 0; i < ARRAY_SIZE(beside); i++) {
		if (asprintf(&name, "%s%s", path, beside[i]) < 0)
			return -ENOMEM;
		unlink(name);
		free(name);
	}
	return fs_sync_parent(path);
}
