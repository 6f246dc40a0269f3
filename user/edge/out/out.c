/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "edge/out/out.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "edge/fsutil.h"
#include "edge/out/out_gzip.h"

enum { BUFFER = 256 << 10, BLOCK = 64 << 10, TORN_MAX = 64, LINE_MAX_BYTES = 64 << 20 };

struct out {
	int fd;
	bool is_file;
	uint64_t end; /* of what is whole */
	struct buf last, torn, pending;
	struct gzip *gzip; /* NULL: as it is */
};

static bool is_gzip(const char *path)
{
	size_t n = strlen(path);

	return n > 3 && strcmp(path + n - 3, ".gz") == 0;
}

/* The offset behind the last newline before `from`; 0: there is none. */
static int find_newline(int fd, uint64_t from, uint64_t *behind)
{
	char block[BLOCK], *newline;

	for (*behind = 0; from > 0;) {
		size_t n = from < BLOCK ? (size_t)from : BLOCK;

		if (pread(fd, block, n, (off_t)(from - n)) != (ssize_t)n)
			return errno ? -errno : -EIO;
		newline = memrchr(block, '\n', n);
		from -= n;
		if (newline) {
			*behind = from + (uint64_t)(newline - block) + 1;
			return 0;
		}
	}
	return 0;
}

static int read_at(int fd, uint64_t from, uint64_t to, struct buf *out)
{
	size_t n = (size_t)(to - from);

	if (to - from > LINE_MAX_BYTES)
		return -EBADMSG;
	if (buf_reserve(out, n))
		return -ENOMEM;
	if (pread(fd, out->p, n, (off_t)from) != (ssize_t)n)
		return -EIO;
	out->n = n;
	return 0;
}

static int scan_plain(struct out *out, uint64_t size)
{
	uint64_t begin;
	int ret = find_newline(out->fd, size, &out->end);

	if (!ret && out->end == 0)
		return read_at(out->fd, 0, size < TORN_MAX ? size : TORN_MAX, &out->torn);
	if (!ret)
		ret = find_newline(out->fd, out->end - 1, &begin);
	return ret ? ret : read_at(out->fd, begin, out->end - 1, &out->last);
}

static int open_file(struct out *out, const char *path, bool resume)
{
	int flags = O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | (resume ? 0 : O_EXCL);
	struct stat st;
	int ret;

	out->fd = open(path, flags, 0600);
	if (out->fd < 0)
		return -errno;
	out->is_file = true;
	if (fstat(out->fd, &st))
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EBADMSG;
	if (!is_gzip(path))
		return scan_plain(out, (uint64_t)st.st_size);
	ret = gzip_scan(out->fd, &out->end, &out->last, &out->torn);
	return ret ? ret : gzip__new(&out->gzip, out->fd);
}

int out__open(struct out **out, const char *path, bool resume)
{
	struct out *made = calloc(1, sizeof(*made));
	int ret = 0;

	*out = NULL;
	if (!made)
		return -ENOMEM;
	made->fd = STDOUT_FILENO;
	if (path)
		ret = open_file(made, path, resume);
	if (ret)
		out__close(made);
	else
		*out = made;
	return ret;
}

struct span out__last(const struct out *out)
{
	return buf_span(&out->last);
}

struct span out__torn(const struct out *out)
{
	return out->end ? (struct span){ NULL, 0 } : buf_span(&out->torn);
}

int out__begin(struct out *out)
{
	buf_free(&out->last);
	buf_free(&out->torn);
	if (!out->is_file)
		return 0;
	if (ftruncate(out->fd, (off_t)out->end) || lseek(out->fd, (off_t)out->end, SEEK_SET) < 0)
		return -errno;
	return 0;
}

static int flush(struct out *out)
{
	struct span pending = buf_span(&out->pending);
	int ret;

	if (pending.n == 0)
		return 0;
	if (out->gzip)
		ret = gzip__write(out->gzip, pending);
	else
		ret = fs_write_all(out->fd, pending.p, pending.n);
	buf_reset(&out->pending);
	return ret;
}

int out__write(struct out *out, struct span lines)
{
	buf_add(&out->pending, lines.p, lines.n);
	if (out->pending.failed)
		return -ENOMEM;
	return out->pending.n < BUFFER ? 0 : flush(out);
}

/* What was made and never begun is left as it was. */
int out__close(struct out *out)
{
	int ret;

	if (!out)
		return 0;
	ret = flush(out);
	if (!ret && out->gzip)
		ret = gzip__finish(out->gzip);
	if (out->is_file) {
		if (!ret && fsync(out->fd))
			ret = -errno;
		if (close(out->fd) && !ret)
			ret = -errno;
	}
	gzip__free(out->gzip);
	buf_free(&out->last);
	buf_free(&out->torn);
	buf_free(&out->pending);
	free(out);
	return ret;
}
