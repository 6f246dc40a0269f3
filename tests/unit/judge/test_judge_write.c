/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "lib/cmocka.h"
#include "lib/judged_rows.h"

/*
 * What is said of a write. Seen failing: with is_judged() true always ("recorded" rows), with
 * is_covered() true always (the refused rows), and without its look at `from` (linked from
 * elsewhere) or at the flags (on a mount that is elsewhere).
 */
static const char ticket[] = "lockstep: 1\n"
			     "ticket: CHG-1\n"
			     "requester: li@x.example\n"
			     "operators: [jdoe]\n"
			     "window: {from: 2026-11-23T20:00:00Z, until: 2026-11-23T22:00:00Z}\n"
			     "profiles: [base]\n"
			     "steps:\n"
			     "  - id: shell\n"
			     "    run: bash\n"
			     "    stdin: tty\n"
			     "    children: any\n"
			     "  - id: config\n"
			     "    run: sh -c *\n"
			     "    children: [\"mv ...\"]\n"
			     "    write: [\"/etc/nginx/*.conf\", \"/srv/**\"]\n"
			     "  - id: script\n"
			     "    run: deploy\n"
			     "  - id: copy\n"
			     "    run: cp ...\n"
			     "  - id: pour\n"
			     "    run: tee ...\n"
			     "  - id: loader\n"
			     "    run: ld-linux-x86-64.so.2 ...\n"
			     "  - id: python\n"
			     "    run: python3 -c *\n"
			     "    write: [\"/etc/app.ini\"]\n";

static const char base[] = "lockstep: 1\n"
			   "profile: base\n"
			   "allow: {write: [\"/root/.bash_history\", \"/tmp/sh-thd.*\"]}\n";

static const char prelude[] =
	"mntns 4026531840\n"
	"program /usr/bin/bash ino=10\nprogram /usr/bin/dash ino=11 name=sh\n"
	"program /usr/bin/cp ino=12\nprogram /usr/bin/mv ino=17\nprogram /usr/bin/tee ino=13\n"
	"program /usr/bin/python3.11 ino=14 name=python3\n"
	"program /usr/lib/ld-linux-x86-64.so.2 ino=16\n"
	"program /usr/local/bin/deploy script=/usr/bin/dash ino=15\n";

#define BASH "exec exe=/usr/bin/bash -- bash\n"
#define SH   "exec exe=/usr/bin/dash -- sh -c x\n"
#define SCRIPT                                                                                     \
	"exec exe=/usr/bin/dash filename=/usr/local/bin/deploy interp=/bin/sh -- /bin/sh "         \
	"/usr/local/bin/deploy\n"
#define CP     "exec exe=/usr/bin/cp -- cp a b\n"
#define PYTHON "exec exe=/usr/bin/python3.11 -- python3 -c x\n"
#define CHILD  "fork child=101\n"

/* Of the last write. */
static void keep_last(void *ctx, const struct record *record, struct span line)
{
	const struct judgement *judged = record->judgement;
	struct buf out = { 0 };

	(void)line;
	if (record->kind != RECORD_WRITE)
		return;
	judged_say(judged, true, &out);
	judged_keep(&out, ctx);
}

static const struct row rows[] = {
	{ "a shell without a rule", BASH "write open /etc/motd\n", "unapproved write_not_allowed" },
	{ "a rule of another step", BASH "write open /etc/nginx/a.conf\n",
	  "unapproved write_not_allowed" },
	{ "a shell beside its rule", SH "write open /etc/nginx/a.txt\n",
	  "unapproved write_not_allowed" },
	{ "below what its rule names", SH "write open /etc/nginx/sub/a.conf\n",
	  "unapproved write_not_allowed" },
	{ "a name that begins with a dot", SH "write open /etc/nginx/.conf\n",
	  "unapproved write_not_allowed" },
	{ "truncated", SH "write truncate /etc/passwd\n", "unapproved write_not_allowed" },
	{ "removed", SH "write unlink /etc/passwd\n", "unapproved write_not_allowed" },
	{ "linked from elsewhere", SH "write link /srv/x from=/etc/shadow\n",
	  "unapproved write_not_allowed" },
	{ "linked to elsewhere", SH "write symlink /etc/cron.d/x mode=0\n",
	  "unapproved write_not_allowed" },
	{ "renamed over", SH "write rename /etc/passwd from=/srv/passwd\n",
	  "unapproved write_not_allowed" },
	{ "renamed away", SH "write rename /srv/passwd from=/etc/passwd\n",
	  "unapproved write_not_allowed" },
	{ "of another mount namespace", SH "write open /srv/x mntns=5\n",
	  "unapproved write_not_allowed" },
	{ "on a mount that is elsewhere", SH "write open /srv/x flags=foreign\n",
	  "unapproved write_not_allowed" },
	{ "without a name", SH "write open /srv/x flags=deleted\n",
	  "unapproved write_not_allowed" },
	{ "a path that is not whole", SH "write open /srv/x flags=path_truncated\n",
	  "unapproved write_not_allowed" },
	{ "a script without a rule", SCRIPT "write open /var/lib/x\n",
	  "unapproved write_not_allowed" },
	{ "tee without a rule", "exec exe=/usr/bin/tee -- tee /etc/motd\nwrite open /etc/motd\n",
	  "unapproved write_not_allowed" },
	{ "tee below any child",
	  BASH CHILD
	  "exec pid=101 exe=/usr/bin/tee -- tee -a /etc/motd\nwrite pid=101 open /etc/motd\n",
	  "unapproved write_not_allowed" },
	{ "a loader",
	  "exec exe=/usr/lib/ld-linux-x86-64.so.2 -- ld-linux-x86-64.so.2 /bin/sh\n"
	  "write open /etc/motd\n",
	  "unapproved write_not_allowed" },
	{ "an interpreter beside its rule", PYTHON "write open /etc/app.ini.new\n",
	  "unapproved write_not_allowed" },
	{ "another program in a step with a rule",
	  SH CHILD "exec pid=101 exe=/usr/bin/mv -- mv a b\nwrite pid=101 open /etc/passwd\n",
	  "unapproved write_not_allowed" },
	{ "an unapproved shell where all may write",
	  "exec exe=/tmp/bash -- bash\nwrite open /root/.bash_history\n",
	  "unapproved write_not_allowed" },
	{ "after the end", SH "end ended\nwrite open /srv/x\n", "unapproved after_end" },
	{ "after the end, of what is recorded only", CP "end ended\nwrite open /srv/x\n",
	  "unapproved after_end" },
	{ "outside the window, of what is recorded only", CP "write open /srv/x at=1\n",
	  "unapproved outside_window" },
	{ "no ticket", "noticket\n" BASH "write open /root/.bash_history\n",
	  "unapproved no_ticket" },
	{ "a lost exec", BASH "lose exec\nwrite open /srv/x\n", "indeterminate untracked_process" },

	{ "an approved program without a rule", CP "write open /etc/motd\n", "recorded" },
	{ "an unapproved program", "exec exe=/tmp/cp -- cp\nwrite open /etc/motd\n", "recorded" },
	{ "a program without a ticket", "noticket\n" CP "write open /etc/motd\n", "recorded" },
	{ "the opener before its first exec", "write open /etc/motd\n", "recorded" },

	{ "as its rule says", SH "write open /etc/nginx/a.conf\n", "approved config step" },
	{ "emptied", SH "write open /srv/a/b flags=emptied\n", "approved config step" },
	{ "removed as its rule says", SH "write unlink /srv/a/b\n", "approved config step" },
	{ "renamed within its rule", SH "write rename /srv/a from=/etc/nginx/a.conf\n",
	  "approved config step" },
	{ "linked from a file without a name", SH "write link /srv/a\n", "approved config step" },
	{ "by a fork", SH CHILD "write pid=101 open /srv/x\n", "approved config step" },
	{ "by a child of a step with a rule",
	  SH CHILD "exec pid=101 exe=/usr/bin/mv -- mv a b\nwrite pid=101 open /srv/x\n",
	  "approved config child" },
	{ "by a step of its own below a step with a rule",
	  SH CHILD "exec pid=101 exe=/usr/bin/cp -- cp a b\nwrite pid=101 open /etc/motd\n",
	  "recorded" },
	{ "an interpreter", PYTHON "write open /etc/app.ini\n", "approved python step" },
	{ "allowed for all", BASH "write open /root/.bash_history\n", "approved shell step" },
	{ "allowed for all, below a login shell",
	  "shell\nexec exe=/usr/bin/bash -- -bash\nwrite open /tmp/sh-thd.Ab1\n",
	  "approved shell" },
};

static void test_rows(void **state)
{
	const struct judged_case all = { ticket, base, prelude, keep_last };

	(void)state;
	judged_rows_run(&all, rows, sizeof(rows) / sizeof(*rows));
}

struct ends {
	struct reconciliation facts;
	char unseen[512];
};

static void keep_end(void *ctx, const struct record *record, struct span line)
{
	struct ends *ends = ctx;

	(void)line;
	if (record->kind != RECORD_SESSION_END)
		return;
	ends->facts = *record->end.facts;
	for (size_t i = 0; i < ends->facts.unseen_n; i++)
		snprintf(ends->unseen + strlen(ends->unseen),
			 sizeof(ends->unseen) - strlen(ends->unseen), "%s|", ends->facts.unseen[i]);
}

/* What a session ends with: its outcome and what it could not see. */
static const struct {
	const char *name, *script;
	enum outcome outcome;
	const char *unseen;
} ends[] = {
	{ "a refused write", SH "write open /etc/motd\nexit\nsettle\n", OUTCOME_VIOLATION,
	  "what scripts did without starting a program|files written|programs that could not be "
	  "started|connections to unix sockets|" },
	{ "a host that shows neither", CP "exit\nsettle\n", OUTCOME_COMPLIANT,
	  "files written|programs that could not be started|connections to unix sockets|" },
	{ "a host that shows writes", "sees 1\n" CP "write open /etc/motd\nexit\nsettle\n",
	  OUTCOME_COMPLIANT, "programs that could not be started|connections to unix sockets|" },
	{ "a host that shows both, and execs that failed",
	  "sees 3\n" CP "failed 2 /bin/nothing -- nothing\nexit\nsettle\n", OUTCOME_COMPLIANT,
	  "connections to unix sockets|" },
};

static void test_ends(void **state)
{
	const char *const profiles[] = { base };

	(void)state;
	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
		struct ends got = { 0 };
		struct collector_ops ops = { .sink = keep_end, .ctx = &got };
		struct acts *acts = acts_new(ticket, profiles, 1, &ops);

		acts_play(acts, prelude);
		acts_play(acts, ends[i].script);
		if (acts->error[0])
			fail_msg("row \"%s\": %s", ends[i].name, acts->error);
		if (got.facts.outcome != ends[i].outcome || strcmp(got.unseen, ends[i].unseen))
			fail_msg("row \"%s\": %s, \"%s\"", ends[i].name,
				 outcome_name(got.facts.outcome), got.unseen);
		acts_free(acts);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
