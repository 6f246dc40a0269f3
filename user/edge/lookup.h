/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_LOOKUP_H
#define LOCKSTEP_LOOKUP_H

#include <stdbool.h>
#include <stdint.h>

#include "core/plan/plan.h"

/*
 * What the names of a plan mean on this host: files along the ticket's path, users, host names.
 * Asks the name services, so it may block for as long as their timeouts.
 */
struct lookup_ops {
	int (*hash)(void *ctx, int fd, char hex[65]); /* of a file: sha256.h has one */
	void *ctx;
};

/*
 * Fills plan->programs, users and hosts (between plan_new() and plan_compile()). What is not found
 * is no error. 0, -ENOMEM, or -errno when /proc/self/mountinfo can't be read.
 */
int lookup_plan(struct plan *plan, const struct lookup_ops *ops);

/* The users alone, for a plan whose other answers come from elsewhere. */
void lookup_users(struct plan *plan);

/*
 * Whether `path` leads to `to` here, by links none of which has changed since that moment
 * (nanoseconds of the epoch): so it did then.
 */
bool lookup_led(const char *path, const char *to, int64_t since_ns);

/* Whether the ticket's operators name this user, directly or by one of the user's groups. */
bool lookup_is_operator(const struct ticket *ticket, uint32_t uid);

#endif
