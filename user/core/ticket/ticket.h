/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_TICKET_H
#define LOCKSTEP_TICKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/err.h"
#include "core/match/pattern.h"
#include "core/ticket/dest.h"

/*
 * A ticket, or a profile (the same file without what binds it to a change: only `profile`, `steps`
 * and `allow`), as written: parsed and checked, nothing looked up. lockstep-ticket(5) is the
 * language. All strings are owned by the ticket and are NUL-ended UTF-8 without control characters.
 */
enum {
	TICKET_BYTES_MAX = 1 << 20,
	TICKET_STEPS_MAX = 4096,
	TICKET_TIMES_MAX = 1000000,
	TICKET_APPROVALS_MAX = 16,
	TICKET_PROFILES_MAX = 64,
	TICKET_ENV_MAX = 64,
	TICKET_NAME_MAX = 255, /* bytes of a user's or a host's */
};

struct strings {
	char **v;
	size_t n;
};

/* Patterns over whole absolute paths; each has its text as written. */
struct patterns {
	struct word *v;
	size_t n;
};

enum ticket_order { ORDER_ANY, ORDER_STRICT };
enum ticket_mode { MODE_OBSERVE, MODE_ENFORCE };

struct dests {
	struct dest *v;
	size_t n;
};

enum children { CHILDREN_NONE, CHILDREN_ANY, CHILDREN_LIST };

#define STDIN_TTY  1u
#define STDIN_PIPE 2u
#define STDIN_FILE 4u
#define STDIN_ANY  7u

/* Sockets that are judged as they are made, since nothing of what passes through them is seen. */
#define SOCKETS_RAW    1u /* raw IPv4 and IPv6 */
#define SOCKETS_PACKET 2u /* AF_PACKET, AF_XDP */
#define SOCKETS_ICMP   4u /* ping sockets: ICMP without being raw */
#define SOCKETS_VSOCK  8u
#define SOCKETS_OTHER  16u /* SCTP, DCCP, UDP-Lite, and any other family */

#define TIMES_ANY UINT32_MAX

struct step_env {
	char *name;
	char *value; /* NULL: any value ("*") */
};

struct step {
	char *id;
	/* Name of the profile that it came from, NULL: the ticket's own; owned by the plan. */
	const char *profile;
	struct command run; /* pattern.h */
	char *as;           /* user name or number, NULL: operator or root */
	bool times_set;
	uint32_t times_min, times_max; /* times: n is n..n; absent is 0..TIMES_ANY */
	enum children children;
	struct command *child_runs; /* CHILDREN_LIST */
	size_t child_runs_n;
	struct dests connect, listen, send;
	struct patterns write, installs;
	struct step_env *env;
	size_t env_n;
	unsigned int stdin_mask; /* STDIN_*; 0: none allowed */
	unsigned int sockets;    /* SOCKETS_*; 0: none allowed */
	char *cwd;               /* absolute path, NULL: any */
	char *sha256;            /* 64 lower-case hex digits, NULL: no pin */
	unsigned int line;
};

struct ticket {
	char *id; /* "ticket", or "profile" where is_profile */
	bool is_profile;
	char *summary;
	char *requester;
	struct strings operators;  /* user, number or @group; empty: nobody may open it */
	struct strings hosts;      /* host name patterns (* and ?) */
	int64_t from_ns, until_ns; /* the window, nanoseconds of the epoch, from <= t < until */
	unsigned int approvals;
	enum ticket_order order;
	/* `enforce` is refused until enforcement exists: no promise that is not kept. */
	enum ticket_mode mode;
	struct strings profiles; /* names */
	/* Of each, its name, and behind it "@sha256:" and its pin where it has one. */
	struct strings profile_texts;
	char sha256[65]; /* of a profile: of its exact bytes, by whoever read them; "": not known */
	/* directories for bare program names; ticket_system_path where a ticket has none */
	struct strings path;
	struct step *steps;
	size_t steps_n;
	struct dests allow_connect;
	struct patterns allow_write;
};

#define TICKET_PIN_MARK "@sha256:"

/* Where bare program names are looked up when a ticket does not say. */
extern const struct strings ticket_system_path;

void dests_free(struct dests *dests);
bool strings_have(const struct strings *strings, const char *text);
/* Whether one of them is the path's. */
bool patterns_match(const struct patterns *patterns, struct span path);
/* Whether a step's `env` can name it: a letter or _, then letters, digits and _. */
bool ticket_is_variable(struct span name);
/* Whether the step's `env` allows the variable with this value. */
bool step_allows_env(const struct step *step, struct span name, struct span value);

/*
 * Parses `n` bytes of YAML. 0 and *out is the caller's to ticket_free(); -EINVAL, -E2BIG for
 * TICKET_BYTES_MAX, -ENOMEM, with what is wrong in *errs (NULL: the caller does not want to know):
 * the line and column of each node that is, up to ERRS_MAX of them. A mistake that leaves the rest
 * unreadable is the last one. *out is NULL on every failure: anything wrong refuses the whole.
 */
int ticket_parse(const char *text, size_t n, struct ticket **out, struct errs *errs);
/* As above for a profile file (top-level key `profile` in place of `ticket`). */
int profile_parse(const char *text, size_t n, struct ticket **out, struct errs *errs);
void ticket_free(struct ticket *ticket); /* NULL is allowed */

/* The SHA-256 that the bytes of profile i have to have, in hex; NULL: whatever they are. */
const char *ticket_profile_pin(const struct ticket *ticket, size_t i);
/*
 * Whether the ticket names this host: by one of its patterns, or because it has none. Case is
 * ignored.
 */
bool ticket_names_host(const struct ticket *ticket, const char *host);

#endif
