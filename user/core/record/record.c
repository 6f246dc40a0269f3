/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/record/record.h"

#include <errno.h>

#include "core/base/unix_path.h"
#include "core/plan/unix_known.h"
#include "core/record/put.h"

/* What of the head is made of more than one thing. */

static void put_time(const struct record *record, const char *key, struct buf *out)
{
	put_time_ns(out, key, (int64_t)(record->ts_ns + (uint64_t)record->boot_to_wall_ns));
}

static void put_session(const struct record *record, const char *key, struct buf *out)
{
	json_cstr(out, key, record->session ? record->session->id : NULL);
}

static void put_sseq(const struct record *record, const char *key, struct buf *out)
{
	put_number_if(out, key, record->event ? record->event->sseq : 0, record->event);
}

static uint32_t reasons_of(const struct record *record)
{
	if (record->kind == RECORD_LOSS)
		return REASON_BIT(events_lost);
	if (record->kind == RECORD_SESSION_END)
		return record->end.facts->reasons;
	return record->judgement ? record->judgement->reasons : 0;
}

static void put_kind(const struct record *record, const char *key, struct buf *out)
{
	json_cstr(out, key, record_kind_name(record->kind));
}

static void put_reasons(const struct record *record, const char *key, struct buf *out)
{
	put_reason_set(out, key, reasons_of(record));
}

static void put_severity(const struct record *record, const char *key, struct buf *out)
{
	json_cstr(out, key, severity_name(reasons_severity(reasons_of(record))));
}

static void put_step(const struct record *record, const char *key, struct buf *out)
{
	const struct step *step = record_judgement(record)->step;

	json_cstr(out, key, step ? step->id : NULL);
}

static void put_user(const struct record *record, const char *key, struct buf *out)
{
	const struct session_info *session = record->session;
	uint32_t uid = record->event->uid;
	const char *user = NULL;

	if (record_kind_has(record->kind, KIND_LATE))
		;
	else if (uid == 0)
		user = "root";
	else if (session && uid == session->operator_uid)
		user = session->operator_name;
	json_cstr(out, key, user);
}

static void put_exe(const struct record *record, const char *key, struct buf *out)
{
	put_text_if(out, key, "exe_b64",
		    record->kind == RECORD_EXEC ? record->event->exec.exe : record->exe);
}

static void put_root(const struct record *record, const char *key, struct buf *out)
{
	struct span root = { NULL, 0 };

	if (record->kind == RECORD_EXEC)
		root = record->event->exec.root;
	else if (record->kind == RECORD_UNIX)
		root = record->event->un.root;
	put_text_if(out, key, "root_b64", root);
}

/* And of single kinds. */

static void put_tty(const struct record *record, const char *key, struct buf *out)
{
	uint32_t tty = record->event->exec.tty;
	char room[WORD_ROOM];

	put_word(out, key, tty ? word_tty(tty, room) : (struct span){ NULL, 0 });
}

static void put_file_type(const struct record *record, const char *key, struct buf *out)
{
	put_numbered(out, key, record->event->write.mode & LS_MODE_TYPE, &word_file_types);
}

static void put_rdev(const struct record *record, const char *key, struct buf *out)
{
	uint32_t type = record->event->write.mode & LS_MODE_TYPE;

	if (type == LS_MODE_BLOCK || type == LS_MODE_CHAR)
		put_dev(out, key, record->event->write.rdev);
	else
		json_null(out, key);
}

/* wait(2): the signal is in the low seven bits, the exit code above the eighth. */
static void put_exit_code(const struct record *record, const char *key, struct buf *out)
{
	uint32_t status = record->event->exit.status;

	put_number_if(out, key, status >> 8 & 0xff, (status & 0x7f) == 0);
}

static void put_signal(const struct record *record, const char *key, struct buf *out)
{
	uint32_t signal = record->event->exit.status & 0x7f;

	put_number_if(out, key, signal, signal != 0);
}

static void put_service(const struct record *record, const char *key, struct buf *out)
{
	char room[UNIX_PATH_ROOM];

	json_cstr(out, key, unix_path_known(unix_path_tidy(record->event->un.path, room)).name);
}

static void put_result(const struct record *record, const char *key, struct buf *out)
{
	if (record->event->close.established)
		json_cstr(out, key, "connected");
	else
		put_numbered(out, key, record->event->close.error, &word_results);
}

static void put_loss_reason(const struct record *record, const char *key, struct buf *out)
{
	json_cstr(out, key, record->loss.reason);
}

static void put_outcome(const struct record *record, const char *key, struct buf *out)
{
	json_cstr(out, key, outcome_name(record->end.facts->outcome));
}

static void put_in_no_step_more(const struct record *record, const char *key, struct buf *out)
{
	const struct reconciliation *facts = record->end.facts;
	uint64_t all = facts->unapproved + facts->indeterminate;

	json_u64(out, key, all > facts->unexplained_n ? all - facts->unexplained_n : 0);
}

static void put_delivered(const struct record *record, const char *key, struct buf *out)
{
	const struct loss_counts *counts = record->end.counts;

	json_u64(out, key, counts->stored + counts->refused + counts->not_stored);
}

/* Objects in a line. */

static void object_file(const struct record *record, struct buf *out)
{
	const struct file_id *file = &record->event->exec.script_seen->id;
	const char *sha256 = record->event->exec.script_seen->sha256;

	FILE_MEMBERS(PUT)
}

static void object_nearest(const struct record *record, struct buf *out)
{
	const struct nearest *nearest = &record->judgement->nearest;
	const struct step *step = nearest->step;
	bool differs = nearest->approved[0] || nearest->actual.p;

	NEAREST_MEMBERS(PUT)
}

static void object_lost(const struct record *record, struct buf *out)
{
	const struct loss_counts *counts = record->end.counts;

	LOST_MEMBERS(PUT)
}

static void object_missed(const struct record *record, struct buf *out)
{
	const struct loss_counts *counts = record->end.counts;

	MISSED_MEMBERS(PUT)
}

static void object_unreadable(const struct record *record, struct buf *out)
{
	const struct loss_counts *counts = record->end.counts;

	UNREADABLE_MEMBERS(PUT)
}

/* The line, part by part. */

int record_session_text(const struct session_info *session, struct buf *out)
{
	SESSION_MEMBERS(PUT)
	return out->failed ? -ENOMEM : 0;
}

static void put_head(const struct record *record, struct buf *out)
{
	const struct judgement *judgement = record_judgement(record);

	HEAD_MEMBERS(PUT)
	if (record->session_text.n) {
		json_token(out, NULL, record->session_text.p, record->session_text.n);
	} else if (record->session) {
		record_session_text(record->session, out);
	} else {
		SESSION_MEMBERS(PUT_NULL)
	}
	VERDICT_MEMBERS(PUT)
}

static void put_process(const struct event *event, const struct record *record, struct buf *out)
{
	const bool whole = !record_kind_has(event->kind, KIND_LATE);

	PROCESS_MEMBERS(PUT)
}

static void put_opener(const struct session_info *session, struct buf *out)
{
#define PUT_OPENER(type, key, ...)                                                                 \
	put_number_if(out, key, session ? session->tgid : 0, session && !strcmp(key, "pid"));
	PROCESS_MEMBERS(PUT_OPENER)
}

/* The kind's own members. What its list does not name is not looked at, and may be of another kind.
 */
static void put_own(const struct event *event, const struct record *record, struct buf *out)
{
	const struct session_info *session = record->session;
	const struct judgement *judgement = record_judgement(record);
	const struct reconciliation *facts = record->end.facts;
	const struct loss_counts *counts = record->end.counts;
	const struct event_exec *exec = &event->exec;
	const struct event_failed *failed = &event->failed;
	const struct event_net *net = &event->net;
	const struct event_close *close = &event->close;
	const struct event_unix *un = &event->un;
	const struct event_socket *socket = &event->socket;
	const struct event_write *write = &event->write;
	const struct file_id *file = &exec->file;
	const char *sha256 = judgement->program ? judgement->program->sha256 : "";

	switch (record->kind) {
#define K(kind, LIST)                                                                              \
	case RECORD_##kind:                                                                        \
		LIST(PUT)                                                                          \
		break;
		KINDS_BY_MEMBERS(K)
#undef K
	case RECORD_NONE:
		break;
	}
}

int record_line(const struct record *record, struct buf *out)
{
	static const struct event no_event;

	json_begin(out);
	put_head(record, out);
	if (record->event)
		put_process(record->event, record, out);
	else
		put_opener(record->kind == RECORD_SESSION_START ? record->session : NULL, out);
	put_own(record->event ? record->event : &no_event, record, out);
	json_close(out, '}');
	return out->failed ? -ENOMEM : 0;
}
