/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "edge/store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/array.h"
#include "edge/store/part.h"

/*
 * The path with every symbolic link of its directory resolved, so that sqlite can refuse the rest.
 */
static int resolve(const char *path, char out[PATH_MAX])
{
	char dir_copy[PATH_MAX], base_copy[PATH_MAX], real[PATH_MAX];
	int n;

	if (strlen(path) >= PATH_MAX)
		return -ENAMETOOLONG;
	snprintf(dir_copy, sizeof(dir_copy), "%s", path);
	snprintf(base_copy, sizeof(base_copy), "%s", path);
	if (!realpath(dirname(dir_copy), real))
		return -errno;
	n = snprintf(out, PATH_MAX, "%s/%s", strcmp(real, "/") ? real : "", basename(base_copy));
	return n < PATH_MAX ? 0 : -ENAMETOOLONG;
}

/* A lock file is removed by its holder; whoever opened it before that finds another at its name. */
static bool lock_is_current(int fd, const char *path)
{
	struct stat held, named;

	return fstat(fd, &held) == 0 && lstat(path, &named) == 0 && held.st_dev == named.st_dev &&
	       held.st_ino == named.st_ino;
}

static int take_lock(struct store *store)
{
	for (int tries = 0; tries < 10; tries++) {
		int fd = open(store->lock_path, O_CREAT | O_RDWR | O_NOFOLLOW | O_CLOEXEC, 0600);
		int ret = fd < 0 ? -errno : 0;

		if (!ret && flock(fd, LOCK_EX | LOCK_NB))
			ret = errno == EWOULDBLOCK ? -EBUSY : -errno;
		if (!ret && lock_is_current(fd, store->lock_path)) {
			store->lock_fd = fd;
			return 0;
		}
		if (fd >= 0)
			close(fd);
		if (ret)
			return ret;
	}
	return -EBUSY;
}

/* Fills why[] for an error that has no sentence yet. */
static void say_why(int error, const char *path, char *why, size_t why_n)
{
	static const struct {
		int error;
		const char *text;
	} texts[] = {
		{ -EBUSY, "is being written by another lockstep" },
		{ -EBADMSG, "is not a lockstep store" },
		{ -ELOOP, "is a symbolic link; name the file itself" },
		{ -EPERM, "belongs to another user or may be written by others; want mode 0600" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		if (texts[i].error == error) {
			snprintf(why, why_n, "store \"%s\" %s", path, texts[i].text);
			return;
		}
	}
	snprintf(why, why_n, "store \"%s\": %s", path, strerror(-error));
}

static int new_store(struct store **out)
{
	struct store *store = calloc(1, sizeof(*store));
	pthread_condattr_t attr;

	*out = store;
	if (!store)
		return -ENOMEM;
	store->lock_fd = store->log.mark_fd = -1;
	pthread_mutex_init(&store->mutex, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&store->work, &attr);
	pthread_cond_init(&store->done, &attr);
	pthread_condattr_destroy(&attr);
	store->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	return store->event_fd < 0 ? -errno : 0;
}

void store_free(struct store *store)
{
	store_sql__close(store->reader);
	store_sql__close(store->sql);
	store_log__free(&store->log);
	free(store->file);
	free(store->cut);
	buf_free(&store->note);
	if (store->lock_fd >= 0) {
		unlink(store->lock_path);
		close(store->lock_fd);
	}
	if (store->event_fd >= 0)
		close(store->event_fd);
	store_backlog__free(&store->backlog);
	store_queue__free(&store->filling);
	store_queue__free(&store->batch);
	store_drops__free(&store->drops);
	pthread_cond_destroy(&store->work);
	pthread_cond_destroy(&store->done);
	pthread_mutex_destroy(&store->mutex);
	free(store);
}

/* The thread takes no signal: those are for the thread that pumps. */
static int start_thread(struct store *store)
{
	sigset_t all, before;
	int ret;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	ret = -pthread_create(&store->thread, NULL, store_writer, store);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	store->thread_runs = ret == 0;
	return ret;
}

int store__open(struct store **out, const struct store_opts *opts, char *why, size_t why_n)
{
	struct store *store;
	int ret;

	*out = NULL;
	why[0] = '\0';
	ret = new_store(&store);
	if (!ret) {
		store->opts = *opts;
		store->log.seal = &store->opts.seal;
		ret = resolve(opts->path, store->path);
	}
	if (!ret && snprintf(store->lock_path, PATH_MAX, "%s-lock", store->path) >= PATH_MAX)
		ret = -ENAMETOOLONG;
	if (!ret)
		ret = take_lock(store);
	if (!ret)
		ret = store_check(store, why, why_n);
	if (!ret)
		ret = start_thread(store);
	if (ret) {
		if (!why[0])
			say_why(ret, opts->path, why, why_n);
		if (store)
			store_free(store);
		return ret;
	}
	*out = store;
	return 0;
}

const char *store__cut(const struct store *store)
{
	return store->cut ? store->cut : "";
}

int store__open_readonly(struct store **out, const char *path, char *why, size_t why_n)
{
	struct store *store;
	int ret;

	*out = NULL;
	why[0] = '\0';
	ret = new_store(&store);
	if (!ret)
		ret = resolve(path, store->path);
	if (!ret)
		ret = store_open_newest(store, why, why_n);
	if (!ret) {
		*out = store;
		return 0;
	}
	if (!why[0])
		say_why(ret, path, why, why_n);
	if (store)
		store_free(store);
	return ret;
}
