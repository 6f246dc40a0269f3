/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_OUT_H
#define LOCKSTEP_OUT_H

#include <stdbool.h>

#include "core/base/buf.h"

/*
 * Where exported lines go: standard output, a file, or a file compressed as its name ends in .gz.
 * Of a file that was left in the middle, by a crash or a full disk, the whole lines are kept and
 * what is behind them is cut off.
 *
 * A .gz file is members behind one another (RFC 1952, 2.2), each of a few megabytes of whole lines:
 * what is behind the last whole member is cut.
 */
struct out;

/*
 * path NULL: standard output. Without `resume` the file must not be there. 0; -EEXIST; -ELOOP a
 * symbolic link; -EBADMSG not a regular file, or .gz and not gzip's; or what the system said. A
 * file that is there is not changed before out__begin().
 */
int out__open(struct out **out, const char *path, bool resume);
/*
 * The last whole line of the file, without its newline; n 0: it has none. Valid until out__begin().
 */
struct span out__last(const struct out *out);
/* The first bytes of a text that has no whole line; n 0: there is nothing. Valid likewise. */
struct span out__torn(const struct out *out);
/* Cuts off what is behind the last whole line. 0 or -errno. */
int out__begin(struct out *out);
/* Appends whole lines. 0 or -errno (-EPIPE, -ENOSPC, ...). */
int out__write(struct out *out, struct span lines);
/* All of it on the disk, or with the reader. 0 or -errno; frees in any case. NULL is allowed. */
int out__close(struct out *out);

#endif
