/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_OUT_GZIP_H
#define LOCKSTEP_OUT_GZIP_H

#include <stdint.h>

#include "core/base/buf.h"

/* The only user of zlib. For out.c. */
struct gzip;

int gzip__new(struct gzip **out, int fd); /* writes to fd, which stays the caller's; 0 or -ENOMEM */
int gzip__write(struct gzip *gzip, struct span lines); /* 0 or -errno */
int gzip__finish(struct gzip *gzip);                   /* ends the member at hand; 0 or -errno */
void gzip__free(struct gzip *gzip);                    /* NULL is allowed */

/*
 * Reads a file from its start: where the last whole member ends, its last line without the newline,
 * and, where there is no whole member, the first bytes of what there is. 0; -EBADMSG when it does
 * not begin as gzip does; -errno.
 */
int gzip_scan(int fd, uint64_t *end, struct buf *last, struct buf *torn);

#endif
