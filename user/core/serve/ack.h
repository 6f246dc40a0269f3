/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_ACK_H
#define LOCKSTEP_ACK_H

#include "core/base/err.h"
#include "core/record/stored.h"

/*
 * Acknowledgements: a responder says of a stored alert that they looked, and what they found. The
 * alert's record stays as it is; the note is a record of its own (RECORD_ACK), and a second one on
 * the same alert stands beside the first.
 */

/* 1 to ACK_NOTE_MAX bytes of UTF-8, not blank from end to end, without NUL. */
bool ack_note_ok(struct span note);

/* What is acknowledged, read back from its canonical line. */
struct ack_subject {
	uint64_t seq;
	bool in_session;             /* false: .session is empty */
	struct session_info session; /* as far as a record's head tells; borrows from room */
	struct buf room;
};

/*
 * 0 and *out to be freed with ack_subject_free(); -EINVAL with *err when the line is no alert, or
 * one that asks for no answer (see alert_wants_answer()); -EBADMSG with *err when it is no record;
 * -ENOMEM.
 */
int ack_subject_read(struct span line, struct ack_subject *out, struct err *err);
void ack_subject_free(struct ack_subject *subject);

/*
 * Why user `uid` may not acknowledge an alert of that session, or NULL. Nobody answers for himself:
 * not an operator for his own session, unless he is root, whom nothing could keep from it and whose
 * login uid is recorded.
 */
const char *ack_refusal(uint32_t uid, const struct session_head *session);

#endif
