/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_DECODE_H
#define LOCKSTEP_DECODE_H

#include "core/event/event.h"

/* Turns ring bytes into events (lockstep/wire.h). Holds the room that turned-round paths need. */
struct decoder {
	char paths[3][4096]; /* exe, cwd, root */
	/* cwd, a slash, and the path that is relative to it. */
	char unix_path[4096 + 1 + LS_UNIX_PATH_MAX];
};

/*
 * Decodes one record of `n` bytes, at any alignment. 0; -EBADMSG when lengths, counts or values do
 * not add up, when the version is another, or when the type is unknown. Then *out has kind
 * RECORD_NONE, and session and sseq where at least the header was whole, so that the loss can be
 * booked; else they are 0.
 *
 * Paths (exe, cwd, root; of a write path and from) are "/a/b/c". An empty section is "/", but an
 * empty `exe`: the file has no name that could be walked. Where LS_EXEC_PATH_TRUNCATED is set (or
 * its like of another type) each may have lost its upper end and begins with "..." in place of it,
 * which is like no absolute path.
 */
int decode_record(struct decoder *decoder, const void *record, size_t n, struct event *out);

#endif
