/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_FSUTIL_H
#define LOCKSTEP_FSUTIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/buf.h"
#include "core/base/file_id.h"

#define FS_NOFOLLOW 1u /* the path's last component is no symbolic link */

/*
 * Reads a whole regular file of at most `max` bytes into an empty buffer; never blocks on what is
 * no regular file. 0; -errno as open(2) and read(2); -EISDIR, -EINVAL for what is no regular file;
 * -E2BIG; -ENOMEM. *out is empty on failure.
 */
int fs_read(const char *path, size_t max, unsigned int flags, struct buf *out);

/* Writes all of it, however often that takes. 0 or -errno. */
int fs_write_all(int fd, const void *bytes, size_t n);

/* Whether there is something of that name, or it can't be told. */
bool fs_exists(const char *path);
bool fs_is_directory(const char *path);
/* Makes an empty file, and it stays there after a crash. 0, also where it is there; -errno. */
int fs_touch(const char *path);

/* The directory that holds the path: a name that was made or removed there stays so after a crash.
 * 0 or -errno. */
int fs_sync_parent(const char *path);

/*
 * Gives each name in a directory, in the order of strcmp(), until `each` returns other than 0.
 * Returns what it returned; 0; -errno; -E2BIG where there are more than `max` that `each` would be
 * given.
 */
int fs_list(const char *dir, bool (*wanted)(void *ctx, const char *name), size_t max,
	    int (*each)(void *ctx, const char *name), void *ctx);

/*
 * The mounts of this process's mount namespace, as they were when it was read, for fs_identify().
 * 0, -errno or -ENOMEM.
 */
struct fs_mounts;

int fs_mounts__read(struct fs_mounts **out);
void fs_mounts__free(struct fs_mounts *mounts); /* NULL is allowed */
/* Reads it (again) if it is NULL, or something was mounted or unmounted since. As
 * fs_mounts__read().
 */
int fs_mounts__refresh(struct fs_mounts **mounts);
/* Whether one of them is served by a process, which may never answer. */
bool fs_mounts__any_fuse(const struct fs_mounts *mounts);

/* A file as the kernel's own structures name it. */
struct fs_identity {
	struct file_id id;
	uint32_t mode;
	bool fuse; /* served by a process, or by nobody knows what: not in the table */
};

/* Of an open file (O_PATH is enough). 0 or -errno. */
int fs_identify(const struct fs_mounts *mounts, int fd, struct fs_identity *out);
/*
 * By what the kernel holds already: a file system that is a process or another host is not asked.
 */
int fs_identify_cached(const struct fs_mounts *mounts, int fd, struct fs_identity *out);

#endif
