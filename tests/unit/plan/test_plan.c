/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <errno.h>

#include "lib/cmocka.h"
#include "lib/plan_fixture.h"

static const char *const lines[] = {
	"nginx -t",
	"install -m 0600 /root/staged/*.pem... /etc/nginx/tls/",
	"systemctl {reload,restart} nginx",
	"apt-get install -y nginx=1.22.*",
	"deploy --all ...",
	"mysql --password {secret} app",
	"/opt/tool/run ''",
	"missing x",
	"deploy --all now",
};

#define P "/usr/bin/"

static const struct {
	const char *name, *path, *argv;
	const char *steps; /* ids of the steps that match, best first */
} rows[] = {
	{ "another directory", "/tmp/nginx", "nginx|-t|", "" },
	{ "a directory of the path that it is not in", "/usr/sbin/nginx", "nginx|-t|", "" },
	{ "an empty argument more", P "nginx", "nginx|-t||", "" },
	{ "arguments more", P "nginx", "nginx|-t|-c|/tmp/x|", "" },
	{ "arguments less", P "nginx", "nginx|", "" },
	{ "no argv at all", P "nginx", "", "" },
	{ "an argument that holds the next", P "nginx", "nginx|-t", "" },
	{ "a login shell's argv[0]", P "nginx", "-nginx|-t|", "" },
	{ "argv[0] in another directory", P "nginx", "/tmp/nginx|-t|", "" },
	{ "argv[0] of another program", P "nginx", "install|-t|", "" },
	{ "the program's path goes on", P "nginxx", "nginx|-t|", "" },
	{ "none of one or more", P "install", "install|-m|0600|/etc/nginx/tls/|", "" },
	{ "one that does not match among several", P "install",
	  "install|-m|0600|/root/staged/a.pem|/root/staged/b|/etc/nginx/tls/|", "" },
	{ "a path that climbs", P "install",
	  "install|-m|0600|/root/staged/../x.pem|/etc/nginx/tls/|", "" },
	{ "no alternative", P "systemctl", "systemctl|stop|nginx|", "" },
	{ "a secret and no more", P "mysql", "mysql|--password|x|", "" },
	{ "two secrets", P "mysql", "mysql|--password|x|y|app|", "" },
	{ "no empty argument", "/opt/tool/run", "run|", "" },
	{ "something for the empty argument", "/opt/tool/run", "run|x|", "" },
	{ "a script's other text", "/srv/deploy", "/srv/deploy|--all|", "" },
	{ "a script by its base", "/opt/bin/deploy", "deploy|--all|", "" },
	{ "nothing", "", "", "" },

	{ "as written", P "nginx", "nginx|-t|", "s0" },
	{ "argv[0] by a directory of the path", P "nginx", "/usr/sbin/nginx|-t|", "s0" },
	{ "argv[0] by the resolved path", P "nginx", P "nginx|-t|", "s0" },
	{ "one", P "install", "install|-m|0600|/root/staged/a.pem|/etc/nginx/tls/|", "s1" },
	{ "several", P "install",
	  "install|-m|0600|/root/staged/a.pem|/root/staged/b.pem|/root/staged/c.pem|/etc/nginx/tls/"
	  "|",
	  "s1" },
	{ "the first alternative", P "systemctl", "systemctl|reload|nginx|", "s2" },
	{ "the last alternative", P "systemctl", "systemctl|restart|nginx|", "s2" },
	{ "a star", P "apt-get", "apt-get|install|-y|nginx=1.22.1-9|", "s3" },
	{ "any arguments, none", "/opt/bin/deploy", "/opt/bin/deploy|--all|", "s4" },
	{ "any arguments, many", "/opt/bin/deploy", "/opt/bin/deploy|--all|-rf||/|..|", "s4" },
	{ "a script by its other text", "/usr/local/bin/deploy", "/usr/local/bin/deploy|--all|",
	  "s4" },
	{ "the more specific first", "/opt/bin/deploy", "/opt/bin/deploy|--all|now|", "s8 s4" },
	{ "a secret", P "mysql", "mysql|--password|-x/..|app|", "s5" },
	{ "an empty secret", P "mysql", "mysql|--password||app|", "s5" },
	{ "an absolute path by its base", "/opt/tool/run", "run||", "s6" },
	{ "an absolute path as written", "/opt/tool/run", "/opt/tool/run||", "s6" },
	{ "a program that was not found, where it would be", "/sbin/missing", "missing|x|", "s7" },
};

static struct plan *example(void)
{
	struct ticket *ticket = fixture_ticket(lines, sizeof(lines) / sizeof(lines[0]));
	struct plan *plan;
	struct err err = { 0 };

	if (plan_new(ticket, NULL, 0, &plan, &err))
		fail_msg("%s", err.message);
	fixture_found(plan, "nginx", P "nginx");
	fixture_found(plan, "install", P "install");
	fixture_found(plan, "systemctl", P "systemctl");
	fixture_found(plan, "apt-get", P "apt-get");
	fixture_found(plan, "mysql", P "mysql");
	fixture_found(plan, "/opt/tool/run", "/opt/tool/run");
	fixture_found(plan, "deploy", "/opt/bin/deploy");
	for (size_t i = 0; i < plan->programs_n; i++) {
		struct program *program = &plan->programs[i];

		if (strcmp(program->name, "deploy") != 0)
			continue;
		program->script = true;
		program->texts = fixture_room(2, sizeof(char *));
		program->texts[program->texts_n++] = strdup("/opt/bin/deploy");
		program->texts[program->texts_n++] = strdup("/usr/local/bin/deploy");
	}
	if (plan_compile(plan, &err))
		fail_msg("%s", err.message);
	return plan;
}

/* The ids of the steps of the matching rules, with blanks between them. */
static void matched(const struct plan *plan, struct span action, struct buf *out)
{
	const uint32_t *rules;
	size_t n = plan_match(plan, action, &rules);

	buf_reset(out);
	for (size_t i = 0; i < n; i++)
		buf_addf(out, "%s%s%s", i ? " " : "",
			 plan->rules[rules[i]].child ? "child of " : "",
			 plan->steps[plan->rules[rules[i]].step]->id);
	buf_addc(out, 0);
}

static void test_match(void **state)
{
	struct plan *plan = example();
	struct buf action = { 0 }, got = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		fixture_action(&action, rows[i].path, rows[i].argv);
		matched(plan, buf_span(&action), &got);
		if (strcmp(got.p, rows[i].steps) != 0)
			fail_msg("%s: matched \"%s\"", rows[i].name, got.p);
	}
	buf_free(&action);
	buf_free(&got);
	plan_free(plan);
}

static void test_no_ticket(void **state)
{
	struct plan *plan;
	const uint32_t *rules;
	struct nearest nearest;

	(void)state;
	assert_int_equal(plan_new(NULL, NULL, 0, &plan, NULL), 0);
	assert_int_equal(plan_compile(plan, NULL), 0);
	assert_int_equal(plan_match(plan, (struct span){ "/bin/a\0a\0", 9 }, &rules), 0);
	plan_nearest(plan, span_of("/bin/a"), (struct span){ "a\0", 2 }, &nearest);
	assert_null(nearest.step);
	plan_free(plan);
}

static struct ticket *profile(const char *id, const char *step_id, const char *line)
{
	struct ticket *ticket = fixture_ticket(&line, 1);

	ticket->is_profile = true;
	free(ticket->id);
	ticket->id = strdup(id);
	free(ticket->steps[0].id);
	ticket->steps[0].id = strdup(step_id);
	return ticket;
}

static void test_profiles(void **state)
{
	const char *const own[] = { "ls -l /srv/*", "ls ..." };
	struct ticket *profiles[] = { profile("p", "list", "ls -l /srv/data"),
				      profile("q", "id", "id -u") };
	struct buf action = { 0 }, got = { 0 };
	struct plan *plan;

	(void)state;
	assert_int_equal(plan_new(fixture_ticket(own, 2), profiles, 2, &plan, NULL), 0);
	assert_int_equal(plan->steps_n, 4);
	assert_int_equal(plan->own_steps_n, 2);
	assert_int_equal(plan->allow_n, 3);
	assert_int_equal(plan->programs_n, 2);
	assert_null(plan->steps[0]->profile);
	assert_string_equal(plan->steps[3]->profile, "q");
	assert_int_equal(plan_compile(plan, NULL), 0);
	fixture_action(&action, "/bin/ls", "ls|-l|/srv/data|");
	matched(plan, buf_span(&action), &got);
	assert_string_equal(got.p, "s0 s1 list"); /* own steps first, whatever is more specific */
	buf_free(&action);
	buf_free(&got);
	plan_free(plan);
}

static void test_profile_collides(void **state)
{
	const char *const own[] = { "ls" };
	struct ticket *profiles[] = { profile("p", "x", "ls -l"), profile("q", "x", "id -u") };
	struct ticket *with_own[] = { profile("p", "s0", "ls -l") };
	struct plan *plan;
	struct err err;

	(void)state;
	assert_int_equal(plan_new(fixture_ticket(own, 1), profiles, 2, &plan, &err), -EINVAL);
	assert_null(plan);
	assert_string_equal(err.message,
			    "profile \"q\": its step \"x\" has the id of a step of profile \"p\"");
	assert_int_equal(plan_new(fixture_ticket(own, 1), with_own, 1, &plan, &err), -EINVAL);
	assert_string_equal(err.message,
			    "profile \"p\": its step \"s0\" has the id of a step of the ticket");
}

static void test_children(void **state)
{
	const char *const own[] = { "make install", "cc -c ..." };
	struct ticket *ticket = fixture_ticket(own, 2);
	struct buf action = { 0 }, got = { 0 };
	struct plan *plan;

	(void)state;
	ticket->steps[0].children = CHILDREN_LIST;
	ticket->steps[0].child_runs = fixture_room(2, sizeof(struct command));
	ticket->steps[0].child_runs_n = 2;
	fixture_run(&ticket->steps[0].child_runs[0], "cc -c *.c");
	fixture_run(&ticket->steps[0].child_runs[1], "ld x");
	plan = fixture_plan(ticket);
	assert_int_equal(plan->programs_n, 3);
	assert_int_equal(plan->rules_n, 4);
	fixture_action(&action, P "cc", "cc|-c|x.c|");
	matched(plan, buf_span(&action), &got);
	assert_string_equal(got.p, "child of s0 s1");
	buf_free(&action);
	buf_free(&got);
	plan_free(plan);
}

static void add_host_dest(struct ticket *ticket, const char *name)
{
	struct dest *dest = fixture_room(1, sizeof(*dest));

	*dest = (struct dest){
		.kind = DEST_HOST, .proto = LS_IPPROTO_TCP, .port_min = 440, .port_max = 443
	};
	dest->name = strdup(name);
	dest->text = strdup(name);
	ticket->steps[0].connect = (struct dests){ dest, 1 };
}

static void test_dests(void **state)
{
	static const struct {
		const char *name;
		uint16_t proto;
		struct address to;
		bool want;
	} dests[] = {
		{ "another address", LS_IPPROTO_TCP, { LS_AF_INET, 443, { 10, 0, 0, 2 } }, false },
		{ "another port", LS_IPPROTO_TCP, { LS_AF_INET, 444, { 10, 0, 0, 1 } }, false },
		{ "another protocol", LS_IPPROTO_UDP, { LS_AF_INET, 443, { 10, 0, 0, 1 } }, false },
		{ "another family", LS_IPPROTO_TCP, { LS_AF_INET6, 443, { 10, 0, 0, 1 } }, false },
		{ "the address", LS_IPPROTO_TCP, { LS_AF_INET, 443, { 10, 0, 0, 1 } }, true },
		{ "the first port", LS_IPPROTO_TCP, { LS_AF_INET, 440, { 10, 0, 0, 1 } }, true },
	};
	const char *const own[] = { "curl x" };
	struct ticket *ticket = fixture_ticket(own, 1);
	struct plan *plan;

	(void)state;
	add_host_dest(ticket, "deb.example");
	assert_int_equal(plan_new(ticket, NULL, 0, &plan, NULL), 0);
	assert_int_equal(plan->hosts_n, 1);
	assert_string_equal(plan->hosts[0].name, "deb.example");
	assert_false(plan_dest_covers(plan, &ticket->steps[0].connect.v[0], LS_IPPROTO_TCP,
				      &dests[4].to));
	plan->hosts[0].addresses = fixture_room(1, sizeof(struct address));
	plan->hosts[0].addresses_n = 1;
	plan->hosts[0].addresses[0] = (struct address){ LS_AF_INET, 0, { 10, 0, 0, 1 } };
	for (size_t i = 0; i < sizeof(dests) / sizeof(dests[0]); i++) {
		if (plan_dest_covers(plan, &ticket->steps[0].connect.v[0], dests[i].proto,
				     &dests[i].to) != dests[i].want)
			fail_msg("%s", dests[i].name);
	}
	plan_free(plan);
}

static void test_users(void **state)
{
	const char *const own[] = { "id", "id -u", "id -g" };
	struct ticket *ticket = fixture_ticket(own, 3);
	struct plan *plan;

	(void)state;
	ticket->operators.v = fixture_room(3, sizeof(char *));
	ticket->operators.n = 3;
	ticket->operators.v[0] = strdup("jdoe");
	ticket->operators.v[1] = strdup("@wheel");
	ticket->operators.v[2] = strdup("root");
	ticket->steps[1].as = strdup("root");
	ticket->steps[2].as = strdup("www-data");
	assert_int_equal(plan_new(ticket, NULL, 0, &plan, NULL), 0);
	assert_int_equal(plan->users_n, 3);
	assert_string_equal(plan->users[0].name, "jdoe");
	assert_string_equal(plan->users[1].name, "root");
	assert_string_equal(plan->users[2].name, "www-data");
	plan_free(plan);
}

static struct plan *plan_of(const char *ticket_text, const char *profile_text)
{
	struct ticket *ticket, *profile = NULL;
	struct plan *plan;

	if (ticket_text)
		assert_int_equal(ticket_parse(ticket_text, strlen(ticket_text), &ticket, NULL), 0);
	assert_int_equal(profile_parse(profile_text, strlen(profile_text), &profile, NULL), 0);
	if (ticket_text)
		assert_int_equal(plan_new(ticket, &profile, 1, &plan, NULL), 0);
	else
		assert_int_equal(plan_new(profile, NULL, 0, &plan, NULL), 0);
	return plan;
}

/* A profile's directories come after the ticket's, and the ticket stays as it was written. */
static void test_path(void **state)
{
	static const char ticket[] = "lockstep: 1\nticket: T\nrequester: r\noperators: [o]\n"
				     "window: {from: 2026-01-01T00:00:00Z, "
				     "until: 2026-01-02T00:00:00Z}\nprofiles: [p]\n"
				     "path: [/opt/own, /usr/bin]\nsteps: [{id: a, run: ls}]\n";
	static const char profile[] = "lockstep: 1\nprofile: p\npath: [/opt/x, /usr/bin]\n"
				      "steps: [{id: b, run: id}]\n";
	struct plan *plan = plan_of(ticket, profile);

	(void)state;
	assert_int_equal(plan->path.n, 3);
	assert_string_equal(plan->path.v[0], "/opt/own");
	assert_string_equal(plan->path.v[1], "/usr/bin");
	assert_string_equal(plan->path.v[2], "/opt/x");
	assert_int_equal(plan->ticket->path.n, 2);
	plan_free(plan);
	plan = plan_of(NULL, profile);
	assert_int_equal(plan->path.n, 7);
	assert_string_equal(plan->path.v[0], ticket_system_path.v[0]);
	assert_string_equal(plan->path.v[6], "/opt/x");
	assert_string_equal(plan->steps[0]->profile, "p");
	plan_free(plan);
}

static void test_outgrows(void **state)
{
	const char *const own[] = { "nginx -t",
				    "cat *a?"
				    "?????????"
				    "?????????"
				    "?????????"
				    "?????????",
				    "id" };
	struct plan *plan;
	struct err err = { 0 };

	(void)state;
	assert_int_equal(plan_new(fixture_ticket(own, 3), NULL, 0, &plan, &err), 0);
	assert_int_equal(plan_compile(plan, &err), -E2BIG);
	assert_int_equal(err.line, 2);
	assert_non_null(strstr(err.message, "step \"s1\""));
	plan_free(plan);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_match),    cmocka_unit_test(test_no_ticket),
		cmocka_unit_test(test_profiles), cmocka_unit_test(test_profile_collides),
		cmocka_unit_test(test_children), cmocka_unit_test(test_dests),
		cmocka_unit_test(test_users),    cmocka_unit_test(test_outgrows),
		cmocka_unit_test(test_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
