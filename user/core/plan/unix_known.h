/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_UNIX_KNOWN_H
#define LOCKSTEP_UNIX_KNOWN_H

#include "core/base/span.h"

/* What is known of a tidy path or abstract name (unix_path.h): who listens there. */
enum unix_nature {
	UNIX_OTHER,
	/* Logs, or answers questions about names and users; does nothing for who asks. */
	UNIX_SERVICE,
	UNIX_DELEGATION, /* does work for who asks, outside the session */
};

struct unix_known {
	enum unix_nature nature;
	const char *name; /* "systemd", NULL for UNIX_OTHER */
};

struct unix_known unix_path_known(struct span path);

#endif
