/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_REPORT_PART_H
#define LOCKSTEP_REPORT_PART_H

#include <stdbool.h>

#include "core/judge/verdict.h"
#include "core/show/present_view.h"
#include "core/show/report/ack.h"
#include "core/show/report/report.h"
#include "core/show/report/template.h"
#include "core/ticket/ticket.h"

/* What the files of report.c share; for them only. */

enum {
	REPORT_BINS = 168,         /* of the timeline */
	REPORT_BINS_CELL = 3,      /* so many make one mark of its upper lanes */
	REPORT_CHUNK = 250,        /* events in one fold */
	REPORT_CARDS_CHUNK = 50,   /* alerts in one fold, and open before the first */
	REPORT_NODES_MAX = 20000,  /* programs of one session that the tree keeps */
	REPORT_TREE_WHOLE = 150,   /* rows; a larger tree folds what was approved */
	REPORT_TREE_ROWS = 1200,   /* rows that are drawn at most */
	REPORT_CONNS_MAX = 2000,   /* of one session */
	REPORT_LOSSES_MAX = 500,   /* of one session */
	REPORT_STEPS_MAX = 4096,   /* of one session */
	REPORT_NAME_MAX = 200,     /* bytes of a name that are shown */
	REPORT_COMMAND_MAX = 400,  /* of a command in a list */
	REPORT_ALERT_MAX = 4000,   /* of one in an alert */
	REPORT_LABEL_MAX = 120,    /* of one in the tree */
	REPORT_SEQS_MAX = 1 << 16, /* alerts of which it is known whether they were acknowledged */
};

/* How a session stands, the better ones first: a ticket stands as its worst session does. */
enum report_state {
	REPORT_COMPLIANT,
	REPORT_NO_TICKET,
	REPORT_OPEN,
	REPORT_INDETERMINATE,
	REPORT_VIOLATION,
};

/* What the first reading of a session leaves; of fixed size. Texts are shown texts, NUL-ended. */
struct report_session {
	char id[64]; /* as it is in the lines */
	char operator_name[128], host[128], summary[256];
	char sha256[65]; /* of the ticket; "" none */
	enum report_state state;
	bool has_ticket, started, ended, rehearsal, unsigned_ticket, break_glass;
	uint64_t first_seq, last_seq, start_seq, end_seq; /* 0: none */
	int64_t first_ns, last_ns;             /* time of a line; 0: none could be read */
	uint64_t records, acts;                /* lines; those with an sseq before the end */
	uint64_t counts[VERDICT_APPROVED + 1]; /* acts by verdict before the end */
	uint64_t late;                         /* behind the end, and not approved */
	uint64_t losses;                       /* lines */
	uint64_t end_stored, end_counts[VERDICT_APPROVED + 1]; /* what its end counts */
	uint64_t alerts, acked;                                /* acts not approved, and losses */
	/* settled at the end of that reading */
	uint64_t number;                    /* on the page, from 1 */
	uint64_t cards_before, rows_before; /* those of the sessions above it on the page */
	uint64_t cards_more, rows_more;     /* its own that have no place on it */
	uint64_t open, in_no_step; /* alerts that nobody acknowledged; alerts that are acts */
	uint64_t unapproved_ever;  /* before the end and behind it */
	uint64_t missing;          /* acts that its end counts and the store does not have */
	bool contradicted;         /* its end counts otherwise */
};

struct report_bin {
	uint32_t approved, unapproved, doubtful; /* doubtful: indeterminate acts, and losses */
	uint64_t first_bad, first_doubtful; /* seq of the first of them that has a card; 0: none */
};

/* A shown text in gathered.texts. */
struct kept {
	uint32_t at, n;
};

/* A program, or an act of one that was not approved. */
struct report_node {
	uint64_t sseq, parent;
	uint64_t alert; /* seq, if it is one and has a card */
	uint32_t pid;
	struct kept label, why;
	uint32_t status; /* as wait(2) has it; 0 also while it runs */
	uint8_t verdict;
	bool exec;
};

struct report_conn {
	uint64_t sseq, sent, received;
	uint64_t alert; /* as of a node */
	int64_t time_ns;
	struct kept where, program, result;
	uint8_t verdict;
	bool closed;
	char kind[16];
};

/* Kept as its line, for its card is an alert's. */
struct report_loss {
	uint64_t seq;
	struct kept line;
};

/* What the acts say of a step: how often it was begun. */
struct report_tally {
	struct kept id;
	uint64_t begun, first, last; /* seq; 0: none that is in the list of events */
	int64_t first_ns, last_ns;
};

struct report_chunk {
	uint64_t first, last, unapproved, doubtful; /* first and last: seq */
	int64_t first_ns, last_ns;
};

/* What the second reading of a session leaves: one session at a time. */
struct gathered {
	struct buf head, start, end; /* its first line, its start, its end; n 0: none */
	struct buf texts;
	struct report_bin bins[REPORT_BINS];
	struct report_node *nodes; /* by sseq */
	uint64_t nodes_n;
	size_t nodes_cap;
	uint64_t nodes_more;
	struct report_conn *conns;
	uint64_t conns_n;
	size_t conns_cap;
	uint64_t conns_more, sent, received;
	struct report_loss *losses;
	uint64_t losses_n;
	size_t losses_cap;
	uint64_t losses_more;
	struct report_tally *tallies;
	uint64_t tallies_n;
	size_t tallies_cap;
	struct report_chunk *chunks;
	uint64_t chunks_n;
	size_t chunks_cap;
	uint64_t rows;         /* events that are listed */
	struct ticket *ticket; /* NULL: not there, or not readable: ticket_ret says */
	struct span ticket_bytes;
	int ticket_ret;
	/* while it is read again */
	uint64_t rows_seen, cards_seen, last_card;
	const struct report_chunk *chunk;
};

struct report {
	const struct report_opts *opts;
	const struct report_source *source;
	struct html html;
	struct present_opts plain;
	struct view view;        /* writes into html.room, where a value is made */
	struct span line;        /* the one that is in view */
	struct json_object item; /* an object inside of the view's line */
	struct report_session *sessions;
	uint64_t sessions_n;
	uint64_t sessions_more, bad; /* left out; lines that are no records of their session */
	struct report_acks acks;
	uint64_t first_seq, last_seq;
	enum report_state worst; /* of the sessions */
	uint64_t alerts_max, events_max;
	const struct report_session *session; /* that is written */
	struct gathered *now;                 /* of it */
	struct walk *walk;                    /* the list that report_each() fills */
	bool enough;                          /* report_each() need not go on */
};

/* report/scan.c: the first reading. 0 or -errno. */
int report_scan(struct report *report);
/* report/gather.c: the second. Every array empty, or -errno; free in both cases. */
int report_gather(struct report *report, const struct report_session *session);
void report_gather_free(struct gathered *now);
/* Where a node with this sseq is, or would be. */
size_t report_node_place(const struct gathered *now, uint64_t sseq);
/* Of a step that was begun; NULL: it was not. */
struct report_tally *report_tally_of(const struct gathered *now, struct span id);

/*
 * Reads a line into report->view. False: it is no record.
 * report_verdict(), report_time() are of that line; VERDICT_NONE, 0 where it has none.
 */
bool report_read(struct report *report, const char *line, size_t n);
enum verdict report_verdict(const struct report *report);
int64_t report_time(struct report *report);
bool report_is(const struct report *report, const char *kind);
/*
 * Reads the lines of a session that the first reading saw, from the one after seq `after`, through
 * report_read(), and gives those that are its own to `each`, until that sets report->enough.
 */
int report_each(struct report *report, const struct report_session *session, uint64_t after,
		void (*each)(struct report *report, const struct report_session *session,
			     uint64_t seq));

/*
 * Models (template.h): which names a fragment may use, in what. The value's ctx is the report; what
 * is called the line is the one in report->view, and the item the object in report->item.
 */
#define REPORT(v)             ((struct report *)(v)->ctx)
/* A member as text, "-" and false if there is none. */
#define V_MEMBER(v, name, of) V_PUT(v, name, report_put_member(v, name, of))
#define V_LINE(v, name)       V_MEMBER(v, name, &REPORT(v)->view.line)
#define V_ITEM(v, name)       V_MEMBER(v, name, &REPORT(v)->item)
#define V_KEPT(v, name, kept) V_TEXT(v, name, report_kept(REPORT(v)->now, kept))
#define V_VERDICT(v, verdict) V_WORD(v, "verdict", verdict_name(verdict))
#define V_TIME(v, name, ns)   V_OBJECT(v, name, report_time_values, ns)

void report_put_member(struct value *v, const char *name, const struct json_object *object);
struct span report_kept(const struct gathered *now, struct kept kept);

void report_page_values(struct value *v);    /* struct report */
void report_session_values(struct value *v); /* struct report_session */
void report_line_values(struct value *v);    /* the line; any object */
void report_time_values(struct value *v);    /* int64_t, ns of the epoch */

/* Whether an alert or an event with this place in the session is on the page. */
bool report_has_card(const struct report *report, const struct report_session *session,
		     uint64_t ordinal);
bool report_has_row(const struct report *report, const struct report_session *session,
		    uint64_t ordinal);

/* report/plan.c: the ticket, and the steps of a session's end. */
void report_ticket_values(struct value *v); /* struct ticket */
void report_step_values(struct value *v);   /* the item */
/* How many steps the line tells of; the ticket's `own`: a profile offers, it does not ask. */
uint64_t report_steps(struct report *report, bool own, bool done);

/* The lists of a session, by the file that has them. */
void report_mark_values(struct value *v); /* report/timeline.c */
int report_each_mark(const struct gathered *now, bool bad, struct walk *walk);
void report_bar_values(struct value *v);
uint64_t report_most_approved(const struct gathered *now); /* in one bar */
void report_tick_values(struct value *v);
int report_each_tick(const struct report_session *session, struct walk *walk);
void report_window_values(struct value *v);
int report_each_window(const struct gathered *now, const struct report_session *session,
		       struct walk *walk);
void report_tree_values(struct value *v); /* report/tree.c */
int report_each_tree(const struct gathered *now, struct walk *walk);
void report_fold_values(struct value *v); /* report/alerts.c */
void report_card_values(struct value *v);
int report_each_fold(struct report *report, const struct report_session *session,
		     struct walk *walk);
int report_each_loss(struct report *report, struct walk *walk);
void report_conn_values(struct value *v); /* report_events.c */
void report_chunk_values(struct value *v);

#endif
