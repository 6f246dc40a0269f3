/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */

/*
 * What is kept of an open session, read back; and lines that are not ours. The whole way round is
 * in tests/scenario.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/plan/lookups.h"
#include "core/record/stored.h"
#include "core/session/resume.h"
#include "lib/cmocka.h"

static const char ticket_text[] =
	"lockstep: 1\n"
	"ticket: T-1\n"
	"summary: s\n"
	"requester: r\n"
	"operators: [root]\n"
	"hosts: [\"*\"]\n"
	"window: {from: 2020-01-01T00:00:00Z, until: 2090-01-01T00:00:00Z}\n"
	"steps:\n"
	"  - id: a\n"
	"    run: nginx -t\n"
	"    as: web\n"
	"    connect: [\"tcp://db.example:5432\"]\n";

static struct plan *new_plan(void)
{
	struct ticket *ticket;
	struct plan *plan;
	struct err err;

	assert_int_equal(ticket_parse(ticket_text, sizeof(ticket_text) - 1, &ticket, NULL), 0);
	assert_int_equal(plan_new(ticket, NULL, 0, &plan, &err), 0);
	assert_int_equal(plan->programs_n, 1);
	assert_int_equal(plan->hosts_n, 1);
	return plan;
}

static void test_answers(void **state)
{
#define PROGRAM                                                                                    \
	"{\"name\":\"nginx\",\"found\":true,\"path\":\"L3Ugc3IveA==\","                            \
	"\"texts\":[\"L2E=\",\"L2I=\"],\"script\":true,\"dev\":1,\"ino\":2,\"size\":3,\"ctime\":"  \
	"4,"                                                                                       \
	"\"interp_dev\":5,\"interp_ino\":6,\"sha256\":\"\"}"
#define USERS                                                                                      \
	"\"users\":[{\"name\":\"root\",\"found\":false,\"uid\":0},"                                \
	"{\"name\":\"web\",\"found\":true,\"uid\":33}]"
#define HOSTS "\"hosts\":[{\"name\":\"db.example\",\"addresses\":[2,\"CgAAAQAAAAAAAAAAAAAAAA==\"]}]"
	static const struct {
		const char *name, *text;
		int want;
	} rows[] = {
		{ "nothing", "{}", -EINVAL },
		{ "another plan's program",
		  "{\"programs\":[{\"name\":\"apache\",\"found\":false,\"path\":\"\","
		  "\"texts\":[]}]," USERS "," HOSTS "}",
		  -EINVAL },
		{ "one program too many",
		  "{\"programs\":[" PROGRAM "," PROGRAM "]," USERS "," HOSTS "}", -EINVAL },
		{ "no users", "{\"programs\":[" PROGRAM "],\"users\":[]," HOSTS "}", -EINVAL },
		{ "a short address",
		  "{\"programs\":[" PROGRAM "]," USERS
		  ",\"hosts\":[{\"name\":\"db.example\",\"addresses\":[2,\"CgAAAQ==\"]}]}",
		  -EINVAL },
		{ "an element that is no object", "{\"programs\":[1]," USERS "," HOSTS "}",
		  -EINVAL },
		{ "all of it", "{\"programs\":[" PROGRAM "]," USERS "," HOSTS "}", 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct json_object *object = malloc(sizeof(*object));
		struct plan *plan = new_plan();
		int ret;

		/* the operators are users of the plan too; their order is the plan's */
		assert_int_equal(plan->users_n, 2);
		assert_int_equal(json_read(span_of(rows[i].text), object), 0);
		ret = lookups_read(plan, object);
		if (ret != rows[i].want)
			fail_msg("row \"%s\": got %d", rows[i].name, ret);
		if (ret == 0) {
			assert_string_equal(plan->programs[0].path, "/u sr/x");
			assert_string_equal(plan->programs[0].texts[1], "/b");
			assert_int_equal(plan->programs[0].interp_ino, 6);
			assert_int_equal(plan->users[1].uid, 33);
			assert_int_equal(plan->hosts[0].addresses_n, 1);
			assert_int_equal(plan->hosts[0].addresses[0].ip[0], 10);
		}
		plan_free(plan);
		free(object);
	}
}

static void test_resume(void **state)
{
	struct open_opts opts = {
		.session = 12,
		.info = {
			.id = "1abc",
			.ticket = "T-1",
			.ticket_sha256 = "00",
			.operator_name = "jd\"oe",
			.operator_uid = 1000,
			.unsigned_ticket = true,
			.tgid = 77,
			.start_ns = UINT64_MAX,
		},
		.judge = { .shell = true, .mntns = 4026531840u, .sees = 5, .boot_to_wall_ns = -3 },
		.recursion_misses = 3,
	};
	const char profiles[1][65] = { "11" };
	struct resume resume;
	struct buf text = { 0 };
	size_t n;

	(void)state;
	assert_int_equal(resume_write(&opts, "b1", profiles, 1, &text), 0);
	assert_int_equal(resume_read(buf_span(&text), &resume), 0);
	assert_int_equal(resume.open.session, 12);
	assert_string_equal(resume.open.info.id, "1abc");
	assert_string_equal(resume.open.info.ticket_sha256, "00");
	assert_string_equal(resume.open.info.operator_name, "jd\"oe");
	assert_null(resume.open.info.requester);
	assert_true(resume.open.info.start_ns == UINT64_MAX);
	assert_int_equal(resume.open.judge.operator_uid, 1000);
	assert_true(resume.open.judge.shell && resume.open.info.unsigned_ticket);
	assert_false(resume.open.quiet || resume.open.judge.wrong_host);
	assert_int_equal(resume.open.judge.sees, 5);
	assert_true(resume.open.judge.boot_to_wall_ns == -3);
	assert_int_equal(resume.open.recursion_misses, 3);
	assert_string_equal(resume.boot, "b1");
	assert_true(span_is(resume.profiles, "[\"11\"]"));
	resume_free(&resume);
	/* every piece of it that is no whole is refused */
	for (n = 0; n < text.n; n++)
		assert_int_equal(resume_read((struct span){ text.p, n }, &resume), -EINVAL);
	buf_free(&text);
}

#define WHOSE(kind)                                                                                \
	"\"v\":1,\"seq\":1,\"time\":\"2026-11-23T20:00:00.000000000Z\",\"host\":\"h\",\"boot\":"   \
	"\"b\","                                                                                   \
	"\"session\":\"s\",\"sseq\":5,\"ticket\":null,\"ticket_sha256\":null,\"unsigned\":false,"  \
	"\"requester\":null,\"operator\":\"o\",\"approvers\":[]," kind
#define PROCESS                                                                                    \
	",\"step\":null,\"how\":null,\"severity\":\"info\",\"pid\":1,\"tid\":1,\"ppid\":9,"        \
	"\"parent\":3,"                                                                            \
	"\"start\":2,\"uid\":6,\"euid\":7,\"user\":null,\"auid\":null,\"asid\":null,\"exe\":\"/"   \
	"bin/x\","                                                                                 \
	"\"mntns\":8,\"root\":null"
#define HEAD(kind) WHOSE(kind) ",\"verdict\":null,\"reasons\":[]" PROCESS
#define EXEC(more)                                                                                 \
	"{" HEAD("\"kind\":\"exec\"") ",\"argv\":[\"x\"]," more "\"argc\":1,\"argv_len\":2,"       \
				      "\"truncated\":false,\"unreadable\":false,\"cwd\":\"/"       \
				      "\",\"filename\":\"x\",\"interp\":null,"                     \
				      "\"stdin\":\"pipe\",\"tty\":null,\"env\":[\"PAGER=a\","      \
				      "\"LESS=b\"],\"env_more\":0,"                                \
				      "\"env_differs\":[1],\"env_truncated\":true,\"path_"         \
				      "truncated\":false,\"fileless\":false,"                      \
				      "\"deleted\":false,\"secure\":false,\"foreign\":false,"      \
				      "\"dev\":\"8:1\",\"ino\":1,\"size\":2,"                      \
				      "\"ctime\":\"1970-01-01T00:00:00.000000005Z\",\"sha256\":"   \
				      "null,\"script_seen\":null,"                                 \
				      "\"nearest\":null}"

static void test_stored(void **state)
{
	static const struct {
		const char *name, *line;
		int want;
	} rows[] = {
		{ "no JSON", "x", -EINVAL },
		{ "no kind", "{" HEAD("\"x\":1") "}", -EINVAL },
		{ "a kind of a later version", "{" HEAD("\"kind\":\"levitate\"") "}", -EINVAL },
		{ "a verdict of a later version",
		  "{" WHOSE("\"kind\":\"exit\"") ",\"verdict\":\"maybe\",\"reasons\":[]" PROCESS
						 ",\"exit_code\":0,\"signal\":null}",
		  -EINVAL },
		{ "a reason of a later version",
		  "{" WHOSE("\"kind\":\"exit\"") ",\"verdict\":null,\"reasons\":[\"whim\"]" PROCESS
						 ",\"exit_code\":0,\"signal\":null}",
		  -EINVAL },
		{ "a status that none is",
		  "{" HEAD("\"kind\":\"exit\"") ",\"exit_code\":256,\"signal\":null}", -EINVAL },
		{ "an exit without a status", "{" HEAD("\"kind\":\"exit\"") "}", -EINVAL },
		{ "an address without a port",
		  "{" HEAD("\"kind\":\"connect\"") ",\"proto\":\"tcp\",\"local\":null,\"remote\":"
						   "\"10.0.0.1\"}",
		  -EINVAL },
		{ "an address that is a name",
		  "{" HEAD("\"kind\":\"connect\"") ",\"proto\":\"tcp\",\"local\":null,\"remote\":"
						   "\"db:1\"}",
		  -EINVAL },
		{ "a loss for no reason",
		  "{" HEAD("\"kind\":\"loss\"") ",\"first\":1,\"last\":2,\"count\":2,\"reason\":"
						"\"sloth\"}",
		  -EINVAL },
		{ "an exec without its arguments' encoding", EXEC("\"argv_b64\":[\"*\"],"),
		  -EINVAL },
		{ "an exec that does not say whether it is whole",
		  "{" HEAD("\"kind\":\"exec\"") ",\"argv\":[\"x\"]}", -EINVAL },
		{ "an exec", EXEC(""), 0 },
		{ "a connect",
		  "{" HEAD("\"kind\":\"connect\"") ",\"proto\":\"tcp\",\"local\":null,\"remote\":"
						   "\"10.0.0.1:1\"}",
		  0 },
		{ "a signal", "{" HEAD("\"kind\":\"exit\"") ",\"exit_code\":null,\"signal\":9}",
		  0 },
	};
	struct stored stored = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		int ret = stored_read(span_of(rows[i].line), &stored);

		if (ret != rows[i].want)
			fail_msg("row \"%s\": got %d", rows[i].name, ret);
	}
	assert_int_equal(stored.event.sseq, 5);
	assert_int_equal(stored.event.exit.status, 9);
	stored_free(&stored);
}

/* What a draft of a ticket asks for, besides. */
static void test_stored_exec(void **state)
{
	struct stored stored = { 0 };

	(void)state;
	assert_int_equal(stored_read(span_of(EXEC("")), &stored), 0);
	assert_int_equal(stored.event.uid, 6);
	assert_int_equal(stored.event.euid, 7);
	assert_int_equal(stored.event.ppid, 9);
	assert_int_equal(stored.event.exec.stdin_kind, LS_STDIN_PIPE);
	assert_int_equal(stored.event.exec.exec_flags, LS_EXEC_ENV_TRUNCATED);
	assert_int_equal(stored.event.exec.file.ctime_ns, 5);
	assert_int_equal(stored.judgement.env_n, 2);
	assert_true(span_is(stored.judgement.env[1], "LESS=b"));
	assert_false(stored.judgement.env_differs[0]);
	assert_true(stored.judgement.env_differs[1]);
	stored_free(&stored);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_stored_exec),
					    cmocka_unit_test(test_answers),
					    cmocka_unit_test(test_resume),
					    cmocka_unit_test(test_stored) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
