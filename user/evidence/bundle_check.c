/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "evidence/bundle.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/record/row.h"
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
	struct record_row facts;
	struct buf proof = { 0 };
	char name[60];
	int ret = 0;

	(void)row_read(line, &facts);
	snprintf(name, sizeof(name), "proofs/%" PRIu64 ".tlog-proof", facts.seq);
	/* Without one it proves nothing: that is a finding, and the next line follows. */
	if (read_file(checking, name, SMALL, &proof))
		buf_reset(&proof);
	ret = audit__proved(checking->audit, facts.seq, line, buf_span(&proof));
	buf_free(&proof);
	return ret;
}

/* A FIFO would block, a device never end: only a regular file of that very name is read. */
static int open_regular(const char *path, FILE **out)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY), ret = 0;
	struct stat st;

	*out = NULL;
	if (fd < 0)
		return -errno;
	if (fstat(fd, &st))
		ret = -errno;
	else if (!S_ISREG(st.st_mode))
		ret = -EINVAL;
	else if (!(*out = fdopen(fd, "r")))
		ret = -errno;
	if (ret)
		close(fd);
	return ret;
}

/* 1 with a line, without its newline; 0 at the end; -E2BIG; -errno. */
static int next_line(FILE *file, struct buf *line)
{
	int c;

	buf_reset(line);
	errno = 0;
	while ((c = getc_unlocked(file)) != EOF && c != '\n') {
		if (line->n == LINE_MAX_BYTES)
			return -E2BIG;
		buf_addc(line, (char)c);
		if (line->failed)
			return -ENOMEM;
	}
	if (c == EOF && ferror(file))
		return errno ? -errno : -EIO;
	return c == '\n' || line->n > 0;
}

static int check_lines(const struct checking *checking)
{
	struct buf line = { 0 };
	char path[PATH_MAX];
	FILE *file = NULL;
	int ret = snprintf(path, sizeof(path), "%s/records.jsonl", checking->dir) < PATH_MAX
			  ? 0
			  : -ENAMETOOLONG;

	if (!ret)
		ret = open_regular(path, &file);
	while (!ret && (ret = next_line(file, &line)) > 0)
		ret = check_line(checking, buf_span(&line));
	if (ret == -E2BIG) {
		audit__unreadable(checking->audit, "records.jsonl", "a line is too long");
		ret = 0;
	}
	if (ret)
		snprintf(checking->why, checking->why_n, "\"%s\": %s", path, strerror(-ret));
	if (file)
		fclose(file);
	buf_free(&line);
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
		ret = audit__bundle_ticket(checking->audit, sha256, buf_span(&bytes));
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
	struct buf of = { 0 };
	int ret = check_head(&checking);

	if (ret)
		goto out;
	ret = read_file(&checking, "of", SMALL, &of);
	if (!ret || ret == -ENOENT)
		ret = audit__bundle_of(checking.audit, buf_span(&of));
	buf_free(&of);
	if (ret)
		goto out;
	ret = check_since(&checking);
	if (ret)
		goto out;
	ret = check_lines(&checking);
	if (ret)
		goto out;
	ret = -ENAMETOOLONG;
	if (snprintf(path, sizeof(path), "%s/tickets", dir) >= PATH_MAX)
		goto out;
	ret = fs_list(path, is_digest, TICKETS_MAX, check_ticket, &checking);
	if (ret)
		goto out;
	ret = audit__bundle_end(audit);
	if (!ret)
		ret = audit__end(audit);
out:
	if (ret && !why[0])
		snprintf(why, why_n, "\"%s\": %s", dir, strerror(-ret));
	return ret;
}
