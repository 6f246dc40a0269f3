/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */

/*
 * Stored sessions held against tickets: each row's lines against the very ticket that it ran under,
 * which changes nothing, also not in how its acts were approved; and against others, with what that
 * changes.
 */
#include <dirent.h>

#include "core/review/rejudge.h"
#include "lib/acts.h"
#include "lib/cmocka.h"

enum { PROFILES_MAX = 4 };

static const char directory[] = "tests/scenario";

static char *read_text(const char *row, const char *name)
{
	struct buf out = { 0 };
	char path[512], chunk[4096];
	FILE *file;
	size_t n;

	snprintf(path, sizeof(path), "%s/%s/%s", directory, row, name);
	file = fopen(path, "rb");
	if (!file)
		return NULL;
	while ((n = fread(chunk, 1, sizeof(chunk), file)) > 0)
		buf_add(&out, chunk, n);
	fclose(file);
	buf_addc(&out, 0);
	return out.p;
}

/* Replaces the first `from`, which must be there. */
static void edit(const char *row, char **text, const char *from, const char *to)
{
	char *at = strstr(*text, from);
	struct buf out = { 0 };

	if (!at)
		fail_msg("%s: \"%s\" is not in it", row, from);
	buf_add(&out, *text, (size_t)(at - *text));
	buf_adds(&out, to);
	buf_adds(&out, at + strlen(from));
	buf_addc(&out, 0);
	free(*text);
	*text = out.p;
}

/* The users that the row's own host has: "user NAME UID". */
static void answer_users(struct plan *plan, const char *acts)
{
	char name[64];
	unsigned int uid;

	for (const char *line = acts; line && *line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (sscanf(line, "user %63s %u", name, &uid) != 2)
			continue;
		for (size_t i = 0; i < plan->users_n; i++) {
			if (strcmp(plan->users[i].name, name))
				continue;
			plan->users[i].found = true;
			plan->users[i].uid = uid;
		}
	}
}

static struct plan *make_plan(const char *row, const char *text, const struct rejudge *rejudge)
{
	struct ticket *ticket = NULL, *profiles[PROFILES_MAX] = { 0 };
	char *acts = read_text(row, "acts");
	struct plan *plan = NULL;
	struct errs errs = { 0 };
	struct err err = { 0 };
	size_t n = 0;

	if (ticket_parse(text, strlen(text), &ticket, &errs))
		fail_msg("%s: %s", row, errs.v[0].message);
	for (; n < ticket->profiles.n && n < PROFILES_MAX; n++) {
		char name[32], *profile;

		snprintf(name, sizeof(name), "profile%zu.yaml", n + 1);
		profile = read_text(row, name);
		if (!profile || profile_parse(profile, strlen(profile), &profiles[n], &errs))
			fail_msg("%s: %s", row, profile ? errs.v[0].message : name);
		free(profile);
	}
	if (plan_new(ticket, profiles, n, &plan, &err))
		fail_msg("%s: %s", row, err.message);
	answer_users(plan, acts);
	assert_int_equal(rejudge__answer(rejudge, NULL, NULL, plan), 0);
	if (plan_compile(plan, &err))
		fail_msg("%s: %s", row, err.message);
	free(acts);
	return plan;
}

/* Calls back for each line; the last may lack its newline. */
static void each_line(const char *text, void (*each)(void *ctx, struct span line), void *ctx)
{
	while (*text) {
		const char *end = strchrnul(text, '\n');

		each(ctx, (struct span){ text, (size_t)(end - text) });
		text = end + (*end != 0);
	}
}

static void learn(void *ctx, struct span line)
{
	assert_int_equal(rejudge__learn(ctx, line), 0);
}

struct judging {
	struct rejudge *rejudge;
	struct buf said; /* "SSEQ WAS>NOW [REASONS] unknown;" of each change */
};

static void add_verdict(struct buf *out, const struct rejudge_verdict *verdict)
{
	const char *name = verdict_name(verdict->verdict), *how = how_name(verdict->how);

	buf_adds(out, name ? name : "none");
	if (how)
		buf_addf(out, ":%.*s:%s", (int)verdict->step.n,
			 verdict->step.n ? verdict->step.p : "", how);
	for (unsigned int i = 0; i < REASON_COUNT; i++) {
		if (verdict->reasons >> i & 1)
			buf_addf(out, ",%s", reason_name((enum reason)i));
	}
}

static void judge_line(void *ctx, struct span line)
{
	struct judging *judging = ctx;
	const char *sseq = memmem(line.p, line.n, "\"sseq\":", 7);
	struct rejudged act;

	assert_int_equal(rejudge__line(judging->rejudge, line, &act), 0);
	if (!act.changed)
		return;
	buf_addf(&judging->said, "%ld ", strtol(sseq + 7, NULL, 10));
	add_verdict(&judging->said, &act.was);
	buf_addc(&judging->said, '>');
	add_verdict(&judging->said, &act.now);
	for (unsigned int i = 0; i < REJUDGE_UNKNOWNS; i++) {
		if (act.unknown >> i & 1)
			buf_addf(&judging->said, " ?%s", rejudge_unknown_name(i));
	}
	buf_adds(&judging->said, "; ");
}

/* What changes, as text; the outcome's change behind it. */
static void rejudge_lines(const char *row, const char *lines, const char *ticket, struct buf *out,
			  struct rejudge_result *result)
{
	struct judging judging = { 0 };
	struct plan *plan;

	assert_int_equal(rejudge__new(&judging.rejudge), 0);
	each_line(lines, learn, judging.rejudge);
	plan = make_plan(row, ticket, judging.rejudge);
	assert_int_equal(rejudge__begin(judging.rejudge, plan, false, false), 0);
	each_line(lines, judge_line, &judging);
	rejudge__end(judging.rejudge, result);
	buf_add(out, judging.said.p, judging.said.n);
	if (result->outcome_changed)
		buf_addf(out, "%s>%s", outcome_name(result->was), outcome_name(result->now));
	buf_free(&judging.said);
	rejudge__free(judging.rejudge);
	plan_free(plan);
}

static int is_row(const struct dirent *entry)
{
	return entry->d_type == DT_DIR && entry->d_name[0] != '.';
}

static uint64_t same_ticket(const char *row)
{
	char *ticket = read_text(row, "ticket.yaml"), *lines = read_text(row, "expected.jsonl");
	struct rejudge_result result = { 0 };
	struct buf said = { 0 };

	assert_non_null(lines);
	if (ticket) {
		rejudge_lines(row, lines, ticket, &said, &result);
		if (said.n || result.changed || result.unreadable)
			fail_msg("%s: its own ticket changes: %.*s", row, (int)said.n,
				 said.n ? said.p : "");
		assert_true(result.ended);
	}
	buf_free(&said);
	free(lines);
	free(ticket);
	return result.acts;
}

/* Seen failing: with the environment, the listens, the script's file, or the end left out. */
static void test_same_ticket(void **state)
{
	struct dirent **rows;
	int n = scandir(directory, &rows, is_row, alphasort);
	uint64_t acts = 0;

	(void)state;
	if (n <= 0)
		fail_msg("no scenario in \"%s\" (run this from the top of the tree)", directory);
	for (int i = 0; i < n; i++) {
		acts += same_ticket(rows[i]->d_name);
		free(rows[i]);
	}
	free(rows);
	assert_true(acts >= 90);
}

/* A ticket with one thing changed, against the lines of a row; or lines with one thing changed. */
static const struct row {
	const char *name, *lines, *ticket;
	const char *from, *to;           /* of the ticket, NULL: as it is */
	const char *line_from, *line_to; /* of the lines */
	const char *want;
} rows[] = {
	{ "an argument", "demo", "demo", "-m 0600", "-m 0644", NULL, NULL,
	  "4 approved:install:step>unapproved,argument_differs; " },
	{ "a step less", "demo", "demo", "  - id: check\n    run: nginx -t\n", "", NULL, NULL,
	  "2 approved:check:step>unapproved,not_in_ticket; 19 "
	  "unapproved,program_differs>unapproved,not_in_ticket; 21 "
	  "unapproved,environment>unapproved,not_in_ticket; " },
	{ "a program elsewhere", "demo", "demo", "run: nginx -t", "run: /usr/bin/nginx -t", NULL,
	  NULL,
	  "2 approved:check:step>unapproved,program_differs; 21 "
	  "unapproved,environment>unapproved,program_differs; " },
	{ "a copy of the program", "demo", "demo", "run: nginx -t", "run: /tmp/nginx -t", NULL,
	  NULL,
	  "2 approved:check:step>unapproved,program_differs; 19 "
	  "unapproved,program_differs>approved:check:step; 21 "
	  "unapproved,environment>unapproved,program_differs; " },
	{ "a pin that nobody can tell", "demo", "demo", "run: nginx -t",
	  "run: nginx -t\n"
	  "    sha256: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	  NULL, NULL,
	  "2 approved:check:step>indeterminate ?sha256; 21 "
	  "unapproved,environment>unapproved,program_differs,environment; " },
	{ "another user", "demo", "demo", "as: root", "as: nobody", NULL, NULL,
	  "4 approved:install:step>indeterminate ?user; " },
	{ "fewer places", "demo", "demo", ", \"tcp://[::1]:443\"", "", NULL, NULL,
	  "13 approved:health:probe>unapproved,connect_not_allowed; 14 "
	  "approved:health:step>unapproved,connect_not_allowed; " },
	{ "a place by a name of then", "demo", "demo", "\"tcp://127.0.0.1:443\"",
	  "\"tcp://db.example:8099\"", "\"hosts\":[]",
	  "\"hosts\":[{\"name\":\"db.example\",\"addresses\":[\"127.0.0.1\"]}]",
	  "16 unapproved,connect_not_allowed>approved:health:step; " },
	{ "a place by a name that nobody looked up", "demo", "demo", "\"tcp://127.0.0.1:443\"",
	  "\"tcp://db.example:8099\"", NULL, NULL,
	  "16 unapproved,connect_not_allowed>indeterminate ?host; " },
	{ "an earlier window", "demo", "demo", "from: 2026-11-23T20:00:00Z, until: 2026-11-23T22",
	  "from: 2026-11-23T10:00:00Z, until: 2026-11-23T12", NULL, NULL,
	  "1 unapproved,not_in_ticket>unapproved,outside_window; 2 "
	  "approved:check:step>unapproved,outside_window; 4 "
	  "approved:install:step>unapproved,outside_window; 6 "
	  "unapproved,argument_differs>unapproved,outside_window; 8 "
	  "approved:sudo:profile>unapproved,outside_window; 9 "
	  "approved:reload:step>unapproved,outside_window; 12 "
	  "approved:health:step>unapproved,outside_window; 13 "
	  "approved:health:probe>unapproved,outside_window; 14 "
	  "approved:health:step>unapproved,outside_window; 16 "
	  "unapproved,connect_not_allowed>unapproved,outside_window; 19 "
	  "unapproved,program_differs>unapproved,outside_window; 21 "
	  "unapproved,environment>unapproved,outside_window; 23 "
	  "unapproved,delegation,not_in_ticket>unapproved,outside_window,delegation; " },
	{ "no ticket then, one now", "rehearsal", "demo", NULL, NULL, NULL, NULL,
	  "1 unapproved,no_ticket>unapproved,not_in_ticket; 2 "
	  "unapproved,no_ticket,delegation>unapproved,delegation,not_in_ticket; 4 "
	  "unapproved,no_ticket>unapproved,listen_not_allowed; 5 "
	  "unapproved,no_ticket>unapproved,send_not_allowed; 6 "
	  "unapproved,no_ticket>unapproved,listen_not_allowed; " },
	{ "a secret in its place", "takeover", "takeover", NULL, NULL, NULL, NULL, "" },
	{ "a secret where any text may be", "takeover", "takeover", "--password {secret}",
	  "--password *", NULL, NULL,
	  "25 approved:login:step>indeterminate ?secret; 27 unapproved,environment>indeterminate "
	  "?secret; 29 unapproved,out_of_order>approved:serve:step; " },
	{ "a secret that is to be one text", "takeover", "takeover", "--password {secret}",
	  "--password x", NULL, NULL,
	  "25 approved:login:step>indeterminate ?secret; 27 unapproved,environment>indeterminate "
	  "?secret; 29 unapproved,out_of_order>approved:serve:step; " },
	{ "a secret, and no step for its command", "takeover", "takeover",
	  "  - id: login\n    run: mysql --password {secret}\n    times: 2\n", "", NULL, NULL,
	  "25 approved:login:step>indeterminate ?secret; 27 unapproved,environment>indeterminate "
	  "?secret; 29 unapproved,out_of_order>approved:serve:step; " },
	{ "a file that changed meanwhile", "packages", "packages", "installs:", "write:", NULL,
	  NULL,
	  "15 approved:check:step>unapproved,binary_changed; 21 "
	  "unapproved,too_many_times,out_of_order>unapproved,binary_changed,out_of_order; " },
	{ "a step that was to be done", "login", "login", "run: nginx -t",
	  "run: nginx -t\n    times: 3", NULL, NULL, "" },
	{ "a write in another mount namespace", "writes", "writes", NULL, NULL,
	  "\"mntns\":4026531840,\"root\":null,\"op\":\"open\",\"path\":\"/etc/app/a.ini\"",
	  "\"mntns\":5,\"root\":null,\"op\":\"open\",\"path\":\"/etc/app/a.ini\"",
	  "7 approved:edit:step>unapproved,write_not_allowed; " },
	{ "what was over is over", "login", "login", "run: nginx -t", "run: nginx -T", NULL, NULL,
	  "2 approved:check:step>unapproved,argument_differs; " },
};

static void check_row(const struct row *row)
{
	char *lines = read_text(row->lines, "expected.jsonl");
	char *ticket = read_text(row->ticket, "ticket.yaml");
	struct rejudge_result result;
	struct buf said = { 0 };

	if (row->from)
		edit(row->name, &ticket, row->from, row->to);
	if (row->line_from)
		edit(row->name, &lines, row->line_from, row->line_to);
	rejudge_lines(row->ticket, lines, ticket, &said, &result);
	if (!span_is(buf_span(&said), row->want))
		fail_msg("%s: %.*s", row->name, (int)said.n, said.n ? said.p : "");
	buf_free(&said);
	free(ticket);
	free(lines);
}

static void test_other_tickets(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		check_row(&rows[i]);
}

static void keep_line(void *ctx, const struct record *record, struct span line)
{
	(void)record;
	buf_add(ctx, line.p, line.n);
	buf_addc(ctx, '\n');
}

#define TICKET(steps)                                                                              \
	"lockstep: 1\nticket: CHG-1\nsummary: a test\nrequester: li.wei@contractor.example\n"      \
	"operators: [jdoe]\nwindow: {from: 2026-11-23T20:00:00Z, until: 2026-11-23T22:00:00Z}\n"   \
	"steps:\n" steps

/* What becomes of the whole session. */
static void test_outcome(void **state)
{
	static const char nginx[] = "operator 1000\nprogram /usr/sbin/nginx ino=10\n"
				    "exec exe=/usr/sbin/nginx euid=0 -- nginx -t\nexit\nsettle\n";
	static const struct {
		const char *name, *then, *now, *want, *script; /* NULL: nginx */
	} outcomes[] = {
		{ "another interpreter", TICKET("  - id: a\n    run: /opt/x.sh\n"),
		  TICKET("  - id: a\n    run: /opt/x.sh\n"), "",
		  "operator 1000\nprogram /opt/x.sh script=/usr/bin/dash\n"
		  "program /usr/bin/dash ino=16\n"
		  "exec exe=/usr/bin/dash ino=99 filename=/opt/x.sh interp=/bin/sh -- "
		  "/bin/sh /opt/x.sh\nexit\nsettle\n" },
		{ "a link to the program", TICKET("  - id: a\n    run: vi x\n"),
		  TICKET("  - id: a\n    run: vi x\n"), "",
		  "operator 1000\nprogram /usr/lib/vim.basic name=vi\n"
		  "exec exe=/usr/lib/vim.basic filename=/usr/bin/vi -- vi x\n"
		  "exec exe=/usr/lib/vim.basic filename=/usr/bin/vi -- vi y\nexit\nsettle\n" },
		{ "a link that nobody has confirmed", TICKET("  - id: a\n    run: id\n"),
		  TICKET("  - id: a\n    run: vi x\n"),
		  "1 unapproved,not_in_ticket>indeterminate ?link; violation>indeterminate",
		  "operator 1000\nprogram /usr/lib/vim.basic name=vi\n"
		  "exec exe=/usr/lib/vim.basic filename=/usr/bin/vi -- vi x\nexit\nsettle\n" },
		{ "what follows from what can't be told", TICKET("  - id: a\n    run: id\n"),
		  TICKET("  - id: a\n    run: vi x\n    children: any\n  - id: b\n    run: ls\n"),
		  "1 unapproved,not_in_ticket>indeterminate ?link; "
		  "2 unapproved,connect_not_allowed>indeterminate ?parent; "
		  "3 unapproved,not_in_ticket>indeterminate ?parent; "
		  "5 unapproved,not_in_ticket>approved:b:step; violation>indeterminate",
		  "operator 1000\nprogram /usr/lib/vim.basic name=vi\nprogram /usr/bin/ls\n"
		  "exec exe=/usr/lib/vim.basic filename=/usr/bin/vi -- vi x\n"
		  "connect tcp 10.0.0.1:1\nfork child=101\n"
		  "exec pid=101 exe=/usr/bin/cat -- cat\nexit pid=101\n"
		  "exec exe=/usr/bin/ls -- ls\nexit\nsettle\n" },
		{ "one /usr", TICKET("  - id: a\n    run: id\n"),
		  TICKET("  - id: a\n    run: /bin/ls\n"),
		  "1 unapproved,not_in_ticket>approved:a:step; violation>compliant",
		  "operator 1000\nprogram /usr/bin/ls\n"
		  "exec exe=/usr/bin/ls filename=/bin/ls -- ls\nexit\nsettle\n" },
		{ "a file of the session's own", TICKET("  - id: a\n    run: id\n"),
		  TICKET("  - id: a\n    run: /opt/x\n"),
		  "1 unapproved,not_in_ticket>unapproved,binary_changed; ",
		  "operator 1000\nexec exe=/opt/x ctime=1795465801000000000 ino=5 -- /opt/x\n"
		  "exit\nsettle\n" },
		{ "one that was there before", TICKET("  - id: a\n    run: id\n"),
		  TICKET("  - id: a\n    run: /opt/x\n"),
		  "1 unapproved,not_in_ticket>approved:a:step; violation>compliant",
		  "operator 1000\nexec exe=/opt/x ctime=1795465799000000000 ino=5 -- /opt/x\n"
		  "exit\nsettle\n" },
		{ "changed between two of its runs", TICKET("  - id: a\n    run: id\n"),
		  TICKET("  - id: a\n    run: /opt/x\n"),
		  "1 unapproved,not_in_ticket>approved:a:step; "
		  "2 unapproved,not_in_ticket>unapproved,binary_changed; ",
		  "operator 1000\nexec exe=/opt/x ctime=1795465799000000000 ino=5 -- /opt/x\n"
		  "exec exe=/opt/x ctime=1795465801500000000 ino=6 -- /opt/x\nexit\nsettle\n" },
		{ "the same", TICKET("  - id: a\n    run: nginx -t\n"),
		  TICKET("  - id: a\n    run: nginx -t\n"), "", NULL },
		{ "a step not done", TICKET("  - id: a\n    run: nginx -t\n"),
		  TICKET("  - id: a\n    run: nginx -t\n    times: 2\n"), "compliant>violation",
		  NULL },
		{ "a step of another name", TICKET("  - id: a\n    run: nginx -t\n"),
		  TICKET("  - id: b\n    run: nginx -t\n"), "1 approved:a:step>approved:b:step; ",
		  NULL },
		{ "not approved any more", TICKET("  - id: a\n    run: nginx -t\n"),
		  TICKET("  - id: a\n    run: nginx -T\n"),
		  "1 approved:a:step>unapproved,argument_differs; compliant>violation", NULL },
		{ "approved now", TICKET("  - id: a\n    run: nginx -T\n"),
		  TICKET("  - id: a\n    run: nginx -t\n"),
		  "1 unapproved,argument_differs>approved:a:step; violation>compliant", NULL },
		{ "not known", TICKET("  - id: a\n    run: nginx -t\n"),
		  TICKET("  - id: a\n    run: nginx -t\n    as: someone\n"),
		  "1 approved:a:step>indeterminate ?user; compliant>indeterminate", NULL },
		{ "not known before, and done", TICKET("  - id: a\n    run: nginx -T\n"),
		  TICKET("  - id: a\n    run: nginx -t\n    sha256: "
			 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n"),
		  "1 unapproved,argument_differs>indeterminate ?sha256; violation>indeterminate",
		  NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(outcomes) / sizeof(*outcomes); i++) {
		struct buf lines = { 0 }, said = { 0 };
		struct collector_ops ops = { .sink = keep_line, .ctx = &lines };
		struct acts *acts = acts_new(outcomes[i].then, NULL, 0, &ops);
		struct rejudge_result result;

		acts_play(acts, outcomes[i].script ? outcomes[i].script : nginx);
		assert_string_equal(acts->error, "");
		acts_free(acts);
		buf_addc(&lines, 0);
		rejudge_lines("demo", lines.p, outcomes[i].now, &said, &result);
		if (!span_is(buf_span(&said), outcomes[i].want))
			fail_msg("%s: %.*s", outcomes[i].name, (int)said.n, said.n ? said.p : "");
		buf_free(&said);
		buf_free(&lines);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same_ticket),
		cmocka_unit_test(test_other_tickets),
		cmocka_unit_test(test_outcome),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
