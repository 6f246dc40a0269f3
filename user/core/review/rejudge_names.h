/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_REJUDGE_NAMES_H
#define LOCKSTEP_REJUDGE_NAMES_H

#include "core/base/json_read.h"
#include "core/plan/plan.h"
#include "core/record/stored.h"

/* What names meant in a recorded session: the files that ran, the hosts that were looked up. For
 * rejudge.c. */
enum { REJUDGE_FILES_MAX = 4096 };

/* How much an exec says of the file under its path. */
enum file_trust {
	/* Another program under an approved name: its path is none to look that name up at. */
	FILE_OTHER,
	FILE_CHANGED, /* the name's, changed since the session's start: what it was is not known */
	FILE_KNOWN,
};

struct known_file {
	char *path;      /* as it is matched: of the program, of the script */
	char *alias;     /* under which it was called, where that is not its path; NULL: none */
	bool alias_open; /* whether that led to it when the session began is not known */
	enum file_trust trust;
	bool script;
	bool late; /* changed, or not seen, since the session began: not known as it was then */
	struct file_facts file;
	uint32_t interp_dev;
	uint64_t interp_ino;
};

struct known_names {
	struct known_file *files;
	size_t files_n, files_cap;
	uint64_t more;    /* files beyond the bound */
	struct buf hosts; /* `hosts` of the session's start */
};

/* start_ns: of the session, wall clock. mntns: of its own, 0: not known. 0 or -ENOMEM. */
int known_names_exec(struct known_names *names, const struct stored *stored, int64_t start_ns,
		     uint32_t mntns);
/* leads: see rejudge.h; may be NULL. 0 or -ENOMEM. */
int known_names_answer(const struct known_names *names,
		       bool (*leads)(void *ctx, const char *path, const char *to), void *ctx,
		       struct plan *plan);
void known_names_free(struct known_names *names);

#endif
