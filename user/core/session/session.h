/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_SESSION_H
#define LOCKSTEP_SESSION_H

#include "core/session/collector.h"

/* One open session: who it is, its judge, its books. For collector.c only. */
struct session {
	struct session *next; /* in its bucket */
	uint32_t number;
	struct session_info info; /* strings owned, through `texts` */
	char *texts[6];
	struct buf members; /* record_session_text() of info */
	struct plan *plan;
	struct judge *judge;
	struct loss_book *book;
	char why[32];        /* it was ended by command or window; "": not */
	uint64_t end_ns;     /* when, boot clock */
	uint64_t gone_ns;    /* since when no process of it is left, 0: one is */
	uint64_t stalled_ns; /* since when its books neither close nor move, 0: they do */
	uint64_t stalled_emitted;
	uint64_t last_seq; /* of its last event's record, 0: none since the start or restart */
	bool owes;         /* it refused a record, and the loss is not recorded yet */
};

/* Takes opts->plan over, whatever it returns. 0 or -ENOMEM. */
int session__new(struct session **out, const struct open_opts *opts, int64_t boot_to_wall_ns);
void session__free(struct session *session);

/* The open sessions by number. */
enum { SESSION_BUCKETS = 256 };

struct sessions {
	struct session *buckets[SESSION_BUCKETS];
	uint64_t filled[SESSION_BUCKETS / 64]; /* a bit for each that is not empty: most are */
	size_t n;
};

struct session *sessions__find(const struct sessions *sessions, uint32_t number);
void sessions__add(struct sessions *sessions, struct session *session); /* owned from here on */
void sessions__remove(struct sessions *sessions, uint32_t number);      /* and freed */
/* The first, or the one behind `session`, in no particular order; NULL at the end. */
struct session *sessions__next(const struct sessions *sessions, const struct session *session);

#endif
