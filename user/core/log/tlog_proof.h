/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_TLOG_PROOF_H
#define LOCKSTEP_TLOG_PROOF_H

#include "core/log/merkle_proof.h"

/*
 * One record's place in the log, as a text that needs nothing else (C2SP tlog-proof):
 *
 *     c2sp.org/tlog-proof@v1 \n index N \n BASE64(node) \n ... \n \n CHECKPOINT
 */
struct tlog_proof {
	uint64_t index;
	struct digest nodes[MERKLE_PROOF_MAX];
	size_t n;
	struct span note; /* the checkpoint; borrows */
};

void tlog_proof_text(const struct tlog_proof *proof, struct buf *out);
int tlog_proof_parse(struct span text, struct tlog_proof *out); /* 0; -EBADMSG */

/* A consistency proof (RFC 6962, section 2.1.2): its nodes in base64, a line each. */
void consistency_text(const struct digest *nodes, size_t n, struct buf *out);
int consistency_parse(struct span text, struct digest nodes[MERKLE_PROOF_MAX],
		      size_t *n); /* 0; -EBADMSG */

#endif
