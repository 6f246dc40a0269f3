/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "new_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct new_file {
	char path[PATH_MAX], temporary[PATH_MAX];
	int fd;
	bool there; /* under the temporary name */
};

static bool may_replace(const char *path)
{
	struct stat st;

	return lstat(path, &st) != 0 || S_ISREG(st.st_mode) || S_ISLNK(st.st_mode);
}

static int set_names(struct new_file *file, const char *path)
{
	int n = snprintf(file->path, sizeof(file->path), "%s", path);
	int m = snprintf(file->temporary, sizeof(file->temporary), "%s.XXXXXX", path);

	if (n < 0 || m < 0 || (size_t)m >= sizeof(file->temporary))
		return -ENAMETOOLONG;
	return may_replace(path) ? 0 : -EEXIST;
}

int new_file__open(struct new_file **out, const char *path)
{
	struct new_file *file = calloc(1, sizeof(*file));
	int ret;

	*out = NULL;
	if (!file)
		return -ENOMEM;
	file->fd = -1;
	ret = set_names(file, path);
	if (ret)
		goto out;
	file->fd = mkostemp(file->temporary, O_CLOEXEC); /* O_EXCL and mode 0600 of its own */
	if (file->fd < 0) {
		ret = -errno;
		goto out;
	}
	file->there = true;
	*out = file;
	file = NULL;
out:
	new_file__free(file);
	return ret;
}

int new_file__write(struct new_file *file, const void *p, size_t n)
{
	const char *at = p;

	while (n > 0) {
		ssize_t done = write(file->fd, at, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return -errno;
		at += done;
		n -= (size_t)done;
	}
	return 0;
}

int new_file__keep(struct new_file *file)
{
	if (fsync(file->fd) || rename(file->temporary, file->path))
		return -errno;
	file->there = false;
	return 0;
}

void new_file__free(struct new_file *file)
{
	if (!file)
		return;
	if (file->there)
		unlink(file->temporary);
	if (file->fd >= 0)
		close(file->fd);
	free(file);
}
