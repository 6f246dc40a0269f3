/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_STORE_FILES_H
#define LOCKSTEP_STORE_FILES_H

#include <stddef.h>
#include <stdint.h>

enum { STORE_FILES_MAX = 4096 }; /* no more are begun */

/* The files of a store, oldest first (store.h has their names). The zero value is none. */
struct store_file {
	uint64_t first; /* no record in it has a lower seq; 0: the one that has no number */
	char *path;
};

struct store_files {
	struct store_file *v;
	size_t n, cap;
};

/*
 * Reads the directory. 0, also where there are none; -errno; -ENOMEM. *out is to be freed always.
 */
int store_files__list(struct store_files *out, const char *path);
void store_files__free(struct store_files *files); /* and empties it */
/* The name of the file that begins with seq `first`; for free(); NULL: no memory. */
char *store_file_name(const char *path, uint64_t first);
/* Removes a file of the store with what sqlite may have left beside it. 0 or -errno. */
int store_file_remove(const char *path);

#endif
