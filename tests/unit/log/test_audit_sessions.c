/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/log/audit_sessions.h"
#include "lib/cmocka.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

static char said[400];

static void keep(void *ctx, const char *why)
{
	(void)ctx;
	if (!said[0])
		snprintf(said, sizeof(said), "%s", why);
}

static const char start[] = "session_start {}", end[] = "session_end {\"stored\":3,\"emitted\":3}";

/* A record as "KIND SSEQ LINE"; KIND alone has no number. */
static const struct {
	const char *name;
	const char *rows[8];
	const char *says; /* the first of the rows' sentences, or of the end's; "": none */
} rows[] = {
	{ "no end", { start, "exec 1" }, "it has no session_end" },
	{ "no start", { "exec 1", end }, "it has no session_start" },
	{ "neither", { "exec 1" }, "it has no session_start and no session_end" },
	{ "no act, nothing counted", { start, "session_end {\"stored\":0,\"emitted\":0}" }, "" },
	{ "no books", { start, "session_end {}" }, "has no books" },
	{ "one less", { start, "exec 1", "exec 3", end }, "counts 3 acts stored, there are 2" },
	{ "one twice", { start, "exec 1", "exec 2", "exec 2", end }, "stands there twice" },
	{ "one lost and not told",
	  { start, "exec 1", "exec 3", "session_end {\"stored\":2,\"emitted\":3}" },
	  "act 2 of 3 is no record's" },
	{ "the last lost and not told",
	  { start, "exec 1", "exec 2", "session_end {\"stored\":2,\"emitted\":3}" },
	  "act 3 of 3 is no record's" },
	{ "a loss of another",
	  { start, "exec 1", "exec 4", "loss {\"first\":2,\"last\":2}",
	    "session_end {\"stored\":2,\"emitted\":4}" },
	  "act 3 of 4" },
	{ "a loss without a range",
	  { start, "exec 1", "loss {\"first\":null,\"last\":null}",
	    "session_end {\"stored\":1,\"emitted\":2}" },
	  "act 2 of 2" },
	{ "a loss that ends before it begins",
	  { start, "exec 1", "loss {\"first\":3,\"last\":2}",
	    "session_end {\"stored\":1,\"emitted\":3}" },
	  "act 2 of 3" },
	{ "a number that none has", { start, "exec 1073741824" }, "no session has" },
	{ "lost and told",
	  { start, "exec 1", "exec 4", "loss {\"first\":2,\"last\":3}",
	    "session_end {\"stored\":2,\"emitted\":4}" },
	  "" },
	{ "whole, not in order", { start, "exec 3", "exec 1", "exec 2", end }, "" },
	{ "a late close", { start, "exec 1", "exec 2", "exec 3", end, "close 4" }, "" },
};

static void feed(struct audit_sessions *sessions, const char *id, const char *row)
{
	const char *line = strchr(row, '{'), *blank = strchr(row, ' ');
	uint64_t sseq = line ? 0 : strtoull(blank, NULL, 10);
	char why[300];

	assert_int_equal(audit_sessions__row(sessions, span_of(id),
					     (struct span){ row, (size_t)(blank - row) }, sseq, 0,
					     span_of(line ? line : "{}"), why, sizeof(why)),
			 0);
	if (why[0])
		keep(NULL, why);
}

static void test_whole(void **state)
{
	struct audit_sessions *sessions;
	unsigned int wrong = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		said[0] = '\0';
		assert_int_equal(audit_sessions__new(&sessions), 0);
		for (size_t j = 0; j < 8 && rows[i].rows[j]; j++)
			feed(sessions, "A", rows[i].rows[j]);
		audit_sessions__whole(sessions, keep, NULL);
		audit_sessions__free(sessions);
		if (rows[i].says[0] ? strstr(said, rows[i].says) != NULL : !said[0])
			continue;
		print_message("not so: %s: \"%s\"\n", rows[i].name, said);
		wrong++;
	}
	assert_int_equal(wrong, 0);
}

/* The highest number in each of `n` sessions: CPU time for each of them, in nanoseconds. */
static int64_t cost_of(size_t n)
{
	struct audit_sessions *sessions;
	struct timespec begun, ended;
	char id[30];

	said[0] = '\0';
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &begun);
	assert_int_equal(audit_sessions__new(&sessions), 0);
	for (int round = 0; round < 2; round++) {
		for (size_t i = 0; i < n; i++) {
			snprintf(id, sizeof(id), "s-%zu", i);
			feed(sessions, id, round ? "exec 1073741823" : "exec 1");
		}
	}
	assert_string_equal(said, "");
	assert_int_equal(audit_sessions__count(sessions), n);
	audit_sessions__free(sessions);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ended);
	return ((ended.tv_sec - begun.tv_sec) * 1000000000 + ended.tv_nsec - begun.tv_nsec) /
	       (int64_t)n;
}

/*
 * Memory and time follow the records: a record of a hundred times as many sessions costs a hundred
 * times as much where each is looked for among all, and little more where not.
 */
static void test_many(void **state)
{
	int64_t few = INT64_MAX, many = INT64_MAX, cost;
	struct rusage usage;

	(void)state;
	for (int i = 0; i < 10; i++) {
		cost = cost_of(400);
		few = cost < few ? cost : few;
	}
	for (int i = 0; i < 3; i++) {
		cost = cost_of(40000);
		many = cost < many ? cost : many;
	}
	print_message("  %lld ns a session where there are 400, %lld where there are 40000\n",
		      (long long)few, (long long)many);
	assert_true(many < 30 * few);
	assert_int_equal(getrusage(RUSAGE_SELF, &usage), 0);
	assert_true(usage.ru_maxrss < 200 << 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_whole),
					    cmocka_unit_test(test_many) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
