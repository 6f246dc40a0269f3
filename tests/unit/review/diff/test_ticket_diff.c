/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/event/event.h"
#include "core/review/diff/ticket_diff.h"
#include "lib/cmocka.h"
#include "lib/oracle.h"
#include "lib/plan_fixture.h"
#include "lib/random_command.h"

#define WINDOW "window: {from: 2026-11-23T20:00:00Z, until: 2026-11-23T22:00:00Z}\n"
#define HEAD   "lockstep: 1\nticket: T\nrequester: x\noperators: [a]\napprovals: 2\n"

/* A ticket: its steps as YAML; with `window:` in it, all of it behind the head. */
static struct ticket *read_ticket(const char *name, const char *rest)
{
	struct buf text = { 0 };
	struct ticket *ticket;
	struct errs errs;

	buf_addf(&text, "%s%s%s%s\n", strstr(rest, "lockstep:") ? "" : HEAD,
		 strstr(rest, "window:") ? "" : WINDOW, strchr(rest, '\n') ? "" : "steps: ", rest);
	if (ticket_parse(text.p, text.n, &ticket, &errs))
		fail_msg("%s: %u:%u: %s\n%s", name, errs.v[0].line, errs.v[0].column,
			 errs.v[0].message, text.p);
	buf_free(&text);
	return ticket;
}

static const char profile_text[] = "lockstep: 1\nprofile: p\nsteps: [{id: more, run: id -u}]\n"
				   "allow: {connect: [\"udp://10.0.0.53:53\"]}\n";

static struct plan *make_plan(const char *name, const char *rest)
{
	struct ticket *ticket = read_ticket(name, rest), *profiles[1];
	size_t n = ticket->profiles.n;
	struct err err = { 0 };
	struct plan *plan;

	if (n && profile_parse(profile_text, sizeof(profile_text) - 1, &profiles[0], NULL))
		fail_msg("%s: the profile", name);
	if (plan_new(ticket, profiles, n, &plan, &err) || plan_compile(plan, &err))
		fail_msg("%s: %s", name, err.message);
	return plan;
}

static void add_line(void *ctx, const struct ticket_difference *difference)
{
	ticket_difference_line(difference, ctx);
}

#define HASH           "a1b2c3d4a1b2c3d4a1b2c3d4a1b2c3d4a1b2c3d4a1b2c3d4a1b2c3d4a1b2c3d4"
#define HEX_A          "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define HEX_B          "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define PROFILES(list) "\nprofiles: [" list "]\nsteps: [{id: a, run: x}]"
#define ONE(step)      "[{id: a, run: " step "}]"

static const struct row {
	const char *name, *was, *is, *want;
} rows[] = {
	/* nothing */
	{ "equal", ONE("x *.pem"), ONE("x *.pem"), "" },
	{ "steps that overlap", "[{id: b, run: x a, times: 1}, {id: a, run: x *, times: 1}]",
	  "[{id: b, run: x a, times: 1}, {id: a, run: x *, times: 1}]", "" },
	{ "narrower", ONE("x *"), ONE("x *.pem"), "" },
	{ "another id", ONE("x *"), "[{id: b, run: x *}]", "" },
	{ "two steps for braces", ONE("'x {a,b}'"), "[{id: a, run: x a}, {id: b, run: x b}]", "" },
	{ "braces for two steps", "[{id: a, run: x a}, {id: b, run: x b}]", ONE("'x {a,b}'"), "" },
	{ "a class for braces", ONE("'x {a,b}'"), ONE("'x [ab]'"), "" },
	{ "one or more for any", ONE("x ..."), ONE("x a..."), "" },
	{ "fewer steps", "[{id: a, run: x}, {id: b, run: y}]", ONE("x"), "" },
	{ "a narrower connect", ONE("x, connect: ['tcp://10.0.0.0/8:*']"),
	  ONE("x, connect: ['tcp://10.1.0.0/16:80', 'tcp://10.2.0.1:1-9']"), "" },
	{ "one ip, two forms", ONE("x, connect: ['tcp://10.0.0.1:1']"),
	  ONE("x, connect: ['tcp://10.0.0.1/32:1']"), "" },
	{ "a step's connect in the other's allow",
	  "\nsteps: [{id: a, run: x}]\nallow: {connect: ['tcp://10.0.0.0/8:*']}",
	  ONE("x, connect: ['tcp://10.0.0.1:1']"), "" },
	{ "as root, where the operator or root", ONE("x"), ONE("x, as: root"), "" },
	{ "root by number", ONE("x, as: root"), ONE("x, as: 0"), "" },
	{ "a value where any", ONE("x, env: {PAGER: '*'}"), ONE("x, env: {PAGER: cat}"), "" },
	{ "fewer children", ONE("x, children: [y *, z]"), ONE("x, children: [y a]"), "" },
	{ "children written otherwise", ONE("x, children: ['y {a,b}']"),
	  ONE("x, children: [y a, y b]"), "" },
	{ "narrower installs", ONE("x, installs: [/usr/**]"), ONE("x, installs: [/usr/bin/*]"),
	  "" },
	{ "narrower writes", ONE("x, write: ['/a/{b,c}']"), ONE("x, write: [/a/b, /a/c]"), "" },
	{ "a pin", ONE("x"), ONE("x, cwd: /a"), "" },
	{ "a shorter window, a profile less, more approvals",
	  HEAD "window: {from: 2026-11-23T20:00:00Z, until: 2026-11-23T22:00:00Z}\n"
	       "profiles: [p]\nsteps: [{id: a, run: x}]",
	  "lockstep: 1\nticket: U\nrequester: x\noperators: [a]\napprovals: 3\n"
	  "window: {from: 2026-11-23T20:00:01Z, until: 2026-11-23T21:00:00Z}\n"
	  "steps: [{id: a, run: x}]",
	  "" },
	{ "host patterns within others", "\nhosts: ['web-*', 'db?']\nsteps: [{id: a, run: x}]",
	  "\nhosts: ['web-1*', 'web-?', web-x, db1]\nsteps: [{id: a, run: x}]", "" },

	{ "a profile's pin", PROFILES("p"), PROFILES("p@sha256:" HEX_A), "" },
	{ "a profile's pin as it was", PROFILES("p@sha256:" HEX_A), PROFILES("p@sha256:" HEX_A),
	  "" },

	/* profiles */
	{ "a profile's pin less", PROFILES("p@sha256:" HEX_A), PROFILES("p"),
	  "profiles: p (was: p@sha256:" HEX_A ")\n" },
	{ "a profile pinned to other bytes", PROFILES("p@sha256:" HEX_A),
	  PROFILES("p@sha256:" HEX_B), "profiles: p@sha256:" HEX_B " (was: p@sha256:" HEX_A ")\n" },

	/* commands */
	{ "one more step", ONE("x"), "[{id: a, run: x}, {id: b, run: y -t}]",
	  "step \"b\" allows: y -t\n" },
	{ "wider", ONE("x /a/*.pem /b/"), ONE("x /a/* /b/"), "step \"a\" allows: x /a/ /b/\n" },
	{ "wider by an argument", ONE("x"), ONE("x ..."), "step \"a\" allows: x a\n" },
	{ "one byte of a class", ONE("'x [!z]'"), ONE("x ?"), "step \"a\" allows: x z\n" },
	{ "a letter before a digit", ONE("x"), ONE("x ?"), "step \"a\" allows: x a\n" },
	{ "a digit before a sign", ONE("x"), ONE("'x [+5]'"), "step \"a\" allows: x 5\n" },
	{ "an empty argument when there is no other", ONE("x *?"), ONE("x *"),
	  "step \"a\" allows: x ''\n" },
	{ "quoted", ONE("x"), ONE("\"x 'a b'\""), "step \"a\" allows: x 'a b'\n" },
	{ "a shorter one is in both", ONE("x a"), ONE("'x {a,aaa}'"),
	  "step \"a\" allows: x aaa\n" },
	{ "another directory", ONE("/usr/bin/x"), ONE("/opt/x"), "step \"a\" allows: /opt/x\n" },
	{ "a path where there was none", ONE("y"), ONE("/opt/x"), "step \"a\" allows: /opt/x\n" },
	{ "a directory more", "\npath: [/bin]\nsteps: [{id: a, run: x}]",
	  "\npath: [/bin, /opt]\nsteps: [{id: a, run: x}]", "step \"a\" allows: /opt/x\n" },
	{ "a directory more for argv[0]", "\npath: [/bin]\nsteps: [{id: a, run: /bin/x}]",
	  "\npath: [/bin, /opt]\nsteps: [{id: a, run: /bin/x}]",
	  "step \"a\" allows: exec -a /opt/x /bin/x\n" },
	{ "a bare name for a path", ONE("/usr/bin/x"), ONE("x"), "step \"a\" allows: /bin/x\n" },
	{ "an own run that was a child only", ONE("x, children: [y]"),
	  "[{id: a, run: x, children: [y]}, {id: b, run: y}]", "step \"b\" allows: y\n" },
	{ "a profile", ONE("x"), "\nprofiles: [p]\nsteps: [{id: a, run: x}]",
	  "profiles: p (was: none)\nallow connect: udp://10.0.0.53:53\n"
	  "step \"more\" of profile \"p\" allows: id -u\n" },

	/* keys */
	{ "as", ONE("x, as: root"), ONE("x, as: jdoe"),
	  "step \"a\" has as: jdoe (was: root), as in: x\n" },
	{ "as anybody", ONE("x, as: root"), ONE("x"),
	  "step \"a\" has as: the operator, or root (was: root), as in: x\n" },
	{ "as one", ONE("x"), ONE("x, as: jdoe"),
	  "step \"a\" has as: jdoe (was: the operator, or root), as in: x\n" },
	{ "times", ONE("x, times: 0-1"), ONE("x, times: 0-2"),
	  "step \"a\" has times: 0-2 (was: 0-1), as in: x\n" },
	{ "times by two", ONE("'x {a,b}', times: 0-1"),
	  "[{id: a, run: x a, times: 0-1}, {id: b, run: x b, times: 0-1}]",
	  "step \"b\" has times: 2 by 2 steps together (was: 1)\n" },
	{ "need not be done", ONE("x, times: 1-2"), ONE("x, times: 0-2"),
	  "the other's step \"a\" need not be done so often (was: 1 or more)\n" },
	{ "children", ONE("x, children: [y a]"), ONE("x, children: [y *]"),
	  "step \"a\" has children: y * (was: y a), as in: y b\n" },
	{ "any children", ONE("x, children: [y]"), ONE("x, children: any"),
	  "step \"a\" has children: any (was: y), as in: x\n" },
	{ "a shell below any", ONE("x, children: any"), ONE("x, children: [sh]"),
	  "step \"a\" has children: sh (was: any), as in: x\n" },
	{ "connect: a wider prefix", ONE("x, connect: ['tcp://10.0.0.0/8:1']"),
	  ONE("x, connect: ['tcp://10.0.0.0/7:1']"),
	  "step \"a\" has connect: tcp://10.0.0.0/7:1 (was: tcp://10.0.0.0/8:1), as in: x\n" },
	{ "connect: another prefix of that length", ONE("x, connect: ['tcp://10.0.0.0/12:1']"),
	  ONE("x, connect: ['tcp://10.16.0.0/12:1']"),
	  "step \"a\" has connect: tcp://10.16.0.0/12:1 (was: tcp://10.0.0.0/12:1), as in: x\n" },
	{ "connect: a wider port", ONE("x, connect: ['tcp://h:1-2']"),
	  ONE("x, connect: ['tcp://h:1-3']"),
	  "step \"a\" has connect: tcp://h:1-3 (was: tcp://h:1-2), as in: x\n" },
	{ "connect: a socket", ONE("x"), ONE("x, connect: ['unix:/run/x']"),
	  "step \"a\" has connect: unix:/run/x (was: none), as in: x\n" },
	{ "listen", ONE("x, connect: ['tcp://10.0.0.1:1']"), ONE("x, listen: ['tcp://10.0.0.1:1']"),
	  "step \"a\" has listen: tcp://10.0.0.1:1 (was: none), as in: x\n" },
	{ "send", ONE("x"), ONE("x, send: ['udp://10.0.0.1:1']"),
	  "step \"a\" has send: udp://10.0.0.1:1 (was: none), as in: x\n" },
	{ "a new env", ONE("x"), ONE("x, env: {PAGER: cat}"),
	  "step \"a\" has env: PAGER=cat (was: none), as in: x\n" },
	{ "any env", ONE("x, env: {PAGER: cat}"), ONE("x, env: {PAGER: '*'}"),
	  "step \"a\" has env: PAGER=* (was: PAGER=cat), as in: x\n" },
	{ "stdin", ONE("sh, stdin: [pipe]"), ONE("sh, stdin: [tty]"),
	  "step \"a\" has stdin: tty (was: pipe), as in: sh\n" },
	{ "sockets", ONE("x"), ONE("x, sockets: [raw]"),
	  "step \"a\" has sockets: raw (was: none), as in: x\n" },
	{ "cwd", ONE("x, cwd: /a"), ONE("x"), "step \"a\" has cwd: any (was: /a), as in: x\n" },
	{ "sha256", ONE("x, sha256: " HASH), ONE("x"),
	  "step \"a\" has sha256: any (was: " HASH "), as in: x\n" },
	{ "installs", ONE("x, installs: [/usr/bin/*]"), ONE("x, installs: [/usr/*/a]"),
	  "step \"a\" has installs: /usr/*/a (was: /usr/bin/*), as in: x\n" },
	{ "write", ONE("x, write: [/a/b, /a/d]"), ONE("x, write: ['/a/{b,c}']"),
	  "step \"a\" has write: /a/{b,c} (was: /a/b, /a/d), as in: x\n" },
	{ "no write", ONE("x, write: [/a/b]"), ONE("x"),
	  "step \"a\" has write: none (was: /a/b), as in: x\n" },
	{ "of two steps the nearest",
	  "[{id: a, run: x, as: jdoe, cwd: /}, {id: b, run: x, cwd: /}]",
	  "[{id: c, run: x, cwd: /a}]", "step \"c\" has cwd: /a (was: /), as in: x\n" },

	/* the ticket */
	{ "window", ONE("x"),
	  "\nwindow: {from: 2026-11-23T20:00:00Z, until: 2026-11-23T22:00:01Z}\n"
	  "steps: [{id: a, run: x}]",
	  "window: 2026-11-23T20:00:00Z to 2026-11-23T22:00:01Z "
	  "(was: 2026-11-23T20:00:00Z to 2026-11-23T22:00:00Z)\n" },
	{ "who and how many", ONE("x"),
	  "lockstep: 1\nticket: U\nrequester: y\noperators: [a, b]\napprovals: 1\n" WINDOW
	  "steps: [{id: a, run: x}]",
	  "requester: y (was: x)\noperators: a, b (was: a)\napprovals: 1 (was: 2)\n" },
	{ "hosts", "\nhosts: ['web?']\nsteps: [{id: a, run: x}]",
	  "\nhosts: ['web*']\nsteps: [{id: a, run: x}]", "hosts: web* (was: web?)\n" },
	{ "any host", "\nhosts: [web]\nsteps: [{id: a, run: x}]", ONE("x"),
	  "hosts: any (was: web)\n" },
	{ "order", "\norder: strict\nsteps: [{id: a, run: x}]", ONE("x"),
	  "order: any (was: strict)\n" },
	{ "another order", "\norder: strict\nsteps: [{id: a, run: x}, {id: b, run: y}]",
	  "\norder: strict\nsteps: [{id: b, run: y}, {id: a, run: x}]",
	  "step \"a\" has order: after what it was before (was: strict)\n" },
	{ "allow", "\nsteps: [{id: a, run: x}]\nallow: {write: [/tmp/*]}",
	  "\nsteps: [{id: a, run: x}]\nallow: {connect: ['tcp://h:1'], write: [/tmp/**]}",
	  "allow connect: tcp://h:1\nallow write: /tmp/**\n" },
};

static bool row_holds(const struct row *row, const struct plan *was, const struct plan *is,
		      const char *want)
{
	struct buf lines = { 0 };
	int ret = ticket_diff(was, is, add_line, &lines);
	bool holds;

	buf_addc(&lines, 0);
	holds = !ret && strcmp(lines.p, want) == 0;
	if (!holds)
		print_error("row \"%s\": %d\n%s", row->name, ret, lines.p);
	buf_free(&lines);
	return holds;
}

/* And of itself, no ticket allows more. */
static void test_rows(void **state)
{
	unsigned int wrong = 0;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct plan *was = make_plan(rows[i].name, rows[i].was);
		struct plan *is = make_plan(rows[i].name, rows[i].is);

		wrong += !row_holds(&rows[i], was, is, rows[i].want);
		wrong += !row_holds(&rows[i], was, was, "");
		wrong += !row_holds(&rows[i], is, is, "");
		plan_free(was);
		plan_free(is);
	}
	assert_int_equal(wrong, 0);
}

/* ---- the property ---- */

enum { PAIRS = 3000, STEPS = 2, COMMANDS = 1000, ARGS_MAX = 64, TRIES_MAX = 20000 };

/* What was told of each step of the second ticket. */
struct witness {
	struct buf actions[STEPS];
	unsigned int n[STEPS];
};

static void keep_witness(void *ctx, const struct ticket_difference *difference)
{
	struct witness *witness = ctx;
	int step = difference->step->id[1] - '0';

	assert_null(difference->key);
	witness->n[step]++;
	buf_add(&witness->actions[step], difference->action.p, difference->action.n);
}

static enum oracle_answer ask(const char *line, struct span argv)
{
	struct span args[ARGS_MAX];
	size_t n = 0;

	while (n < ARGS_MAX && strings_next(&argv, &args[n]))
		n++;
	return oracle_command(line, args, n);
}

static enum oracle_answer ask_each(const struct buf lines[STEPS], struct span argv)
{
	enum oracle_answer answer = ORACLE_NO;

	for (int i = 0; i < STEPS && answer != ORACLE_YES; i++) {
		enum oracle_answer one = ask(lines[i].p, argv);

		answer = one == ORACLE_NO ? answer : one;
	}
	return answer;
}

static void fail_on(const struct buf was[STEPS], const char *is, const char *why)
{
	for (int i = 0; i < STEPS; i++)
		print_message("was: %s\n", was[i].p);
	fail_msg("is: %s: %s", is, why);
}

static void hold_witness(const struct buf was[STEPS], const char *is, struct span argv)
{
	struct span path, argv0;

	if (!strings_next(&argv, &path) || !strings_next(&argv, &argv0))
		fail_on(was, is, "the witness has no argv[0]");
	if (ask(is, argv) == ORACLE_NO || ask_each(was, argv) == ORACLE_YES)
		fail_on(was, is, "the witness is none");
}

/* Commands of `is` were all approved; returns how many were tried. */
static unsigned int hold_none(const struct buf was[STEPS], const char *is)
{
	struct command command = { 0 };
	struct buf argv = { 0 };
	unsigned int held = 0;

	fixture_run(&command, is);
	for (unsigned int i = 0; i < TRIES_MAX && held < COMMANDS; i++) {
		random_argv(&command, &argv);
		if (ask(is, buf_span(&argv)) != ORACLE_YES)
			continue;
		if (ask_each(was, buf_span(&argv)) == ORACLE_NO)
			fail_on(was, is, "no witness was found, but there is one");
		held++;
	}
	buf_free(&argv);
	command_free(&command);
	return held;
}

static bool parses(const char *line)
{
	struct command command;

	if (command_parse(span_of(line), &command, NULL))
		return false;
	command_free(&command);
	return true;
}

/* A line with pieces put in and left out. */
static void vary_line(const char *from, struct buf *line)
{
	do {
		buf_reset(line);
		buf_adds(line, "x ");
		for (const char *p = from + 2; *p; p++) {
			if (random_below(8) == 0)
				random_piece(line);
			else if (*p == '*' || *p == '?' || random_below(12))
				buf_addc(line, *p == '*' && random_below(3) == 0 ? 'a' : *p);
		}
		buf_addc(line, 0);
	} while (!parses(line->p));
}

/* The second line is often a part of the first, or the first a part of it. */
static void random_pair(struct buf *was, struct buf *is)
{
	random_line(was, "x");
	if (random_below(3) == 0)
		random_line(is, "x");
	else
		vary_line(was->p, is);
	if (random_below(2)) {
		struct buf swap = *was;

		*was = *is;
		*is = swap;
	}
}

static struct plan *plan_of(const struct buf lines[STEPS])
{
	const char *texts[STEPS];

	for (int i = 0; i < STEPS; i++)
		texts[i] = lines[i].p;
	return fixture_plan(fixture_ticket(texts, STEPS));
}

struct counts {
	unsigned int witnesses, none, commands;
};

static void try_pair(const struct buf was[STEPS], const struct buf is[STEPS], struct counts *counts)
{
	struct plan *before = plan_of(was), *after = plan_of(is);
	struct witness witness = { 0 };

	assert_int_equal(ticket_diff(before, after, keep_witness, &witness), 0);
	for (int i = 0; i < STEPS; i++) {
		if (witness.n[i] > 1)
			fail_on(was, is[i].p, "it was told twice");
		if (witness.n[i])
			hold_witness(was, is[i].p, buf_span(&witness.actions[i]));
		else
			counts->commands += hold_none(was, is[i].p);
		counts->witnesses += witness.n[i];
		counts->none += !witness.n[i];
		buf_free(&witness.actions[i]);
	}
	plan_free(before);
	plan_free(after);
}

static void test_property(void **state)
{
	struct buf was[STEPS] = { { 0 } }, is[STEPS] = { { 0 } };
	struct counts counts = { 0 };

	(void)state;
	random_state = 20418;
	for (int i = 0; i < PAIRS; i++) {
		for (int k = 0; k < STEPS; k++)
			random_pair(&was[k], &is[k]);
		try_pair(was, is, &counts);
	}
	print_message("%u pairs of %u steps: %u steps with a witness, %u with none, held by %u "
		      "commands\n",
		      PAIRS, STEPS, counts.witnesses, counts.none, counts.commands);
	assert_in_range(counts.none, PAIRS * STEPS / 10, PAIRS * STEPS * 8 / 10);
	assert_true(counts.commands / counts.none > COMMANDS * 3 / 4);
	for (int k = 0; k < STEPS; k++) {
		buf_free(&was[k]);
		buf_free(&is[k]);
	}
}

/* The first # of `run` is the step's number. */
static struct plan *make_many(const char *name, unsigned int steps, const char *run)
{
	struct buf text = { 0 };
	struct plan *plan;

	buf_adds(&text, "[");
	for (unsigned int i = 0; i < steps; i++) {
		const char *mark = strchr(run, '#');

		buf_addf(&text, "{id: s%u, run: %.*s%u%s}, ", i, (int)(mark - run), run, i,
			 mark + 1);
	}
	buf_adds(&text, "]");
	buf_addc(&text, 0);
	plan = make_plan(name, text.p);
	buf_free(&text);
	return plan;
}

static int diff_many(const char *name, unsigned int steps, const char *run, struct buf *lines)
{
	struct plan *was = make_many(name, steps, run), *is = make_many(name, steps, run);
	int ret = ticket_diff(was, is, add_line, lines);

	plan_free(was);
	plan_free(is);
	return ret;
}

/* A large ticket is compared, and one that is made to take long is given up. */
static void test_many(void **state)
{
	struct buf lines = { 0 };

	(void)state;
	assert_int_equal(diff_many("steps", 2000, "x /a/#, times: 1, children: [y a]", &lines), 0);
	assert_int_equal(lines.n, 0);
	assert_int_equal(diff_many("patterns", 1000, "x, write: [/a/*#*]", &lines), -E2BIG);
	buf_free(&lines);
}

/* More than the bound is an answer too. */
static void test_too_large(void **state)
{
	struct plan *was = make_plan("was", ONE("'x *[ac]???????????a'"));
	struct plan *is = make_plan("is", ONE("'x *[bc]???????????a'"));
	struct buf lines = { 0 };

	(void)state;
	assert_int_equal(ticket_diff(was, is, add_line, &lines), -E2BIG);
	buf_free(&lines);
	plan_free(was);
	plan_free(is);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_property),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_too_large),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
