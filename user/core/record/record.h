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
 * A record is what is stored, streamed and exported. Its canonical line is one JSON object, UTF-8,
 * no blanks, keys in the order of format.h, no newline at its end; the same record gives the same
 * bytes on every machine. lockstep-record(5) is the reference of what the members mean.
 */
enum { ACK_NOTE_MAX = 4096 }; /* bytes of UTF-8 */

/* What a responder noted about an alert. */
struct ack {
	uint64_t of;      /* the alert's seq */
	const char *by;   /* name of by_uid, or its number as text */
	uint32_t by_uid;  /* as the kernel has it of who asked */
	uint32_t by_auid; /* LS_NO_ID: unset, or not known */
	struct span note;
};

/* Who and what a session is; constant from its open on. Strings are owned by whoever made it. */
struct session_info {
	char id[32];            /* unique on this host for ever; see collector.h */
	const char *ticket;     /* id, NULL: none */
	char ticket_sha256[65]; /* of the exact ticket bytes; "" without a ticket */
	const char *requester;
	const char *operator_name;
	uint32_t operator_uid;
	const char *summary;
	bool unsigned_ticket;    /* without the signatures that it asks for: every record says so */
	bool break_glass;        /* with fewer of them, in an emergency: likewise */
	const char *approvers;   /* approvals_names(); NULL: none */
	const char *approvals;   /* approvals_evidence(); NULL: none */
	char signers_sha256[65]; /* of the allowed signers' exact bytes; "" where none were asked */
	/* Without a ticket, and not by lockstep's doing: a login, by its audit session id. */
	bool login;
	uint32_t login_asid;
	bool quiet;        /* a rehearsal: recorded, no live alerts (filled in from open_opts) */
	uint32_t tgid;     /* the opener: the first process that was tagged */
	uint64_t start_ns; /* when it was opened, boot clock */
};

struct record {
	enum record_kind kind;
	uint64_t seq;   /* the store's, without gaps */
	uint64_t ts_ns; /* boot clock; `time` is derived with boot_to_wall_ns */
	int64_t boot_to_wall_ns;
	const char *host; /* host name */
	const char *boot; /* boot id, as /proc/sys/kernel/random/boot_id */
	/* NULL for heartbeat, host, and an ack of what has none. */
	const struct session_info *session;
	/* record_session_text() of that session, for who has it at hand; else empty */
	struct span session_text;
	const struct event *event;         /* NULL where no kernel event is behind it */
	const struct judgement *judgement; /* likewise */
	struct span exe; /* path of the image that acted; empty: unknown (an exec has its own) */
	bool late;       /* RECORD_CLOSE: the session had ended */
	union {
		struct {
			struct span env; /* as judge__start_env() */
			/* Whose host names and addresses are told; NULL: none. */
			const struct plan *plan;
		} start;                /* RECORD_SESSION_START */
		struct loss_range loss; /* RECORD_LOSS */
		struct {
			const struct reconciliation *facts;
			const struct loss_counts *counts;
			/* "last_exit", "ended", "window", "stopped", "reboot", "unloaded" */
			const char *why;
			uint32_t alive;    /* processes still alive at the end */
			uint64_t unclosed; /* connections of which no close will be recorded */
		} end;                     /* RECORD_SESSION_END */
		struct {
			const char *what;   /* "start", "stop", "restart", "clock_step", … */
			const char *detail; /* free text, NULL: none */
		} host_event;               /* RECORD_HOST */
		struct {
			uint64_t stored, open_sessions;
		} heartbeat;
		struct ack ack; /* RECORD_ACK */
	};
	bool marked; /* read back: an argument that is a secret is its mark already */
	/* Read back: the LISTs of its kind as they stood, in the order of format.h; else NULL. */
	const char *const *lists;
	/*
	 * Hash for {secret}: hex of salted SHA-256, one per judgement->secrets, made by an edge; or
	 * NULL.
	 */
	const char (*secret_hash)[65];
};

enum { RECORD_ACTUAL_MAX = 512 }; /* bytes of nearest.actual; actual_len says how many there were */

/*
 * Appends the members that are the same in all lines of a session, for record.session_text: a line
 * then only copies them. 0, or -ENOMEM (out->failed).
 */
int record_session_text(const struct session_info *session, struct buf *out);
/* Appends the line to `out`. 0, or -ENOMEM (out->failed). */
int record_line(const struct record *record, struct buf *out);

#endif
