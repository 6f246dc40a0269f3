/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_PAM_OPTIONS_H
#define LOCKSTEP_PAM_OPTIONS_H

#include <stdbool.h>

#include "core/base/err.h"

/* The words behind pam_lockstep.so in a service's file: pam_lockstep(8). Borrowed. */
struct pam_options {
	const char *ticket; /* NULL: the login says which */
	const char *run_dir;
	unsigned int wait_ms; /* for the daemon, all in all */
	bool optional;        /* a login that can't be bound to a ticket is let in */
	bool automatic;       /* the one open ticket is taken */
	bool ruser;           /* the operator is who called su or sudo, not whom they become */
};

/* 0, or -EINVAL with *err; *out is then what denies: required, and nothing else. */
int pam_options_read(int argc, const char **argv, struct pam_options *out, struct err *err);

#endif
