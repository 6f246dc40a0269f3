/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <inttypes.h>

#include "core/base/buf.h"
#include "lib/acts.h"
#include "lib/cmocka.h"

static const char ticket[] = "lockstep: 1\n"
			     "ticket: CHG-1\n"
			     "summary: test\n"
			     "requester: li@x.example\n"
			     "operators: [jdoe]\n"
			     "hosts: [\"*\"]\n"
			     "window: {from: 2026-11-23T20:00:00Z, until: 2026-11-23T22:00:00Z}\n"
			     "steps:\n"
			     "  - id: check\n"
			     "    run: nginx -t\n"
			     "  - id: once\n"
			     "    run: cp a b\n"
			     "    times: 1\n";

#define PRELUDE "program /usr/sbin/nginx\nprogram /usr/bin/cp\n"
#define NGINX   "exec exe=/usr/sbin/nginx -- nginx -t\n"
#define ONCE    "exec exe=/usr/bin/cp -- cp a b\n"
#define ID      "exec exe=/usr/bin/id -- id\n"

struct log {
	struct buf text;
	uint64_t seq; /* the next one */
};

static void log_end(struct buf *text, const struct record *record)
{
	const struct reconciliation *facts = record->end.facts;
	const struct loss_counts *counts = record->end.counts;

	buf_addf(text, " %s %s e%" PRIu64 "=s%" PRIu64 "+r%" PRIu64 "+l%" PRIu64 " alive %u",
		 record->end.why, outcome_name(facts->outcome), counts->emitted, counts->stored,
		 counts->refused, counts->lost[0] + counts->lost[1] + counts->lost[2],
		 record->end.alive);
	if (record->end.unclosed)
		buf_addf(text, " unclosed %" PRIu64, record->end.unclosed);
	if (counts->argv_unreadable || counts->path_unreadable)
		buf_addf(text, " argv %" PRIu64 " path %" PRIu64, counts->argv_unreadable,
			 counts->path_unreadable);
	for (size_t i = 0; i < facts->steps_n; i++)
		buf_addf(text, " %s %u/%u/%u", facts->steps[i].step->id, facts->steps[i].done,
			 facts->steps[i].failed, facts->steps[i].running);
	for (size_t i = 0; i < facts->unexplained_n; i++)
		buf_addf(text, " [%.*s]", (int)facts->unexplained[i].text_n,
			 facts->unexplained[i].text);
}

/* Each record as a few words; any gap in seq, and any line that is none, shows. */
static void log_record(void *ctx, const struct record *record, struct span line)
{
	struct log *log = ctx;
	struct buf *text = &log->text;

	if (record->seq != log->seq++)
		buf_addf(text, "GAP ");
	if (line.n < 2 || line.p[0] != '{' || line.p[line.n - 1] != '}' ||
	    memchr(line.p, '\n', line.n))
		buf_addf(text, "LINE ");
	buf_adds(text, record_kind_name(record->kind));
	if (record->judgement && verdict_name(record->judgement->verdict))
		buf_addf(text, " %s", verdict_name(record->judgement->verdict));
	if (record->kind == RECORD_EXIT || record->kind == RECORD_CONNECT)
		buf_addf(text, " by %.*s", (int)record->exe.n, record->exe.p);
	if (record->kind == RECORD_LOSS)
		buf_addf(text, " %" PRIu64 "-%" PRIu64 "*%" PRIu64 " %s", record->loss.first,
			 record->loss.last, record->loss.count, record->loss.reason);
	if (record->kind == RECORD_SESSION_END)
		log_end(text, record);
	buf_adds(text, "; ");
}

static void log_ended(void *ctx, uint32_t session)
{
	buf_addf(&((struct log *)ctx)->text, "ended %u; ", session);
}

/* Row i as a seed for tests/fuzz/fuzz_collector.c, where LOCKSTEP_SEEDS names a directory. */
static void write_seed(const struct acts *acts, size_t i)
{
	const char *dir = getenv("LOCKSTEP_SEEDS");
	char path[512];
	FILE *file;

	if (!dir || !acts->stream.n)
		return;
	snprintf(path, sizeof(path), "%s/row%02zu", dir, i);
	file = fopen(path, "wb");
	assert_non_null(file);
	assert_int_equal(fwrite(acts->stream.p, 1, acts->stream.n, file), acts->stream.n);
	assert_int_equal(fclose(file), 0);
}

static void test_records(void **state)
{
#define START "session_start; "
	static const struct {
		const char *name, *script, *want;
	} rows[] = {
		{ "bytes that are no record", "raw \"\"\nraw 00\nraw ffffffffffffffff\n", START },
		{ "a connection that closes behind the last exit",
		  NGINX "connect tcp 127.0.0.1:443\nexit\nsettle members=0 sockets=1\n"
			"close of=2 sent=3 received=4\nsettle members=0\n",
		  START
		  "exec approved; connect unapproved by /usr/sbin/nginx; "
		  "exit by /usr/sbin/nginx; close; session_end last_exit violation "
		  "e4=s4+r0+l0 alive 0 check 1/0/0 once 0/0/0 [tcp 127.0.0.1:443]; ended 1; " },
		{ "a connection that does not close",
		  NGINX "connect tcp 127.0.0.1:443\nexit\nsettle members=0 sockets=1\ntick 1\n"
			"settle members=0 sockets=1\ntick 1\nsettle members=0 sockets=1\n",
		  START "exec approved; connect unapproved by /usr/sbin/nginx; "
			"exit by /usr/sbin/nginx; session_end last_exit violation "
			"e3=s3+r0+l0 alive 0 unclosed 1 check 1/0/0 once 0/0/0 "
			"[tcp 127.0.0.1:443]; ended 1; " },
		{ "a record of another session", "exec session=9 -- true\n", START },
		{ "a record that does not add up",
		  NGINX "exec argc=9 exe=/usr/bin/id -- id\nexit\nsettle\n",
		  START "exec approved; exit by ; loss 2-2*1 refused; "
			"session_end last_exit indeterminate e3=s2+r1+l0 alive 0 check 1/0/0 once "
			"0/0/0; ended 1; " },
		{ "the same record again", NGINX "again\nagain\nexit\nsettle\n",
		  START "exec approved; exit by /usr/sbin/nginx; "
			"session_end last_exit violation e2=s2+r0+l0 alive 0 check 1/0/0 once "
			"0/0/0; ended 1; " },
		{ "gone with a reboot",
		  NGINX "fork child=101\nexec pid=101 exe=/usr/bin/cp -- cp a b\nrestart\nabandon "
			"reboot\n",
		  START "exec approved; exec approved; session_end reboot indeterminate "
			"e2=s2+r0+l0 alive 0 check 0/0/1 once 0/0/1; ended 1; " },
		{ "gone with a reboot, a number missing",
		  NGINX "lose\nexit\nrestart\nabandon reboot\n",
		  START "exec approved; exit by /usr/sbin/nginx; loss 2-2*1 unexplained; "
			"session_end reboot indeterminate e3=s2+r0+l0 alive 0 check 1/0/0 once "
			"0/0/0; ended 1; " },
		{ "a violation stays one over a reboot", ID "restart\nabandon reboot\n",
		  START "exec unapproved; session_end reboot violation e1=s1+r0+l0 alive 0 check "
			"0/0/0 once 0/0/0 [/usr/bin/id]; ended 1; " },
		{ "not before the first process is tagged", "settle members=0 emitted=0\n", START },
		{ "not while a process lives", NGINX "settle\n", START "exec approved; " },
		{ "not while one is in flight",
		  NGINX "fork child=101\nexec pid=101 exe=/usr/bin/cp -- cp a b\n"
			"hold\nexit pid=101\nexit\nsettle\nrelease\nsettle\n",
		  START
		  "exec approved; exec approved; exit by /usr/sbin/nginx; exit by /usr/bin/cp; "
		  "session_end last_exit compliant e4=s4+r0+l0 alive 0 check 1/0/0 once 1/0/0; "
		  "ended 1; " },
		{ "an act in no step",
		  NGINX "fork child=101\nexec pid=101 exe=/usr/bin/id -- id -u \"a b\"\n"
			"connect tcp 192.0.2.1:80\nexit pid=101\nexit\nsettle\n",
		  START "exec approved; exec unapproved; connect unapproved by /usr/sbin/nginx; "
			"exit by /usr/bin/id; "
			"exit by /usr/sbin/nginx; session_end last_exit violation e5=s5+r0+l0 "
			"alive 0 check 1/0/0 once "
			"0/0/0 [/usr/bin/id -u a b] [tcp 192.0.2.1:80]; ended 1; " },
		{ "a lost exec", "lose exec\nexit\nsettle\n",
		  START "exit by ; loss 1-1*1 ring_full; "
			"session_end last_exit indeterminate e2=s1+r0+l1 alive 0 check 0/0/0 once "
			"0/0/0; ended 1; " },
		{ "a lost tail", ONCE "lose fill\nsettle members=0\n",
		  START "exec approved; loss 2-2*1 fill; "
			"session_end last_exit indeterminate e2=s1+r0+l1 alive 0 check 0/0/0 once "
			"0/0/1; ended 1; " },
		{ "a process that was found later",
		  ONCE "fork child=101\nlose untracked exec pid=101\n"
		       "exec pid=101 exe=/usr/sbin/nginx -- nginx -t\nexit pid=101\nexit\nsettle\n",
		  START
		  "exec approved; exec indeterminate; exit by /usr/sbin/nginx; exit by "
		  "/usr/bin/cp; loss 2-2*1 untracked; session_end last_exit indeterminate "
		  "e5=s4+r0+l1 alive 0 check 0/0/0 once 1/0/0 [/usr/sbin/nginx -t]; ended 1; " },
		{ "a violation outweighs a loss", ID "lose\nexit\nsettle\n",
		  START "exec unapproved; exit by /usr/bin/id; loss 2-2*1 ring_full; session_end "
			"last_exit violation "
			"e3=s2+r0+l1 alive 0 check 0/0/0 once 0/0/0 [/usr/bin/id]; ended 1; " },
		{ "a child that could not be tagged", ONCE "miss\nexit\nsettle\n",
		  START "exec approved; exit by /usr/bin/cp; loss 0-0*1 member_full; session_end "
			"last_exit "
			"indeterminate e2=s2+r0+l0 alive 0 check 0/0/0 once 1/0/0; ended 1; " },
		{ "a program that the kernel skipped", ONCE "exit\nsettle recursion=3\n",
		  START
		  "exec approved; exit by /usr/bin/cp; loss 0-0*3 recursion; session_end last_exit "
		  "indeterminate e2=s2+r0+l0 alive 0 check 0/0/0 once 1/0/0; ended 1; " },
		{ "an exit that no program saw", ONCE "unseen\nunseen\nsettle members=0\n",
		  START "exec approved; loss 0-0*1 recursion; session_end last_exit "
			"indeterminate e1=s1+r0+l0 alive 0 check 0/0/0 once 0/0/1; ended 1; " },
		{ "arguments and paths that can't be read, also after a restart",
		  ONCE "exec exe=/usr/bin/id flags=argv_unreadable,path_truncated -- id\n"
		       "exec exe=/usr/bin/id flags=path_truncated -- id\nrestart\nexit\nsettle\n",
		  START "exec approved; exec unapproved; exec unapproved; exit by .../usr/bin/id; "
			"session_end last_exit violation e4=s4+r0+l0 alive 0 argv 1 path 2 check "
			"0/0/0 once 1/0/0 [.../usr/bin/id] [.../usr/bin/id]; ended 1; " },
		{ "books that never close",
		  ONCE "exit\nsettle emitted=4\ntick 3\nsettle emitted=4\n",
		  START "exec approved; exit by /usr/bin/cp; loss 3-4*2 unexplained; session_end "
			"last_exit "
			"indeterminate e4=s2+r0+l0 alive 0 check 0/0/0 once 1/0/0; ended 1; " },
		{ "a step left out", NGINX "exit\nsettle\n",
		  START "exec approved; exit by /usr/sbin/nginx; session_end last_exit violation "
			"e2=s2+r0+l0 alive 0 "
			"check 1/0/0 once 0/0/0; ended 1; " },
		{ "a step that failed", ONCE "exit status=256\nsettle\n",
		  START "exec approved; exit by /usr/bin/cp; session_end last_exit violation "
			"e2=s2+r0+l0 alive 0 "
			"check 0/0/0 once 0/1/0; ended 1; " },
		{ "ended by command",
		  ONCE "end ended\nfork child=101\nexec pid=101 exe=/usr/sbin/nginx -- nginx -t\n"
		       "exit pid=101\nexit\nsettle\n",
		  START "exec approved; exec unapproved; exit by /usr/sbin/nginx; exit by "
			"/usr/bin/cp; session_end "
			"ended violation e4=s4+r0+l0 alive 0 check 0/0/0 once 1/0/0 "
			"[/usr/sbin/nginx -t]; ended 1; " },
		{ "stopped with a process alive", ONCE "settle final why=stopped\n",
		  START
		  "exec approved; session_end stopped indeterminate e1=s1+r0+l0 alive 1 check "
		  "0/0/0 once 0/0/1; "
		  "ended 1; " },
		{ "what comes after the end is a stray",
		  ONCE "exit\nsettle\nclose of=1\nheartbeat\nheartbeat\n",
		  START "exec approved; exit by /usr/bin/cp; session_end last_exit compliant "
			"e2=s2+r0+l0 alive 0 "
			"check 0/0/0 once 1/0/0; ended 1; host; heartbeat; heartbeat; " },
		{ "all as approved", ONCE "exit\nsettle\n",
		  START "exec approved; exit by /usr/bin/cp; session_end last_exit compliant "
			"e2=s2+r0+l0 alive 0 "
			"check 0/0/0 once 1/0/0; ended 1; " },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct log log = { .seq = 1 };
		struct collector_ops ops = { .sink = log_record, .ended = log_ended, .ctx = &log };
		struct acts *acts = acts_new(ticket, NULL, 0, &ops);

		acts_play(acts, PRELUDE);
		acts_play(acts, rows[i].script);
		buf_addc(&log.text, 0);
		if (acts->error[0])
			fail_msg("row \"%s\": %s", rows[i].name, acts->error);
		if (strcmp(log.text.p, rows[i].want))
			fail_msg("row \"%s\": got %s", rows[i].name, log.text.p);
		write_seed(acts, i);
		acts_free(acts);
		buf_free(&log.text);
	}
}

static void drop_record(void *ctx, const struct record *record, struct span line)
{
	(void)ctx;
	(void)record;
	(void)line;
}

static void test_open(void **state)
{
	struct collector_ops ops = { .sink = drop_record };
	struct collector_opts opts = { .host = "h", .boot = "b", .next_seq = 7, .ops = ops };
	struct open_opts open = { .session = 3, .info = { .id = "s", .operator_name = "o" } };
	const struct session_info *info;
	struct reconciliation facts;
	struct loss_counts counts;
	struct collector *collector;
	uint32_t numbers[2];

	(void)state;
	assert_int_equal(collector__new(&collector, &opts), 0);
	assert_false(collector__session(collector, 3, &info, &facts, &counts));
	assert_null(info);
	assert_int_equal(collector__open(collector, &open, 1), 0);
	assert_int_equal(collector__open(collector, &open, 1), -EEXIST);
	assert_int_equal(collector__next_seq(collector), 8);
	assert_true(collector__session(collector, 3, &info, &facts, &counts));
	assert_int_equal(facts.outcome, OUTCOME_VIOLATION); /* it has no ticket */
	for (open.session = 4; open.session < 3 + LS_SESSIONS_MAX; open.session++)
		assert_int_equal(collector__open(collector, &open, 1), 0);
	assert_int_equal(collector__open(collector, &open, 1), -ENOSPC);
	assert_int_equal(collector__sessions(collector, numbers, 2), LS_SESSIONS_MAX);
	collector__free(collector);
}

static void count_recursion(void *ctx, const struct record *record, struct span line)
{
	uint64_t *skipped = ctx;

	(void)line;
	if (record->kind == RECORD_LOSS && !strcmp(record->loss.reason, "recursion"))
		skipped[record->session->tgid] += record->loss.count;
}

/* A skipped program belongs to nobody: it counts against every session that was open then. */
static void test_recursion(void **state)
{
	static const struct {
		const char *name;
		uint64_t at_open, want;
	} rows[] = {
		{ "opened after it", 6, 0 },
		{ "opened before it", 5, 1 },
		{ "and another", 5, 1 },
	};
	uint64_t skipped[3] = { 0 };
	struct collector_ops ops = { .sink = count_recursion, .ctx = skipped };
	struct collector_opts opts = { .host = "h", .boot = "b", .next_seq = 1, .ops = ops };
	const struct ls_session kernel = { .emitted = 0, .members = 1 };
	const struct session_info *info;
	struct reconciliation facts;
	struct loss_counts counts;
	struct collector *collector;

	(void)state;
	assert_int_equal(collector__new(&collector, &opts), 0);
	for (uint32_t i = 0; i < 3; i++) {
		struct open_opts open = { .session = i + 1,
					  .info = { .id = "s", .operator_name = "o", .tgid = i },
					  .recursion_misses = rows[i].at_open };

		assert_int_equal(collector__open(collector, &open, 1), 0);
	}
	for (int twice = 0; twice < 2; twice++) {
		for (uint32_t i = 0; i < 3; i++)
			collector__settle(collector, i + 1, &kernel, 6, false, NULL, 2);
	}
	for (uint32_t i = 0; i < 3; i++) {
		collector__session(collector, i + 1, &info, &facts, &counts);
		if (skipped[i] != rows[i].want || counts.recursion_misses != rows[i].want ||
		    !(facts.reasons & REASON_BIT(events_lost)) != !rows[i].want)
			fail_msg("%s: %d losses", rows[i].name, (int)skipped[i]);
	}
	collector__free(collector);
}

static void keep_time(void *ctx, const struct record *record, struct span line)
{
	const char *time = memmem(line.p, line.n, "\"time\":\"", 8);

	buf_addf(ctx, "%llu %.19s", (unsigned long long)record->seq, time + 8);
	if (record->judgement && record->judgement->verdict)
		buf_addf(ctx, " %s", verdict_name(record->judgement->verdict));
	buf_addc(ctx, ' ');
}

/*
 * Records are numbered as they come and have the act's own time of the boot clock; what the wall
 * clock is set to decides what that is called, and whether it is in the window, and nothing else.
 */
static void test_clock(void **state)
{
	struct buf text = { 0 };
	struct collector_ops ops = { .sink = keep_time, .ctx = &text };
	struct acts *acts = acts_new(ticket, NULL, 0, &ops);

	(void)state;
	acts_play(acts, PRELUDE);
	acts_play(acts,
		  NGINX "clock -3600\nfork child=101\nexec pid=101 exe=/usr/bin/cp -- cp a b\n"
			"clock 7200\nfork child=102\nexec pid=102 exe=/usr/bin/cp -- cp a b\n"
			"clock -1795465800\nexit pid=102\nclock 0\nexit pid=101\nexit\nsettle\n");
	assert_string_equal(acts->error, "");
	buf_addc(&text, 0);
	assert_string_equal(text.p,
			    "1 2026-11-23T20:30:00 2 2026-11-23T20:30:01 approved "
			    "3 2026-11-23T19:30:02 unapproved 4 2026-11-23T22:30:03 unapproved "
			    "5 1970-01-01T00:00:04 6 2026-11-23T20:30:05 7 2026-11-23T20:30:06 "
			    "8 2026-11-23T20:30:06 ");
	acts_free(acts);
	buf_free(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_records),
		cmocka_unit_test(test_clock),
		cmocka_unit_test(test_open),
		cmocka_unit_test(test_recursion),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
