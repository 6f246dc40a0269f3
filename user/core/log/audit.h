/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_AUDIT_H
#define LOCKSTEP_AUDIT_H

#include <stdbool.h>

#include "core/log/checkpoint.h"

/*
 * Checks a log as it is read: what stands in each place, the tree over all of it, every
 * checkpoint's root and signature, and the sequences of the sessions. Fed in the log's order: each
 * file, then its records and checkpoints, a checkpoint behind the last record that it covers.
 *
 * What it finds is said once, the first place first, and the audit goes on behind it from the next
 * checkpoint that is signed.
 */
struct audit;

struct audit_ops {
	struct hash_ops hash;
	/* 0; -EBADMSG: no signature of these bytes by this key; -EIO. */
	int (*verify)(const unsigned char pub[ED25519_KEY_BYTES], const void *bytes, size_t n,
		      const unsigned char signature[ED25519_SIGNATURE_BYTES]);
};

struct audit_opts {
	struct audit_ops ops;
	/* Whose signatures count; NULL: the one that the first file names. */
	const struct note_key *key;
	bool tail; /* only a part is read: sessions' sequences can't be told */
};

enum { AUDIT_FINDINGS = 20, AUDIT_TEXT = 320 };

struct audit_finding {
	uint64_t seq; /* of the record, or the first of several; 0: none */
	char text[AUDIT_TEXT];
};

struct audit_totals {
	uint64_t records, checkpoints, files, sessions, tickets,
		held;           /* held: checkpoints from elsewhere */
	uint64_t size, seq;     /* of the tree, and its last record */
	int64_t from_ns, to_ns; /* times of the first and the last record; 0: none */
	uint64_t findings;      /* all, not only those kept */
	/* The last checkpoint that all records up to it agree with; 0, 0: none. */
	uint64_t good_size, good_seq;
	uint64_t begins; /* the log that is here begins behind so many records */
	/* Checkpoints from elsewhere of which the records were deleted: they say nothing. */
	uint64_t deleted;
};

struct audit_row {
	uint64_t seq;
	int64_t time_ns;
	struct span session, ticket, kind, verdict; /* as store_row has them; p NULL: not known */
	uint64_t sseq;
	struct span line, leaf; /* leaf: the digest that was put down with it */
};

int audit__new(struct audit **out, const struct audit_opts *opts); /* 0 or -ENOMEM */
void audit__free(struct audit *audit);                             /* NULL is allowed */

/* A checkpoint that was kept elsewhere, before anything else. 0; -EBADMSG: it is none; -ENOMEM. */
int audit__hold(struct audit *audit, const char *name, struct span note);

/* All below: 0, -ENOMEM or -EIO; what is wrong with the log is a finding. */
int audit__file(struct audit *audit, const char *name, struct span key, uint64_t size, uint64_t seq,
		struct span nodes);
int audit__row(struct audit *audit, const struct audit_row *row);
int audit__checkpoint(struct audit *audit, uint64_t size, struct span note, struct span nodes);
/* One that stayed when its records were deleted with a whole file: only its signature can be
 * checked. */
int audit__kept(struct audit *audit, uint64_t size, struct span note);
int audit__ticket(struct audit *audit, const char *sha256, struct span bytes);
/*
 * A bundle instead of a log: the checkpoint that all its proofs lead to and the key that it names,
 * then what it is of ("session ID" or "ticket ID", one line; n 0: it does not say), then each
 * record with its proof (core/log/tlog_proof.h), in order; then audit__bundle_ticket(),
 * audit__bundle_end() and audit__end(). What it is of is nobody's word: each record has to be of
 * that, each session has to be whole, and what a session_start names by its digest has to be among
 * the tickets. A checkpoint that was kept elsewhere (audit__hold()) is compared by the consistency
 * proof from it.
 */
int audit__bundle(struct audit *audit, struct span key, struct span note);
int audit__bundle_of(struct audit *audit, struct span text);
int audit__bundle_ticket(struct audit *audit, const char *sha256, struct span bytes);
int audit__bundle_end(struct audit *audit);
/* What it is of, without the newline (borrowed); n 0: it is no bundle, or does not say. */
struct span audit__of(const struct audit *audit);
int audit__proved(struct audit *audit, uint64_t seq, struct span line, struct span proof);
int audit__consistency(struct audit *audit, struct span old_note, struct span proof);
/* The record that follows, or (seq 0) the file, is not as it was made. */
void audit__odd(struct audit *audit, uint64_t seq, const char *what);
/* The part that follows can't be read: `why` is what the reader says. */
void audit__unreadable(struct audit *audit, const char *name, const char *why);
int audit__end(struct audit *audit);

/* The first *n findings, at most AUDIT_FINDINGS. */
const struct audit_finding *audit__findings(const struct audit *audit, size_t *n);
void audit__totals(const struct audit *audit, struct audit_totals *out);
/* Whose signatures counted; NULL: no key was named. */
const struct note_key *audit__key(const struct audit *audit);
/* The tree at the last checkpoint that all records up to it agree with; where there is none, at the
 * begin. */
const struct merkle *audit__good(const struct audit *audit);

#endif
