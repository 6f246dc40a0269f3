/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/serve/ack.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "core/base/json_read.h"
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

/* The decoded text, ended by NUL; NULL for null. The room was reserved: it does not move. */
static const char *text(struct ack_subject *out, const struct json_object *line, const char *key)
{
	struct span value = json_get(line, key);
	size_t begin = out->room.n;

	if (!json_is_string(value) || json_read_text(value, &out->room))
		return NULL;
	buf_addc(&out->room, '\0');
	return out->room.p + begin;
}

static const char *raw(struct ack_subject *out, struct span value)
{
	size_t begin = out->room.n;

	buf_add(&out->room, value.p, value.n);
	buf_addc(&out->room, '\0');
	return out->room.p + begin;
}

static bool is_true(const struct json_object *line, const char *key)
{
	bool set = false;

	return !json_read_bool(json_get(line, key), &set) && set;
}

static void copy(char *out, size_t n, const char *from)
{
	snprintf(out, n, "%s", from && strlen(from) < n ? from : "");
}

static void read_session(struct ack_subject *out, const struct json_object *line)
{
	struct session_info *session = &out->session;
	struct span approvers = json_get(line, "approvers");

	copy(session->id, sizeof(session->id), text(out, line, "session"));
	out->in_session = session->id[0] != '\0';
	if (!out->in_session)
		return;
	session->ticket = text(out, line, "ticket");
	copy(session->ticket_sha256, sizeof(session->ticket_sha256),
	     text(out, line, "ticket_sha256"));
	session->requester = text(out, line, "requester");
	session->operator_name = text(out, line, "operator");
	session->operator_uid = LS_NO_ID;
	session->unsigned_ticket = is_true(line, "unsigned");
	session->break_glass = is_true(line, "break_glass");
	session->approvers = approvers.n ? raw(out, approvers) : NULL;
}

static int check(struct span line, struct record_facts *facts, struct err *err)
{
	if (filter_facts(line, facts))
		return err_set(err, -EBADMSG, 0, 0, "the row holds no record");
	if (!filter_is_alert(facts)) {
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
	struct json_object *object = NULL;
	struct record_facts facts;
	int ret;

	*out = (struct ack_subject){ 0 };
	ret = check(line, &facts, err);
	if (ret)
		return ret;
	out->seq = facts.seq;
	/* Texts are shorter decoded than in the line; a NUL is added to each of seven at most. */
	object = malloc(sizeof(*object));
	ret = object && !buf_reserve(&out->room, line.n + 16) ? json_read(line, object) : -ENOMEM;
	if (!ret)
		read_session(out, object);
	else if (ret != -ENOMEM)
		ret = err_set(err, -EBADMSG, 0, 0, "the row holds no record");
	free(object);
	if (ret)
		ack_subject_free(out);
	return ret;
}

void ack_subject_free(struct ack_subject *subject)
{
	buf_free(&subject->room);
	*subject = (struct ack_subject){ 0 };
}

struct ack_session ack_session_read(struct span start_line)
{
	struct ack_session out = { .operator_uid = LS_NO_ID };
	struct json_object *object = malloc(sizeof(*object));
	uint64_t uid;

	if (object && !json_read(start_line, object)) {
		if (!json_read_u64(json_get(object, "operator_uid"), &uid) && uid < LS_NO_ID)
			out.operator_uid = (uint32_t)uid;
		out.rehearsal = is_true(object, "rehearsal");
	}
	free(object);
	return out;
}

const char *ack_refusal(uint32_t uid, const struct ack_session *session)
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
