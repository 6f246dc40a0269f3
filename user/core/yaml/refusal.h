/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_REFUSAL_H
#define LOCKSTEP_REFUSAL_H

#include "core/base/buf.h"
#include "core/base/err.h"

/* Why a file was refused: which one, and all that is wrong with it. */
struct refusal {
	char file[1024]; /* its name, made safe to show; too long a name is cut */
	struct errs errs;
};

/* Begins the refusal of the file at `path`, with nothing wrong yet. */
void refusal_begin(struct refusal *refusal, const char *path);
/* One error of the file as a whole; returns `code`, a -errno. */
int refusal_whole(struct refusal *refusal, const char *path, int code, const char *message);

/*
 * Appends "FILE:LINE:COLUMN: MESSAGE" ("FILE: MESSAGE" for the whole file) and a newline for each.
 */
void refusal_lines(const struct refusal *refusal, struct buf *out);
/* The first of them without its newline, and how many more there are. `n` is the room in `out`. */
void refusal_line(const struct refusal *refusal, char *out, size_t n);

#endif
