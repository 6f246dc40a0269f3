/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */

/* A row is a step (or the rest of a ticket) and its warnings, in their order; "" for none. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/buf.h"
#include "core/review/lint/ticket_lint.h"
#include "lib/cmocka.h"

static const struct {
	const char *name;
	const char *step;   /* what follows "- id: a", and is indented by four */
	const char *window; /* NULL: two hours */
	const char *allow;  /* NULL: none */
	const char *want;   /* "ID:LINE: WARNING\n" each */
} rows[] = {
	/* what is in order */
	{ "a command", "run: nginx -t", NULL, NULL, "" },
	{ "a pattern in a name", "run: install /root/*.pem... /etc/", NULL, NULL, "" },
	{ "a script of the system's", "run: bash /opt/change.sh --all", NULL, NULL, "" },
	{ "any arguments of what runs none", "run: ls ...", NULL, NULL, "" },
	{ "any children of no interpreter", "run: apt-get update\n    children: any", NULL, NULL,
	  "" },
	{ "a /16 and a /48",
	  "run: curl\n    connect: [\"tcp://10.1.0.0/16:*\", \"tcp://[fd00::/48]:1\"]", NULL, NULL,
	  "" },
	{ "a host and a socket", "run: curl\n    connect: [\"tcp://a.example:1\", \"unix:/run/x\"]",
	  NULL, NULL, "" },
	{ "one value of a variable", "run: ls\n    env: {LD_PRELOAD: /opt/x.so}", NULL, NULL, "" },
	{ "any value of one that carries none", "run: ls\n    env: {DEBIAN_FRONTEND: \"*\"}", NULL,
	  NULL, "" },
	{ "a day", "run: ls", "{from: 2026-11-23T20:00:00Z, until: 2026-11-24T20:00:00Z}", NULL,
	  "" },
	{ "a wrapper with its command", "run: sudo nginx -t", NULL, NULL, "" },
	{ "a place of its own to write", "run: ls\n    write: [\"/srv/site/a.*\"]", NULL, NULL,
	  "" },
	/* shells and interpreters */
	{ "a shell", "run: bash\n    stdin: tty", NULL, NULL,
	  "a:9: \"bash\" takes its commands from its input, where no rule reads them\n" },
	{ "code", "run: sh -ec 'nginx -t'", NULL, NULL,
	  "a:9: \"sh\" is given code as an argument (-ec): read it as a script\n" },
	{ "code of another language", "run: /usr/bin/perl -e 1", NULL, NULL,
	  "a:9: \"/usr/bin/perl\" is given code as an argument (-e): read it as a script\n" },
	{ "any script", "run: python3 [a-z]*.py", NULL, NULL,
	  "a:9: which script \"python3\" runs is a pattern: \"[a-z]*.py\"\n" },
	{ "any code", "run: sh ...", NULL, NULL,
	  "a:9: \"sh\" takes its commands from its input, where no rule reads them\n"
	  "a:9: \"...\" behind \"sh\", which runs what its arguments say, allows any command\n" },
	{ "a script from /tmp", "run: bash /tmp/x.sh", NULL, NULL,
	  "a:9: runs the script \"/tmp/x.sh\", in a directory where anybody may write\n" },
	{ "a script of any name from /tmp", "run: bash /tmp/x?.sh", NULL, NULL,
	  "a:9: which script \"bash\" runs is a pattern: \"/tmp/x?.sh\"\n"
	  "a:9: runs the script \"/tmp/x?.sh\", in a directory where anybody may write\n" },
	{ "a program from /dev/shm", "run: /dev/shm/x", NULL, NULL,
	  "a:9: runs the program \"/dev/shm/x\", in a directory where anybody may write\n" },
	{ "a child", "run: make\n    children: [\"sh -c 'x y'\"]", NULL, NULL,
	  "a:9: \"sh\" is given code as an argument (-c): read it as a script\n" },
	{ "any children of a shell", "run: bash /opt/x\n    children: any", NULL, NULL,
	  "a:9: children: any below \"bash\", which runs whatever it is told\n" },
	/* commands in arguments */
	{ "any command behind sudo", "run: sudo ...", NULL, NULL,
	  "a:9: \"...\" behind \"sudo\", which runs what its arguments say, allows any command\n" },
	{ "any -exec", "run: find /srv ...", NULL, NULL,
	  "a:9: \"...\" behind \"find\", which runs what its arguments say, allows any command\n" },
	{ "a pattern that matches a shell", "run: env [a-z]* x", NULL, NULL,
	  "a:9: \"[a-z]*\" behind \"env\" matches a shell: \"sh\"\n" },
	{ "alternatives with one", "run: xargs {rm,bash}", NULL, NULL,
	  "a:9: \"{rm,bash}\" behind \"xargs\" matches a shell: \"bash\"\n" },
	/* patterns */
	{ "a whole argument", "run: rm *", NULL, NULL,
	  "a:9: \"*\" in \"*\" stands for any name: can it be narrower?\n" },
	{ "a whole component", "run: rm /srv/*/x", NULL, NULL,
	  "a:9: \"*\" in \"/srv/*/x\" stands for any name: can it be narrower?\n" },
	{ "a whole value", "run: rm --dir=*", NULL, NULL,
	  "a:9: \"*\" in \"--dir=*\" stands for any name: can it be narrower?\n" },
	{ "a whole tree", "run: rm /srv/**", NULL, NULL,
	  "a:9: \"**\" in \"/srv/**\" stands for any path below: can it be narrower?\n" },
	{ "programs that may be replaced", "run: dpkg\n    installs: [\"/usr/bin/*\"]", NULL, NULL,
	  "a:9: installs: \"/usr/bin/*\" matches a shell: \"/usr/bin/sh\"\n"
	  "a:9: \"*\" in \"/usr/bin/*\" stands for any name: can it be narrower?\n" },
	{ "a tree to write", "run: ls\n    write: [\"/srv/**\"]", NULL, NULL,
	  "a:9: \"**\" in \"/srv/**\" stands for any path below: can it be narrower?\n" },
	{ "a relative path", "run: make -f ./Makefile", NULL, NULL,
	  "a:9: \"./Makefile\" depends on the directory; pin it with cwd\n" },
	/* the rest */
	{ "a wide range", "run: curl\n    connect: [\"tcp://10.0.0.0/15:*\"]", NULL, NULL,
	  "a:9: \"tcp://10.0.0.0/15:*\" is a range wider than /16\n" },
	{ "a wide range of IPv6", "run: nc\n    listen: [\"tcp://[::/0]:1\"]", NULL, NULL,
	  "a:9: \"tcp://[::/0]:1\" is a range wider than /48\n" },
	{ "a wide range to send to", "run: nc\n    send: [\"udp://0.0.0.0/0:1\"]", NULL, NULL,
	  "a:9: \"udp://0.0.0.0/0:1\" is a range wider than /16\n" },
	{ "any value of a variable with code",
	  "run: ls\n    env: {LD_PRELOAD: \"*\", PERL5LIB: \"*\"}", NULL, NULL,
	  "a:9: any value of LD_PRELOAD, which carries code into the program\n"
	  "a:9: any value of PERL5LIB, which carries code into the program\n" },
	{ "a nanosecond more than a day", "run: ls",
	  "{from: 2026-11-23T20:00:00Z, until: 2026-11-24T20:00:00.000000001Z}", NULL,
	  "-:0: the window is open for more than 24 hours\n" },
	{ "of every program", "run: ls", NULL,
	  "{connect: [\"tcp://0.0.0.0/0:1\"], write: [\"/bin/{sh,x}\"]}",
	  "-:0: \"tcp://0.0.0.0/0:1\" is a range wider than /16\n"
	  "-:0: allow: write: \"/bin/{sh,x}\" matches a shell: \"/bin/sh\"\n" },
};

static void note(void *ctx, const char *step, unsigned int line, const char *warning)
{
	buf_addf(ctx, "%s:%u: %s\n", step ? step : "-", line, warning);
}

static struct plan *plan_of(size_t row)
{
	struct ticket *ticket;
	struct buf text = { 0 };
	struct errs errs;
	struct err err = { 0 };
	struct plan *plan;

	buf_addf(&text,
		 "lockstep: 1\nticket: T\nrequester: r\noperators: [root]\nhosts: [\"*\"]\n"
		 "window: %s\nallow: %s\nsteps:\n  - id: a\n    %s\n",
		 rows[row].window ? rows[row].window
				  : "{from: 2026-11-23T20:00:00Z, until: 2026-11-23T22:00:00Z}",
		 rows[row].allow ? rows[row].allow : "{}", rows[row].step);
	if (ticket_parse(text.p, text.n, &ticket, &errs))
		fail_msg("row \"%s\": %u:%u: %s", rows[row].name, errs.v[0].line, errs.v[0].column,
			 errs.v[0].message);
	assert_int_equal(plan_new(ticket, NULL, 0, &plan, &err), 0);
	buf_free(&text);
	return plan;
}

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct plan *plan = plan_of(i);
		struct buf got = { 0 };

		ticket_lint(plan, note, &got);
		buf_addc(&got, 0);
		if (strcmp(got.p, rows[i].want))
			fail_msg("row \"%s\": got\n%s", rows[i].name, got.p);
		buf_free(&got);
		plan_free(plan);
	}
}

/* A name that leads to a shell here is one. */
static void test_link(void **state)
{
	struct plan *plan = plan_of(0);
	struct buf got = { 0 };

	(void)state;
	plan->programs[0].found = true;
	plan->programs[0].path = strdup("/usr/bin/bash");
	ticket_lint(plan, note, &got);
	buf_addc(&got, 0);
	assert_string_equal(
		got.p,
		"a:9: \"nginx\" takes its commands from its input, where no rule reads them\n");
	buf_free(&got);
	plan_free(plan);
}

/* Long texts are cut, and never in a character. */
static void test_long(void **state)
{
	struct plan *plan = plan_of(1);
	struct step *step = plan->steps[0];
	struct buf got = { 0 };

	(void)state;
	free(step->run.words[1].text);
	step->run.words[1].text = calloc(1, 500);
	for (size_t i = 0; i < 200; i++)
		memcpy(step->run.words[1].text + 3 + 2 * i, "\xc3\xbc", 2);
	memcpy(step->run.words[1].text, "./x", 3);
	ticket_lint(plan, note, &got);
	buf_addc(&got, 0);
	assert_non_null(strstr(got.p, "\xc3\xbc\" depends on the directory"));
	buf_free(&got);
	plan_free(plan);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_rows),
					    cmocka_unit_test(test_link),
					    cmocka_unit_test(test_long) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
