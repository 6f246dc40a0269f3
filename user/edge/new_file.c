/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "edge/new_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

struct new_file {
	char path[PATH_MAX], temporary[PATH_MAX];
	int fd;
	bool there; /* under the temporary name */
	bool named; /* false: it has no name yet */
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

/* Where linkat(2) finds a file that has no name. */
static void set_link(const struct new_file *file, char link[32])
{
	snprintf(link, 32, "/proc/self/fd/%d", file->fd);
}

static bool open_nameless(struct new_file *file)
{
	const char *slash = strrchr(file->path, '/');
	char dir[PATH_MAX] = ".", link[32];

	if (slash)
		snprintf(dir, sizeof(dir), "%.*s/", (int)(slash - file->path), file->path);
	file->fd = open(dir, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
	if (file->fd < 0)
		return false;
	set_link(file, link);
	if (access(link, F_OK) == 0)
		return true;
	close(file->fd);
	file->fd = -1;
	return false;
}

static int open_named(struct new_file *file)
{
	file->fd = mkostemp(file->temporary, O_CLOEXEC); /* O_EXCL and mode 0600 of its own */
	if (file->fd < 0)
		return -errno;
	file->named = file->there = true;
	return 0;
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
	/* the second says what hinders the first, if it does */
	if (!ret && !open_nameless(file))
		ret = open_named(file);
	if (ret)
		goto out;
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

/* linkat() replaces nothing, so the file gets the temporary name first. */
static int give_name(struct new_file *file)
{
	char *end = file->temporary + strlen(file->temporary) - 6;
	char link[32];
	uint32_t random;

	set_link(file, link);
	for (int tries = 0; tries < 100; tries++) {
		if (getrandom(&random, sizeof(random), 0) != sizeof(random))
			return -errno;
		snprintf(end, 7, "%06x", random & 0xffffff);
		if (linkat(AT_FDCWD, link, AT_FDCWD, file->temporary, AT_SYMLINK_FOLLOW) == 0) {
			file->there = true;
			return 0;
		}
		if (errno != EEXIST)
			return -errno;
	}
	return -EEXIST;
}

int new_file__keep(struct new_file *file)
{
	sigset_t all, before;
	int ret;

	if (fsync(file->fd))
		return -errno;
	/* no signal ends us between the two names */
	sigfillset(&all);
	ret = -pthread_sigmask(SIG_BLOCK, &all, &before);
	if (ret)
		return ret;
	ret = file->named ? 0 : give_name(file);
	if (!ret && rename(file->temporary, file->path))
		ret = -errno;
	if (!ret)
		file->there = false;
	if (ret && file->there && unlink(file->temporary) == 0)
		file->there = false;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return ret;
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
