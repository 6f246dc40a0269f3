/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */

/*
 * Whatever a session's stored lines are, the draft is a ticket that the loader takes, or there is
 * none.
 *
 * The bytes are taken twice: as lines, and, since few mutants of a line are still one, as what was
 * run and done in a session, of which the lines are made here. Acts are ended by 0xfe: a byte that
 * says which kind and how, then texts, each ended by NUL.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

#include "core/record/record.h"
#include "core/review/draft/draft.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ACT_END = 0xfe };

static const struct session_info session = {
	.id = "s-1",
	.operator_name = "jdoe",
	.operator_uid = 1000,
};

#define CHECK(condition)                                                                           \
	do {                                                                                       \
		if (!(condition))                                                                  \
			abort();                                                                   \
	} while (0)

static void check(struct draft *draft)
{
	struct ticket *ticket = NULL;
	struct buf text = { 0 };

	if (draft__write(draft, &text) == 0) {
		CHECK(ticket_parse(text.p, text.n, &ticket, NULL) == 0);
		CHECK(ticket->steps_n > 0 && ticket->operators.n == 1);
	}
	ticket_free(ticket);
	buf_free(&text);
}

static void feed_lines(struct draft *draft, struct span text)
{
	while (text.n > 0) {
		const char *newline = memchr(text.p, '\n', text.n);
		size_t n = newline ? (size_t)(newline - text.p) : text.n;

		(void)draft__line(draft, (struct span){ text.p, n });
		n += newline ? 1 : 0;
		text.p += n;
		text.n -= n;
	}
}

static struct span next_text(struct span *rest)
{
	struct span item = { "", 0 };

	strings_next(rest, &item);
	return item;
}

static void fill_exec(struct span rest, unsigned char how, struct event *event,
		      struct judgement *judgement)
{
	struct event_exec *exec = &event->exec;

	exec->exe = next_text(&rest);
	exec->filename = next_text(&rest);
	exec->cwd = next_text(&rest);
	exec->interp = how & 8 ? exec->exe : (struct span){ NULL, 0 };
	judgement->env[0] = next_text(&rest);
	judgement->env_n = how >> 4 & 1;
	judgement->env_differs[0] = true;
	exec->stdin_kind = how >> 5;
	exec->file.ctime_ns = how >> 6 & 1; /* behind the session's start, which is 0 */
	exec->argv = rest;
}

static void fill(struct span rest, unsigned char how, struct record *record, struct event *event,
		 struct judgement *judgement)
{
	static const enum record_kind kinds[] = {
		RECORD_EXEC,   RECORD_WRITE, RECORD_UNIX, RECORD_CONNECT,
		RECORD_LISTEN, RECORD_EXEC,  RECORD_SEND, RECORD_EXEC,
	};

	record->kind = event->kind = kinds[how & 7];
	if (event->kind == RECORD_EXEC) {
		fill_exec(rest, how, event, judgement);
	} else if (event->kind == RECORD_WRITE) {
		event->write.path = next_text(&rest);
		event->write.from = next_text(&rest);
	} else if (event->kind == RECORD_UNIX) {
		event->un.path = event->un.given = next_text(&rest);
		event->un.root = span_of("/");
		event->un.abstract = event->un.path.n && event->un.path.p[0] == '@';
	} else {
		event->net.proto = how & 8 ? LS_IPPROTO_TCP : LS_IPPROTO_UDP;
		event->net.remote.family = event->net.local.family = LS_AF_INET;
		event->net.remote.port = event->net.local.port = (uint16_t)(rest.n * 251);
		event->net.remote.ip[0] = event->net.local.ip[0] = how;
	}
}

static void feed_act(struct draft *draft, struct span act, uint64_t sseq)
{
	unsigned char how = (unsigned char)act.p[0];
	struct judgement judgement = { .verdict = VERDICT_UNAPPROVED };
	struct event event = { .sseq = sseq, .tgid = 4000 + (uint32_t)sseq, .ppid = 4000 };
	struct record record = { .host = "web-1", .boot = "b", .session = &session };
	struct buf line = { 0 };

	event.image = how & 4 && sseq > 1 ? sseq - 1 : 0;
	event.euid = how & 16 ? 33 : 0;
	fill((struct span){ act.p + 1, act.n - 1 }, how, &record, &event, &judgement);
	record.event = &event;
	record.judgement = &judgement;
	CHECK(record_line(&record, &line) == 0);
	(void)draft__line(draft, buf_span(&line));
	buf_free(&line);
}

static void feed_acts(struct draft *draft, struct span rest)
{
	struct record start = { .kind = RECORD_SESSION_START,
				.host = "web-1",
				.session = &session };
	struct buf line = { 0 };

	CHECK(record_line(&start, &line) == 0);
	CHECK(draft__line(draft, buf_span(&line)) == 0);
	buf_free(&line);
	for (uint64_t sseq = 1; rest.n > 0; sseq++) {
		const char *end = memchr(rest.p, ACT_END, rest.n);
		size_t n = end ? (size_t)(end - rest.p) : rest.n;

		if (n > 0)
			feed_act(draft, (struct span){ rest.p, n }, sseq);
		n += end ? 1 : 0;
		rest.p += n;
		rest.n -= n;
	}
}

static void run(void (*feed)(struct draft *draft, struct span bytes), struct span bytes)
{
	static const struct draft_opts no_profiles;
	struct draft *draft;

	CHECK(draft__new(&draft, &no_profiles) == 0);
	feed(draft, bytes);
	check(draft);
	draft__free(draft);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct span bytes = { (const char *)data, size };

	run(feed_lines, bytes);
	run(feed_acts, bytes);
	return 0;
}
