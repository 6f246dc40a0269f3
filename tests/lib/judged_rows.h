/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_TESTS_JUDGED_ROWS_H
#define LOCKSTEP_TESTS_JUDGED_ROWS_H

#include "core/base/buf.h"
#include "lib/acts.h"

/* Tables of acts and of what is said of the last of them. */
struct row {
	const char *name, *script, *want;
};

enum { JUDGED_MAX = 512 };

/* "verdict step how reasons..."; how: whether that is told. */
void judged_say(const struct judgement *judged, bool how, struct buf *out);

/* Ends and frees it; got: JUDGED_MAX bytes. */
void judged_keep(struct buf *out, char *got);

/* What the rows of a table have in common. */
struct judged_case {
	const char *ticket, *profile, *prelude;
	/* ctx: JUDGED_MAX bytes, for judged_keep() */
	void (*sink)(void *ctx, const struct record *record, struct span line);
};

void judged_rows_run(const struct judged_case *all, const struct row *rows, size_t n);

#endif
