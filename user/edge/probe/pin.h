/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_PROBE_PIN_H
#define LOCKSTEP_PROBE_PIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct lockstep_bpf;

/*
 * The half of probe.c that keeps the programs in the kernel when their loader goes: links and maps
 * are pinned into a directory of a bpffs (mode 0700, root's) that a later process opens. One
 * process has a directory at a time (flock(2) on it); the lock goes with that process.
 */
struct pins;

/*
 * Of what was pinned: a reader knows by it whether it would have loaded the same. In a pinned map.
 */
struct pin_identity {
	uint64_t object; /* hash of the object's bytes */
	uint64_t cgroup; /* inode number of the directory that the network hooks are attached to */
	uint32_t wire;   /* LS_WIRE_VERSION */
	uint32_t session_size; /* of the maps' values */
	uint32_t member_size;
	uint32_t ring_bytes;
	uint32_t members_max;
	uint32_t argv_max, env_max;
	uint32_t pad;
};

enum { PIN_PROGRAMS_MAX = 64 };

/* Descriptors of what is pinned, owned; -1: none. */
struct pin_set {
	struct pin_identity identity;
	int ring, members, sessions, reader;
	int logins, login_spares, login_ignore, login_watch;
	int links[PIN_PROGRAMS_MAX], programs[PIN_PROGRAMS_MAX];
	size_t programs_n;
	uint64_t hooks; /* HOOK_BIT() of each program that this version knows */
};

/*
 * Makes the directory where there is none and locks it. 0; or -errno with one line in why[]:
 * -ENOTSUP its parent is on no bpffs; -EPERM it is not root's, or others may enter it; -EBUSY
 * another process has it.
 */
int pins__open(struct pins **out, const char *dir, char *why, size_t why_n);
void pins__close(struct pins *pins); /* removes the directory where it is empty; NULL is allowed */

/* 0; -ENOENT when nothing, or not all of it, is pinned; -errno with one line in why[]. */
int pins__take(const struct pins *pins, struct pin_set *out, char *why, size_t why_n);
void pin_set_init(struct pin_set *set); /* of none */
void pin_set_free(struct pin_set *set);
/* Pins what was loaded and attached, the identity last: what a crash cuts short is no set. */
int pins__put(const struct pins *pins, const struct lockstep_bpf *skel,
	      const struct pin_identity *identity, char *why, size_t why_n);
/* What nobody has open goes from the kernel with its pin. */
void pins__remove(const struct pins *pins);

#endif
