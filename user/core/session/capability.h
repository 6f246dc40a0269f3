/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_CAPABILITY_H
#define LOCKSTEP_CAPABILITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/buf.h"
#include "core/session/hook.h"

/*
 * What a host can see of a session, and what not: one table. `lockstep doctor` holds it against the
 * host's facts, docs/what-it-sees.md is printed from it.
 */

enum capability_state {
	CAPABILITY_NOT_VISIBLE,
	CAPABILITY_SERVED,
	CAPABILITY_IMPOSSIBLE, /* the host does not let anybody do it, so there is nothing to see */
};
const char *capability_state_name(enum capability_state state);

struct capability {
	const char *name;
	const char *what; /* for people */
	uint64_t hooks; /* HOOK_BIT() of those that serve it; 0: no program of this version does */
	uint64_t otherwise; /* likewise, where not all of `hooks` can run; 0: nothing does then */
	const char *needs;  /* of the kernel */
	const char *cost;   /* of not seeing it, to the verdict */
	bool wants_fentry;  /* where no program serves it: one would be fentry or LSM */
	bool io_uring;      /* nothing to see where no ring can be made */
	uint32_t sees;      /* JUDGE_SEES_* that it stands for; 0: none */
	bool audit;         /* nothing sees it where the kernel has no audit session ids */
};

size_t capability_n(void);
const struct capability *capability_at(size_t i); /* i < capability_n() */

/* What the host makes of it; *why is appended to where it is not served: one line, no full stop. */
enum capability_state capability_probe(const struct capability *capability,
				       const struct kernel_facts *facts, struct buf *why);
/* JUDGE_SEES_* of all that is served: what the judge may leave out of what it lists as not seen. */
uint32_t capability_sees(const struct kernel_facts *facts);
/* The hooks that serve it on the host, 0 where it is not served. */
uint64_t capability_serving(const struct capability *capability, const struct kernel_facts *facts);
/* "on_connect4 (cgroup/connect4), ..." for the bits of `hooks`; nothing for none. */
void capability_hooks(uint64_t hooks, struct buf *out);
/* The whole table as Markdown. */
void capability_table(struct buf *out);

/* The oldest kernel that is supported. */
#define KERNEL_MAJOR_MIN 6u
#define KERNEL_MINOR_MIN 1u

/* Whether a release (uname(2)) is that version or a later one; false where it says none. */
bool kernel_since(const char *release, unsigned long major, unsigned long minor);
/* 0, or -ENOSYS with one line in why[] where a release (uname(2)) is older, or says no version. */
int kernel_check(const char *release, char *why, size_t why_n);

#endif
