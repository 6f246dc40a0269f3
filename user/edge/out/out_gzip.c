/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "edge/out/out_gzip.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>
#include <zlib.h>

#include "edge/fsutil.h"

enum {
	CHUNK = 64 << 10,
	MEMBER_BYTES = 4 << 20, /* of lines: as much is done again after a crash */
	LEVEL = 3,              /* twice as fast as the default, a tenth larger */
	GZIP_WINDOW = 15 + 16,  /* zlib.h: the largest window, with gzip's header */
	TORN_MAX = 64,
};

struct gzip {
	int fd;
	z_stream z;
	size_t member; /* bytes of lines in the member at hand, 0: none is begun */
	unsigned char chunk[CHUNK];
};

int gzip__new(struct gzip **out, int fd)
{
	struct gzip *gzip = calloc(1, sizeof(*gzip));

	*out = NULL;
	if (!gzip)
		return -ENOMEM;
	gzip->fd = fd;
	if (deflateInit2(&gzip->z, LEVEL, Z_DEFLATED, GZIP_WINDOW, 9, Z_DEFAULT_STRATEGY) != Z_OK) {
		free(gzip);
		return -ENOMEM;
	}
	*out = gzip;
	return 0;
}

/* Gives zlib what there is, and the file what zlib gives. */
static int pump(struct gzip *gzip, int flush)
{
	int code, ret;

	do {
		gzip->z.next_out = gzip->chunk;
		gzip->z.avail_out = CHUNK;
		code = deflate(&gzip->z, flush);
		if (code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR)
			return -EIO;
		ret = fs_write_all(gzip->fd, gzip->chunk, CHUNK - gzip->z.avail_out);
		if (ret)
			return ret;
	} while (gzip->z.avail_out == 0);
	return 0;
}

int gzip__finish(struct gzip *gzip)
{
	int ret;

	if (gzip->member == 0)
		return 0;
	gzip->z.avail_in = 0;
	ret = pump(gzip, Z_FINISH);
	gzip->member = 0;
	deflateReset(&gzip->z);
	return ret;
}

int gzip__write(struct gzip *gzip, struct span lines)
{
	int ret = 0;

	while (!ret && lines.n) {
		/* zlib counts in 32 bits, and takes without writing to it */
		size_t n = lines.n < UINT32_MAX ? lines.n : UINT32_MAX;

		gzip->z.next_in = (unsigned char *)(uintptr_t)lines.p;
		gzip->z.avail_in = (unsigned int)n;
		ret = pump(gzip, Z_NO_FLUSH);
		gzip->member += n;
		lines.p += n;
		lines.n -= n;
	}
	return ret || gzip->member < MEMBER_BYTES ? ret : gzip__finish(gzip);
}

void gzip__free(struct gzip *gzip)
{
	if (!gzip)
		return;
	deflateEnd(&gzip->z);
	free(gzip);
}

/* A file on its way through inflate(). */
struct scan {
	z_stream z;
	int fd;
	uint64_t read;   /* bytes of the file so far */
	struct buf tail; /* text since the last newline, and the line before it */
	size_t line;     /* where in tail the unfinished line begins */
	unsigned char in[CHUNK], out[CHUNK];
};

/* Keeps the last whole line and what follows it, whatever the size of the file. */
static void take(struct scan *scan, struct span text)
{
	const char *newline = text.n ? memrchr(text.p, '\n', text.n) : NULL, *before;
	size_t n;

	if (newline) {
		n = (size_t)(newline - text.p);
		before = n ? memrchr(text.p, '\n', n) : NULL;
		if (before) { /* the whole line is in this text */
			buf_reset(&scan->tail);
			buf_add(&scan->tail, before + 1, (size_t)(newline - before));
		} else { /* it began in what is kept */
			if (scan->line)
				memmove(scan->tail.p, scan->tail.p + scan->line,
					scan->tail.n - scan->line);
			scan->tail.n -= scan->line;
			buf_add(&scan->tail, text.p, n + 1);
		}
		scan->line = scan->tail.n;
		text = (struct span){ newline + 1, text.n - n - 1 };
	}
	buf_add(&scan->tail, text.p, text.n);
}

/* 1: the member is whole; 0: the file ended before that, or what is there is none; -errno. */
static int scan_member(struct scan *scan, struct buf *torn)
{
	int code = Z_OK;
	ssize_t n;

	while (code == Z_OK || code == Z_BUF_ERROR) {
		if (scan->z.avail_in == 0) {
			n = read(scan->fd, scan->in, CHUNK);
			if (n <= 0)
				return n < 0 ? -errno : 0;
			scan->read += (uint64_t)n;
			scan->z.next_in = scan->in;
			scan->z.avail_in = (unsigned int)n;
		}
		scan->z.next_out = scan->out;
		scan->z.avail_out = CHUNK;
		code = inflate(&scan->z, Z_NO_FLUSH);
		n = CHUNK - (ssize_t)scan->z.avail_out;
		if (torn->n < TORN_MAX)
			buf_add(torn, scan->out, (size_t)(n < TORN_MAX ? n : TORN_MAX));
		take(scan, (struct span){ (const char *)scan->out, (size_t)n });
		if (scan->tail.failed)
			return -ENOMEM;
	}
	return code == Z_STREAM_END && scan->line == scan->tail.n;
}

static int begins_as_gzip(int fd)
{
	unsigned char magic[2];
	ssize_t n = pread(fd, magic, sizeof(magic), 0);

	if (n < 0)
		return -errno;
	return n == 0 || (magic[0] == 0x1f && (n == 1 || magic[1] == 0x8b)) ? 0 : -EBADMSG;
}

int gzip_scan(int fd, uint64_t *end, struct buf *last, struct buf *torn)
{
	struct scan *scan;
	int ret = begins_as_gzip(fd);

	*end = 0;
	if (ret)
		return ret;
	scan = calloc(1, sizeof(*scan));
	if (!scan || inflateInit2(&scan->z, GZIP_WINDOW) != Z_OK) {
		free(scan);
		return -ENOMEM;
	}
	scan->fd = fd;
	while ((ret = scan_member(scan, torn)) == 1) {
		*end = scan->read - scan->z.avail_in;
		buf_reset(last);
		if (scan->line)
			buf_add(last, scan->tail.p, scan->line - 1);
		inflateReset(&scan->z);
	}
	if (!ret && last->failed)
		ret = -ENOMEM;
	inflateEnd(&scan->z);
	buf_free(&scan->tail);
	free(scan);
	return ret;
}
