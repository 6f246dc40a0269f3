/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_PROBE_LOGIN_H
#define LOCKSTEP_PROBE_LOGIN_H

#include <stdbool.h>
#include <stdint.h>

#include "lockstep/state.h"

struct fs_mounts;

/* The tables of the logins without a ticket (bpf/login.h), by descriptors of their maps. */

/* As probe__add_spare(). */
int login_add_spare(int sessions, int spares, uint32_t number);
/*
 * As probe__ignore_logins() and probe__ignore_no_logins(). *mounts is NULL at first, then what was
 * read, again where it has changed, for the next call; the caller frees it.
 */
int login_ignore(int ignore, struct fs_mounts **mounts, const char *path);
void login_ignore_none(int ignore);
/* Takes the entry of a login out, if it is that of this session. */
void login_over(int logins, uint32_t asid, uint32_t session);
/* Takes out the entries with 0 of which /proc shows no process. 0 or -errno. */
int login_sweep(int logins);

#endif
