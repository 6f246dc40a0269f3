/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "edge/store/store.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "edge/fsutil.h"
#include "edge/store/files.h"
#include "edge/store/part.h"

int store_begin_log(struct store *store, const struct merkle *tree, uint64_t seq)
{
	struct buf key = { 0 }, nodes = { 0 };
	struct store_place place = { .size = tree->size, .seq = seq };
	int ret = -ENOMEM;

	note_key_text(&store->opts.seal.key, &key);
	merkle_save(tree, &nodes);
	place.key = buf_span(&key);
	place.nodes = buf_span(&nodes);
	if (!key.failed && !nodes.failed)
		ret = store_sql__begins(store->sql, &place);
	buf_free(&key);
	buf_free(&nodes);
	return ret;
}

static bool too_old(const struct store *store, const struct store_files *files, size_t i)
{
	struct store_sql *sql = NULL;
	int64_t last_ns = 0;
	char why[256];

	if (store->opts.keep_files && files->n - i > store->opts.keep_files)
		return true;
	if (!store->opts.keep_days)
		return false;
	if (!store_sql__open(&sql, files->v[i].path, false, why, sizeof(why)))
		last_ns = store_sql__last_ns(sql);
	store_sql__close(sql);
	return last_ns && last_ns / 1000000000 < time(NULL) - 86400LL * store->opts.keep_days;
}

/*
 * The oldest first, and none that a restart needs. What can't be deleted now is so next time; what
 * can't be read stays, and is passed over. Not before the newest file has a record: one without is
 * dropped at the next start, and what it kept with it.
 */
void store_delete_old(struct store *store)
{
	struct store_files files;

	if (!store->old_due)
		return;
	store->old_due = false;
	if (store_files__list(&files, store->path) == 0) {
		for (size_t i = 0; i + 1 < files.n && too_old(store, &files, i); i++) {
			int needs = store_sql__needs(store->sql, files.v[i].path);

			if (needs > 0)
				break;
			if (needs == 0 &&
			    store_sql__keep_checkpoints(store->sql, files.v[i].path) == 0)
				(void)store_file_remove(files.v[i].path);
		}
	}
	store_files__free(&files);
	store->base_bytes = store_sql__bytes(store->sql);
}

static bool too_many(const struct store *store)
{
	struct store_files files;
	bool many = store_files__list(&files, store->path) || files.n >= STORE_FILES_MAX;

	store_files__free(&files);
	return many;
}

/*
 * Under another name until it is whole: who is killed meanwhile leaves nothing that a reader, or
 * the next writer, would take for a file of the store.
 */
static int make_file(struct store *store, const char *fresh, const char *old)
{
	char why[256];
	int ret = fs_exists(fresh) ? store_file_remove(fresh) : 0;

	store->sql = NULL;
	if (!ret)
		ret = store_check_file(fresh, true);
	if (!ret)
		ret = store_sql__open(&store->sql, fresh, true, why, sizeof(why));
	if (!ret)
		ret = store_begin_log(store, &store->log.tree, store->log.seq);
	if (!ret)
		ret = store_sql__carry(store->sql, old);
	store_sql__close(store->sql);
	store->sql = NULL;
	return ret;
}

static int put_in_place(struct store *store, const char *fresh, const char *path)
{
	char why[256];
	int ret = rename(fresh, path) ? -errno : 0;

	if (ret)
		return ret;
	ret = fs_sync_parent(path);
	if (!ret)
		ret = store_sql__open(&store->sql, path, true, why, sizeof(why));
	if (ret)
		store_file_remove(path);
	return ret;
}

int store_next_file(struct store *store, uint64_t first)
{
	char *path = store_file_name(store->path, first), *fresh = NULL;
	struct store_sql *old = store->sql;
	int ret = path && asprintf(&fresh, "%s.new", store->path) >= 0 ? 0 : -ENOMEM;

	if (!ret && too_many(store))
		ret = -EMFILE;
	if (!ret)
		ret = make_file(store, fresh, store->file);
	if (!ret)
		ret = put_in_place(store, fresh, path);
	if (ret) {
		store->sql = old;
		free(path);
	} else {
		store_sql__close(old);
		free(store->file);
		store->file = path;
		store->begun = store->log.tree.size;
		store->log.loose = 0;
		store->old_due = true;
	}
	free(fresh);
	return ret;
}
