/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "store.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "store_drops.h"
#include "store_sql.h"

enum {
	COMMIT_MS = 50,  /* how long a row waits at most for others to share its fsync */
	RETRY_MS = 200,  /* between two tries while the disk refuses */
	FLUSH_TRIES = 3, /* of a batch that somebody waits for, then it is dropped */
	BATCH_ROWS = 4096,
	BATCH_BYTES = 2 << 20, /* do not wait for more than that */
	ROOM_BYTES = 8 << 20,  /* store__room() is false from here on */
	HARD_BYTES = 72 << 20, /* room for what one more ring record (2 MiB of argv) can become */
};

struct store {
	struct store_sql *sql; /* the thread's, once it runs */
	struct store_sql
		*reader; /* for store__read(): of a writer it is opened when first needed */
	char path[PATH_MAX];
	int lock_fd; /* the side file that keeps a second writer out; -1: read only */
	char lock_path[PATH_MAX];
	int event_fd;
	uint64_t last_seq;
	bool thread_runs;
	pthread_t thread;

	pthread_mutex_t mutex; /* everything below */
	pthread_cond_t work;   /* for the thread */
	pthread_cond_t done;   /* for store__flush() */
	struct store_queue filling;
	struct store_queue batch; /* the thread's while `busy` */
	bool busy, stop;
	unsigned int waiting; /* callers in store__flush() */
	unsigned int hurried; /* callers in store__sync() */
	uint64_t seq, cursor; /* see store__durable() */
	int state, lost_by;   /* now, and the last error that dropped a row */
	uint64_t settled;     /* see store__settled() */
	struct store_gap gap;
	struct store_drops drops;
};

static void tell(struct store *store)
{
	eventfd_write(store->event_fd, 1);
}

static void count_dropped(struct store *store, const struct store_queue *queue, int error)
{
	uint64_t n = queue->rows;

	store->gap.dropped += n;
	if (!store->gap.first)
		store->gap.first = queue->first;
	if (queue->last)
		store->gap.last = queue->last;
	store->lost_by = error;
	store_drops__add_all(&store->drops, queue);
}

static struct timespec in_ms(unsigned int ms)
{
	struct timespec at;

	clock_gettime(CLOCK_MONOTONIC, &at);
	at.tv_sec += ms / 1000;
	at.tv_nsec += ms % 1000 * 1000000L;
	if (at.tv_nsec >= 1000000000L) {
		at.tv_sec++;
		at.tv_nsec -= 1000000000L;
	}
	return at;
}

/* Calls with the mutex held; sleeps until there is a batch worth a commit, or something to hurry
 * for. */
static void wait_for_batch(struct store *store)
{
	struct timespec until;

	while (!store->filling.rows && !store->stop)
		pthread_cond_wait(&store->work, &store->mutex);
	until = in_ms(COMMIT_MS);
	while (store->filling.rows < BATCH_ROWS && store->filling.bytes.n < BATCH_BYTES &&
	       !store->stop && !store->waiting && !store->hurried) {
		if (pthread_cond_timedwait(&store->work, &store->mutex, &until) == ETIMEDOUT)
			break;
	}
}

static void take_batch(struct store *store)
{
	struct store_queue empty = store->batch;

	store->batch = store->filling;
	store->filling = empty;
	store->busy = true;
	tell(store); /* there is room */
}

/* The batch is settled: committed, or given up with `error`. */
static void settle_batch(struct store *store, int error)
{
	if (error)
		count_dropped(store, &store->batch, error);
	else if (store->batch.last)
		store->seq = store->batch.last;
	if (store->batch.last)
		store->settled = store->batch.last;
	if (store->batch.marked)
		store->cursor = store->batch.mark;
	store_queue__reset(&store->batch);
	store->busy = false;
	/* A mark that came while the batch was under way, with no row after it, holds already. */
	if (!store->filling.rows && store->filling.marked) {
		store->cursor = store->filling.mark;
		store->filling.marked = false;
	}
	pthread_cond_broadcast(&store->done);
	tell(store);
}

static void set_state(struct store *store, int state)
{
	if (store->state == state)
		return;
	store->state = state;
	pthread_cond_broadcast(&store->done);
	tell(store);
}

static void sleep_ms(long ms)
{
	struct timespec ts = { ms / 1000, ms % 1000 * 1000000L };

	nanosleep(&ts, NULL);
}

/* What no later try can mend: a seq that is there already, a row beyond sqlite's bounds. */
static bool hopeless(int error)
{
	return error == -EEXIST || error == -E2BIG;
}

/*
 * Commits the batch however often it takes. It is given up when somebody waits for an answer, and
 * when the queue behind it is full: then the newest rows are worth more than the oldest.
 */
static void write_batch(struct store *store)
{
	unsigned int tries = 0;
	bool give_up;
	int ret;

	do {
		pthread_mutex_unlock(&store->mutex);
		if (tries)
			sleep_ms(RETRY_MS);
		ret = store_sql__write(store->sql, &store->batch);
		pthread_mutex_lock(&store->mutex);
		tries++;
		set_state(store, ret);
		give_up = hopeless(ret) ||
			  ((store->waiting || store->stop) && tries >= FLUSH_TRIES) ||
			  store->filling.bytes.n >= ROOM_BYTES;
	} while (ret && !give_up);
	settle_batch(store, ret);
}

static void *writer(void *arg)
{
	struct store *store = arg;

	pthread_mutex_lock(&store->mutex);
	for (;;) {
		wait_for_batch(store);
		if (!store->filling.rows && store->stop)
			break;
		take_batch(store);
		write_batch(store);
	}
	pthread_mutex_unlock(&store->mutex);
	return NULL;
}

/* The path with every symbolic link of its directory resolved, so that sqlite can refuse the rest.
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

/*
 * What stands at the path must be a file that only its owner can have written. By lstat(), because
 * closing a descriptor of a database drops the POSIX locks that sqlite holds on it in this process.
 */
static int check_file(const char *path, bool make)
{
	struct stat st;
	int fd;

	if (make) {
		fd = open(path, O_CREAT | O_EXCL | O_RDWR | O_NOFOLLOW | O_CLOEXEC, 0600);
		if (fd >= 0)
			close(fd);
		else if (errno != EEXIST)
			return -errno;
	}
	if (lstat(path, &st))
		return -errno;
	if (S_ISLNK(st.st_mode))
		return -ELOOP;
	if (!S_ISREG(st.st_mode))
		return -EBADMSG;
	if (make && (st.st_uid != geteuid() || (st.st_mode & (S_IWGRP | S_IWOTH))))
		return -EPERM;
	return 0;
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

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
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
	store->lock_fd = -1;
	pthread_mutex_init(&store->mutex, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&store->work, &attr);
	pthread_cond_init(&store->done, &attr);
	pthread_condattr_destroy(&attr);
	store->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	return store->event_fd < 0 ? -errno : 0;
}

static void free_store(struct store *store)
{
	store_sql__close(store->reader);
	store_sql__close(store->sql);
	if (store->lock_fd >= 0) {
		unlink(store->lock_path);
		close(store->lock_fd);
	}
	if (store->event_fd >= 0)
		close(store->event_fd);
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
	ret = -pthread_create(&store->thread, NULL, writer, store);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	store->thread_runs = ret == 0;
	return ret;
}

int store__open(struct store **out, const char *path, char *why, size_t why_n)
{
	struct store *store;
	int ret;

	*out = NULL;
	why[0] = '\0';
	ret = new_store(&store);
	if (!ret)
		ret = resolve(path, store->path);
	if (!ret && snprintf(store->lock_path, PATH_MAX, "%s-lock", store->path) >= PATH_MAX)
		ret = -ENAMETOOLONG;
	if (!ret)
		ret = take_lock(store);
	if (!ret)
		ret = check_file(store->path, true);
	if (!ret)
		ret = store_sql__open(&store->sql, store->path, true, why, why_n);
	if (!ret) {
		store->last_seq = store_sql__last_seq(store->sql);
		store->seq = store->settled = store->last_seq;
		ret = start_thread(store);
	}
	if (ret) {
		if (!why[0])
			say_why(ret, path, why, why_n);
		if (store)
			free_store(store);
		return ret;
	}
	*out = store;
	return 0;
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
		ret = check_file(store->path, false);
	if (!ret)
		ret = store_sql__open(&store->reader, store->path, false, why, why_n);
	if (!ret) {
		store->last_seq = store_sql__last_seq(store->reader);
		*out = store;
		return 0;
	}
	if (!why[0])
		say_why(ret, path, why, why_n);
	if (store)
		free_store(store);
	return ret;
}

int store__close(struct store *store)
{
	int ret;

	if (!store)
		return 0;
	if (store->thread_runs) {
		pthread_mutex_lock(&store->mutex);
		store->stop = true;
		pthread_cond_signal(&store->work);
		pthread_mutex_unlock(&store->mutex);
		pthread_join(store->thread, NULL);
	}
	ret = store->lost_by;
	free_store(store);
	return ret;
}

static int append(struct store *store, const struct queue_item *item, size_t n)
{
	int ret = -ENOSPC;

	pthread_mutex_lock(&store->mutex);
	if (!store->filling.rows ||
	    (store->filling.bytes.n < HARD_BYTES && n <= HARD_BYTES - store->filling.bytes.n))
		ret = store_queue__add(&store->filling, item);
	if (ret) {
		struct store_queue one = { .rows = 1,
					   .first = item->row.seq,
					   .last = item->row.seq };

		count_dropped(store, &one, ret);
		store_drops__add(&store->drops, &item->row);
		tell(store);
	} else if (store->filling.rows == 1 || store->filling.rows == BATCH_ROWS ||
		   store->filling.bytes.n >= BATCH_BYTES) {
		pthread_cond_signal(&store->work);
	}
	pthread_mutex_unlock(&store->mutex);
	return ret;
}

int store__append(struct store *store, const struct store_row *row)
{
	const struct queue_item item = { .row = *row };

	return append(store, &item, row->line_n);
}

int store__put_ticket(struct store *store, const char *sha256, const void *bytes, size_t n)
{
	const struct queue_item item = {
		.kind = QUEUE_TICKET, .key = sha256, .bytes = bytes, .bytes_n = n
	};

	return append(store, &item, n);
}

int store__put_resume(struct store *store, const char *session, const char *what, const void *bytes,
		      size_t n)
{
	const struct queue_item item = {
		.kind = QUEUE_RESUME,
		.row.session = session,
		.key = what,
		.bytes = bytes,
		.bytes_n = n,
	};

	return append(store, &item, n);
}

bool store__room(struct store *store)
{
	bool room;

	pthread_mutex_lock(&store->mutex);
	room = store->filling.bytes.n < ROOM_BYTES;
	pthread_mutex_unlock(&store->mutex);
	return room;
}

void store__mark(struct store *store, uint64_t cursor)
{
	pthread_mutex_lock(&store->mutex);
	if (!store->filling.rows && !store->busy) {
		if (store->cursor != cursor)
			tell(store);
		store->cursor = cursor;
	} else {
		store->filling.mark = cursor;
		store->filling.marked = true;
	}
	pthread_mutex_unlock(&store->mutex);
}

int store__flush(struct store *store)
{
	uint64_t dropped;
	int ret;

	pthread_mutex_lock(&store->mutex);
	dropped = store->gap.dropped;
	store->waiting++;
	pthread_cond_signal(&store->work);
	while (store->filling.rows || store->busy)
		pthread_cond_wait(&store->done, &store->mutex);
	store->waiting--;
	ret = store->gap.dropped == dropped ? 0 : store->lost_by;
	pthread_mutex_unlock(&store->mutex);
	return ret;
}

int store__sync(struct store *store, unsigned int ms)
{
	const struct timespec until = in_ms(ms);
	int ret = 0;

	pthread_mutex_lock(&store->mutex);
	store->hurried++;
	pthread_cond_signal(&store->work);
	while (!ret && !store->state && (store->filling.rows || store->busy))
		ret = -pthread_cond_timedwait(&store->done, &store->mutex, &until);
	store->hurried--;
	if (store->state)
		ret = store->state;
	pthread_mutex_unlock(&store->mutex);
	return ret;
}

void store__durable(struct store *store, uint64_t *seq, uint64_t *cursor)
{
	pthread_mutex_lock(&store->mutex);
	*seq = store->seq;
	*cursor = store->cursor;
	pthread_mutex_unlock(&store->mutex);
}

int store__fd(const struct store *store)
{
	return store->event_fd;
}

int store__state(struct store *store, struct store_gap *gap)
{
	int state;

	pthread_mutex_lock(&store->mutex);
	*gap = store->gap;
	state = store->state;
	pthread_mutex_unlock(&store->mutex);
	return state;
}

uint64_t store__settled(struct store *store)
{
	uint64_t seq;

	pthread_mutex_lock(&store->mutex);
	seq = store->settled;
	pthread_mutex_unlock(&store->mutex);
	return seq;
}

void store__dropped(struct store *store,
		    void (*each)(void *ctx, const char *session, uint64_t first, uint64_t last,
				 uint64_t count),
		    void *ctx)
{
	struct store_drops drops;

	pthread_mutex_lock(&store->mutex);
	drops = store->drops;
	store->drops = (struct store_drops){ 0 };
	pthread_mutex_unlock(&store->mutex);
	for (size_t i = 0; i < drops.n; i++)
		each(ctx, drops.of[i].session, drops.of[i].first, drops.of[i].last,
		     drops.of[i].count);
	if (drops.rest.count)
		each(ctx, "", drops.rest.first, drops.rest.last, drops.rest.count);
	store_drops__free(&drops);
}

uint64_t store__last_seq(const struct store *store)
{
	return store->last_seq;
}

static int open_reader(struct store *store)
{
	char why[256];

	if (store->reader)
		return 0;
	return store_sql__open(&store->reader, store->path, false, why, sizeof(why));
}

int store__read(struct store *store, const struct store_filter *filter, uint64_t limit,
		int (*each)(void *ctx, uint64_t seq, const char *line, size_t n), void *ctx)
{
	uint64_t after = filter->after, left = limit ? limit : UINT64_MAX;
	struct store_queue page = { 0 };
	struct queue_item item;
	size_t off, given;
	int ret;

	ret = open_reader(store);
	if (ret)
		return ret;
	do {
		store_queue__reset(&page);
		ret = store_sql__page(store->reader, filter, after, left, &page);
		given = page.rows;
		off = 0;
		while (!ret && store_queue__next(&page, &off, &item)) {
			after = item.row.seq;
			ret = each(ctx, item.row.seq, item.row.line, item.row.line_n);
		}
		left -= given;
	} while (!ret && given && left);
	store_queue__free(&page);
	return ret;
}

int store__resumes(struct store *store,
		   int (*each)(void *ctx, const char *session, const char *what, const void *bytes,
			       size_t n),
		   void *ctx)
{
	struct store_queue all = { 0 };
	struct queue_item item;
	size_t off = 0;
	int ret = open_reader(store);

	if (!ret)
		ret = store_sql__resumes(store->reader, &all);
	while (!ret && store_queue__next(&all, &off, &item))
		ret = each(ctx, item.row.session, item.key, item.bytes, item.bytes_n);
	store_queue__free(&all);
	return ret;
}

int store__events(struct store *store, const char *session, uint64_t *n)
{
	int ret = open_reader(store);

	*n = 0;
	return ret ? ret : store_sql__events(store->reader, session, n);
}

int store__get_ticket(struct store *store, const char *sha256, void **bytes, size_t *n)
{
	int ret = open_reader(store);

	*bytes = NULL;
	*n = 0;
	return ret ? ret : store_sql__ticket(store->reader, sha256, bytes, n);
}
