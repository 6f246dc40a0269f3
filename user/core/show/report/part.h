/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_REPORT_PART_H
#define LOCKSTEP_REPORT_PART_H

#include <stdbool.h>

#include "core/judge/verdict.h"
#include "core/show/present_view.h"
#include "core/show/report/ack.h"
#include "core/show/report/html.h"
#include "core/show/report/report.h"
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
	uint64_t cards_before, rows_before; /* those of the sessions above it on the page */
};

struct report_bin {
	uint32_t approved, unapproved, doubtful; /* doubtful: indeterminate acts, and losses */
	uint64_t first_bad, first_doubtful; /* seq of the first of them that has a card; 0: none */
};

/* A program, or an act of one that was not approved. */
struct report_node {
	uint64_t sseq, parent, seq;
	uint32_t pid;
	uint32_t label, label_n, why, why_n; /* in gathered.texts */
	uint32_t status;                     /* as wait(2) has it */
	uint8_t verdict;
	bool exec, exited, card;
};

struct report_conn {
	uint64_t sseq, seq, sent, received;
	int64_t time_ns;
	uint32_t what, what_n, who, who_n, result, result_n; /* in gathered.texts */
	uint8_t verdict;
	bool closed, card;
	char kind[16];
};

struct report_loss {
	uint64_t seq, first, last, count;
	int64_t time_ns;
	uint32_t why, why_n;
};

/* What the acts say of a step: how often it was begun. */
struct report_tally {
	uint32_t id, id_n;
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
	size_t nodes_n, nodes_cap;
	uint64_t nodes_more;
	struct report_conn *conns;
	size_t conns_n, conns_cap;
	uint64_t conns_more, sent, received;
	struct report_loss *losses;
	size_t losses_n, losses_cap;
	uint64_t losses_more;
	struct report_tally *tallies;
	size_t tallies_n, tallies_cap;
	struct report_chunk *chunks;
	size_t chunks_n, chunks_cap;
	uint64_t rows;         /* events that are listed */
	struct ticket *ticket; /* NULL: not there, or not readable: ticket_ret says */
	struct span ticket_bytes;
	int ticket_ret;
	/* while it is read */
	uint64_t rows_seen, cards_seen;
};

struct report {
	const struct report_opts *opts;
	const struct report_source *source;
	struct html html;
	struct present_opts plain;
	struct view view;
	struct span line;        /* the one that is in view */
	struct buf text;         /* what view writes into */
	struct json_object item; /* an object inside of the view's line */
	struct report_session *sessions;
	size_t sessions_n;
	uint64_t sessions_more, bad; /* left out; lines that are no records of their session */
	struct report_acks acks;
	uint64_t last_seq;
	uint64_t alerts_max, events_max;
	struct gathered *now; /* the session that is written */
	bool enough;          /* report_each() need not go on */
};

/* report/scan.c: the first reading. 0 or -errno. */
int report_scan(struct report *report);
/* report/gather.c: the second. Every array empty, or -errno; free in both cases. */
int report_gather(struct report *report, const struct report_session *session);
void report_gather_free(struct gathered *now);

/*
 * Reads a line into report->view. False: it is no record.
 * report_verdict(), report_time() are of that line; VERDICT_NONE, 0 where it has none.
 */
bool report_read(struct report *report, const char *line, size_t n);
enum verdict report_verdict(const struct report *report);
int64_t report_time(struct report *report);
bool report_is(const struct report *report, const char *kind);
/*
 * Reads every line of a session that the first reading saw through report_read(), and gives those
 * that are its own to `each`.
 */
int report_each(struct report *report, const struct report_session *session,
		void (*each)(struct report *report, const struct report_session *session,
			     uint64_t seq));

/* report/bits.c: pieces of markup that more than one part has. */
/* Writes what the view functions appended to report->text, and empties it. */
void report_put(struct report *report);
/* A member of an object as safe text, "-" where there is none. */
void report_member(struct report *report, const struct json_object *object, const char *key);
/* "20:15:03.123" or, `whole`, "2026-11-23 20:15:03.123 UTC"; as a time element. */
void report_clock(struct report *report, int64_t ns, bool whole);
void report_clock_text(struct report *report, int64_t ns); /* "20:15:03.123", for a drawing */
/* The shape and the word. */
void report_mark(struct report *report, enum verdict verdict);
void report_state_mark(struct report *report, enum report_state state);
const char *report_state_word(enum report_state state);
const char *report_state_class(enum report_state state);
/* "1 act", "2 acts" */
void report_count(struct report *report, uint64_t n, const char *one, const char *many);
void report_bytes(struct report *report, uint64_t n); /* "1,234" */
/* A heading with an address: id="sN-NAME". */
void report_section(struct report *report, size_t index, const char *name, const char *title);
/* Whether an alert or an event with this place in the session is on the page. */
bool report_has_card(const struct report *report, const struct report_session *session,
		     uint64_t ordinal);
bool report_has_row(const struct report *report, const struct report_session *session,
		    uint64_t ordinal);
/* Who acknowledged the record, or that nobody did. */
void report_acked(struct report *report, uint64_t seq);

/* Whether the page is of this one session, and of nothing that was chosen otherwise. */
bool report_of_session(const struct report *report);

/* The parts, in the order of the page. */
void report_head(struct report *report);
void report_overview(struct report *report);
void report_verdict_part(struct report *report, size_t index);
void report_people(struct report *report, size_t index);
void report_plan(struct report *report, size_t index);
void report_timeline(struct report *report, size_t index);
int report_tree(struct report *report, size_t index);
int report_alerts(struct report *report, size_t index);
void report_conns(struct report *report, size_t index);
void report_losses(struct report *report, size_t index);
int report_events(struct report *report, size_t index);
void report_checks(struct report *report);

#endif
