/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_NEW_FILE_H
#define LOCKSTEP_NEW_FILE_H

#include <stddef.h>

/*
 * A file that is there whole or not at all: written without a name in the same directory (mode
 * 0600, O_TMPFILE: open(2)), synced, then named, so that whatever ends us leaves nothing of it.
 * Where the filesystem has no such files (NFS, for one) or /proc is not there, it is written under
 * a name of its own (O_EXCL), which an untimely end leaves behind. What had the name before is
 * replaced, but only a regular file or a symbolic link: a device or a pipe is refused.
 */
struct new_file;

/* 0; -errno of open(2); -EEXIST something else than a file has the name; -ENAMETOOLONG; -ENOMEM. */
int new_file__open(struct new_file **out, const char *path);
int new_file__write(struct new_file *file, const void *p, size_t n); /* 0 or -errno */
/* Puts it under its name. 0 or -errno, and then there is no new file. */
int new_file__keep(struct new_file *file);
/* Without new_file__keep() before, nothing is left of it. NULL is allowed. */
void new_file__free(struct new_file *file);

#endif
