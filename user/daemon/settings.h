/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_DAEMON_SETTINGS_H
#define LOCKSTEP_DAEMON_SETTINGS_H

#include <stddef.h>
#include <sys/types.h>

#include "core/serve/config.h"
#include "core/yaml/refusal.h"
#include "daemon/admission.h"

#define SETTINGS_PATH "/etc/lockstep/lockstepd.yaml"

struct daemon;

/*
 * Reads the configuration file; path NULL is SETTINGS_PATH, which need not exist. 0, or -errno with
 * all that is wrong with it in *why.
 */
int settings_read(const char *path, struct config *out, struct refusal *why);
/* The group's number, (gid_t)-1 for NULL. -ENOENT with a line in why[] where there is no such
 * group. */
int settings_group(const char *name, gid_t *out, char *why, size_t why_n);
/* Has the engine record the logins that it is to. 0 or -ENOMEM. */
int settings_logins(struct daemon *daemon, const struct config_unticketed *unticketed);
/*
 * Reads the file again and takes over what can change while sessions are open; says what needs a
 * restart. A file with a mistake changes nothing.
 */
void settings_reload(struct daemon *daemon);

/* Borrows from the configuration. */
struct admission_rules settings_rules(const struct config *config);

#endif
