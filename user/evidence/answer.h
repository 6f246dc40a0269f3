/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_ANSWER_H
#define LOCKSTEP_ANSWER_H

#include "core/serve/ack.h"

struct store;

/* An alert that is to be acknowledged, and whose session it is of. Zeroed: none. */
struct answer {
	struct ack_subject alert;
	struct session_head session;
};

/*
 * Reads it from the store. 0 and *out to be freed; -ENOENT, -EINVAL or -EBADMSG with one line in
 * why[] (no such record, no alert, see ack_subject_read()); -errno as store__read(), likewise.
 */
int answer_find(struct store *store, uint64_t seq, struct answer *out, char *why, size_t why_n);
void answer_free(struct answer *answer);

#endif
