/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_PROBE_H
#define LOCKSTEP_PROBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/session/hook.h"
#include "lockstep/state.h"

/*
 * The kernel edge, and the only user of libbpf: loads and attaches the programs, tags processes,
 * reads the ring (mapped by ourselves, because the consumer position moves only when the records
 * were committed) and the counters. Decides nothing. Without pins everything is gone with
 * probe__close() or with the process; with them it goes on, and the next probe__open() takes it
 * over.
 */
struct probe;

struct probe_opts {
	/* Directory for the network hooks; NULL: the root of the cgroup v2 tree. */
	const char *cgroup;
	uint32_t ring_bytes; /* rounded up to a power of two of at least a page; 0: the default */
	uint32_t argv_max, env_max, members_max; /* 0: the default of state.h */
	uint64_t without; /* bits of enum hook: left out, as where the kernel refuses them */
	const char *btf;  /* a file to look the kernel's fields up in; NULL: the kernel's own */
	/* Directory on a bpffs, made where there is none; NULL: nothing is pinned. */
	const char *pins;
};

/*
 * Loads and attaches. 0 or -errno, and one line for a person in why[] that names what failed
 * (too old a kernel, no BTF or not the fields that we read, no permission, a program and the
 * verifier's last words, no cgroup v2 tree).
 *
 * With pins: what is pinned there is taken over where it is what would be loaded, and else
 * replaced. But programs that have sessions are kept, as far as this version can read what they
 * emit; -EPROTO where it can't. -ENOTSUP: no bpffs is mounted there; -EPERM: the directory is not
 * root's alone; -EBUSY: another process has it.
 */
int probe__open(struct probe **out, const struct probe_opts *opts, char *why, size_t why_n);
void probe__close(struct probe *probe); /* NULL is allowed */

/* Whether the programs are those of an earlier process, with what sessions they have. */
bool probe__taken_over(const struct probe *probe);
/* Likewise, and they are not what this one would have loaded. */
bool probe__outdated(const struct probe *probe);
bool probe__pinned(const struct probe *probe);
/* Takes the pins away: everything goes with probe__close(). Nothing where nothing is pinned. */
void probe__unpin(struct probe *probe);
/*
 * Takes away what is pinned in the directory, without a look at it. 0, also where nothing is there;
 * or as probe__open() with one line in why[].
 */
int probe_unload(const char *pins, char *why, size_t why_n);

/* The directory of the cgroup v2 tree that the network hooks are attached to. */
const char *probe__cgroup(const struct probe *probe);
/* What was found of the kernel, and which programs are attached; valid until the close. */
const struct kernel_facts *probe__facts(const struct probe *probe);

/*
 * Opens session number `session` and tags the process behind `pidfd` with it. One that is in the
 * session of a login without a ticket is taken out of that. 0; -EEXIST when the process is in
 * another one already; -ESRCH when it is gone, or on its way; -EINVAL when the descriptor is that
 * of a thread, -EBADF when of no process; -ENOSPC when a map is full. After a failure the number is
 * not to be used again: for a moment a child may have taken it over.
 */
int probe__tag(struct probe *probe, uint32_t session, int pidfd);
/* What the kernel has of a tagged process; its start is 0 until it has acted. 0 or -ENOENT. */
int probe__member(struct probe *probe, uint32_t tgid, uint32_t *session, uint64_t *start_ns);
/* Forgets the session and untags whatever still carries it. */
int probe__forget(struct probe *probe, uint32_t session);
/* 0 or -ENOENT. */
int probe__counters(struct probe *probe, uint32_t session, struct ls_session *out);
/* Calls `each` with every session that the kernel has; returns how many. */
size_t probe__sessions(struct probe *probe,
		       void (*each)(void *ctx, uint32_t session, const struct ls_session *counters),
		       void *ctx);
/* Acts since the load that the kernel may have kept every program from: hooks_skipped(). */
uint64_t probe__recursion_misses(struct probe *probe);
/* Calls `each` with every tgid that the session has now; returns how many. */
size_t probe__members(struct probe *probe, uint32_t session,
		      void (*each)(void *ctx, uint32_t tgid, const struct ls_member *member),
		      void *ctx);
/*
 * One pass of the search for processes that a fork left untagged, see edge/probe/search.h: 0,
 * -ENOSPC and what it says; -ENOTSUP: this kernel does not run the program.
 */
int probe__search(struct probe *probe, void (*each)(void *ctx, const struct ls_found *found),
		  void *ctx);

/*
 * Logins without a ticket become sessions in the kernel (bpf/login.h), out of spares that were made
 * before, while they are watched. A session of theirs is known by ls_session.login, a spare among
 * them by its .emitted, which is 0.
 */
void probe__watch_logins(struct probe *probe, bool on);
/* How many commands of logins ran in no session since the load, by LS_LOGIN_*. */
void probe__login_missed(const struct probe *probe, uint64_t missed[LS_LOGIN_MISSED]);
/* Makes a spare of this number. 0; -ENOSPC: there are as many as can be; -errno. */
int probe__add_spare(struct probe *probe, uint32_t number);
bool probe__spare_acted(struct probe *probe, uint32_t number); /* something was emitted for it */
/*
 * Leaves alone the logins below a program, from now on; one that the path named before stays on the
 * list. 0; -ENOSPC: LS_LOGIN_IGNORE_MAX programs are on it; -errno: the file can't be found.
 */
int probe__ignore_logins(struct probe *probe, const char *path);
void probe__ignore_no_logins(struct probe *probe); /* takes all off the list */
/*
 * Logins that are left alone are remembered by their audit session: forgets those that have no
 * process any more, once enough have come together. Reads /proc then.
 */
void probe__sweep_logins(struct probe *probe);

int probe__fd(const struct probe *probe); /* for epoll: readable when records came */
/*
 * The next record: 1 and *record, *n, valid until released; 0 when there is none now. The cursor
 * runs ahead of the consumer position, so that a crash loses nothing that was not committed.
 */
int probe__next(struct probe *probe, const void **record, size_t *n);
uint64_t probe__cursor(const struct probe *probe);
/* Gives the ring back to the kernel up to a cursor that probe__cursor() returned. */
void probe__release(struct probe *probe, uint64_t cursor);
/* Bytes between the consumer's position and the producer's, of how many. */
void probe__fill(const struct probe *probe, size_t *used, size_t *size);

#endif
