/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_RECORD_H
#define LOCKSTEP_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/buf.h"
#include "core/event/event.h"
#include "core/judge/judge.h"
#include "core/judge/loss.h"

/*
 * A record is what is stored, streamed and exported. This file turns one into its canonical line:
 * one JSON object, UTF-8, no blanks, keys in the order given here, no newline at its end. The same
 * record gives the same bytes on every machine.
 *
 * Every record has these keys; null where the record has no such thing:
 *     v              1
 *     seq            of the store, without gaps
 *     time           RFC 3339, UTC, nanoseconds
 *     host boot      host name and boot id
 *     session        id; this and what follows up to `approvers` is null for heartbeat and host
 *     sseq           the kernel's number of the act in its session; null where no event is behind
 * it ticket ticket_sha256 unsigned       whether the ticket was taken without the signatures that
 * it asks for requester operator approvers      list: whose signatures were counted [break_glass]
 * true, where it was taken with fewer signatures in an emergency; else not there [login]        the
 * session is a login that has no ticket: its audit session id; else not there kind
 * record_kind_name() verdict        of the acts exec, connect, send, bind, listen, accept,
 * unix_connect, socket, and of those writes that are judged (judge_write.c); else null reasons list
 * of reason_name(), most important first step how       approved: by which step's id, and
 * how_name(); else null severity       severity_name() of the reasons pid tid ppid   in the initial
 * pid namespace. session_start has the opener's pid parent         sseq of the exec whose image
 * acted (an exec: which it replaced), 0: the opener's own start          the process's start,
 * nanoseconds of the boot clock; with boot and pid its identity uid euid       in the initial user
 * namespace user           name of uid, where that is root's or the operator's; else null auid asid
 * audit login uid and session; null where unset exe            path of the image that acted, for an
 * exec of the one that it loaded; null: not known mntns          inode number of the mount
 * namespace root           exec, unix_connect: the process's root directory; else null A close has
 * the identity of the process that connected (pid, start, parent, exe), an accept and its close
 * that of the one that began to listen; tid, ppid, uids, asid and mntns are null, because
 * connections are made and closed in anybody's context.
 *
 * Then by kind:
 *     session_start  operator_uid summary rehearsal approvals[{signer key signature}]
 * signers_sha256 profiles[{name sha256}] hosts[{name addresses[]}] env exec           argv
 * [secrets] argc argv_len truncated unreadable cwd filename interp stdin tty env env_more
 * env_differs env_truncated path_truncated fileless deleted secure foreign dev ino size ctime
 * sha256 script_seen{dev ino size ctime sha256} nearest{step run argument approved actual
 * actual_len} exec_failed    error argv [secrets] argc truncated unreadable cwd filename dirfd
 * at_flags path_truncated; path and arguments as user memory had them afterwards, argv as much of
 * it as LS_FAILED_ARGV_MAX takes write          op path from type created emptied exchanged deleted
 * foreign path_truncated dev ino rdev exit           exit_code signal (one of them null) connect
 * send bind listen   proto local remote accept         proto local remote of; the kernel took it,
 * whether accept(2) fetched it or not unix_connect   proto type path given abstract send foreign
 * service: a connect to a socket of this host, or (send) a datagram to its address socket family
 * type proto: one whose traffic no other record shows close          of result bytes_sent
 * bytes_received late loss           first last count reason heartbeat      stored open_sessions
 *     host           what detail
 *     ack            of by by_uid by_auid note: who looked at the alert with seq `of`, and what
 * they found. What stands before is of that alert's session, sseq null. by_auid is the login uid
 * that /proc had of the asking process, null where unset session_end    outcome why alive unclosed
 * approved unapproved indeterminate steps[{id profile run times done failed running missing first
 * last}] in_no_step[{sseq kind verdict reasons text cut}] in_no_step_more not_seen emitted
 * delivered stored lost{} missed{} refused not_stored dropped recursion unreadable{} unexplained
 *
 * script_seen is the #! script's file as its path led to it right after the exec: evidence, taken
 * too late to be proof. Null for what is no script, for one in another mount namespace or root, and
 * for one that could not be seen; its sha256 is null where the bytes were not read (over 16 MiB, on
 * FUSE). nearest is null where no step is near. Its argument and approved are null where the words
 * match and something else does not; its actual is null where the command ended before that
 * argument. Bytes that are not UTF-8 become U+FFFD, one each, and a twin KEY_b64 behind the key
 * holds the exact bytes (argv_b64, env_b64: of every element). An argument that {secret} matched is
 * nowhere in the line: "{secret:HEX}" stands in its place, and `secrets` lists which elements of
 * argv are such. Numbers are exact 64-bit integers and may exceed 2^53: sseq, ino, sizes, start.
 */
enum { ACK_NOTE_MAX = 4096 }; /* bytes of UTF-8 */

/* What a responder noted about an alert. */
struct ack {
	uint64_t of;	  /* the alert's seq */
	const char *by;	  /* name of by_uid, or its number as text */
	uint32_t by_uid;  /* as the kernel has it of who asked */
	uint32_t by_auid; /* LS_NO_ID: unset, or not known */
	struct span note;
};

/* Who and what a session is; constant from its open on. Strings are owned by whoever made it. */
struct session_info {
	char id[32];	      /* unique on this host for ever; see collector.h */
	const char *ticket;   /* id, NULL: none */
	char ticket_sha256[65]; /* of the exact ticket bytes; "" without a ticket */
	const char *requester;
	const char *operator_name;
	uint32_t operator_uid;
	const char *summary;
	bool unsigned_ticket; /* without the signatures that it asks for: every record says so */
	bool break_glass;     /* with fewer of them, in an emergency: likewise */
	const char *approvers; /* approvals_names(); NULL: none */
	const char *approvals; /* approvals_evidence(); NULL: none */
	char signers_sha256[65]; /* of the allowed signers' exact bytes; "" where none were asked */
	/* Without a ticket, and not by lockstep's doing: a login, by its audit session id. */
	bool login;
	uint32_t login_asid;
	bool quiet;	      /* a rehearsal: recorded, no live alerts (filled in from open_opts) */
	uint32_t tgid;	      /* the opener: the first process that was tagged */
	uint64_t start_ns;    /* when it was opened, boot clock */
};

struct record {
	enum record_kind kind;
	uint64_t seq;	  /* the store's, without gaps */
	uint64_t ts_ns;	  /* boot clock; `time` is derived with boot_to_wall_ns */
	int64_t boot_to_wall_ns;
	const char *host; /* host name */
	const char *boot; /* boot id, as /proc/sys/kernel/random/boot_id */
	const struct session_info *session;  /* NULL for heartbeat, host, and an ack of what has none */
	/* record_session_text() of that session, for who has it at hand; else empty */
	struct span session_text;
	const struct event *event;	     /* NULL where no kernel event is behind it */
	const struct judgement *judgement;   /* likewise */
	struct span exe;		     /* path of the image that acted; empty: unknown (an exec has its own) */
	bool late;			     /* RECORD_CLOSE: the session had ended */
	union {
		struct {
			struct span env; /* as judge__start_env() */
			const struct plan *plan; /* whose host names and addresses are told; NULL: none */
		} start; /* RECORD_SESSION_START */
		struct loss_range loss;	     /* RECORD_LOSS */
		struct {
			const struct reconciliation *facts;
			const struct loss_counts *counts;
			/* "last_exit", "ended", "window", "stopped", "reboot", "unloaded" */
			const char *why;
			uint32_t alive;	 /* processes still alive at the end */
			uint64_t unclosed; /* connections of which no close will be recorded */
		} end;			     /* RECORD_SESSION_END */
		struct {
			const char *what;   /* "start", "stop", "restart", "clock_step", … */
			const char *detail; /* free text, NULL: none */
		} host_event;		     /* RECORD_HOST */
		struct { uint64_t stored, open_sessions; } heartbeat;
		struct ack ack;		     /* RECORD_ACK */
	};
	/* hash for {secret}: hex of salted SHA-256, one per judgement->secrets, made by an edge; or NULL */
	const char (*secret_hash)[65];
};

enum { RECORD_ACTUAL_MAX = 512 }; /* bytes of nearest.actual; actual_len says how many there were */

/* How the line of a socket names families and types, by number; NULL: by the number as text. */
enum { RECORD_FAMILIES_N = LS_AF_XDP + 1, RECORD_TYPES_N = 6 };
extern const char *const record_families[RECORD_FAMILIES_N];
extern const char *const record_types[RECORD_TYPES_N];
/* What `stdin` of an exec's line is called, by LS_STDIN_*. */
enum { RECORD_INPUTS_N = LS_STDIN_OTHER + 1 };
extern const char *const record_inputs[RECORD_INPUTS_N];

/*
 * Appends the members that are the same in all lines of a session, for record.session_text: a line
 * then only copies them. 0, or -ENOMEM (out->failed).
 */
int record_session_text(const struct session_info *session, struct buf *out);
/* Appends the line to `out`. 0, or -ENOMEM (out->failed). */
int record_line(const struct record *record, struct buf *out);

#endif
