/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "edge/store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/log/audit.h"
#include "edge/fsutil.h"
#include "edge/store/files.h"
#include "edge/store/part.h"

/*
 * How many records from the end are checked against their checkpoints before the store is written
 * to. What lies further back is for `lockstep verify`.
 */
enum { TAIL_RECORDS = 4096 };

/*
 * By lstat(), because closing a descriptor of a database drops the POSIX locks that sqlite holds on
 * it in this process.
 */
int store_check_file(const char *path, bool make)
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

/* The checks of core/log/audit.h over the end of one file. */
struct tail {
	struct audit *audit;
	int cut_fd; /* gets the lines that are cut off; -1: none */
	uint64_t cut, first, last;
	int error;
};

static int tail_row(void *ctx, const struct store_row *row, struct span leaf)
{
	struct tail *tail = ctx;
	const struct audit_row fed = store_audit_row(row, leaf);

	return audit__row(tail->audit, &fed);
}

static int tail_checkpoint(void *ctx, uint64_t size, struct span note, struct span nodes)
{
	struct tail *tail = ctx;

	return audit__checkpoint(tail->audit, size, note, nodes);
}

static int cut_row(void *ctx, const struct store_row *row, struct span leaf)
{
	struct tail *tail = ctx;
	int ret;

	(void)leaf;
	tail->first = tail->first ? tail->first : row->seq;
	tail->last = row->seq;
	tail->cut++;
	ret = fs_write_all(tail->cut_fd, row->line, row->line_n);
	return ret ? ret : fs_write_all(tail->cut_fd, "\n", 1);
}

static void tail_odd(void *ctx, uint64_t seq, const char *what)
{
	struct tail *tail = ctx;

	audit__odd(tail->audit, seq, what);
}

/* Adds a sentence to what store__cut() says. */
__attribute__((format(printf, 2, 3))) static int say_cut(struct store *store, const char *fmt, ...)
{
	char *more, *all;
	va_list args;
	int n;

	va_start(args, fmt);
	n = vasprintf(&more, fmt, args);
	va_end(args);
	if (n < 0)
		return -ENOMEM;
	if (!store->cut) {
		store->cut = more;
		return 0;
	}
	n = asprintf(&all, "%s; %s", store->cut, more);
	free(more);
	if (n < 0)
		return -ENOMEM;
	free(store->cut);
	store->cut = all;
	return 0;
}

/*
 * What does not agree with the signed tree is no record, but it may be what somebody wants to look
 * at: the lines are kept beside the store.
 */
static int cut_off(struct store *store, const struct store_place *good, const char *because)
{
	const struct store_walk_ops ops = { .row = cut_row };
	struct tail tail = { 0 };
	char *path;
	int ret = 0;

	if (asprintf(&path, "%s.cut-%lld", store->path, (long long)time(NULL)) < 0)
		return -ENOMEM;
	tail.cut_fd = open(path, O_CREAT | O_WRONLY | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (tail.cut_fd < 0)
		ret = -errno;
	if (!ret)
		ret = store_sql__walk(store->sql, good, &ops, &tail);
	if (!ret && fsync(tail.cut_fd))
		ret = -errno;
	if (!ret)
		ret = store_sql__cut(store->sql, good->size, good->seq);
	if (!ret && tail.cut)
		ret = say_cut(store,
			      "the records %" PRIu64 " to %" PRIu64
			      " do not agree with the log's checkpoints and were cut off (%s); "
			      "they are kept in %s",
			      tail.first, tail.last, because, path);
	else if (!ret)
		ret = say_cut(store, "checkpoints behind the record %" PRIu64 " were cut off (%s)",
			      good->seq, because);
	if (tail.cut_fd >= 0)
		close(tail.cut_fd);
	if (!tail.cut || ret)
		unlink(path); /* the records are still where they were */
	free(path);
	return ret;
}

/* Whether it is what was signed: note, size, last record, and the tree beside it. */
static bool is_place(const struct store *store, const struct store_place *place)
{
	struct merkle tree;
	uint64_t seq;

	return !merkle_load(&tree, place->size, place->nodes) &&
	       !store_log__check_note(&store->log, place->note, &tree, &seq) && seq == place->seq;
}

/* The place that the tail is checked from: a checkpoint that far back, or the file's begin. */
static int begin_of_tail(struct store *store, struct buf *text, struct store_place *from)
{
	uint64_t size;
	int ret = store_sql__checkpoint(store->sql, UINT64_MAX, text, from);

	size = !ret && from->size > TAIL_RECORDS ? from->size - TAIL_RECORDS : 0;
	for (;;) {
		if (!ret)
			ret = store_sql__checkpoint(store->sql, size, text, from);
		if (ret || is_place(store, from))
			break;
		size = from->size - 1;
	}
	return ret == -ENOENT ? store_sql__begin(store->sql, text, from) : ret;
}

/* Reads the tail; *good is the last place that agrees, and because[] what does not, "" when all
 * does. */
static int read_tail(struct store *store, const struct store_place *from, struct span key,
		     struct audit_totals *totals, struct merkle *tree, char because[AUDIT_TEXT])
{
	const struct store_walk_ops ops = { .row = tail_row,
					    .checkpoint = tail_checkpoint,
					    .odd = tail_odd };
	const struct audit_opts opts = {
		.ops = { store->opts.seal.hash, store->opts.seal.verify },
		.key = &store->opts.seal.key,
		.tail = true,
	};
	const struct audit_finding *findings;
	struct tail tail = { .cut_fd = -1 };
	size_t n = 0;
	int ret = audit__new(&tail.audit, &opts);

	because[0] = '\0';
	if (!ret)
		ret = audit__file(tail.audit, store->file, key, from->size, from->seq, from->nodes);
	if (!ret)
		ret = store_sql__walk(store->sql, from, &ops, &tail);
	if (!ret)
		ret = audit__end(tail.audit);
	if (!ret) {
		audit__totals(tail.audit, totals);
		*tree = *audit__good(tail.audit);
		findings = audit__findings(tail.audit, &n);
		if (n)
			snprintf(because, AUDIT_TEXT, "%s", findings[0].text);
	}
	audit__free(tail.audit);
	return ret;
}

static int check_tail(struct store *store, struct span key)
{
	struct store_place from, good;
	struct audit_totals totals;
	struct buf text = { 0 }, good_text = { 0 };
	char because[AUDIT_TEXT];
	int ret = begin_of_tail(store, &text, &from);

	if (ret)
		goto out;
	ret = read_tail(store, &from, key, &totals, &store->log.tree, because);
	if (ret)
		goto out;
	/*
	 * The log goes on from the last place that agrees: a checkpoint, or where the tail began.
	 */
	good = from;
	if (totals.good_size > from.size)
		ret = store_sql__checkpoint(store->sql, totals.good_size, &good_text, &good);
	if (!ret && because[0])
		ret = cut_off(store, &good, because);
	if (ret)
		goto out;
	ret = -EBADMSG;
	if (store->log.tree.size != good.size)
		goto out;
	store->log.seq = store->last_seq = good.seq;
	buf_add(&store->log.note, good.note.p, good.note.n);
	buf_add(&store->note, good.note.p, good.note.n);
	ret = store->note.failed || store->log.note.failed ? -ENOMEM : 0;
out:
	buf_free(&text);
	buf_free(&good_text);
	return ret;
}

/* The name that the log has keeps, also when the host's changes. */
static int own_key(struct store *store, struct span text, char *why, size_t why_n)
{
	struct note_key key;

	if (note_key_parse(&key, text, &store->opts.seal.hash))
		return -EBADMSG;
	if (memcmp(key.pub, store->opts.seal.key.pub, sizeof(key.pub))) {
		snprintf(why, why_n,
			 "store \"%s\" is signed with another key (%.*s): put that key back, or "
			 "begin another "
			 "store",
			 store->path, (int)text.n, text.p);
		return -EKEYREJECTED;
	}
	store->opts.seal.key = key;
	return 0;
}

/* Opens the file, which is there or is made, as the one that is written to. */
static int open_file(struct store *store, const char *path, char *why, size_t why_n)
{
	int ret;

	store_sql__close(store->sql);
	store->sql = NULL;
	free(store->file);
	store->file = strdup(path);
	ret = store->file ? store_check_file(path, true) : -ENOMEM;
	return ret ? ret : store_sql__open(&store->sql, path, true, why, why_n);
}

static int open_and_check(struct store *store, const char *path, char *why, size_t why_n)
{
	struct store_place begin;
	struct buf text = { 0 };
	int ret = open_file(store, path, why, why_n);

	if (!ret) {
		ret = store_sql__begin(store->sql, &text, &begin);
		if (ret == -ENOENT && store_sql__empty(store->sql))
			ret = store_begin_log(store, &store->log.tree, store->log.seq);
		else if (!ret)
			ret = own_key(store, begin.key, why, why_n);
		else if (ret == -ENOENT)
			ret = -EBADMSG;
	}
	if (!ret && begin.key.n) {
		store->begun = begin.size;
		ret = check_tail(store, begin.key);
	}
	buf_free(&text);
	return ret;
}

/*
 * The newest file can't be read, but what the log was at its end is known: it stays as it is, and
 * the log goes on in another.
 */
static int set_aside(struct store *store, const char *damaged, char *why, size_t why_n)
{
	struct buf note = { 0 };
	struct merkle tree;
	uint64_t seq;
	char *path = NULL, *copy = strdup(damaged);
	int ret = -EBADMSG;

	if (!copy || store_log__read_mark(&store->log, &tree, &seq, &note))
		goto out;
	store->log.tree = tree;
	store->log.seq = store->last_seq = seq;
	store->begun = tree.size;
	buf_add(&store->note, note.p, note.n);
	path = store_file_name(store->path, seq + 1);
	if (path && fs_exists(path))
		goto out;
	ret = path ? open_file(store, path, why, why_n) : -ENOMEM;
	if (!ret)
		ret = store_begin_log(store, &tree, seq);
	if (!ret) {
		why[0] = '\0';
		ret = say_cut(store,
			      "the file %s is damaged and was left as it is; the log goes on "
			      "behind its %" PRIu64 " records in %s",
			      copy, tree.size, path);
	}
out:
	free(path);
	free(copy);
	buf_free(&note);
	return ret;
}

/* What the last writer said that it had written. */
static int heed_mark(struct store *store)
{
	struct buf note = { 0 };
	struct merkle tree;
	uint64_t seq;
	int ret = 0;

	if (!store_log__read_mark(&store->log, &tree, &seq, &note) &&
	    tree.size > store->log.tree.size) {
		ret = say_cut(store,
			      "%" PRIu64 " records are missing behind the record %" PRIu64
			      ": the log had %" PRIu64 ", the last of them %" PRIu64,
			      tree.size - store->log.tree.size, store->log.seq, tree.size, seq);
		if (seq > store->last_seq)
			store->last_seq = seq; /* no number is given twice */
	}
	buf_free(&note);
	return ret;
}

/*
 * A writer that was killed before it wrote into the file that it had made: there is nothing in it.
 */
static void drop_unused(struct store_files *files)
{
	while (files->n > 1) {
		struct store_file *last = &files->v[files->n - 1];
		struct store_sql *sql = NULL;
		char why[256];
		bool unused = false;

		/* What can't be opened may hold anything. */
		if (!store_check_file(last->path, false) &&
		    !store_sql__open(&sql, last->path, true, why, sizeof(why)))
			unused = store_sql__empty(sql);
		store_sql__close(sql);
		if (!unused || store_file_remove(last->path))
			return;
		free(last->path);
		files->n--;
	}
}

int store_check(struct store *store, char *why, size_t why_n)
{
	struct store_files files;
	char mark[PATH_MAX];
	const char *path;
	int ret = store_files__list(&files, store->path);

	if (!ret && snprintf(mark, sizeof(mark), "%s-log", store->path) >= PATH_MAX)
		ret = -ENAMETOOLONG;
	if (!ret) {
		drop_unused(&files);
		path = files.n ? files.v[files.n - 1].path : store->path;
		ret = store_check_file(path, true);
	}
	if (!ret)
		ret = store_log__open_mark(&store->log, mark);
	if (!ret) {
		ret = open_and_check(store, path, why, why_n);
		if (ret == -EBADMSG && set_aside(store, path, why, why_n) == 0)
			ret = 0;
		else if (!ret)
			ret = heed_mark(store);
	}
	store->seq = store->settled = store->last_seq;
	store_files__free(&files);
	return ret;
}
