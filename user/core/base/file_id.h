/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_FILE_ID_H
#define LOCKSTEP_FILE_ID_H

#include <stdbool.h>
#include <stdint.h>

/* Which file, as it was at its last change: nobody sets a change time without setting the clock. */
struct file_id {
	uint32_t dev; /* the kernel's dev_t, as in mountinfo and events; stat(2) may differ */
	uint64_t ino, size, ctime_ns;
};

/* A file as an edge finds it by its path. */
struct file_facts {
	struct file_id id;
	char sha256[65]; /* lower-case hex, "" if the bytes were not read */
};

static inline bool file_id_eq(const struct file_id *a, const struct file_id *b)
{
	return a->dev == b->dev && a->ino == b->ino && a->size == b->size &&
	       a->ctime_ns == b->ctime_ns;
}

#endif
