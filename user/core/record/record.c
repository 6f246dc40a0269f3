/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/record/record.h"

#include <errno.h>

#include "core/base/json.h"
#include "core/base/timestamp.h"
#include "core/record/record_part.h"

void record_text(struct buf *out, const char *key, const char *twin, struct span text)
{
	if (!json_text(out, key, text))
		json_base64(out, twin, text);
}

void record_reasons(struct buf *out, uint32_t reasons)
{
	json_open(out, "reasons", '[');
	for (unsigned int i = 0; reasons; i++, reasons >>= 1) {
		if (reasons & 1)
			json_cstr(out, NULL, reason_name((enum reason)i));
	}
	json_close(out, ']');
}

static void text_or_null(struct buf *out, const char *key, const char *twin, struct span text)
{
	if (text.n == 0)
		json_null(out, key);
	else
		record_text(out, key, twin, text);
}

/* A text that is not ours but was checked elsewhere (a ticket's, a host's name). */
static void name_or_null(struct buf *out, const char *key, const char *text)
{
	json_cstr(out, key, text && *text ? text : NULL);
}

static void add_head(const struct record *record, struct buf *out)
{
	char time[TIMESTAMP_SIZE];

	timestamp_format((int64_t)(record->ts_ns + (uint64_t)record->boot_to_wall_ns), time);
	json_u64(out, "v", 1);
	json_u64(out, "seq", record->seq);
	json_text(out, "time", (struct span){ time, TIMESTAMP_SIZE - 1 });
	json_cstr(out, "host", record->host);
	json_cstr(out, "boot", record->boot);
}

static void add_whose(const struct session_info *session, struct buf *out)
{
	json_cstr(out, "ticket", session->ticket);
	name_or_null(out, "ticket_sha256", session->ticket_sha256);
	json_bool(out, "unsigned", session->unsigned_ticket);
	json_cstr(out, "requester", session->requester);
	json_cstr(out, "operator", session->operator_name);
	json_raw(out, "approvers", session->approvers ? session->approvers : "[]");
	if (session->break_glass)
		json_bool(out, "break_glass", true);
	if (session->login)
		json_u64(out, "login", session->login_asid);
}

int record_session_text(const struct session_info *session, struct buf *out)
{
	add_whose(session, out);
	return out->failed ? -ENOMEM : 0;
}

static void add_session(const struct record *record, struct buf *out)
{
	const struct session_info *session = record->session;

	json_cstr(out, "session", session ? session->id : NULL);
	if (record->event)
		json_u64(out, "sseq", record->event->sseq);
	else
		json_null(out, "sseq");
	if (!session) {
		json_null(out, "ticket");
		json_null(out, "ticket_sha256");
		json_null(out, "unsigned");
		json_null(out, "requester");
		json_null(out, "operator");
		json_null(out, "approvers");
		return;
	}
	if (record->session_text.n)
		json_token(out, NULL, record->session_text.p, record->session_text.n);
	else
		add_whose(session, out);
}

static uint32_t reasons_of(const struct record *record)
{
	if (record->kind == RECORD_LOSS)
		return REASON_BIT(events_lost);
	if (record->kind == RECORD_SESSION_END)
		return record->end.facts->reasons;
	return record->judgement ? record->judgement->reasons : 0;
}

static void add_verdict(const struct record *record, struct buf *out)
{
	const struct judgement *judgement = record->judgement;
	uint32_t reasons = reasons_of(record);

	json_cstr(out, "kind", record_kind_name(record->kind));
	json_cstr(out, "verdict", judgement ? verdict_name(judgement->verdict) : NULL);
	record_reasons(out, reasons);
	json_cstr(out, "step", judgement && judgement->step ? judgement->step->id : NULL);
	json_cstr(out, "how", judgement ? how_name(judgement->how) : NULL);
	json_cstr(out, "severity", severity_name(reasons_severity(reasons)));
}

static void id_or_null(struct buf *out, const char *key, uint32_t id, bool known)
{
	if (known)
		json_u64(out, key, id);
	else
		json_null(out, key);
}

static const char *user_of(const struct record *record)
{
	if (record->event->uid == 0)
		return "root";
	if (record->session && record->event->uid == record->session->operator_uid)
		return record->session->operator_name;
	return NULL;
}

static struct span root_of(const struct event *event)
{
	if (event->kind == RECORD_EXEC)
		return event->exec.root;
	return event->kind == RECORD_UNIX ? event->un.root : (struct span){ NULL, 0 };
}

static void add_process(const struct record *record, struct buf *out)
{
	const struct event *event = record->event;
	bool whole = !record_kind_has(event->kind, KIND_LATE);
	bool exec = event->kind == RECORD_EXEC;

	json_u64(out, "pid", event->tgid);
	id_or_null(out, "tid", event->tid, whole);
	id_or_null(out, "ppid", event->ppid, whole);
	json_u64(out, "parent", event->image);
	json_u64(out, "start", event->start_ns);
	id_or_null(out, "uid", event->uid, whole);
	id_or_null(out, "euid", event->euid, whole);
	json_cstr(out, "user", whole ? user_of(record) : NULL);
	id_or_null(out, "auid", event->auid, whole && event->auid != LS_NO_ID);
	id_or_null(out, "asid", event->asid, whole && event->asid != LS_NO_ID);
	text_or_null(out, "exe", "exe_b64", exec ? event->exec.exe : record->exe);
	id_or_null(out, "mntns", event->mntns, whole);
	text_or_null(out, "root", "root_b64", root_of(event));
}

static void add_no_process(const struct record *record, struct buf *out)
{
	static const char *const keys[] = { "tid",  "ppid", "parent", "start", "uid",	"euid",
					    "user", "auid", "asid",   "exe",   "mntns", "root" };

	id_or_null(out, "pid", record->session ? record->session->tgid : 0,
		   record->kind == RECORD_SESSION_START);
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		json_null(out, keys[i]);
}

static void add_start_env(struct span env, struct buf *out)
{
	struct span rest = env, entry;
	bool exact = true;

	json_open(out, "env", '[');
	while (strings_next(&rest, &entry))
		exact &= json_text(out, NULL, entry);
	json_close(out, ']');
	if (exact)
		return;
	json_open(out, "env_b64", '[');
	while (strings_next(&env, &entry))
		json_base64(out, NULL, entry);
	json_close(out, ']');
}

/* What approved beside the ticket's own steps: whose bytes are in the store under these hashes. */
static void add_profiles(const struct plan *plan, struct buf *out)
{
	json_open(out, "profiles", '[');
	for (size_t i = 0; plan && i < plan->owned_n; i++) {
		const struct ticket *profile = plan->owned[i];

		if (!profile->is_profile)
			continue;
		json_open(out, NULL, '{');
		json_cstr(out, "name", profile->id);
		name_or_null(out, "sha256", profile->sha256);
		json_close(out, '}');
	}
	json_close(out, ']');
}

static void add_start(const struct record *record, struct buf *out)
{
	const struct session_info *session = record->session;

	json_u64(out, "operator_uid", session->operator_uid);
	json_cstr(out, "summary", session->summary);
	json_bool(out, "rehearsal", session->quiet);
	json_raw(out, "approvals", session->approvals ? session->approvals : "[]");
	name_or_null(out, "signers_sha256", session->signers_sha256);
	add_profiles(record->start.plan, out);
	record_hosts(record->start.plan, out);
	add_start_env(record->start.env, out);
}

/* wait(2): the signal is in the low seven bits, the exit code above the eighth. */
static void add_exit(uint32_t status, struct buf *out)
{
	uint32_t signal = status & 0x7f;

	id_or_null(out, "exit_code", status >> 8 & 0xff, signal == 0);
	id_or_null(out, "signal", signal, signal != 0);
}

static void add_loss(const struct loss_range *loss, struct buf *out)
{
	if (loss->first) {
		json_u64(out, "first", loss->first);
		json_u64(out, "last", loss->last);
	} else {
		json_null(out, "first");
		json_null(out, "last");
	}
	json_u64(out, "count", loss->count);
	json_cstr(out, "reason", loss->reason);
}

static void add_ack(const struct ack *ack, struct buf *out)
{
	json_u64(out, "of", ack->of);
	json_cstr(out, "by", ack->by);
	json_u64(out, "by_uid", ack->by_uid);
	id_or_null(out, "by_auid", ack->by_auid, ack->by_auid != LS_NO_ID);
	record_text(out, "note", "note_b64", ack->note);
}

static void add_by_kind(const struct record *record, struct buf *out)
{
	switch (record->kind) {
	case RECORD_SESSION_START:
		add_start(record, out);
		break;
	case RECORD_EXEC:
		record_exec(record, out);
		break;
	case RECORD_EXIT:
		add_exit(record->event->exit.status, out);
		break;
	case RECORD_CONNECT:
	case RECORD_SEND:
	case RECORD_BIND:
	case RECORD_LISTEN:
	case RECORD_ACCEPT:
		record_net(record, out);
		break;
	case RECORD_UNIX:
		record_unix(record, out);
		break;
	case RECORD_SOCKET:
		record_socket(record, out);
		break;
	case RECORD_CLOSE:
		record_close(record, out);
		break;
	case RECORD_WRITE:
		record_write(record, out);
		break;
	case RECORD_EXEC_FAILED:
		record_exec_failed(record, out);
		break;
	case RECORD_LOSS:
		add_loss(&record->loss, out);
		break;
	case RECORD_HEARTBEAT:
		json_u64(out, "stored", record->heartbeat.stored);
		json_u64(out, "open_sessions", record->heartbeat.open_sessions);
		break;
	case RECORD_HOST:
		json_cstr(out, "what", record->host_event.what);
		json_cstr(out, "detail", record->host_event.detail);
		break;
	case RECORD_ACK:
		add_ack(&record->ack, out);
		break;
	case RECORD_SESSION_END:
		record_end(record, out);
		break;
	case RECORD_NONE:
		break;
	}
}

int record_line(const struct record *record, struct buf *out)
{
	json_begin(out);
	add_head(record, out);
	add_session(record, out);
	add_verdict(record, out);
	if (record->event)
		add_process(record, out);
	else
		add_no_process(record, out);
	add_by_kind(record, out);
	json_close(out, '}');
	return out->failed ? -ENOMEM : 0;
}
