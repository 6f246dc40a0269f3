/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_LOGINS_H
#define LOCKSTEP_LOGINS_H

#include <stdbool.h>

#include "edge/probe/probe.h"

/*
 * Logins without a ticket. The kernel makes a session of one by itself, out of spares
 * (bpf/login.h); this keeps them in stock, and has a spare opened as a session as soon as it is
 * seen that a login took it: by its first record, before anybody judges that, or by the kernel's
 * counters, should that record be lost.
 */
struct logins;

struct logins_ops {
	uint32_t (*number)(void *ctx); /* a session number that was never used */
	/*
	 * Opens the session that a login took, whose first act was by `tgid` (0: not known). 0, or
	 * -errno and it is forgotten.
	 */
	int (*open)(void *ctx, uint32_t number, uint32_t tgid);
	/* What is to be told: the name of a host record, and one line. */
	void (*tell)(void *ctx, const char *what, const char *line);
	void *ctx;
};

/* The probe stays the caller's and outlives it. What the probe was taken over with is gone on with.
 * 0 or -ENOMEM. */
int logins__new(struct logins **out, struct probe *probe, const struct logins_ops *ops);
void logins__free(struct logins *logins); /* NULL is allowed */

/*
 * On: logins become sessions from now on, but for those below a program that a path names; one that
 * is not there names none, and is looked for again. Off: what is a session goes on. 0 or -ENOMEM.
 */
int logins__watch(struct logins *logins, bool on, char *const *programs, size_t n);
/* Every ring record, before it is fed. */
void logins__heed(struct logins *logins, const void *record, size_t n);
/* A session is over, whosever it was. */
void logins__ended(struct logins *logins, uint32_t number);
/* What is due by the clock; at most once a second. */
void logins__look(struct logins *logins, uint64_t now_ns);
/* Sessions of logins that are open. */
size_t logins__open_n(const struct logins *logins);

#endif
