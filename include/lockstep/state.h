/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_STATE_H
#define LOCKSTEP_STATE_H

/*
 * What the kernel programs and the collector share beside the ring: the values of the maps, the
 * settings and the counters.
 *
 * Invariant, per session, at every moment without an act in flight:
 *     emitted == delivered into the ring + sum(lost[])
 */

#include "lockstep/wire.h"

/* lost[]: acts that took a sequence number and did not reach the ring. */
#define LS_LOST_RING_FULL 0 /* bpf_ringbuf_reserve* refused */
#define LS_LOST_FILL      1 /* reserved, but could not be filled, so discarded */
/*
 * A fork that was skipped, or found no room, and was found out later: the number stands for all
 * that the process did until it was tagged, and is its image from then on, which nobody knows.
 */
#define LS_LOST_UNTRACKED 2
#define LS_LOST_REASONS   4 /* a power of two, which the programs mask with */

/* missed[]: what happened to a session without taking a sequence number. */
/* A fork's child could not be tagged: it runs outside the session. */
#define LS_MISSED_MEMBER_FULL 0
/* No memory for a socket's entry: a connect's close, or what a listener takes, is not recorded. */
#define LS_MISSED_SOCK_FULL   1
#define LS_MISSED_REASONS     2

/*
 * Key of the `members` hash is the tgid (ls_u32). Not an LRU map: an eviction would be an escape.
 */
struct ls_member {
	ls_u64 image; /* see ls_hdr.image */
	/*
	 * The leader's start_boottime: tells a reused tgid from the one that was tagged.
	 * LS_MEMBER_GONE: it has ended and is counted out, and the entry tags nobody (bpf/gone.h).
	 */
	ls_u64 start_ns;
	ls_u64 exec_id;       /* task_struct.self_exec_id of the last exec that was seen */
	ls_u64 last_child_ns; /* start_boottime of the child of the last fork that was seen */
	ls_u32 session;
	ls_u32 flags; /* LS_F_SHARED */
	/*
	 * The session of a login without a ticket from which this process was taken into `session`,
	 * and which counts it in its `members` until it ends: what it came from is not over before
	 * it. 0: none.
	 */
	ls_u32 under;
	ls_u32 pass; /* of the search, the last that met it or missed it: bpf/search.bpf.c */
};
#define LS_MEMBER_GONE 0xffffffffffffffffull
_Static_assert(sizeof(struct ls_member) == 48, "ls_member is a map value");

/* Key of the `sessions` hash is the session's number (ls_u32, from 1, not reused while loaded). */
struct ls_session {
	ls_u64 emitted; /* sequence numbers taken */
	ls_u64 lost[LS_LOST_REASONS];
	ls_u64 missed[LS_MISSED_REASONS];
	ls_u64 members;  /* processes tagged with this session now */
	ls_u64 sockets;  /* TCP connections that were recorded, and whose close was not yet */
	ls_u64 begin_ns; /* boot clock: what was started before is none of its processes */
	/*
	 * 1: made for a login without a ticket. Until one takes it (`emitted` is 0) it is a spare.
	 * The login's audit session and user, as the kernel programs put them in.
	 */
	ls_u32 login;
	ls_u32 asid;
	ls_u32 auid;
	ls_u32 pad;
};
_Static_assert(sizeof(struct ls_session) == 8 * (6 + LS_LOST_REASONS + LS_MISSED_REASONS),
	       "ls_session is a map value");

/*
 * Logins without a ticket. Key of the `logins` hash is the audit session id, its value (ls_u32) the
 * number of the session that the login is, or 0: it is left alone. Numbers of spares wait in the
 * queue `login_spares`. The key of `login_ignore` is a program; what descends from one is left
 * alone.
 */
struct ls_program {
	ls_u64 ino;
	ls_u32 dev; /* the kernel's dev_t, as in ls_exec */
	ls_u32 pad;
};
_Static_assert(sizeof(struct ls_program) == 16, "ls_program is a map key");

/* login_watch.missed[]: commands of a login that ran in no session. */
#define LS_LOGIN_NO_SPARE 0 /* no number was left for a further login */
#define LS_LOGIN_NO_ROOM  1 /* the table of processes is full */
#define LS_LOGIN_MISSED   2

/* The one entry of the `login_watch` array, which the collector maps. */
struct ls_login_watch {
	ls_u32 on; /* 0: logins are not looked at */
	ls_u32 pad;
	ls_u64 missed[LS_LOGIN_MISSED];
	ls_u64 ignored; /* entries with 0 that were put into `logins` */
};
_Static_assert(sizeof(struct ls_login_watch) == 16 + 8 * LS_LOGIN_MISSED,
	       "ls_login_watch is a map value");

/*
 * ls_found.error, beside 0 and -errno: it had ended, seen by no program, and was counted out now.
 */
#define LS_FOUND_GONE 1

/* What the search for untracked processes writes, of each that it finds (bpf/search.bpf.c). */
struct ls_found {
	ls_u32 session;
	ls_u32 tgid;
	ls_u32 ppid;
	/* 0: it is tagged now; LS_FOUND_GONE; -EAGAIN: not decided yet; else why it could not be
	 * tagged */
	ls_s32 error;
	ls_u64 start_ns;
	ls_u64 image; /* what it has been given; 0: not tagged */
};
_Static_assert(sizeof(struct ls_found) == 32, "ls_found is read in pieces of 4096 bytes");

/* ls_sock.role */
#define LS_SOCK_OVER       0 /* its close is recorded */
#define LS_SOCK_CONNECTION 1
#define LS_SOCK_LISTENER   2 /* or a connection that the kernel is still making for one */

/*
 * Lives and dies with the socket (BPF_MAP_TYPE_SK_STORAGE). What the kernel accepts for a listener
 * is cloned from it, this included (BPF_F_CLONE): the one way from a connection back to its
 * listener.
 */
struct ls_sock {
	ls_u64 of; /* sseq of the connect, accept or listen */
	ls_u64 start_ns;
	ls_u64 image;
	ls_u32 session;
	ls_u32 tgid;
	ls_u32 role; /* LS_SOCK_* */
	ls_u32 pad;
};
_Static_assert(sizeof(struct ls_sock) == 40, "ls_sock is a map value");

/*
 * The one entry of the `reader` array, which the collector maps: 1 while it sleeps, or is about to;
 * whoever submits a record takes it back to 0 and wakes the collector.
 */
struct ls_reader {
	ls_u32 waiting;
	ls_u32 pad;
};
_Static_assert(sizeof(struct ls_reader) == 8, "ls_reader is a map value");

/* Settings, `const volatile` in the programs, set before the load. */
struct ls_settings {
	ls_u32 argv_max; /* bytes of argv kept in a record; longer is cut and flagged */
	ls_u32 env_max;  /* likewise of the environment */
};

/* As much as execve(2) takes by default (a quarter of 8 MiB). */
#define LS_ARGV_MAX_DEFAULT    (2u << 20)
#define LS_ENV_MAX_DEFAULT     (256u << 10)
#define LS_RING_BYTES_DEFAULT  (8u << 20)
#define LS_MEMBERS_MAX_DEFAULT 65536u
#define LS_SESSIONS_MAX        1024u
#define LS_LOGINS_MAX          16384u
#define LS_LOGIN_SPARES_MAX    32u
#define LS_LOGIN_IGNORE_MAX    64u

#endif
