/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_AUDIT_PART_H
#define LOCKSTEP_AUDIT_PART_H

#include "core/log/audit.h"
#include "core/log/audit_sessions.h"
#include "core/record/row.h"

/* What the files of the audit share. */
struct held {
	char *name;
	struct buf note;
	struct checkpoint checkpoint; /* borrows from note */
	bool met;
};

struct place {
	uint64_t seq;
	struct digest leaf;
};

struct digest_name {
	char hex[2 * DIGEST_BYTES + 1];
};

struct digest_names {
	struct digest_name *v;
	size_t n, cap;
};

struct audit {
	struct audit_opts opts;
	struct note_key key;
	bool have_key, started;
	struct merkle tree, good; /* good: at the last checkpoint that agreed */
	uint64_t last_seq;
	struct merkle best; /* at the last that agreed before anything was found */
	uint64_t begin_seq; /* of this file: its records have higher numbers */
	/* The first file begins behind so many records, with this root; 0: that is proved. */
	uint64_t begin_size;
	struct digest begin_root;
	/*
	 * Since that checkpoint: the records, and what may explain why the next one does not agree.
	 */
	struct place *range;
	size_t range_n, range_cap;
	uint64_t range_first;
	uint64_t gap_first, gap_last; /* the first numbers left out */
	bool told;                    /* something in this range was told already */
	struct held *held;
	size_t held_n, held_cap;
	struct audit_sessions *sessions;
	/* Of a bundle: what all its proofs lead to, and the place of the last. */
	struct buf note;
	struct checkpoint checkpoint;
	uint64_t next_index;
	struct buf of;                    /* what it is of: "session ID" or "ticket ID" */
	struct digest_names named, there; /* by a session_start; among the tickets */
	struct audit_totals totals;
	struct audit_finding findings[AUDIT_FINDINGS];
};

void audit_find(struct audit *audit, uint64_t seq, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/*
 * Whether the note is signed by the key that counts: else what is wrong, as the end of a sentence.
 */
const char *audit_unsigned_by(const struct audit *audit, struct span note,
			      const struct checkpoint *checkpoint);
void audit_meet_key(struct audit *audit, const char *name, struct span text);
/* What the line says against its place, and what stands beside it. */
void audit_check_columns(struct audit *audit, const struct audit_row *row, struct record_row *facts,
			 int64_t *time_ns);
void audit_check_order(struct audit *audit, uint64_t seq);
int audit_check_session(struct audit *audit, const struct audit_row *row,
			const struct record_row *facts, int64_t time_ns);

#endif
