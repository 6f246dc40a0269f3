/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "audit_store.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>

static int on_file(void *audit, const char *path, struct span key, uint64_t size, uint64_t seq,
		   struct span nodes)
{
	return audit__file(audit, path, key, size, seq, nodes);
}

static int on_kept(void *audit, uint64_t size, struct span note)
{
	return audit__kept(audit, size, note);
}

static int on_row(void *audit, const struct store_row *row, struct span leaf)
{
	const struct audit_row fed = store_audit_row(row, leaf);

	return audit__row(audit, &fed);
}

static int on_checkpoint(void *audit, uint64_t size, struct span note, struct span nodes)
{
	return audit__checkpoint(audit, size, note, nodes);
}

static int on_ticket(void *audit, const char *sha256, struct span bytes)
{
	return audit__ticket(audit, sha256, bytes);
}

static void on_unreadable(void *audit, const char *path, const char *why)
{
	audit__unreadable(audit, path, why);
}

/* A writer may go on meanwhile: what its mark says now is at most what is read afterwards. */
static int hold_mark(struct audit *audit, struct store *store, const char *path)
{
	struct buf mark = { 0 };
	char name[PATH_MAX];
	int ret = store__last_mark(store, &mark);

	snprintf(name, sizeof(name), "%s-log", path);
	if (!ret)
		ret = audit__hold(audit, name, buf_span(&mark));
	buf_free(&mark);
	/* None, or torn by a power cut: then it says nothing. */
	return ret == -ENOENT || ret == -EBADMSG ? 0 : ret;
}

int audit_store(struct audit *audit, struct store *store, const char *path)
{
	const struct store_walk_ops ops = { on_file,       on_kept,   on_row,
					    on_checkpoint, on_ticket, on_unreadable };
	int ret = hold_mark(audit, store, path);

	if (!ret)
		ret = store__walk(store, &ops, audit);
	return ret ? ret : audit__end(audit);
}
