/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "bundle.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/filter.h"
#include "edge/fsutil.h"

enum { SMALL = 64 << 10, TICKET_MAX = 4 << 20, TICKETS_MAX = 4096, LINE_MAX_BYTES = 64 << 20 };

struct checking {
	struct audit *audit;
	const char *dir;
	char *why;
	size_t why_n;
};

static int read_file(const struct checking *checking, const char *name, size_t max, struct buf *out)
{
	char path[PATH_MAX];
	int ret = snprintf(path, sizeof(path), "%s/%s", checking->dir, name) < PATH_MAX
			  ? 0
			  : -ENAMETOOLONG;

	buf_reset(out);
	if (!ret)
		ret = fs_read(path, max, FS_NOFOLLOW, out);
	if (ret)
		snprintf(checking->why, checking->why_n, "\"%s\": %s", path, strerror(-ret));
	return ret;
}

static int check_head(const struct checking *checking)
{
	struct buf key = { 0 }, note = { 0 };
	int ret = read_file(checking, "key", SMALL, &key);

	if (!ret)
		ret = read_file(checking, "checkpoint", SMALL, &note);
	if (!ret) {
		if (key.n && key.p[key.n - 1] == '\n')
			key.n--;
		ret = audit__bundle(checking->audit, buf_span(&key), buf_span(&note));
	}
	buf_free(&key);
	buf_free(&note);
	return ret;
}

static int check_line(const struct checking *checking, struct span line)
{
	struct record_facts facts;
	struct buf proof = { 0 };
	char name[60];
	int ret = 0;

	(void)filter_facts(line, &facts);
	snprintf(name, sizeof(name), "proofs/%" PRIu64 ".tlog-proof", facts.seq);
	/* Without one it proves nothing: that is a finding, and the next line follows. */
	if (read_file(checking, name, SMALL, &proof))
		buf_reset(&proof);
	ret = audit__proved(checking->audit, facts.seq, line, buf_span(&proof));
	buf_free(&proof);
	return ret;
}

static int check_lines(const struct checking *checking)
{
	char path[PATH_MAX], *line = NULL;
	size_t cap = 0;
	ssize_t n;
	FILE *file;
	int ret = snprintf(path, sizeof(path), "%s/records.jsonl", checking->dir) < PATH_MAX
			  ? 0
			  : -ENAMETOOLONG;

	file = ret ? NULL : fopen(path, "re");
	if (!ret && !file)
		ret = -errno;
	while (!ret && (n = getline(&line, &cap, file)) > 0) {
		if (line[n - 1] == '\n')
			n--;
		ret = check_line(checking, (struct span){ line, (size_t)n });
	}
	if (!ret && ferror(file))
		ret = -EIO;
	if (ret)
		snprintf(checking->why, checking->why_n, "\"%s\": %s", path, strerror(-ret));
	if (file)
		fclose(file);
	free(line);
	return ret;
}

static bool is_digest(void *ctx, const char *name)
{
	(void)ctx;
	return strlen(name) == 64 && strspn(name, "0123456789abcdef") == 64;
}

static int check_ticket(void *ctx, const char *sha256)
{
	const struct checking *checking = ctx;
	struct buf bytes = { 0 };
	char name[100];
	int ret;

	snprintf(name, sizeof(name), "tickets/%s", sha256);
	ret = read_file(checking, name, TICKET_MAX, &bytes);
	if (!ret)
		ret = audit__ticket(checking->audit, sha256, buf_span(&bytes));
	buf_free(&bytes);
	return ret;
}

static int check_since(const struct checking *checking)
{
	struct buf since = { 0 }, proof = { 0 };
	int ret = read_file(checking, "since", SMALL, &since);

	if (ret == -ENOENT)
		return 0;
	if (!ret)
		ret = read_file(checking, "consistency", SMALL, &proof);
	if (!ret)
		ret = audit__consistency(checking->audit, buf_span(&since), buf_span(&proof));
	buf_free(&since);
	buf_free(&proof);
	return ret;
}

int bundle_check(struct audit *audit, const char *dir, char *why, size_t why_n)
{
	struct checking checking = { audit, dir, why, why_n };
	char path[PATH_MAX];
	int ret = check_head(&checking);

	if (!ret)
		ret = check_since(&checking);
	if (!ret)
		ret = check_lines(&checking);
	if (!ret)
		ret = snprintf(path, sizeof(path), "%s/tickets", dir) < PATH_MAX ? 0
										 : -ENAMETOOLONG;
	if (!ret)
		ret = fs_list(path, is_digest, TICKETS_MAX, check_ticket, &checking);
	if (!ret)
		ret = audit__end(audit);
	if (ret && !why[0])
		snprintf(why, why_n, "\"%s\": %s", dir, strerror(-ret));
	return ret;
}
