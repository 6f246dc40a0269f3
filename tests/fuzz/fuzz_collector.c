/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */

/*
 * Ring records, as hostile as they come, into a collector with two open sessions: number 1 on a
 * ticket, number 2 without. The input is chunks: a length (two bytes, little endian), then as many
 * bytes as one record; the lengths 0xfffe and 0xffff settle and end the sessions instead.
 * `LOCKSTEP_SEEDS=tests/fuzz/corpus/collector test_collector` writes the corpus.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/plan/plan.h"
#include "core/session/collector.h"
#include "core/ticket/ticket.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char ticket_text[] =
	"lockstep: 1\nticket: CHG-1\nsummary: s\nrequester: r\noperators: [jdoe]\nhosts: [\"*\"]\n"
	"window: {from: 2026-11-23T20:00:00Z, until: 2026-11-23T22:00:00Z}\norder: strict\npath: "
	"[/usr/sbin, /usr/bin]\nsteps:\n"
	"  - {id: check, run: nginx -t}\n"
	"  - {id: once, run: cp a b, times: 1, children: any, connect: [\"tcp://127.0.0.1:*\"], "
	"installs: [\"/usr/**\"]}\n"
	"  - {id: secret, run: \"mysql {secret} ...\", stdin: any, env: {PAGER: \"*\"}, children: "
	"[\"sh\"]}\n"
	"allow: {connect: [\"udp://10.0.0.0/8:*\"]}\n";

struct seen {
	uint64_t next_seq;
	unsigned int ended;
	uint64_t records; /* of kernel events */
};

static void check_record(void *ctx, const struct record *record, struct span line)
{
	struct seen *seen = ctx;

	if (record->seq != seen->next_seq++)
		abort();
	if (line.n < 2 || line.p[0] != '{' || line.p[line.n - 1] != '}')
		abort();
	for (size_t i = 0; i < line.n; i++) {
		if ((unsigned char)line.p[i] < 0x20)
			abort();
	}
	if (record->judgement && record->judgement->verdict == VERDICT_APPROVED &&
	    record->judgement->reasons)
		abort();
	if (record->judgement && record->judgement->verdict == VERDICT_APPROVED &&
	    !record->session->ticket)
		abort();
	if (record->kind == RECORD_EXEC && record->judgement->how == HOW_STEP &&
	    record->event->exec.script_looked && !record->event->exec.script_seen)
		abort();
	seen->records += record->event != NULL;
}

static void check_ended(void *ctx, uint32_t session)
{
	(void)session;
	((struct seen *)ctx)->ended++;
}

/* Any hash will do: what counts is that it is asked for within bounds. */
static void check_hash(void *ctx, struct span secret, char hex[65])
{
	unsigned int sum = 0;

	(void)ctx;
	for (size_t i = 0; i < secret.n; i++)
		sum += (unsigned char)secret.p[i];
	memset(hex, 'a' + (int)(sum % 6), 64);
	hex[64] = 0;
}

/* Some are there, some are gone, some have no hash. */
static bool check_look(void *ctx, struct span path, struct file_facts *out)
{
	(void)ctx;
	if (path.n == 0 || memchr(path.p, 0, path.n))
		abort();
	*out = (struct file_facts){ .id = { 8 << 20 | 1, path.n, UINT64_MAX, 0 } };
	if (path.n % 2)
		memset(out->sha256, 'a', 64);
	return path.n % 3 != 0;
}

static struct plan *make_plan(void)
{
	struct ticket *ticket;
	struct plan *plan;

	if (ticket_parse(ticket_text, sizeof(ticket_text) - 1, &ticket, NULL) ||
	    plan_new(ticket, NULL, 0, &plan, NULL))
		abort();
	for (size_t i = 0; i < plan->programs_n; i++) {
		char path[64];

		snprintf(path, sizeof(path), "/usr/%s/%s", i == 0 ? "sbin" : "bin",
			 plan->programs[i].name);
		plan->programs[i].path = strdup(path);
		plan->programs[i].found = true;
		plan->programs[i].file.ino = 1001 + i;
		plan->programs[i].file.dev = 8 << 20 | 1;
		plan->programs[i].file.size = 4096;
		plan->programs[i].file.ctime_ns = 1700000000000000000ull;
	}
	if (plan_compile(plan, NULL))
		abort();
	return plan;
}

static struct collector *make_collector(struct seen *seen)
{
	struct collector_opts opts = {
		.host = "h",
		.boot = "b",
		.next_seq = 1,
		.ops = { .sink = check_record,
			 .ended = check_ended,
			 .hash = check_hash,
			 .look = check_look,
			 .ctx = seen },
	};
	struct open_opts open = {
		.session = 1,
		.info = { .id = "s-1", .ticket = "CHG-1", .operator_name = "jdoe" },
		.judge = { .operator_uid = 1000, .shell = true },
	};
	struct collector *collector;

	open.plan = make_plan();
	if (collector__new(&collector, &opts))
		abort();
	collector__set_clock(collector, 1795465800000000000ll - 7200000000000ll);
	if (collector__open(collector, &open, 0))
		abort();
	open = (struct open_opts){ .session = 2, .info = { .id = "s-2", .operator_name = "jdoe" } };
	if (collector__open(collector, &open, 0))
		abort();
	return collector;
}

/* The counters are the kernel's own, but even they may be anything here. */
static void settle(struct collector *collector, const uint8_t *data, size_t size, bool final)
{
	struct ls_session kernel = { .emitted = size, .members = size % 2 };

	memcpy(&kernel, data, size < sizeof(kernel) ? size : sizeof(kernel));
	collector__settle(collector, 1, &kernel, size, final, NULL, size);
	collector__settle(collector, 2, &kernel, size, final, "stopped", size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct seen seen = { .next_seq = 1 };
	struct collector *collector = make_collector(&seen);
	struct ls_session kernel = { .emitted = 1 };

	while (size >= 2) {
		size_t n = data[0] | (size_t)data[1] << 8;
		void *record;

		data += 2;
		size -= 2;
		if (n == 0xfffe)
			settle(collector, data, size, false);
		if (n == 0xffff)
			collector__end(collector, 1, "ended", 0);
		if (n > size)
			continue;
		/*
		 * A copy of exactly its size, aligned as the ring is: a read past its end is seen.
		 */
		record = malloc(n ? n : 1);
		if (!record)
			abort();
		memcpy(record, data, n);
		collector__feed(collector, record, n);
		free(record);
		data += n;
		size -= n;
	}
	collector__heartbeat(collector, 1);
	collector__settle(collector, 1, &kernel, 0, true, "stopped", 2);
	collector__settle(collector, 2, &kernel, 0, true, "stopped", 2);
	if (seen.ended != 2 || collector__sessions(collector, NULL, 0) != 0)
		abort();
	collector__free(collector);
	return 0;
}
