/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_PLAN_FILE_H
#define LOCKSTEP_PLAN_FILE_H

#include "core/base/buf.h"
#include "core/plan/plan.h"
#include "core/yaml/refusal.h"

/*
 * The composition that `lockstep run`, `lockstep ticket` and `lockstepd` share: a ticket's file and
 * its profiles read, looked up on this host and compiled. Blocks (files, name services).
 */
struct plan_text {
	struct buf bytes;
	char sha256[65]; /* of those */
};

struct plan_file {
	struct plan *plan;
	struct buf bytes;           /* of the ticket, exactly */
	char sha256[65];            /* of those */
	struct plan_text *profiles; /* in the ticket's order */
	size_t profiles_n;
};

#define PLAN_FILE_PROFILES_DIR LOCKSTEP_PREFIX "/share/lockstep/profiles"

/*
 * profiles_dir: where NAME.yaml are. flags: FS_* of fsutil.h. 0 and *out is to be freed with
 * plan_file_free() (a plan that was taken over is set to NULL by its taker); or -errno with
 * all that is wrong with the first refused file in *why, and *out empty.
 */
int plan_file_read(const char *path, const char *profiles_dir, unsigned int flags,
		   struct plan_file *out, struct refusal *why);
/*
 * As plan_file_read() for a ticket that was read already, with a look at it in between, say: takes
 * what it needs of it. `path` is for *why alone.
 */
struct ticket_file;

/*
 * Fills in what the profiles' bytes are, as SHA-256, and holds them against what the ticket pins:
 * 0; -EINVAL with *err, one that is another; -errno. plan_file_make() does it as well.
 */
int plan_file_check_profiles(struct ticket_file *ticket, struct err *err);
int plan_file_make(const char *path, struct ticket_file *ticket, struct plan_file *out,
		   struct refusal *why);
/*
 * As plan_file_make(), with answers that `answer` has instead of what this host would say: it fills
 * in plan->programs, users and hosts. 0 or -errno, which is returned.
 */
int plan_file_answer(const char *path, struct ticket_file *ticket,
		     int (*answer)(void *ctx, struct plan *plan), void *ctx, struct plan_file *out,
		     struct refusal *why);
void plan_file_free(struct plan_file *file);

#endif
