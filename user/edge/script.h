/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_SCRIPT_H
#define LOCKSTEP_SCRIPT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/event/event.h"

/*
 * Looks at the files of scripts that were just run, for struct collector_ops.look. Whoever ran one
 * chose the path, and may have put anything there: nothing that waits for somebody else is opened
 * or asked. Not for two threads at one time.
 */
struct scripts;

struct script_ops {
	/* of a file of at most `max` bytes, else an error: sha256.h has one */
	int (*hash)(void *ctx, int fd, uint64_t max, char hex[65]);
	void *ctx;
};

enum { SCRIPT_HASH_MAX = 16 << 20 }; /* bytes; of a larger one the hash is not taken */

int scripts__new(struct scripts **out, const struct script_ops *ops); /* 0 or -ENOMEM */
void scripts__free(struct scripts *scripts);                          /* NULL is allowed */

/*
 * The regular file at an absolute path, symbolic links followed; `scripts` is a struct scripts *,
 * untyped so that the function fits. A file is hashed once for as long as device, inode, size and
 * ctime stay. out->sha256 is "" where it is too large, can't be read, changes meanwhile, or is
 * served by a process (FUSE). False: gone, no regular file, reached by a link of /proc, or not to
 * be had without waiting.
 */
bool scripts__look(void *scripts, struct span path, struct file_facts *out);

#endif
