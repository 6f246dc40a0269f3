/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "daemon/settings.h"

#include <errno.h>
#include <grp.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "core/base/buf.h"
#include "daemon/alerts.h"
#include "daemon/daemon.h"
#include "daemon/opener.h"
#include "daemon/stream.h"
#include "edge/fsutil.h"
#include "engine/engine.h"

enum { SETTINGS_BYTES_MAX = 64 << 10 };

int settings_read(const char *path, struct config *out, struct refusal *why)
{
	const char *name = path ? path : SETTINGS_PATH;
	struct buf text = { 0 };
	int ret;

	*out = (struct config){ 0 };
	ret = fs_read(name, SETTINGS_BYTES_MAX, 0, &text);
	if (ret == -ENOENT && !path) {
		ret = config_defaults(out);
		if (ret)
			refusal_whole(why, name, ret, strerror(-ret));
	} else if (ret) {
		refusal_whole(why, name, ret, strerror(-ret));
	} else {
		refusal_begin(why, name);
		ret = config_parse(text.p ? text.p : "", text.n, out, &why->errs);
	}
	buf_free(&text);
	return ret;
}

int settings_group(const char *name, gid_t *out, char *why, size_t why_n)
{
	struct group group, *found = NULL;
	char room[16384];

	*out = (gid_t)-1;
	if (!name)
		return 0;
	getgrnam_r(name, &group, room, sizeof(room), &found);
	if (!found) {
		snprintf(why, why_n, "group: there is no group \"%s\"", name);
		return -ENOENT;
	}
	*out = found->gr_gid;
	return 0;
}

static bool same(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

/* Keys of which a change waits for the next start. */
static const char *needs_restart(const struct config *a, const struct config *b)
{
	if (!same(a->store, b->store))
		return "store";
	if (!same(a->key, b->key))
		return "key";
	if (a->store_file_mib != b->store_file_mib)
		return "store_file_mib";
	if (a->store_keep_files != b->store_keep_files)
		return "store_keep_files";
	if (a->store_keep_days != b->store_keep_days)
		return "store_keep_days";
	if (!same(a->run_dir, b->run_dir))
		return "run_dir";
	if (!same(a->cgroup, b->cgroup))
		return "cgroup";
	if (!same(a->pins, b->pins))
		return "pins";
	if (a->ring_kib != b->ring_kib)
		return "ring_kib";
	if (a->limits.members != b->limits.members || a->limits.argv_kib != b->limits.argv_kib ||
	    a->limits.env_kib != b->limits.env_kib || a->limits.clients != b->limits.clients ||
	    a->limits.subscribers != b->limits.subscribers ||
	    a->limits.subscriber_kib != b->limits.subscriber_kib)
		return "limits";
	return NULL;
}

struct admission_rules settings_rules(const struct config *config)
{
	return (struct admission_rules){
		.tickets = config->tickets,
		.profiles = config->profiles,
		.signers = config->signers,
		.revoked = config->revoked,
		.signatures_optional = config->signatures_optional,
		.break_glass = config->break_glass,
	};
}

int settings_logins(struct daemon *daemon, const struct config_unticketed *unticketed)
{
	return engine__watch_logins(daemon->engine, !unticketed->off, unticketed->ignore,
				    unticketed->ignore_n);
}

static void swap(char **a, char **b)
{
	char *c = *a;

	*a = *b;
	*b = c;
}

/* Takes from `new` what may change; what may not stays as it was at the start. */
static int apply(struct daemon *daemon, struct config *new, char *why, size_t why_n)
{
	struct config *old = &daemon->config;
	struct config_unticketed unticketed;
	const struct admission_rules rules = settings_rules(new);
	gid_t group;
	int ret;

	ret = settings_group(new->group, &group, why, why_n);
	if (ret)
		return ret;
	ret = opener__set(daemon->opener, &rules, new->limits.sessions);
	if (!ret)
		ret = settings_logins(daemon, &new->unticketed);
	if (ret) {
		snprintf(why, why_n, "out of memory");
		return ret;
	}
	stream__set_group(daemon->stream, group);
	alerts__set(daemon->alerts, new->alerts);
	swap(&old->tickets, &new->tickets);
	swap(&old->profiles, &new->profiles);
	swap(&old->signers, &new->signers);
	swap(&old->revoked, &new->revoked);
	swap(&old->group, &new->group);
	unticketed = old->unticketed;
	old->unticketed = new->unticketed;
	new->unticketed = unticketed; /* freed with it */
	old->signatures_optional = new->signatures_optional;
	old->break_glass = new->break_glass;
	old->limits.sessions = new->limits.sessions;
	old->alerts = new->alerts;
	return 0;
}

void settings_reload(struct daemon *daemon)
{
	char why[1024] = "out of memory";
	const char *restart;
	struct refusal refusal;
	struct config new;
	int ret;

	ret = settings_read(daemon->config_path, &new, &refusal);
	if (ret)
		refusal_line(&refusal, why, sizeof(why));
	else
		ret = apply(daemon, &new, why, sizeof(why));
	if (ret) {
		alerts__say(daemon->alerts, true, "the configuration stays as it was: %s", why);
	} else {
		restart = needs_restart(&daemon->config, &new);
		alerts__say(daemon->alerts, false, "configuration read again%s%s%s",
			    restart ? "; a restart is needed for \"" : "", restart ? restart : "",
			    restart ? "\"" : "");
	}
	engine__host(daemon->engine, ret ? "reload_failed" : "reload", ret ? why : NULL);
	config_free(&new);
}
