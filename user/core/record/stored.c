/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/record/stored.h"

#include <errno.h>
#include <stdlib.h>

#include "core/base/array.h"
#include "core/base/members.h"
#include "core/event/address.h"
#include "core/record/format.h"
#include "core/record/words.h"

/* Expands a list of format.h to what reads it from `m` into `out`. */
#define GET(type, key, ...) get_##type(key, __VA_ARGS__);

/* The highest value of an integer. */
#define MOST(place) ((__typeof__(place))-1 > 0 ? (uint64_t)(__typeof__(place))-1 : INT32_MAX)

#define get_NUM(key, place) ((place) = (__typeof__(place))members_number(m, key, MOST(place)))
#define get_NUM_IF(key, place, cond, none)                                                         \
	((place) = (__typeof__(place))members_number_or(m, key, MOST(place), (uint64_t)(none)))
#define get_FLAG(key, place)            ((place) = members_flag(m, key))
#define get_BITS(key, place, mask, bit) ((place) |= members_flag(m, key) ? (bit) : 0)
#define get_CSTR(key, place)            ((place) = (__typeof__(place))members_cstr(m, key))
#define get_NAME(key, place)            members_fixed(m, key, place, sizeof(place))
#define get_TEXT(key, place)            ((place) = members_text(m, key))
#define get_TEXT_IF                     get_TEXT
#define get_WORD(key, place, function)  ((place) = word_named(m, key, LAST_##function, function))
#define get_NUMBERED(key, place, names) ((place) = (__typeof__(place))numbered(m, key, &(names)))
#define get_DEV(key, place)             ((place) = device(m, key))
#define get_TIME(key, place)            ((place) = (__typeof__(place))members_time(m, key))
#define get_ADDRESS(key, place, cond)   get_address(m, key, &(place))
#define get_JSON(key, place, name)      ((place) = members_json(m, key))
#define get_CALL(key, shape, name)      get_##name(m, key, out)
#define get_CONST(key, value)                                                                      \
	_Generic(value, int : check_number, char * : check_text)(m, key, (uintptr_t)(value))
#define get_OPT_FLAG(key, place) ((place) = members_get(m, key).n && members_flag(m, key))
#define get_OPT_NUM(key, place, flag)                                                              \
	do {                                                                                       \
		(flag) = members_get(m, key).n > 0;                                                \
		if (flag)                                                                          \
			get_NUM(key, place);                                                       \
	} while (0)
#define get_LIST(key, i, name)      (out->lists[i] = members_json(m, key))
#define get_OBJECT(key, cond, name) get_object(m, key, out, read_##name)

static void check_number(struct members *m, const char *key, uintptr_t want)
{
	if (members_number(m, key, UINT64_MAX) != want)
		members_wrong(m);
}

static void check_text(struct members *m, const char *key, uintptr_t want)
{
	if (!json_is(members_get(m, key), (const char *)want))
		members_wrong(m);
}

static unsigned int word_named(struct members *m, const char *key, unsigned int last,
			       const char *(*name)(unsigned int i))
{
	struct span value = members_get(m, key);

	for (unsigned int i = 1; i <= last; i++) {
		if (json_is(value, name(i)))
			return i;
	}
	if (!json_is_null(value))
		members_wrong(m);
	return 0;
}

static uint32_t numbered(struct members *m, const char *key, const struct number_names *names)
{
	struct span value = members_get(m, key);
	uint32_t number = names->none;

	if (!json_is_null(value) && word_read(names, json_inside(value), &number))
		members_wrong(m);
	return number;
}

static uint32_t device(struct members *m, const char *key)
{
	uint32_t dev = 0;

	if (word_read_dev(json_inside(members_get(m, key)), &dev))
		members_wrong(m);
	return dev;
}

static void get_address(struct members *m, const char *key, struct address *out)
{
	struct span value = members_get(m, key);

	*out = (struct address){ 0 };
	if (!json_is_null(value) && address_read(json_inside(value), out))
		members_wrong(m);
}

static void get_object(struct members *m, const char *key, struct stored *out,
		       void (*read)(struct members *m, struct stored *out))
{
	struct span value = members_get(m, key);
	struct json_object object;
	struct members inner = { &object, m->room, 0, 0 };

	if (json_is_null(value))
		return;
	if (json_read(value, &object))
		inner.ret = -EINVAL;
	else
		read(&inner, out);
	if (inner.ret)
		members_wrong(m);
}

/* What follows from the other members. */
static void get_derived(struct members *m, const char *key, struct stored *out)
{
	(void)out;
	if (members_get(m, key).n == 0)
		members_wrong(m);
}
#define get_severity  get_derived
#define get_service   get_derived
#define get_delivered get_derived

static void get_time(struct members *m, const char *key, struct stored *out)
{
	out->record.boot_to_wall_ns = members_time(m, key);
}

static void get_session(struct members *m, const char *key, struct stored *out)
{
	if (!members_null(m, key))
		out->record.session = &out->session;
	members_fixed(m, key, out->session.id, sizeof(out->session.id));
}

static void get_sseq(struct members *m, const char *key, struct stored *out)
{
	out->event.sseq = members_number_or(m, key, UINT64_MAX, 0);
}

static void get_kind(struct members *m, const char *key, struct stored *out)
{
	out->record.kind = record_kind_named(json_inside(members_get(m, key)));
	if (out->record.kind == RECORD_NONE)
		members_wrong(m);
	if (!record_kind_is_event(out->record.kind))
		return;
	out->event.kind = out->record.kind;
	out->record.event = &out->event;
}

static void get_reasons(struct members *m, const char *key, struct stored *out)
{
	struct span items = members_items(m, key), item;

	while (json_next(&items, &item)) {
		unsigned int i = 0;

		while (i < REASON_COUNT && !json_is(item, reason_name((enum reason)i)))
			i++;
		if (i < REASON_COUNT)
			out->judgement.reasons |= 1u << i;
		else
			members_wrong(m);
	}
	out->facts.reasons = out->judgement.reasons;
}

static void get_step(struct members *m, const char *key, struct stored *out)
{
	out->step.id = (char *)members_cstr(m, key);
	out->judgement.step = out->step.id ? &out->step : NULL;
}

/* It is the operator's name exactly if it is the operator's uid; root is always called so. */
static void get_user(struct members *m, const char *key, struct stored *out)
{
	if (out->event.uid && !members_null(m, key))
		out->session.operator_uid = out->event.uid;
	get_derived(m, key, out);
}

static void get_exe(struct members *m, const char *key, struct stored *out)
{
	out->record.exe = members_text(m, key);
	if (out->record.kind == RECORD_EXEC)
		out->event.exec.exe = out->record.exe;
}

static void get_root(struct members *m, const char *key, struct stored *out)
{
	struct span root = members_text(m, key);

	if (out->record.kind == RECORD_EXEC)
		out->event.exec.root = root;
	else if (out->record.kind == RECORD_UNIX)
		out->event.un.root = root;
}

static struct span *argv_of(struct stored *out)
{
	return out->record.kind == RECORD_EXEC ? &out->event.exec.argv : &out->event.failed.argv;
}

static void get_argv(struct members *m, const char *key, struct stored *out)
{
	*argv_of(out) = members_strings(m, key);
}

/* By its mark: the same secret twice is one, as in the judgement. */
static void note_secret(struct judgement *judgement, struct span mark)
{
	for (size_t i = 0; i < judgement->secrets_n; i++) {
		if (span_eq(judgement->secrets[i], mark))
			return;
	}
	if (judgement->secrets_n < ARRAY_SIZE(judgement->secrets))
		judgement->secrets[judgement->secrets_n++] = mark;
	else
		judgement->secrets_more = true;
}

static void get_secrets(struct members *m, const char *key, struct stored *out)
{
	struct span value = members_get(m, key), items = json_items(value), item;
	struct span rest = *argv_of(out), argument = { 0 };
	uint64_t at = 0, wanted;

	/* more secrets than can be named, and only argv[0], which is never one of those */
	out->judgement.secrets_more = value.n && !items.n;
	while (json_next(&items, &item)) {
		if (json_read_u64(item, &wanted)) {
			members_wrong(m);
			return;
		}
		while (strings_next(&rest, &argument) && at++ < wanted)
			;
		if (at == wanted + 1)
			note_secret(&out->judgement, argument);
	}
}

static void get_tty(struct members *m, const char *key, struct stored *out)
{
	struct span value = members_get(m, key);

	if (!json_is_null(value) && word_read_tty(json_inside(value), &out->event.exec.tty))
		members_wrong(m);
}

/* Those of the table, and which of them differ from the session's start. */
static void get_env(struct members *m, const char *key, struct stored *out)
{
	struct judgement *judgement = &out->judgement;
	struct span rest = members_strings(m, key);

	out->event.exec.env = rest;
	while (judgement->env_n < ARRAY_SIZE(judgement->env) &&
	       strings_next(&rest, &judgement->env[judgement->env_n]))
		judgement->env_n++;
}

static void get_env_differs(struct members *m, const char *key, struct stored *out)
{
	struct span items = members_items(m, key), item;
	uint64_t at;

	while (json_next(&items, &item)) {
		if (json_read_u64(item, &at) || at >= out->judgement.env_n)
			members_wrong(m);
		else
			out->judgement.env_differs[at] = true;
	}
}

static void get_start_env(struct members *m, const char *key, struct stored *out)
{
	out->record.start.env = members_strings(m, key);
}

/* One that was cut within a character has grown by what stands in for the rest of it. */
static void get_approved(struct members *m, const char *key, struct stored *out)
{
	char *approved = out->judgement.nearest.approved;
	size_t most = sizeof(out->judgement.nearest.approved) - 1;
	struct span text = members_text(m, key);

	text.n = text.n < most ? text.n : most;
	if (text.n)
		memcpy(approved, text.p, text.n);
}

static void get_actual(struct members *m, const char *key, struct stored *out)
{
	out->judgement.nearest.actual = members_text(m, key);
}

static void get_actual_len(struct members *m, const char *key, struct stored *out)
{
	struct nearest *nearest = &out->judgement.nearest;
	uint64_t n = members_number_or(m, key, UINT64_MAX, 0);

	if (n < nearest->actual.n)
		members_wrong(m);
	else
		nearest->actual_cut = n - nearest->actual.n;
}

/* wait(2)'s status again, but for the core dump's bit, which no record keeps. */
static void get_exit_code(struct members *m, const char *key, struct stored *out)
{
	out->event.exit.status = (uint32_t)members_number_or(m, key, 0xff, 0) << 8;
}

static void get_signal(struct members *m, const char *key, struct stored *out)
{
	out->event.exit.status |= (uint32_t)members_number_or(m, key, 0x7f, 0);
}

static void get_file_type(struct members *m, const char *key, struct stored *out)
{
	out->event.write.mode = numbered(m, key, &word_file_types);
}

static void get_rdev(struct members *m, const char *key, struct stored *out)
{
	if (members_null(m, key))
		return;
	out->event.write.rdev = device(m, key);
}

static void get_result(struct members *m, const char *key, struct stored *out)
{
	struct span value = members_get(m, key);
	struct event_close *close = &out->event.close;

	close->established = json_is(value, "connected");
	if (!close->established && word_read(&word_results, json_inside(value), &close->error))
		members_wrong(m);
}

static void get_loss_reason(struct members *m, const char *key, struct stored *out)
{
	struct span value = members_get(m, key);

	for (size_t i = 0; !out->record.loss.reason && loss_reason_name(i); i++) {
		if (json_is(value, loss_reason_name(i)))
			out->record.loss.reason = loss_reason_name(i);
	}
	if (!out->record.loss.reason)
		members_wrong(m);
}

static void get_outcome(struct members *m, const char *key, struct stored *out)
{
	struct span value = members_get(m, key);

	for (unsigned int i = OUTCOME_INDETERMINATE; i <= OUTCOME_COMPLIANT; i++) {
		if (json_is(value, outcome_name((enum outcome)i))) {
			out->facts.outcome = (enum outcome)i;
			return;
		}
	}
	members_wrong(m);
}

static void get_in_no_step_more(struct members *m, const char *key, struct stored *out)
{
	uint64_t more = members_number(m, key, UINT64_MAX);
	uint64_t all = out->facts.unapproved + out->facts.indeterminate;

	if (more > all)
		members_wrong(m);
	else
		out->facts.unexplained_n = all - more;
}

static void read_file(struct members *m, struct stored *out)
{
	struct file_id *file = &out->script.id;
	char sha256[sizeof(out->script.sha256)];

	FILE_MEMBERS(GET)
	memcpy(out->script.sha256, sha256, sizeof(sha256));
	out->event.exec.script_seen = &out->script;
}

static void read_nearest(struct members *m, struct stored *out)
{
	struct nearest *nearest = &out->judgement.nearest;
	struct step *step = &out->near;

	NEAREST_MEMBERS(GET)
	nearest->step = step;
}

static void read_lost(struct members *m, struct stored *out)
{
	struct loss_counts *counts = &out->counts;

	LOST_MEMBERS(GET)
}

static void read_missed(struct members *m, struct stored *out)
{
	struct loss_counts *counts = &out->counts;

	MISSED_MEMBERS(GET)
}

static void read_unreadable(struct members *m, struct stored *out)
{
	struct loss_counts *counts = &out->counts;

	UNREADABLE_MEMBERS(GET)
}

/* The kind's own members; the rest of what its list could name stays as it is. */
static void read_own(struct members *m, struct stored *out)
{
	struct record *record = &out->record;
	struct session_info *session = &out->session;
	struct judgement *judgement = &out->judgement;
	struct reconciliation *facts = &out->facts;
	struct loss_counts *counts = &out->counts;
	struct event_exec *exec = &out->event.exec;
	struct event_failed *failed = &out->event.failed;
	struct event_net *net = &out->event.net;
	struct event_close *close = &out->event.close;
	struct event_unix *un = &out->event.un;
	struct event_socket *socket = &out->event.socket;
	struct event_write *write = &out->event.write;
	struct file_id *file = &exec->file;
	char sha256[sizeof(out->program.sha256)] = "";

	switch (record->kind) {
#define K(kind, LIST)                                                                              \
	case RECORD_##kind:                                                                        \
		LIST(GET)                                                                          \
		break;
		KINDS_BY_MEMBERS(K)
#undef K
	case RECORD_NONE:
		break;
	}
	memcpy(out->program.sha256, sha256, sizeof(sha256));
	judgement->program = sha256[0] ? &out->program : NULL;
	if (record->kind == RECORD_SESSION_END) {
		record->end.facts = facts;
		record->end.counts = counts;
	}
}

static void read_line(struct members *m, struct stored *out)
{
	struct record *record = &out->record;
	struct session_info *session = &out->session;
	struct judgement *judgement = &out->judgement;
	struct event *event = &out->event;

	HEAD_MEMBERS(GET)
	if (record->session) {
		SESSION_MEMBERS(GET)
	}
	VERDICT_MEMBERS(GET)
	record->judgement = judgement;
	if (record->event) {
		PROCESS_MEMBERS(GET)
	} else if (record->kind == RECORD_SESSION_START) {
		get_NUM("pid", session->tgid);
		if (!record->session)
			members_wrong(m);
	}
	read_own(m, out);
}

int stored_read(struct span line, struct stored *out)
{
	struct json_object *object = malloc(sizeof(*object));
	struct members m = { .object = object, .room = &out->room };
	struct buf room = out->room;
	int ret = -ENOMEM;

	buf_reset(&room);
	*out = (struct stored){ .room = room };
	out->session.operator_uid = LS_NO_ID;
	out->record.marked = true;
	out->record.lists = out->lists;
	/* What is decoded is shorter than its text: the room does not move under the spans. */
	if (object && !buf_reserve(&out->room, line.n + 1))
		ret = json_read(line, object);
	if (!ret) {
		read_line(&m, out);
		ret = out->room.failed ? -ENOMEM : m.ret;
	}
	free(object);
	return ret == -E2BIG ? -EINVAL : ret;
}

void stored_free(struct stored *stored)
{
	buf_free(&stored->room);
}

struct session_head session_head_read(struct span start_line)
{
	struct session_head out = { .operator_uid = LS_NO_ID };
	struct stored *stored = calloc(1, sizeof(*stored));

	if (stored && !stored_read(start_line, stored) &&
	    stored->record.kind == RECORD_SESSION_START)
		out = (struct session_head){ stored->session.operator_uid, stored->session.quiet };
	if (stored)
		stored_free(stored);
	free(stored);
	return out;
}
