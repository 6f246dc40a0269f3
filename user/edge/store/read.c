/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "edge/store/store.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "edge/fsutil.h"
#include "edge/store/files.h"
#include "edge/store/part.h"

uint64_t store__last_seq(const struct store *store)
{
	return store->last_seq;
}

/* Takes the reader to one of the files. */
static int open_file(struct store *store, const struct store_files *files, size_t i, char *why,
		     size_t why_n)
{
	const struct store_file *file = &files->v[i];
	int ret;

	if (store->reader && store->reader_first == file->first)
		return 0;
	store_sql__close(store->reader);
	store->reader = NULL;
	ret = store_check_file(file->path, false);
	if (!ret)
		ret = store_sql__open(&store->reader, file->path, false, why, why_n);
	store->reader_first = file->first;
	return ret;
}

/* The newest file that has been made. */
int store_open_newest(struct store *store, char *why, size_t why_n)
{
	struct store_files files;
	int ret = store_files__list(&files, store->path);

	if (!ret && !files.n)
		ret = -ENOENT;
	if (!ret)
		ret = open_file(store, &files, files.n - 1, why, why_n);
	if (!ret)
		store->last_seq = store_sql__last_seq(store->reader);
	store_files__free(&files);
	return ret;
}

struct reading {
	const struct store_filter *filter;
	uint64_t after, left;
	int (*each)(void *ctx, uint64_t seq, const char *line, size_t n);
	void *ctx;
};

static int read_file(struct store *store, struct reading *reading, struct store_queue *page)
{
	struct queue_item item;
	size_t off, given;
	int ret;

	do {
		store_queue__reset(page);
		ret = store_sql__page(store->reader, reading->filter, reading->after, reading->left,
				      page);
		given = page->rows;
		off = 0;
		while (!ret && store_queue__next(page, &off, &item)) {
			reading->after = item.row.seq;
			ret = reading->each(reading->ctx, item.row.seq, item.row.line,
					    item.row.line_n);
		}
		reading->left -= given;
	} while (!ret && given && reading->left);
	return ret;
}

int store__read(struct store *store, const struct store_filter *filter, uint64_t limit,
		int (*each)(void *ctx, uint64_t seq, const char *line, size_t n), void *ctx)
{
	struct reading reading = { filter, filter->after, limit ? limit : UINT64_MAX, each, ctx };
	struct store_queue page = { 0 };
	struct store_files files;
	char why[512];
	int ret = store_files__list(&files, store->path);

	for (size_t i = 0; i < files.n && !ret && reading.left; i++) {
		/* All of it is before what is asked for. */
		if (i + 1 < files.n && files.v[i + 1].first <= reading.after + 1)
			continue;
		ret = open_file(store, &files, i, why, sizeof(why));
		if (!ret)
			ret = read_file(store, &reading, &page);
		/* Deleted meanwhile: retention. */
		else if (ret == -ENOENT && i + 1 < files.n)
			ret = 0;
	}
	store_queue__free(&page);
	store_files__free(&files);
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
	char why[512];
	int ret = store_open_newest(store, why, sizeof(why));

	if (!ret)
		ret = store_sql__resumes(store->reader, &all);
	while (!ret && store_queue__next(&all, &off, &item))
		ret = each(ctx, item.row.session, item.key, item.bytes, item.bytes_n);
	store_queue__free(&all);
	return ret;
}

/* Calls `ask` with each file open, the newest first, until it returns other than -ENOENT. */
static int ask_files(struct store *store, int (*ask)(struct store *store, void *ctx), void *ctx)
{
	struct store_files files;
	char why[512];
	int ret = store_files__list(&files, store->path);

	if (!ret)
		ret = -ENOENT;
	for (size_t i = files.n; i-- > 0 && ret == -ENOENT;) {
		ret = open_file(store, &files, i, why, sizeof(why));
		if (!ret)
			ret = ask(store, ctx);
	}
	store_files__free(&files);
	return ret;
}

struct events {
	const char *session;
	uint64_t *n;
};

static int ask_events(struct store *store, void *ctx)
{
	const struct events *events = ctx;
	uint64_t n;
	int ret = store_sql__events(store->reader, events->session, &n);

	*events->n += n;
	return ret ? ret : -ENOENT;
}

int store__events(struct store *store, const char *session, uint64_t *n)
{
	struct events events = { session, n };
	int ret;

	*n = 0;
	ret = ask_files(store, ask_events, &events);
	return ret == -ENOENT ? 0 : ret;
}

struct wanted {
	const char *sha256;
	void **bytes;
	size_t *n;
};

static int ask_ticket(struct store *store, void *ctx)
{
	const struct wanted *wanted = ctx;

	return store_sql__ticket(store->reader, wanted->sha256, wanted->bytes, wanted->n);
}

int store__get_ticket(struct store *store, const char *sha256, void **bytes, size_t *n)
{
	struct wanted wanted = { sha256, bytes, n };

	*bytes = NULL;
	*n = 0;
	return ask_files(store, ask_ticket, &wanted);
}

/* Of all files: what stayed of those that were deleted is in whichever was the newest then. */
static int walk_kept(struct store *store, const struct store_files *files,
		     const struct store_walk_ops *ops, void *ctx)
{
	struct store_place begin;
	struct buf text = { 0 };
	char why[512];
	int ret = 0;

	for (size_t i = 0; i < files->n && !ret; i++) {
		/* What can't be read is said when its turn comes. */
		if (open_file(store, files, i, why, sizeof(why)) ||
		    store_sql__begin(store->reader, &text, &begin))
			continue;
		ret = store_sql__walk_kept(store->reader, begin.size, ops, ctx);
	}
	buf_free(&text);
	return ret;
}

static int walk_file(struct store *store, const struct store_files *files, size_t i, bool first,
		     const struct store_walk_ops *ops, void *ctx, char *why, size_t why_n)
{
	struct store_place begin;
	struct buf text = { 0 };
	int ret = open_file(store, files, i, why, why_n);

	if (ret)
		return ret;
	ret = store_sql__begin(store->reader, &text, &begin);
	if (ret)
		goto out;
	ret = ops->file(ctx, files->v[i].path, begin.key, begin.size, begin.seq, begin.nodes);
	if (ret)
		goto out;
	/* By its name readers pass over a file that can't have what they ask for. */
	if (ops->odd && files->v[i].first && files->v[i].first <= begin.seq)
		ops->odd(ctx, 0, "the number in the file's name is not that of its first record");
	if (first && ops->kept) {
		ret = walk_kept(store, files, ops, ctx);
		if (!ret) /* it went through the others */
			ret = open_file(store, files, i, why, why_n);
		if (ret)
			goto out;
	}
	ret = store_sql__walk_all(store->reader, &begin, ops, ctx);
	if (!ret && ops->ticket)
		ret = store_sql__walk_tickets(store->reader, ops, ctx);
out:
	buf_free(&text);
	return ret;
}

int store__walk(struct store *store, const struct store_walk_ops *ops, void *ctx)
{
	struct store_files files;
	bool walked = false;
	char why[512];
	int ret = store_files__list(&files, store->path);

	for (size_t i = 0; i < files.n && !ret; i++) {
		snprintf(why, sizeof(why), "it is damaged");
		ret = walk_file(store, &files, i, !walked, ops, ctx, why, sizeof(why));
		walked |= ret == 0;
		if (ret == -ENOENT && !walked) {
			ret = 0; /* deleted since it was listed: retention takes the oldest */
		} else if (ret == -EBADMSG || ret == -EIO || ret == -ENOENT) {
			if (ops->unreadable)
				ops->unreadable(ctx, files.v[i].path, why);
			ret = 0;
		}
	}
	store_files__free(&files);
	return ret;
}

int store__key(struct store *store, struct buf *out)
{
	struct store_place begin;
	struct buf text = { 0 };
	char why[512];
	int ret = 0;

	if (store->thread_runs) {
		note_key_text(&store->opts.seal.key, out);
		return out->failed ? -ENOMEM : 0;
	}
	ret = store_open_newest(store, why, sizeof(why));
	if (!ret)
		ret = store_sql__begin(store->reader, &text, &begin);
	if (!ret)
		buf_add(out, begin.key.p, begin.key.n);
	buf_free(&text);
	return ret ? ret : out->failed ? -ENOMEM : 0;
}

int store__last_mark(const struct store *store, struct buf *note)
{
	char path[PATH_MAX];
	const char *end;
	int ret = -ENOENT;

	if (snprintf(path, sizeof(path), "%s-log", store->path) < PATH_MAX)
		ret = fs_read(path, 64 << 10, FS_NOFOLLOW, note);
	end = ret ? NULL : memchr(note->p, '\n', note->n);
	if (end) {
		note->n -= (size_t)(end + 1 - note->p);
		memmove(note->p, end + 1, note->n);
	} else {
		buf_reset(note);
	}
	return end ? 0 : -ENOENT;
}
