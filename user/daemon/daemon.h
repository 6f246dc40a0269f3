/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_DAEMON_H
#define LOCKSTEP_DAEMON_H

#include <stdbool.h>
#include <stdint.h>

#include "core/serve/config.h"
#include "edge/notify.h"

struct acker;
struct alerts;
struct control;
struct engine;
struct loop;
struct opener;
struct stream;

/* What the daemon is made of. lockstepd.c puts it together; one thread uses it. */
struct daemon {
	const char *config_path; /* NULL: the built-in defaults */
	struct config config;
	struct loop *loop;
	struct engine *engine;
	struct control *control;
	struct stream *stream;
	struct opener *opener;
	struct acker *acker;
	struct alerts *alerts;
	struct notify notify;
	uint64_t started_ns; /* boot clock */
	bool stop, reload;
};

#endif
