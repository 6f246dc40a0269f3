/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_CHECKPOINT_H
#define LOCKSTEP_CHECKPOINT_H

#include "core/log/merkle.h"

/*
 * A signed tree head: C2SP tlog-checkpoint in a C2SP signed-note with one Ed25519 signature. One
 * extension line, "seq N", says the number of the last record in it.
 *
 *     ORIGIN \n SIZE \n BASE64(root) \n seq N \n
 *     \n
 *     — ORIGIN BASE64(key id, signature) \n
 *
 * Signing and checking a signature are for who has a library for it.
 */
enum {
	ED25519_KEY_BYTES = 32,
	ED25519_SIGNATURE_BYTES = 64,
	ORIGIN_MAX = 200,
	CHECKPOINT_MAX = 4096
};

/* Who signs: its name in a note, and its public key. */
struct note_key {
	char name[ORIGIN_MAX];
	unsigned char pub[ED25519_KEY_BYTES];
	unsigned char id[4]; /* the first bytes of SHA-256(name \n 0x01 pub) */
};

/*
 * "lockstep/HOST", where what a note's name may not hold (blanks, +, and all but letters, digits,
 * dot and dash) is a dash. key->pub is the caller's; 0 or -EIO.
 */
int note_key_named(struct note_key *key, const char *host, const struct hash_ops *ops);
/* The same key under the name that a note has. 0; -EINVAL: no key has that; -EIO. */
int note_key_rename(struct note_key *key, struct span name, const struct hash_ops *ops);
/* "NAME+ID+KEY", as Go's golang.org/x/mod/sumdb/note names a verifier's key. */
void note_key_text(const struct note_key *key, struct buf *out);
/* 0; -EINVAL where it is none, or its id is not that of its name and key; -EIO. */
int note_key_parse(struct note_key *key, struct span text, const struct hash_ops *ops);

struct checkpoint {
	struct span origin, body; /* body: what is signed, with its last newline */
	uint64_t size, seq;       /* seq: 0 where it does not say */
	struct digest root;
};

/* What is to be signed; then the whole note. */
void checkpoint_body(const char *origin, uint64_t size, const struct digest *root, uint64_t seq,
		     struct buf *out);
void checkpoint_sign(const struct note_key *key,
		     const unsigned char signature[ED25519_SIGNATURE_BYTES], struct buf *out);

/*
 * Takes off what a tool that prints lines (jq -r) put behind a note: newlines after the last one.
 */
void checkpoint_trim(struct buf *note);
/* 0 and *out, which borrows; -EBADMSG. */
int checkpoint_parse(struct span note, struct checkpoint *out);
/* The note's signature by this key, of which nothing is checked but its form. 0; -ENOENT: none. */
int checkpoint_signature(struct span note, const struct note_key *key,
			 unsigned char signature[ED25519_SIGNATURE_BYTES]);

#endif
