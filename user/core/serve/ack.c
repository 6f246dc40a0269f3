/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/serve/ack.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "core/base/unitext.h"
#include "core/record/row.h"
#include "core/serve/open_alerts.h"

bool ack_note_ok(struct span note)
{
	bool says = false;
	size_t at, n;
	uint32_t c;

	if (note.n > ACK_NOTE_MAX)
		return false;
	for (at = 0; at < note.n; at += n) {
		n = unitext_decode((struct span){ note.p + at, note.n - at }, &c);
		if (n == 0 || c == 0)
			return false;
		says |= c != ' ' && c != '\t' && c != '\n' && c != '\r';
	}
	return says;
}

static int check(struct span line, struct record_row *facts, struct err *err)
{
	if (row_read(line, facts))
		return err_set(err, -EBADMSG, 0, 0, "the row holds no record");
	if (!row_is_alert(facts)) {
		struct span is = facts->verdict.n ? facts->verdict : facts->kind;

		return err_set(err, -EINVAL, 0, 0, "record %" PRIu64 " is no alert: its %s is %.*s",
			       facts->seq, facts->verdict.n ? "verdict" : "kind", (int)is.n, is.p);
	}
	if (!alert_wants_answer(line, facts))
		return err_set(err, -EINVAL, 0, 0,
			       "record %" PRIu64
			       " is the end of a compliant session: nothing to answer",
			       facts->seq);
	return 0;
}

int ack_subject_read(struct span line, struct ack_subject *out, struct err *err)
{
	struct record_row facts;
	struct stored *stored;
	int ret;

	*out = (struct ack_subject){ 0 };
	ret = check(line, &facts, err);
	if (ret)
		return ret;
	stored = calloc(1, sizeof(*stored));
	ret = stored ? stored_read(line, stored) : -ENOMEM;
	if (!ret) {
		out->seq = facts.seq;
		out->in_session = stored->record.session != NULL;
		out->session = stored->session;
		out->session.operator_uid = LS_NO_ID; /* said by the session's start alone */
		out->room = stored->room;
		stored->room = (struct buf){ 0 }; /* transferred */
	} else if (ret != -ENOMEM) {
		ret = err_set(err, -EBADMSG, 0, 0, "the row holds no record");
	}
	if (stored)
		stored_free(stored);
	free(stored);
	return ret;
}

void ack_subject_free(struct ack_subject *subject)
{
	buf_free(&subject->room);
	*subject = (struct ack_subject){ 0 };
}

const char *ack_refusal(uint32_t uid, const struct session_head *session)
{
	if (session->rehearsal)
		return "it belongs to a rehearsal, which nobody has to answer for";
	if (uid == 0)
		return NULL;
	if (session->operator_uid == LS_NO_ID)
		return "whose session it was is not stored, so only root may acknowledge it";
	return uid == session->operator_uid
		       ? "it is of your own session: somebody else has to look at it"
		       : NULL;
}
