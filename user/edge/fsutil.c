/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "edge/fsutil.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/grow.h"

enum { MOUNTS_MAX = 1 << 20 };

struct fs_mount {
	uint64_t id;
	uint32_t dev;
	bool fuse;
};

struct fs_mounts {
	FILE *file; /* kept open: poll(2) on it tells of changes */
	struct fs_mount *v;
	size_t n, cap;
};

/* One byte more than allowed is asked for, so that a file that grew meanwhile is seen. */
static int read_all(int fd, size_t max, struct buf *out)
{
	while (out->n <= max) {
		size_t room = max + 1 - out->n;
		ssize_t n;

		if (room > 65536)
			room = 65536;
		if (buf_reserve(out, room))
			return -ENOMEM;
		n = read(fd, out->p + out->n, room);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			return 0;
		out->n += (size_t)n;
	}
	return -E2BIG;
}

int fs_read(const char *path, size_t max, unsigned int flags, struct buf *out)
{
	struct stat st;
	int fd, ret;

	*out = (struct buf){ 0 };
	/* O_NONBLOCK: a FIFO in the file's place would block the open */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY |
				(flags & FS_NOFOLLOW ? O_NOFOLLOW : 0));
	if (fd < 0)
		return -errno;
	if (fstat(fd, &st))
		ret = -errno;
	else if (!S_ISREG(st.st_mode))
		ret = S_ISDIR(st.st_mode) ? -EISDIR : -EINVAL;
	else if ((uint64_t)st.st_size > max)
		ret = -E2BIG;
	else
		ret = read_all(fd, max, out);
	close(fd);
	if (ret)
		buf_free(out);
	return ret;
}

int fs_write_all(int fd, const void *bytes, size_t n)
{
	const char *p = bytes;
	ssize_t wrote;

	for (; n; p += wrote, n -= (size_t)wrote) {
		wrote = write(fd, p, n);
		if (wrote < 0 && errno != EINTR)
			return -errno;
		if (wrote < 0)
			wrote = 0;
	}
	return 0;
}

bool fs_exists(const char *path)
{
	struct stat st;

	return !lstat(path, &st) || (errno != ENOENT && errno != ENOTDIR);
}

bool fs_is_directory(const char *path)
{
	struct stat st;

	return !stat(path, &st) && S_ISDIR(st.st_mode);
}

int fs_sync_parent(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *dir = slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
	int fd = dir ? open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	int ret = fd < 0 || fsync(fd) ? -errno : 0;

	if (fd >= 0)
		close(fd);
	free(dir);
	return ret;
}

int fs_touch(const char *path)
{
	int fd = open(path, O_CREAT | O_WRONLY | O_NOFOLLOW | O_CLOEXEC, 0644);
	int ret = fd < 0 || fsync(fd) ? -errno : 0;

	if (fd >= 0)
		close(fd);
	return ret ? ret : fs_sync_parent(path);
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int collect_names(DIR *dir, bool (*wanted)(void *ctx, const char *name), void *ctx,
			 size_t max, char **names, size_t *n)
{
	struct dirent *entry;

	while ((entry = readdir(dir))) {
		if (!wanted(ctx, entry->d_name))
			continue;
		if (*n == max)
			return -E2BIG;
		names[*n] = strdup(entry->d_name);
		if (!names[*n])
			return -ENOMEM;
		++*n;
	}
	return 0;
}

int fs_list(const char *path, bool (*wanted)(void *ctx, const char *name), size_t max,
	    int (*each)(void *ctx, const char *name), void *ctx)
{
	DIR *dir = opendir(path);
	char **names = calloc(max + 1, sizeof(*names));
	size_t n = 0;
	int ret = dir ? 0 : -errno;

	if (!ret && !names)
		ret = -ENOMEM;
	if (!ret)
		ret = collect_names(dir, wanted, ctx, max, names, &n);
	if (!ret)
		qsort(names, n, sizeof(*names), compare_names);
	for (size_t i = 0; i < n && !ret; i++)
		ret = each(ctx, names[i]);
	while (n > 0)
		free(names[--n]);
	free(names);
	if (dir)
		closedir(dir);
	return ret;
}

/* "36 35 98:0 /root /mount … - type …", Documentation/filesystems/proc.rst, 3.5; blanks in paths
 * are escaped. */
static int add_mount(struct fs_mounts *mounts, const char *line)
{
	unsigned long long id;
	const char *type = strstr(line, " - fuse");
	unsigned int major, minor;

	if (sscanf(line, "%llu %*u %u:%u ", &id, &major, &minor) != 3)
		return 0;
	if (mounts->n == MOUNTS_MAX)
		return -E2BIG;
	if (grow_to(mounts->v, mounts->cap, mounts->n + 1))
		return -ENOMEM;
	mounts->v[mounts->n++] = (struct fs_mount){ id, major << 20 | minor, type != NULL };
	return 0;
}

int fs_mounts__read(struct fs_mounts **out)
{
	struct fs_mounts *mounts = NULL;
	char *line = NULL;
	size_t line_cap = 0;
	int ret = 0;

	*out = NULL;
	mounts = calloc(1, sizeof(*mounts));
	if (!mounts)
		return -ENOMEM;
	mounts->file = fopen("/proc/self/mountinfo", "re");
	if (!mounts->file)
		ret = -errno;
	while (!ret && getline(&line, &line_cap, mounts->file) > 0)
		ret = add_mount(mounts, line);
	if (!ret && ferror(mounts->file))
		ret = -EIO;
	if (!ret) {
		*out = mounts;
		mounts = NULL;
	}
	free(line);
	fs_mounts__free(mounts);
	return ret;
}

void fs_mounts__free(struct fs_mounts *mounts)
{
	if (!mounts)
		return;
	if (mounts->file)
		fclose(mounts->file);
	free(mounts->v);
	free(mounts);
}

int fs_mounts__refresh(struct fs_mounts **mounts)
{
	struct pollfd changed = { *mounts ? fileno((*mounts)->file) : -1, POLLPRI, 0 };

	/* Each change is reported once: mounts_poll() in fs/proc_namespace.c. */
	if (*mounts && poll(&changed, 1, 0) == 0)
		return 0;
	fs_mounts__free(*mounts);
	return fs_mounts__read(mounts);
}

bool fs_mounts__any_fuse(const struct fs_mounts *mounts)
{
	for (size_t i = 0; i < mounts->n; i++) {
		if (mounts->v[i].fuse)
			return true;
	}
	return false;
}

static const struct fs_mount *find_mount(const struct fs_mounts *mounts, uint64_t id)
{
	for (size_t i = 0; i < mounts->n; i++) {
		if (mounts->v[i].id == id)
			return &mounts->v[i];
	}
	return NULL;
}

static int identify(const struct fs_mounts *mounts, int fd, int flags, struct fs_identity *out)
{
	const struct fs_mount *mount = NULL;
	struct statx st;

	*out = (struct fs_identity){ 0 };
	if (statx(fd, "", AT_EMPTY_PATH | flags, STATX_BASIC_STATS | STATX_MNT_ID, &st))
		return -errno;
	out->id.ino = st.stx_ino;
	out->id.size = st.stx_size;
	out->id.ctime_ns = (uint64_t)st.stx_ctime.tv_sec * 1000000000ULL + st.stx_ctime.tv_nsec;
	out->mode = st.stx_mode;
	/*
	 * a mount that came after the table was read: stat's device is right on most file systems
	 */
	if (st.stx_mask & STATX_MNT_ID)
		mount = find_mount(mounts, st.stx_mnt_id);
	out->id.dev = mount ? mount->dev : st.stx_dev_major << 20 | st.stx_dev_minor;
	out->fuse = !mount || mount->fuse;
	return 0;
}

int fs_identify(const struct fs_mounts *mounts, int fd, struct fs_identity *out)
{
	return identify(mounts, fd, 0, out);
}

int fs_identify_cached(const struct fs_mounts *mounts, int fd, struct fs_identity *out)
{
	return identify(mounts, fd, AT_STATX_DONT_SYNC, out);
}
