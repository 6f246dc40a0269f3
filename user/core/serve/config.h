/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_CONFIG_H
#define LOCKSTEP_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/err.h"

/*
 * lockstepd's configuration: YAML, read as strictly as a ticket (reader.h). Every key has a
 * default, so an empty file, or none, is a configuration. Paths are absolute. Strings are owned.
 */
#define CONFIG_ALERTS_JOURNALD 1u
#define CONFIG_ALERTS_SYSLOG   2u
#define CONFIG_STORE           "/var/lib/lockstep/lockstep.db"

struct config_limits {
	uint32_t sessions;    /* open at one time, 1-1024 */
	uint32_t members;     /* processes in all sessions, 64-4194304 */
	uint32_t subscribers; /* of the stream, 1-1024 */
	/* Lines kept for one that reads slowly before it misses some, 64-65536. */
	uint32_t subscriber_kib;
	uint32_t clients;  /* of the control socket at one time, 1-1024 */
	uint32_t argv_kib; /* arguments kept of one exec, 4-2048 */
	uint32_t env_kib;  /* environment kept of one exec, 4-2048 */
};

/* Logins that have no ticket. */
struct config_unticketed {
	bool off;      /* `logins: off`: they are left alone; `recorded`: each is a session */
	char **ignore; /* absolute paths of programs below which a login is left alone */
	size_t ignore_n;
};

struct config {
	char *store;               /* CONFIG_STORE */
	char *key;                 /* the host's key; NULL: the store's path and ".key" */
	uint32_t store_file_mib;   /* of one file of the store, 1-1048576; 1024 */
	uint32_t store_keep_files; /* how many stay, 2-4096; 0 ("all"): none is deleted */
	uint32_t store_keep_days;  /* how long they stay, 1-36500; 0 ("all"): none is deleted */
	char *run_dir;             /* /run/lockstep: control.sock, stream.sock */
	char *tickets;             /* /etc/lockstep/tickets: ID.yaml */
	char *profiles;            /* PREFIX/share/lockstep/profiles: NAME.yaml */
	char *cgroup;              /* NULL: the root of the cgroup v2 tree */
	char *pins;    /* /sys/fs/bpf/lockstep; NULL ("none"): nothing outlives the daemon */
	char *signers; /* /etc/lockstep/allowed_signers: whose signatures approve a ticket */
	/* /etc/lockstep/revoked_keys: whose do not any more; the file may be missing. */
	char *revoked;
	char *group;         /* may read the stream beside root; NULL: none */
	uint32_t ring_kib;   /* the ring's size, a power of two, 64-1048576; 8192 */
	unsigned int alerts; /* CONFIG_ALERTS_*; none */
	/*
	 * `signatures: optional`: a ticket that is not approved runs, and every record says so;
	 * `required`.
	 */
	bool signatures_optional;
	bool break_glass; /* an operator may ask for a session with one signature; no */
	struct config_unticketed unticketed;
	struct config_limits limits;
};

/* 0 and *out to be freed with config_free(); -EINVAL, -E2BIG, -ENOMEM with *errs told
 * (NULL is allowed). *out is empty then. */
int config_parse(const char *text, size_t n, struct config *out, struct errs *errs);
int config_defaults(struct config *out); /* 0 or -ENOMEM */
void config_free(struct config *config);

#endif
