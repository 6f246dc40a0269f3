/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_COLLECTOR_H
#define LOCKSTEP_COLLECTOR_H

#include "core/judge/judge.h"
#include "core/record/record.h"

/*
 * The pipeline without its edges (docs/design.md): raw ring records in, finished records out.
 * `lockstep run`, `lockstepd`, the scenario tests and the replay benchmark all run exactly this.
 * Owns the sessions, the judges, the books and the numbering.
 */
struct collector;

struct collector_ops {
	/*
	 * One finished record and its canonical line, in seq order; both borrowed for the call.
	 * It can't fail: a sink that has no room counts and says so itself.
	 */
	void (*sink)(void *ctx, const struct record *record, struct span line);
	/* A session is over, its RECORD_SESSION_END sunk: the kernel may free the number. */
	void (*ended)(void *ctx, uint32_t session);
	/* SHA-256 in hex of a salt and the secret; NULL: "{secret}" stands alone */
	void (*hash)(void *ctx, struct span secret, char hex[65]);
	/*
	 * The file behind an absolute path: that of a script which was run in the mount namespace
	 * and root of the session's plan. False where it can't be seen; must not wait on anybody.
	 * NULL: scripts are not looked at, and known by their text and interpreter only.
	 */
	bool (*look)(void *ctx, struct span path, struct file_facts *out);
	void *ctx;
};

struct collector_opts {
	const char *host;  /* copied */
	const char *boot;  /* copied */
	uint64_t next_seq; /* first seq to give out: 1, or one after the store's last */
	struct collector_ops ops;
};

int collector__new(struct collector **out, const struct collector_opts *opts); /* 0 or -ENOMEM */
void collector__free(struct collector *collector);
void collector__set_clock(struct collector *collector, int64_t boot_to_wall_ns);

struct open_opts {
	uint32_t session;         /* the kernel's number, free */
	struct session_info info; /* strings copied */
	struct plan *plan;        /* taken over, NULL without a ticket, whatever is returned */
	struct judge_opts judge;  /* .plan is filled in, and .boot_to_wall_ns where it is 0 */
	bool quiet; /* a rehearsal: recorded, no live alerts; see session_info.quiet */
	uint64_t recursion_misses; /* probe__recursion_misses() at the open */
};

/*
 * Whether the session's ticket has a window that will close, and when, on the boot clock by the
 * wall clock's present offset. False also of one that was ended already, or opened when it was
 * closed.
 */
bool collector__window(struct collector *collector, uint32_t session, uint64_t *until_ns);
/* Whether it is open and was not ended. */
bool collector__is_on(struct collector *collector, uint32_t session);
/* Sinks a RECORD_SESSION_START. 0, -EEXIST, -ENOSPC (LS_SESSIONS_MAX), -ENOMEM. */
int collector__open(struct collector *collector, const struct open_opts *opts, uint64_t now_ns);

/*
 * A session that was open before a restart: as collector__open() without its record, then every
 * line that is stored of it (collector__restore()), in order, then collector__restored(). It is
 * from there on what it was when the last of the lines was made, and drops what comes a second
 * time. opts->judge.env is not read: the lines have it.
 */
int collector__reopen(struct collector *collector, const struct open_opts *opts);
/*
 * 0; 1: the line is the session's end; -ENOENT: no such session is open; -EINVAL, -ENOMEM: it can't
 * be read, and the session is indeterminate at best.
 */
int collector__restore(struct collector *collector, uint32_t session, struct span line);
void collector__restored(struct collector *collector, uint32_t session);
/* Ends a session of which nothing more can come, since the kernel knows nothing of it any more. */
void collector__abandon(struct collector *collector, uint32_t session, const char *why,
			uint64_t now_ns);
/* Forgets a session without a record: it has its end already. */
void collector__drop(struct collector *collector, uint32_t session);
/*
 * Whether some session has refused a record and not yet recorded that: what was fed since the last
 * collector__settle() is to come again after a crash.
 */
bool collector__owes(const struct collector *collector);

/*
 * For a sink that stores: every record up to `seq` is stored, or was given up and is told by
 * collector__not_stored() before. A session does not end by itself before all its events are so
 * far, since its end says how many are stored; UINT64_MAX, as before the first call: it waits for
 * nothing.
 */
void collector__settled(struct collector *collector, uint64_t seq);
/*
 * Of a session's events with sseq first..last, `count` were given up. False: it is not open, so
 * that nobody can correct its books any more.
 */
bool collector__not_stored(struct collector *collector, const char *id, uint64_t first,
			   uint64_t last, uint64_t count);

/*
 * One ring record, hostile bytes included: never fails, always accounts. What can't be decoded, or
 * names a session that is not open, is counted and recorded as a loss.
 */
void collector__feed(struct collector *collector, const void *record, size_t n);

/*
 * The kernel's counters of one session, read when the ring was empty before and after (or at a
 * heartbeat). Settles the books; records losses; and when the session's members are 0 and its books
 * are closed, or `final` is set, ends it with `why` ("last_exit" where NULL).
 */
void collector__settle(struct collector *collector, uint32_t session,
		       const struct ls_session *kernel, uint64_t recursion_misses, bool final,
		       const char *why, uint64_t now_ns);

/*
 * A process of the session has ended, and the kernel skipped every program that would have seen it.
 * Sinks a loss of reason "recursion", unless one was: the kernel's count of what it skipped has
 * this exit too, but for a session that is so new that it came before collector__open().
 */
void collector__unseen_exit(struct collector *collector, uint32_t session, uint64_t now_ns);

/*
 * Ended by command or window (then what is done from ts_ns on is after_end), or because its ticket
 * was revoked (why "revoked", and that is the reason). The record comes when it settles.
 */
void collector__end(struct collector *collector, uint32_t session, const char *why, uint64_t ts_ns);
/* Sinks a RECORD_HOST or RECORD_HEARTBEAT. */
void collector__host(struct collector *collector, const char *what, const char *detail,
		     uint64_t now_ns);
/*
 * Sinks a RECORD_ACK; `session` is that of the alert (NULL: it has none), open or long over. *seq
 * is the record's number. 0 or -ENOMEM.
 */
int collector__ack(struct collector *collector, const struct session_info *session,
		   const struct ack *ack, uint64_t now_ns, uint64_t *seq);
void collector__heartbeat(struct collector *collector, uint64_t now_ns);

/* For `session list`, `show` and `status`. False: not open. Borrowed until the next call. */
bool collector__session(struct collector *collector, uint32_t session,
			const struct session_info **info, struct reconciliation *facts,
			struct loss_counts *counts);
/* Numbers of the open sessions; returns how many there are, fills at most `n`. */
size_t collector__sessions(const struct collector *collector, uint32_t *numbers, size_t n);
uint64_t collector__next_seq(const struct collector *collector);
/* Records that no open session explains (unknown session, undecodable header). */
uint64_t collector__strays(const struct collector *collector);

#endif
