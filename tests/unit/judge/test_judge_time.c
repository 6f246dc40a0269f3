/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "lib/acts.h"
#include "lib/cmocka.h"

/*
 * What the judge says in time. The session is opened at 20:30, boot time 7200 s, so the window is
 * from boot time 5400 s up to 12600 s. Every row is played a second time with the collector killed
 * and started again before its last act: nothing may depend on that.
 */
#define FROM  "5400000000000"
#define UNTIL "12600000000000"

static const char ticket[] =
	"lockstep: 1\n"
	"ticket: CHG-1\n"
	"requester: li@x.example\n"
	"operators: [jdoe]\n"
	"window: {from: 2026-11-23T20:00:00Z, until: 2026-11-23T22:00:00Z}\n"
	"profiles: [p]\n"
	"steps:\n"
	"  - {id: any-file, run: cat **}\n"
	"  - {id: any-log, run: cat /var/log/*}\n"
	"  - {id: syslog, run: cat /var/log/syslog}\n"
	"  - {id: syslog-again, run: cat /var/log/syslog}\n"
	"  - {id: as-root, run: cat /etc/shadow, as: root}\n"
	"  - {id: once, run: cp /etc/a /etc/*, times: 1}\n"
	"  - {id: often, run: cp /etc/?* /etc/b}\n"
	"  - {id: long, run: sleep 9999, connect: [\"tcp://127.0.0.1:443\"], listen: "
	"[\"tcp://127.0.0.1:80\"]}\n"
	"  - {id: many-ways, run: \"dpkg {--configure,--install,--remove} x\"}\n"
	"  - {id: one-way, run: dpkg --remove x}\n"
	"  - {id: list, run: make all, children: [\"make -C ...\", cc -c *.c, \"cat **\"]}\n"
	"  - {id: free, run: dpkg -i *.deb, children: any}\n";

static const char profile[] = "lockstep: 1\n"
			      "profile: p\n"
			      "steps:\n"
			      "  - {id: p-hosts, run: cat /etc/hosts}\n"
			      "  - {id: p-id, run: id -u}\n";

static const char prelude[] =
	"user root 0\n"
	"program /usr/bin/cat\nprogram /usr/bin/cp\nprogram /usr/bin/sleep\nprogram /usr/bin/make\n"
	"program /usr/bin/cc\nprogram /usr/bin/dpkg\nprogram /usr/bin/id\n";

#define EXEC(more) "exec exe=/usr/bin/cat " more " -- cat /x\n"
#define CAT(file)  "exec exe=/usr/bin/cat -- cat " file "\n"
#define LONG       "exec exe=/usr/bin/sleep -- sleep 9999\n"
#define MAKE       "exec exe=/usr/bin/make -- make all\n"
#define CHILD      "fork child=101\n"

struct row {
	const char *name, *script, *want;
};

/* The last act that was judged: verdict, step, how, reasons. */
static void keep_last(void *ctx, const struct record *record, struct span line)
{
	const struct judgement *judged = record->judgement;
	struct buf out = { 0 };

	(void)line;
	if (!judged || judged->verdict == VERDICT_NONE)
		return;
	buf_adds(&out, verdict_name(judged->verdict));
	if (judged->step)
		buf_addf(&out, " %s", judged->step->id);
	if (judged->how)
		buf_addf(&out, " %s", how_name(judged->how));
	for (unsigned int i = 0; i < REASON_COUNT; i++) {
		if (judged->reasons & (1u << i))
			buf_addf(&out, " %s", reason_name((enum reason)i));
	}
	buf_addc(&out, 0);
	snprintf(ctx, 256, "%s", out.p);
	buf_free(&out);
}

/* restart: the collector goes on from what it stored before the last line. */
static void run_row(const struct row *row, const char *text, bool restart)
{
	const char *const profiles[] = { profile };
	char got[256] = "";
	struct collector_ops ops = { .sink = keep_last, .ctx = got };
	struct acts *acts = acts_new(text, profiles, 1, &ops);
	unsigned int lines = 0;

	for (const char *p = row->script; *p; p++)
		lines += *p == '\n';
	acts_play(acts, prelude);
	if (restart && lines > 1)
		acts->restart_after = lines - 1;
	acts_play(acts, row->script);
	if (acts->error[0])
		fail_msg("row \"%s\": %s", row->name, acts->error);
	if (strcmp(got, row->want))
		fail_msg("row \"%s\"%s: got \"%s\"", row->name, restart ? ", restarted" : "", got);
	acts_free(acts);
}

static void run_rows(const struct row *rows, size_t n, const char *text)
{
	for (size_t i = 0; i < n; i++) {
		run_row(&rows[i], text, false);
		run_row(&rows[i], text, true);
	}
}
#define RUN_ROWS(rows, text) run_rows(rows, sizeof(rows) / sizeof(*rows), text)

static void test_edges(void **state)
{
	static const struct row rows[] = {
		{ "a nanosecond early", EXEC("at=5399999999999"), "unapproved outside_window" },
		{ "at the end", EXEC("at=" UNTIL), "unapproved outside_window" },
		{ "a nanosecond late", EXEC("at=12600000000001"), "unapproved outside_window" },
		{ "when the host was started", EXEC("at=0"), "unapproved outside_window" },
		{ "the last time that the wall clock has", EXEC("at=7427912036854775807"),
		  "unapproved outside_window" },
		{ "one that it has not", EXEC("at=9223372036854775807"),
		  "unapproved outside_window" },
		{ "the first nanosecond", EXEC("at=" FROM), "approved any-file step" },
		{ "the last nanosecond", EXEC("at=12599999999999"), "approved any-file step" },
	};

	(void)state;
	RUN_ROWS(rows, ticket);
}

/*
 * Whoever is root can set the clock: an act is in the window by the clock of the session's start
 * and by that of now, or it is not.
 */
static void test_clock(void **state)
{
	static const struct row rows[] = {
		{ "forward, out of the window", "clock 5400\n" EXEC(""),
		  "unapproved outside_window" },
		{ "forward, to its end", "clock 5399\n" EXEC("at=7201000000000"),
		  "unapproved outside_window" },
		{ "back, before the window", "clock -1802\n" EXEC("at=7201999999999"),
		  "unapproved outside_window" },
		{ "set back to make the window longer",
		  LONG "clock -3600\n" EXEC("at=12600000000000"), "unapproved outside_window" },
		{ "forward, to make it begin sooner", LONG "clock 1800\n" EXEC("at=5399999999999"),
		  "unapproved outside_window" },
		{ "a connection after it was set back",
		  LONG "clock -3600\nconnect at=12600000000000 tcp 127.0.0.1:443\n",
		  "unapproved outside_window" },
		{ "forward, to a nanosecond before its end",
		  "clock 5399\n" EXEC("at=7200999999999"), "approved any-file step" },
		{ "back, to its begin", "clock -1802\n" EXEC("at=7202000000000"),
		  "approved any-file step" },
		{ "a step that was taken back", "clock 86400\n" EXEC("") "clock 0\n" EXEC(""),
		  "approved any-file step" },
		{ "back, by the window's length less what has passed",
		  "clock -60\n" EXEC("at=12599999999999"), "approved any-file step" },
	};

	(void)state;
	RUN_ROWS(rows, ticket);
}

static void test_specific(void **state)
{
	static const struct row rows[] = {
		{ "none", CAT("-n"), "unapproved argument_differs" },
		{ "as a user who may none of them, and one is a child's",
		  "exec exe=/usr/bin/cat euid=33 -- cat /etc/shadow\n",
		  "unapproved not_a_child wrong_user" },
		{ "one", CAT("/srv/x"), "approved any-file step" },
		{ "the longer of two", CAT("/var/log/dpkg.log"), "approved any-log step" },
		{ "the longest of three, and of two alike the first", CAT("/var/log/syslog"),
		  "approved syslog step" },
		{ "the most specific one is another user's", CAT("/etc/shadow"),
		  "approved any-file step" },
		{ "and the right user's", "exec exe=/usr/bin/cat euid=0 -- cat /etc/shadow\n",
		  "approved as-root step" },
		{ "the ticket's before a profile's, however specific", CAT("/etc/hosts"),
		  "approved any-file step" },
		{ "one word before a list of alternatives",
		  "exec exe=/usr/bin/dpkg -- dpkg --remove x\n", "approved one-way step" },
		{ "another of the alternatives", "exec exe=/usr/bin/dpkg -- dpkg --install x\n",
		  "approved many-ways step" },
		{ "a profile's alone", "exec exe=/usr/bin/id -- id -u\n", "approved p-id profile" },
		{ "the more specific one is used up",
		  "exec exe=/usr/bin/cp -- cp /etc/a /etc/b\n" CHILD
		  "exec pid=101 exe=/usr/bin/cp -- cp /etc/a /etc/b\n",
		  "approved often step" },
		{ "a step of its own before the list of children",
		  MAKE CHILD "exec pid=101 exe=/usr/bin/cat -- cat /srv/x\n",
		  "approved any-file step" },
	};

	(void)state;
	RUN_ROWS(rows, ticket);
}

static void test_generations(void **state)
{
#define SUB  MAKE CHILD "exec pid=101 exe=/usr/bin/make -- make -C sub\n"
#define NEXT "fork pid=101 child=102\n"
	static const struct row rows[] = {
		{ "not on the list, two down", SUB NEXT "exec pid=102 exe=/usr/bin/cc -- cc -o x\n",
		  "unapproved not_in_ticket not_a_child" },
		{ "on the list, below what is not",
		  MAKE CHILD "exec pid=101 exe=/usr/bin/env -- env\n" NEXT
			     "exec pid=102 exe=/usr/bin/cc -- cc -c a.c\n",
		  "unapproved not_in_ticket not_a_child" },
		{ "on the list, below another step below the list",
		  MAKE CHILD "exec pid=101 exe=/usr/bin/cp -- cp /etc/x /etc/b\n" NEXT
			     "exec pid=102 exe=/usr/bin/cc -- cc -c a.c\n",
		  "unapproved not_in_ticket not_a_child" },
		{ "below any, below a step without children",
		  "exec exe=/usr/bin/dpkg -- dpkg -i a.deb\n" CHILD
		  "exec pid=101 exe=/usr/bin/cp -- cp /etc/x /etc/b\n" NEXT
		  "exec pid=102 exe=/usr/bin/id -- id\n",
		  "unapproved argument_differs" },
		{ "its parent replaced itself by what is not approved",
		  MAKE CHILD "exec exe=/usr/bin/env -- env\nfork child=103\n"
			     "exec pid=103 exe=/usr/bin/cc -- cc -c a.c\n",
		  "unapproved not_in_ticket not_a_child" },
		{ "two down", SUB NEXT "exec pid=102 exe=/usr/bin/cc -- cc -c a.c\n",
		  "approved list child" },
		{ "three down",
		  SUB NEXT "exec pid=102 exe=/usr/bin/make -- make -C a b\nfork pid=102 child=103\n"
			   "exec pid=103 exe=/usr/bin/cc -- cc -c a.c\n",
		  "approved list child" },
		{ "its parent has ended",
		  SUB NEXT "exit pid=101\nexec pid=102 exe=/usr/bin/cc -- cc -c a.c\n",
		  "approved list child" },
		{ "a fork from before its parent replaced itself",
		  MAKE CHILD
		  "exec exe=/usr/bin/env -- env\nexec pid=101 exe=/usr/bin/cc -- cc -c a.c\n",
		  "approved list child" },
		{ "below any, two down",
		  "exec exe=/usr/bin/dpkg -- dpkg -i a.deb\n" CHILD
		  "exec pid=101 exe=/usr/bin/env -- env\n" NEXT
		  "exec pid=102 exe=/usr/bin/id -- id\n",
		  "approved free child" },
	};

	(void)state;
	RUN_ROWS(rows, ticket);
}

/* A step's process that is there when the window closes: what it does then is not approved. */
static void test_outlives(void **state)
{
	static const struct row rows[] = {
		{ "connects", LONG "connect at=" UNTIL " tcp 127.0.0.1:443\n",
		  "unapproved outside_window" },
		{ "listens", LONG "listen at=" UNTIL " tcp 127.0.0.1:80\n",
		  "unapproved outside_window" },
		{ "takes a connection",
		  LONG "listen tcp 127.0.0.1:80\naccept at=" UNTIL " tcp 10.0.0.9:5000 of=2\n",
		  "unapproved outside_window" },
		{ "writes", LONG "write at=" UNTIL " open /etc/motd\n",
		  "unapproved outside_window" },
		{ "starts a child",
		  MAKE CHILD "exec at=" UNTIL " pid=101 exe=/usr/bin/cc -- cc -c a.c\n",
		  "unapproved outside_window" },
		{ "starts what any covers",
		  "exec exe=/usr/bin/dpkg -- dpkg -i a.deb\n" CHILD "exec at=" UNTIL
		  " pid=101 exe=/usr/bin/env -- env\n",
		  "unapproved outside_window" },
		{ "connects when the session was ended",
		  LONG "end window\nconnect tcp 127.0.0.1:443\n", "unapproved after_end" },
		{ "the same, and the window is over",
		  LONG "end window\nconnect at=" UNTIL " tcp 127.0.0.1:443\n",
		  "unapproved after_end outside_window" },
		{ "connects in time", LONG "connect at=12599999999999 tcp 127.0.0.1:443\n",
		  "approved long step" },
		{ "listened in time, and is connected to in time",
		  LONG "listen tcp 127.0.0.1:80\naccept at=12599999999999 tcp 10.0.0.9:5000 of=2\n",
		  "approved long step" },
	};

	(void)state;
	RUN_ROWS(rows, ticket);
}

/* order: strict is the order in which steps begin. */
static void test_order(void **state)
{
#define CP "exec pid=101 exe=/usr/bin/cp -- cp /etc/x /etc/b\n"
	static const struct row rows[] = {
		{ "an earlier step", LONG CHILD CP, "unapproved out_of_order" },
		{ "by a child of the later one", MAKE CHILD CP,
		  "unapproved not_a_child out_of_order" },
		{ "after the later one failed", LONG CHILD "exit status=256\n" CP,
		  "unapproved out_of_order" },
		{ "on the list of children, though earlier as a step",
		  MAKE CHILD "exec pid=101 exe=/usr/bin/cat -- cat /srv/x\n",
		  "approved list child" },
		{ "an earlier one that was refused moves nothing",
		  CHILD "exec exe=/usr/bin/sleep euid=33 -- sleep 9999\n" CP,
		  "approved often step" },
		{ "a later one while the earlier runs", CHILD CP LONG, "approved long step" },
		{ "of two that match, the one that is in order",
		  "exec exe=/usr/bin/cp -- cp /etc/x /etc/b\n" CHILD
		  "exec pid=101 exe=/usr/bin/cp -- cp /etc/a /etc/b\n",
		  "approved often step" },
	};
	char strict[sizeof(ticket) + 32];

	(void)state;
	snprintf(strict, sizeof(strict), "%sorder: strict\n", ticket);
	RUN_ROWS(rows, strict);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_edges),    cmocka_unit_test(test_clock),
		cmocka_unit_test(test_specific), cmocka_unit_test(test_generations),
		cmocka_unit_test(test_outlives), cmocka_unit_test(test_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
