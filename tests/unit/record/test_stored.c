/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */

/*
 * What is written, read back and written again is the same line: the samples, and random records of
 * every kind. So a reader and a writer that disagree about a member are found, whichever it is.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/base/json_read.h"
#include "core/record/stored.h"
#include "core/record/words.h"
#include "lib/cmocka.h"
#include "lib/samples.h"

enum { RECORDS = 120000, TEXTS = 64 };

/* Random texts are kept here while one record is made. */
struct maker {
	uint64_t state;
	char bytes[TEXTS][40];
	size_t texts;
	struct session_info session;
	struct event event;
	struct judgement judgement;
	struct step steps[3];
	struct program program;
	struct file_facts script;
	struct step_facts facts[2];
	struct unexplained_act unexplained[3];
	struct reconciliation reconciliation;
	struct loss_counts counts;
	char hashes[8][65];
};

static uint64_t next(struct maker *m)
{
	m->state ^= m->state << 13;
	m->state ^= m->state >> 7;
	m->state ^= m->state << 17;
	return m->state * 0x2545f4914f6cdd1dull;
}

static uint64_t below(struct maker *m, uint64_t n)
{
	return next(m) % n;
}

static bool flip(struct maker *m)
{
	return next(m) >> 63;
}

/* Small, large, and at the edges. */
static uint64_t number(struct maker *m)
{
	return next(m) >> below(m, 64);
}

/* Not LS_NO_ID: who has no uid has no name. */
static uint32_t id(struct maker *m)
{
	return (uint32_t)below(m, LS_NO_ID);
}

/* Any bytes but NUL, and of C strings no half characters: those are never written exactly. */
static char *text(struct maker *m, bool utf8)
{
	static const char *const pieces[] = { "a",
					      "/",
					      "\"",
					      "\\",
					      "\n",
					      "\x1b",
					      "\xc3\xa9",
					      "\xe2\x80\xae",
					      "\xf0\x9f\x98\x80",
					      "\x7f" };
	char *out = m->bytes[m->texts++ % TEXTS];
	size_t n = 0;

	for (uint64_t i = below(m, 4); i > 0; i--) {
		if (!utf8 && below(m, 4) == 0)
			out[n++] = (char)(1 + below(m, 255));
		else
			n += (size_t)snprintf(out + n, 40 - n, "%s", pieces[below(m, 10)]);
	}
	out[n] = 0;
	return out;
}

static char *name(struct maker *m)
{
	char *out = text(m, true);

	if (!*out)
		snprintf(out, 40, "name");
	return out;
}

static char *name_or_null(struct maker *m)
{
	return flip(m) ? name(m) : NULL;
}

static struct span span(struct maker *m)
{
	return span_of(text(m, false));
}

static void hash(struct maker *m, char out[65])
{
	snprintf(out, 65, flip(m) ? "%016" PRIx64 : "", next(m));
}

/* Up to four texts, each ended by NUL. */
static struct span list(struct maker *m)
{
	static char room[8][200];
	char *out = room[m->texts++ % 8];
	size_t n = 0;

	for (uint64_t i = below(m, 5); i > 0; i--)
		n += (size_t)snprintf(out + n, 40, "%s", text(m, false)) + 1;
	return (struct span){ out, n };
}

static struct address address(struct maker *m)
{
	struct address out = { .family = flip(m) ? LS_AF_INET : LS_AF_INET6 };

	out.port = (uint16_t)number(m);
	for (size_t i = 0; i < (out.family == LS_AF_INET ? 4u : 16u); i++)
		out.ip[i] = (unsigned char)(flip(m) ? number(m) : 0);
	return out;
}

static struct file_id file_id(struct maker *m)
{
	return (struct file_id){ (uint32_t)next(m), number(m), number(m), number(m) >> 1 };
}

static void make_session(struct maker *m)
{
	struct session_info *session = &m->session;

	*session = (struct session_info){
		.ticket = name_or_null(m),
		.requester = name_or_null(m),
		.operator_name = name(m),
		.operator_uid = id(m),
		.summary = name_or_null(m),
		.unsigned_ticket = flip(m),
		.break_glass = flip(m),
		.approvers = flip(m) ? "[\"a\",\"b c\"]" : NULL,
		.approvals =
			flip(m) ? "[{\"signer\":\"a\",\"key\":\"k\",\"signature\":\"s\"}]" : NULL,
		.quiet = flip(m),
		.tgid = (uint32_t)number(m),
	};
	snprintf(session->id, sizeof(session->id), "%" PRIx64, next(m));
	hash(m, session->ticket_sha256);
	hash(m, session->signers_sha256);
	session->login = flip(m);
	session->login_asid = session->login ? (uint32_t)number(m) : 0;
}

static void make_judgement(struct maker *m)
{
	struct judgement *judgement = &m->judgement;

	*judgement = (struct judgement){
		.verdict = (enum verdict)below(m, VERDICT_APPROVED + 1),
		.how = (enum how)below(m, HOW_SERVICE + 1),
		.reasons = (uint32_t)next(m) & ((1u << REASON_COUNT) - 1),
		.env_more = number(m),
		.env_n = below(m, 33),
	};
	m->steps[0].id = name(m);
	judgement->step = flip(m) ? &m->steps[0] : NULL;
	for (size_t i = 0; i < judgement->env_n; i++) {
		judgement->env[i] = span(m);
		judgement->env_differs[i] = flip(m);
	}
	hash(m, m->program.sha256);
	judgement->program = flip(m) ? &m->program : NULL;
	m->steps[1].id = name(m);
	m->steps[1].run.text = name(m);
	if (flip(m))
		return;
	judgement->nearest.step = &m->steps[1];
	if (flip(m)) {
		judgement->nearest.argument = (unsigned int)number(m);
		snprintf(judgement->nearest.approved, 40, "%s", name(m));
	}
	if (judgement->nearest.approved[0] && flip(m))
		judgement->nearest.actual = span(m);
}

/* Some of its arguments are secrets. */
static void make_secrets(struct maker *m, struct span argv)
{
	struct judgement *judgement = &m->judgement;
	struct span argument;

	while (strings_next(&argv, &argument) && judgement->secrets_n < 8) {
		snprintf(m->hashes[judgement->secrets_n], 65, "%016" PRIx64, next(m));
		if (argument.n && below(m, 4) == 0)
			judgement->secrets[judgement->secrets_n++] = argument;
	}
	judgement->secrets_more = judgement->secrets_n && below(m, 4) == 0;
}

static uint32_t one_of(struct maker *m, const struct number_names *names)
{
	return names->prefix && flip(m) ? (uint32_t)number(m) : names->v[below(m, names->n)].number;
}

static void make_exec(struct maker *m)
{
	static const uint32_t ttys[] = { 0, 136, 143, 4, 5 };
	struct event_exec *exec = &m->event.exec;

	*exec = (struct event_exec){
		.exe = span(m),
		.cwd = span(m),
		.root = span(m),
		.filename = span(m),
		.interp = span(m),
		.argv = list(m),
		.argc = (uint32_t)number(m),
		.exec_flags = (uint32_t)next(m),
		.argv_len = number(m),
		.file = file_id(m),
		.tty = ttys[below(m, 5)] << 20 | ((uint32_t)number(m) & 0xfffff),
		.stdin_kind = one_of(m, &word_inputs),
	};
	m->script.id = file_id(m);
	hash(m, m->script.sha256);
	exec->script_seen = flip(m) ? &m->script : NULL;
	make_secrets(m, exec->argv);
}

static void make_write(struct maker *m)
{
	m->event.write = (struct event_write){
		.path = span(m),
		.from = span(m),
		.ino = number(m),
		.dev = (uint32_t)next(m),
		.rdev = (uint32_t)next(m),
		.mode = one_of(m, &word_file_types) | 0644,
		.op = one_of(m, &word_write_ops),
		.write_flags = (uint32_t)next(m),
	};
}

static void make_failed(struct maker *m)
{
	m->event.failed = (struct event_failed){
		.cwd = span(m),
		.filename = span(m),
		.argv = list(m),
		.argc = (uint32_t)number(m),
		.error = one_of(m, &word_errors),
		.at_flags = (uint32_t)number(m),
		.failed_flags = (uint32_t)next(m),
		.dirfd = flip(m) ? LS_AT_FDCWD : (int32_t)below(m, INT32_MAX),
	};
	make_secrets(m, m->event.failed.argv);
}

static void make_event(struct maker *m, enum record_kind kind)
{
	m->event = (struct event){
		.kind = kind,
		.start_ns = number(m),
		.sseq = number(m),
		.image = number(m),
		.tgid = (uint32_t)next(m),
		.tid = (uint32_t)next(m),
		.ppid = (uint32_t)next(m),
		.uid = flip(m) ? id(m) : m->session.operator_uid,
		.euid = id(m),
		.auid = flip(m) ? LS_NO_ID : id(m),
		.asid = flip(m) ? LS_NO_ID : id(m),
		.mntns = (uint32_t)next(m),
	};
	if (kind == RECORD_EXEC)
		make_exec(m);
	else if (kind == RECORD_EXIT)
		m->event.exit.status =
			flip(m) ? (uint32_t)below(m, 256) << 8 : (uint32_t)below(m, 128);
	else if (kind == RECORD_UNIX)
		m->event.un = (struct event_unix){ span(m), span(m),
						   span(m), (uint16_t)one_of(m, &word_unix_types),
						   flip(m), flip(m),
						   flip(m) };
	else if (kind == RECORD_SOCKET)
		m->event.socket = (struct event_socket){ (uint16_t)one_of(m, &word_families),
							 (uint16_t)one_of(m, &word_socket_types),
							 (uint32_t)number(m) };
	else if (kind == RECORD_CLOSE)
		m->event.close = (struct event_close){ number(m), number(m), number(m), flip(m),
						       one_of(m, &word_results) };
	else if (kind == RECORD_WRITE)
		make_write(m);
	else if (kind == RECORD_EXEC_FAILED)
		make_failed(m);
	else
		m->event.net =
			(struct event_net){ address(m), address(m),
					    (uint16_t)one_of(m, &word_protocols), 0, number(m) };
}

static void make_end(struct maker *m, struct record *record)
{
	static const char *const whys[] = { "last_exit", "ended", "window", "stopped", "reboot" };
	uint64_t *counts = (uint64_t *)&m->counts;

	for (size_t i = 0; i < sizeof(m->counts) / sizeof(*counts); i++)
		counts[i] = number(m) >> 2;
	for (size_t i = 0; i < 2; i++) {
		m->facts[i] = (struct step_facts){
			.step = &sample_steps[i],
			.done = (uint32_t)number(m),
			.failed = (uint32_t)number(m),
			.running = (uint32_t)number(m),
			.first_sseq = number(m),
			.last_sseq = number(m),
		};
	}
	for (size_t i = 0; i < 3; i++) {
		m->unexplained[i] = (struct unexplained_act){
			.sseq = number(m),
			.kind = RECORD_EXEC,
			.verdict = VERDICT_UNAPPROVED,
			.reasons = (uint32_t)next(m) & 0xff,
			.cut = flip(m),
		};
		m->unexplained[i].text_n =
			(size_t)snprintf(m->unexplained[i].text, 40, "%s", text(m, false));
	}
	m->reconciliation = (struct reconciliation){
		.outcome = (enum outcome)below(m, OUTCOME_COMPLIANT + 1),
		.reasons = (uint32_t)next(m) & ((1u << REASON_COUNT) - 1),
		.steps = m->facts,
		.steps_n = 2,
		.own_steps_n = below(m, 3),
		.approved = number(m),
		.unapproved = 3 + (number(m) >> 2),
		.indeterminate = number(m) >> 2,
		.unexplained = m->unexplained,
		.unexplained_n = below(m, 4),
		.unseen = { name(m) },
		.unseen_n = below(m, 2),
	};
	record->end.facts = &m->reconciliation;
	record->end.counts = &m->counts;
	record->end.why = whys[below(m, 5)];
	record->end.alive = (uint32_t)number(m);
	record->end.unclosed = number(m);
}

static void make_own(struct maker *m, struct record *record)
{
	bool some = flip(m);

	switch (record->kind) {
	case RECORD_SESSION_START:
		record->start.env = list(m);
		break;
	case RECORD_LOSS:
		record->loss =
			(struct loss_range){ some ? 1 + number(m) / 2 : 0, some ? number(m) : 0,
					     number(m), loss_reason_name(below(m, 9)) };
		break;
	case RECORD_HEARTBEAT:
		record->heartbeat.stored = number(m);
		record->heartbeat.open_sessions = number(m);
		break;
	case RECORD_HOST:
		record->host_event.what = name(m);
		record->host_event.detail = name_or_null(m);
		break;
	case RECORD_ACK:
		record->ack = (struct ack){ number(m), name(m), (uint32_t)number(m),
					    some ? LS_NO_ID : id(m), span(m) };
		break;
	default:
		make_end(m, record);
		break;
	}
}

static void make(struct maker *m, enum record_kind kind, struct record *record)
{
	make_session(m);
	make_judgement(m);
	*record = (struct record){
		.kind = kind,
		.seq = number(m),
		.ts_ns = number(m) >> 2,
		.boot_to_wall_ns = (int64_t)(number(m) >> 2),
		.host = name(m),
		.boot = name_or_null(m),
		.session = kind == RECORD_HEARTBEAT || kind == RECORD_HOST ||
					   (kind == RECORD_ACK && flip(m))
				   ? NULL
				   : &m->session,
		.exe = span(m),
		.late = flip(m),
	};
	if (!record_kind_is_event(kind)) {
		make_own(m, record);
		return;
	}
	make_event(m, kind);
	record->event = &m->event;
	record->judgement = flip(m) || kind == RECORD_EXEC ? &m->judgement : NULL;
	if (flip(m))
		record->secret_hash = (const char(*)[65])m->hashes;
}

static void check_again(const char *called, const struct record *record, struct stored *stored,
			struct buf *line, struct buf *again)
{
	buf_reset(line);
	buf_reset(again);
	assert_int_equal(record_line(record, line), 0);
	if (stored_read(buf_span(line), stored))
		fail_msg("%s: can't be read back: %.*s", called, (int)line->n, line->p);
	assert_int_equal(record_line(&stored->record, again), 0);
	if (!span_eq(buf_span(line), buf_span(again)))
		fail_msg("%s: written as\n%.*s\nand again as\n%.*s", called, (int)line->n, line->p,
			 (int)again->n, again->p);
}

static void test_samples(void **state)
{
	struct stored stored = { 0 };
	struct buf line = { 0 }, again = { 0 };

	(void)state;
	for (size_t i = 0; i < SAMPLES; i++)
		check_again(samples[i].name, &samples[i].record, &stored, &line, &again);
	stored_free(&stored);
	buf_free(&line);
	buf_free(&again);
}

static void test_random(void **state)
{
	struct maker *m = calloc(1, sizeof(*m));
	struct stored stored = { 0 };
	struct buf line = { 0 }, again = { 0 };
	struct record record;

	(void)state;
	assert_non_null(m);
	m->state = 20261123;
	for (size_t i = 0; i < RECORDS; i++) {
		enum record_kind kind = (enum record_kind)(1 + i % (RECORD_KINDS_N - 1));

		make(m, kind, &record);
		check_again(record_kind_name(kind), &record, &stored, &line, &again);
	}
	free(m);
	stored_free(&stored);
	buf_free(&line);
	buf_free(&again);
}

/* A line without one of its members, or with one of another type, is no record. */
static void test_pieces(void **state)
{
	static const char *const optional[] = { "break_glass", "login", "secrets" };
	struct stored stored = { 0 };
	struct buf line = { 0 }, less = { 0 };
	struct json_object object;
	bool own;

	(void)state;
	for (size_t i = 0; i < SAMPLES; i++) {
		buf_reset(&line);
		assert_int_equal(record_line(&samples[i].record, &line), 0);
		assert_int_equal(json_read(buf_span(&line), &object), 0);
		own = samples[i].record.event != NULL;

		for (size_t k = 0; k < object.n; k++) {
			const struct json_member *member = &object.members[k];
			size_t before = (size_t)(member->key.p - 1 - line.p);
			size_t after = (size_t)(member->value.p + member->value.n - line.p);
			bool may = memmem(member->key.p, member->key.n, "_b64", 4);

			for (size_t o = 0; o < sizeof(optional) / sizeof(*optional); o++)
				may |= span_is(member->key, optional[o]);
			/* the head of what is no act says whose it is, and is null otherwise */
			if (may || !own) {
				own |= span_is(member->key, "root");
				continue;
			}
			buf_reset(&less);
			buf_add(&less, line.p, before - (before > 1));
			buf_add(&less, line.p + after + (before <= 1),
				line.n - after - (before <= 1));
			if (stored_read(buf_span(&less), &stored) != -EINVAL)
				fail_msg("%s without %.*s: accepted", samples[i].name,
					 (int)member->key.n, member->key.p);
		}
	}
	stored_free(&stored);
	buf_free(&line);
	buf_free(&less);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_samples),
					    cmocka_unit_test(test_random),
					    cmocka_unit_test(test_pieces) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
