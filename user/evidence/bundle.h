/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_BUNDLE_H
#define LOCKSTEP_BUNDLE_H

#include "core/log/audit.h"
#include "edge/store/store.h"

/*
 * A bundle is a directory that shows one session, or all sessions on one ticket, to somebody who
 * has no store and need not trust the host:
 *
 *     README.txt        how to check it with stock tools
 *     of                "session ID" or "ticket ID": what it is of
 *     records.jsonl     the records, byte for byte
 *     proofs/SEQ.tlog-proof   each record's place in the log
 *     checkpoint        the signed tree head that all proofs lead to
 *     key  key.pem      the host's public key, as a note's key and for OpenSSL
 *     tickets/SHA256    the ticket, the signatures and the signers that counted, the profiles
 *     since  consistency   a checkpoint that was kept elsewhere and the proof that the log
 * continues it
 */
struct bundle_opts {
	struct store *store; /* opened to read */
	struct hash_ops hash;
	const char *dir;              /* made; must not be there yet */
	const char *session, *ticket; /* one of them; the other is NULL */
	const char *since;            /* file of a checkpoint that was kept elsewhere; NULL: none */
};

/*
 * 0 and how many records; -ENOENT when there are none; -errno; why[] has one line then. With 0 it
 * is "", or says which session is not whole (open still, or its start is no longer in the store):
 * no such bundle is ever called verified.
 */
int bundle_write(const struct bundle_opts *opts, uint64_t *records, char *why, size_t why_n);

/* Feeds a bundle to an audit and ends it. 0 or -errno with one line in why[]. */
int bundle_check(struct audit *audit, const char *dir, char *why, size_t why_n);

#endif
