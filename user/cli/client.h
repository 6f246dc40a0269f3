/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_CLIENT_H
#define LOCKSTEP_CLIENT_H

#include "cli/options.h"
#include "core/base/json_read.h"
#include "core/serve/request.h"
#include "edge/socket.h"

/* The verbs' side of the daemon's sockets. What fails is told on stderr, as options_fail() does. */
#define CLIENT_RUN_DIR "/run/lockstep"
#define CLIENT_RUN_DIR_OPTION                                                                      \
	{                                                                                          \
		'R', "run-dir", "DIR",                                                             \
			"where lockstepd's sockets are (default: " CLIENT_RUN_DIR ")"              \
	}

struct client_reply {
	struct buf line;            /* without its newline */
	struct json_object *object; /* of the line; its spans borrow from it */
};

/*
 * One request on a connection of its own, with descriptor `pass` (-1: none). CLI_OK and *reply, or
 * CLI_ERROR when there is no daemon or it refused; then *reply is empty. Free it in any case.
 */
int client_call(const struct options *options, const char *run_dir, struct span request, int pass,
		struct client_reply *reply);
void client_reply_free(struct client_reply *reply);

/* A text of the reply, for a terminal: escaped, "-" for null. Appended. */
void client_text(struct buf *out, const struct json_object *object, const char *key);
/* The same of a session; of its ticket, where it has none, what it is instead. */
void client_session_text(struct buf *out, const struct json_object *session, const char *key);
uint64_t client_number(const struct json_object *object, const char *key);
/* Copies a short name; "" where there is none or it does not fit. */
void client_name(const struct json_object *object, const char *key, char *out, size_t n);

/* Connects to the stream and sends what is wanted. 0 and *fd, or -errno with why[]. */
int client_subscribe(const char *run_dir, const struct subscribe *subscribe, int *fd, char *why,
		     size_t why_n);

/* One line of the stream, sorted. */
enum client_line { CLIENT_RECORD, CLIENT_DURABLE, CLIENT_MISSED, CLIENT_REFUSED, CLIENT_UNKNOWN };
struct client_missed {
	uint64_t first, last, count;
};
/*
 * missed is filled for CLIENT_MISSED, message (a line for a terminal) appended for CLIENT_REFUSED.
 */
enum client_line client_sort(struct span line, struct client_missed *missed, struct buf *message);

enum { CLIENT_LINE_MAX = JSON_BYTES_MAX };

#endif
