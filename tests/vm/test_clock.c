// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The machine's clocks while a session runs: the wall clock is set forward and back, from 1970 to
 * 2232, and the machine is suspended to RAM for some seconds (S3, which QEMU's pc has; the alarm of
 * its real-time clock ends it), so that the boot clock moves against the monotonic one. What the
 * stored records say of it is held against what actor_clock says that it did.
 *
 * A record has no field for the boot clock's time of its act; it has `time`, by the wall clock, and
 * what that is ahead of the boot clock changes with each clock_step record and nowhere else. So a
 * time less the offset of the last clock_step before it is the act's time by the boot clock.
 *
 * Seen failing, on Linux 6.1: "whole" without the connects; "each step" with half of its size told,
 * and with no record of it; "order" and "a time" with no record of the steps; "a time" with the
 * monotonic clock in emit.h, by which what came behind the suspend was three seconds early;
 * "suspended" without a suspend.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "../kernel/rows.h"
#include "../kernel/world.h"
#include "core/base/json_read.h"
#include "core/base/timestamp.h"

#define STORE   "/tmp/lockstep-clock.db"
#define TRUTH   "/tmp/lockstep-clock.truth"
#define RECORDS "/tmp/lockstep-clock.jsonl"
#define MAX     256
#define MS      1000000ll
#define SLACK   (50 * MS) /* by which the wall clock may drift before it counts as set (engine.c) */

struct said_act {
	uint64_t pid;
	int64_t before, after;
};

struct said_step {
	int64_t by, offset;
};

/* What the actor said; the first step is where it began. */
static struct {
	struct said_act acts[MAX];
	struct said_step steps[MAX];
	size_t acts_n, steps_n;
	int64_t boot_moved, monotonic_moved, offset_after; /* by the suspend */
	char unsuspended[128];
} truth;

/* A record, in the order of seq. */
struct kept {
	char kind[24], what[24];
	uint64_t seq, sseq, pid, start;
	int64_t time, moved_ms; /* what a clock_step says */
	size_t steps;           /* clock_step records up to here */
};

static struct kept kept[MAX];
static size_t kept_n;

static void execute(const char *out, char *const argv[])
{
	int status, fd;
	pid_t pid = fork();

	if (pid == 0) {
		fd = open(out, O_WRONLY | O_CREAT | O_TRUNC, 0600);
		if (fd < 0 || dup2(fd, STDOUT_FILENO) < 0)
			_exit(126);
		execvp(argv[0], argv);
		_exit(127);
	}
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (status != 0)
		fail_msg("%s %s: status %#x", argv[0], argv[1], (unsigned int)status);
}

static void read_truth(void)
{
	FILE *in = fopen(TRUTH, "re");
	char line[256];

	assert_non_null(in);
	while (fgets(line, sizeof(line), in)) {
		struct said_act act;
		struct said_step step;

		if (sscanf(line, "act %lu %ld %ld", &act.pid, &act.before, &act.after) == 3) {
			assert_true(truth.acts_n < MAX);
			truth.acts[truth.acts_n++] = act;
		} else if (sscanf(line, "step %ld %ld", &step.by, &step.offset) == 2) {
			assert_true(truth.steps_n < MAX);
			truth.steps[truth.steps_n++] = step;
		} else if (sscanf(line, "suspended %ld %ld %ld", &truth.boot_moved,
				  &truth.monotonic_moved, &truth.offset_after) != 3 &&
			   sscanf(line, "unsuspended %127[^\n]", truth.unsuspended) != 1) {
			fail_msg("the actor said: %s", line);
		}
	}
	fclose(in);
}

static void text_of(const struct json_object *record, const char *key, char *out, size_t n)
{
	struct span value = json_get(record, key);
	struct buf text = { 0 };

	if (json_is_string(value))
		assert_int_equal(json_read_text(value, &text), 0);
	snprintf(out, n, "%.*s", (int)text.n, text.n ? text.p : "");
	buf_free(&text);
}

static uint64_t number_of(const struct json_object *record, const char *key)
{
	uint64_t out;

	json_read_u64(json_get(record, key), &out); /* null, in records of no act: 0 */
	return out;
}

static void read_record(const char *line, size_t n)
{
	struct kept *record = &kept[kept_n];
	struct json_object object;
	char text[128];

	assert_true(kept_n < MAX);
	assert_int_equal(json_read((struct span){ line, n }, &object), 0);
	text_of(&object, "time", text, sizeof(text));
	if (timestamp_parse((struct span){ text, strlen(text) }, &record->time))
		fail_msg("no time from 1970 on: %.*s", (int)n, line);
	text_of(&object, "kind", record->kind, sizeof(record->kind));
	text_of(&object, "what", record->what, sizeof(record->what));
	text_of(&object, "detail", text, sizeof(text));
	record->seq = number_of(&object, "seq");
	record->sseq = number_of(&object, "sseq");
	record->pid = number_of(&object, "pid");
	record->start = number_of(&object, "start");
	record->steps = kept_n ? kept[kept_n - 1].steps : 0;
	if (!strcmp(record->what, "clock_step")) {
		assert_int_equal(sscanf(text, "the wall clock moved by %ld ms", &record->moved_ms),
				 1);
		record->steps++;
	}
	kept_n++;
}

static void read_records(void)
{
	FILE *in = fopen(RECORDS, "re");
	char *line = NULL;
	size_t room = 0;
	ssize_t n;

	assert_non_null(in);
	while ((n = getline(&line, &room, in)) > 0)
		read_record(line, (size_t)n);
	free(line);
	fclose(in);
}

static size_t count(const char *kind)
{
	size_t i, n = 0;

	for (i = 0; i < kept_n; i++)
		n += !strcmp(kept[i].kind, kind);
	return n;
}

static int64_t boot_of(const struct kept *record)
{
	assert_true(record->steps < truth.steps_n);
	return record->time - truth.steps[record->steps].offset;
}

/* The session is whole: each act by three records, the actor by two, and its start and end. */
static void whole_row(const void *unused)
{
	(void)unused;
	assert_int_equal(truth.steps_n, 6);
	assert_int_equal(truth.acts_n, 11 + (truth.unsuspended[0] ? 0 : 2));
	assert_int_equal(count("exec"), truth.acts_n + 1);
	assert_int_equal(count("connect"), truth.acts_n);
	assert_int_equal(count("exit"), truth.acts_n + 1);
	assert_int_equal(count("session_start"), 1);
	assert_int_equal(count("session_end"), 1);
	assert_int_equal(count("loss"), 0);
}

/* Each is told once, in the order in which they were, with its size. */
static void steps_row(const void *unused)
{
	size_t i, n = 0;

	(void)unused;
	for (i = 0; i < kept_n; i++) {
		const struct said_step *step = &truth.steps[n + 1];

		if (strcmp(kept[i].what, "clock_step"))
			continue;
		assert_true(++n < truth.steps_n);
		assert_string_equal(kept[i].kind, "host");
		if (llabs(kept[i].moved_ms - step->by / MS) > SLACK / MS)
			fail_msg("step %zu: by %lld ms, says the actor, by %lld the record", n,
				 (long long)(step->by / MS), (long long)kept[i].moved_ms);
	}
	assert_int_equal(n, truth.steps_n - 1);
}

/* By the kernel's numbers, the store's, and the boot clock, in which processes start. */
static void order_row(const void *unused)
{
	const struct kept *before = NULL;
	size_t i;

	(void)unused;
	for (i = 0; i < kept_n; i++) {
		const struct kept *record = &kept[i];

		assert_int_equal(record->seq, kept[0].seq + i);
		if (!record->sseq)
			continue;
		if (before) {
			int64_t slack = record->steps == before->steps ? 0 : SLACK;

			assert_int_equal(record->sseq, before->sseq + 1);
			assert_true(boot_of(record) >= boot_of(before) - slack);
			assert_true(strcmp(record->kind, "exec") || record->start > before->start);
		}
		before = record;
	}
	assert_non_null(before);
}

static void check_time(const struct kept *record, const struct said_act *act)
{
	int64_t boot = boot_of(record);

	if (boot < act->before - SLACK || boot > act->after + SLACK)
		fail_msg("%s %llu, behind %zu steps: at %lld of the boot clock; it was from %lld "
			 "to %lld",
			 record->kind, (unsigned long long)record->sseq, record->steps,
			 (long long)boot, (long long)act->before, (long long)act->after);
	assert_in_range(record->start, (uint64_t)act->before, (uint64_t)act->after);
}

/* Each time is the act's own by the boot clock, called what the wall clock was then said to be. */
static void times_row(const void *unused)
{
	size_t a, i, n;

	(void)unused;
	for (a = 0; a < truth.acts_n; a++) {
		for (i = n = 0; i < kept_n; i++) {
			if (!kept[i].sseq || kept[i].pid != truth.acts[a].pid)
				continue;
			check_time(&kept[i], &truth.acts[a]);
			n++;
		}
		assert_int_equal(n, 3);
	}
}

/* Time passes for the session as well, and nobody has set a clock. */
static void suspend_row(const void *unused)
{
	int64_t slept = truth.boot_moved - truth.monotonic_moved;

	(void)unused;
	if (truth.unsuspended[0]) {
		row_untried("%s", truth.unsuspended);
		return;
	}
	assert_true(slept > 1000 * MS);
	assert_true(llabs(truth.offset_after - truth.steps[2].offset) < SLACK);
	/* What was acted before and behind it is times_row's; that the wall clock is behind the
	 * boot clock from then on is so after the step to the earliest time. */
	assert_true(truth.steps[3].offset < 0);
}

static const struct row rows[] = {
	{ "clock: the session is whole", whole_row, NULL },
	{ "clock: each step is told with its size", steps_row, NULL },
	{ "clock: order is the kernel's, whatever the clock says", order_row, NULL },
	{ "clock: a time is the boot clock's and the last step's", times_row, NULL },
	{ "clock: suspended to RAM", suspend_row, NULL },
};

static int set_up(void **state)
{
	char actor[4096];
	char *run[] = { "lockstep", "run", "-q", "--store", STORE, "--", actor, NULL };
	char *export[] = { "lockstep", "export", "--store", STORE, "-o", "jsonl", NULL };

	(void)state;
	snprintf(actor, sizeof(actor), "%s", actor_path("actor_clock"));
	execute(TRUTH, run);
	read_truth();
	execute(RECORDS, export);
	read_records();
	return 0;
}

static int tear_down(void **state)
{
	static const char *const files[] = { STORE, STORE "-wal", STORE "-shm", TRUTH, RECORDS };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		unlink(files[i]);
	return 0;
}

int main(int argc, char **argv)
{
	return rows_main(argc, argv, rows, sizeof(rows) / sizeof(rows[0]), set_up, tear_down);
}
