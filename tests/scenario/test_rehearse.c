/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */

/*
 * Rehearse, draft, run: what a session without a ticket did is drafted, and the same acts under
 * that ticket are compliant; with one act more they are a violation. The judge is the judge of the
 * draft.
 */
#include "core/review/draft/draft.h"
#include "lib/acts.h"
#include "lib/cmocka.h"

/* What the host is like, in every row. */
static const char host[] = "operator 1000\n"
			   "sees 7\n"
			   "mntns 4026531840\n"
			   "user jdoe 1000\n"
			   "user 33 33\n"
			   "program /opt/change.sh ino=20 script=/usr/bin/dash\n"
			   "program /usr/bin/dash ino=21 name=sh\n"
			   "program /usr/bin/bash ino=22\n"
			   "program /usr/bin/rm ino=23\n"
			   "program /usr/sbin/nginx ino=24\n"
			   "program /usr/bin/curl ino=25\n"
			   "program /usr/bin/vim.basic ino=26 name=vi\n"
			   "program /usr/bin/tee ino=27\n"
			   "program /usr/bin/sudo ino=28\n"
			   "program /usr/bin/python3.11 ino=29\n";

static const struct {
	const char *name, *acts;
	const char *again;  /* the acts of the second time, NULL: the same */
	const char *more;   /* one that was not there */
	const char *reason; /* of that */
} rows[] = {
	{ "a script and what it ran",
	  "exec exe=/usr/bin/dash filename=/opt/change.sh interp=/bin/sh -- /bin/sh /opt/change.sh "
	  "--all\n"
	  "fork child=101\n"
	  "exec pid=101 exe=/usr/bin/rm -- rm -f /tmp/tmp.aBcDeFgHiJ \"two words\" \"it's # : *\"\n"
	  "exit pid=101\n"
	  "fork child=102\n"
	  "exec pid=102 exe=/usr/sbin/nginx euid=33 -- nginx -t\n"
	  "write open /run/nginx.pid pid=102 flags=created\n"
	  "exit pid=102\n"
	  "write open \"/etc/nginx/a b.conf\" flags=created\n",
	  "exec exe=/usr/bin/dash filename=/opt/change.sh interp=/bin/sh -- /bin/sh /opt/change.sh "
	  "--all\n"
	  "fork child=101\n"
	  "exec pid=101 exe=/usr/bin/rm -- rm -f /tmp/tmp.0123456789 \"two words\" \"it's # : *\"\n"
	  "exit pid=101\n"
	  "fork child=102\n"
	  "exec pid=102 exe=/usr/sbin/nginx euid=33 -- nginx -t\n"
	  "write open /run/nginx.pid pid=102 flags=created\n"
	  "exit pid=102\n"
	  "write open \"/etc/nginx/a b.conf\" flags=created\n",
	  "fork child=103\nexec pid=103 exe=/usr/bin/rm -- rm -f /tmp/tmp.0123456789/x \"two "
	  "words\" \"it's # : *\"\nexit pid=103\n",
	  "not_a_child" },
	{ "a login shell with steps",
	  "shell\n"
	  "exec exe=/usr/bin/bash stdin=tty -- -bash\n"
	  "fork child=101\n"
	  "exec pid=101 exe=/usr/sbin/nginx euid=33 env=LD_LIBRARY_PATH=/opt/lib -- nginx -t\n"
	  "exit pid=101\n"
	  "fork child=102\n"
	  "exec pid=102 exe=/usr/bin/vim.basic filename=/usr/bin/vi cwd=/srv/site -- vi ./a.conf\n"
	  "exit pid=102\n"
	  "fork child=103\n"
	  "exec pid=103 exe=/usr/bin/dash filename=/bin/sh stdin=pipe -- sh\n"
	  "write open /srv/x pid=103 flags=created\n"
	  "exit pid=103\n",
	  NULL, "fork child=104\nexec pid=104 exe=/usr/sbin/nginx -- nginx -s stop\nexit pid=104\n",
	  "argument_differs" },
	{ "connections",
	  "exec exe=/usr/bin/curl -- curl -fsS https://localhost/\n"
	  "connect udp 192.0.2.1:443\n"
	  "connect udp 192.0.2.1:0\n"
	  "connect tcp 192.0.2.1:443\n"
	  "connect tcp [2001:db8::1]:8080\n"
	  "connect udp 192.0.2.53:53\n"
	  "send udp 192.0.2.54:514\n"
	  "listen tcp [::]:8080\n"
	  "listen tcp 127.0.0.1:40123\n"
	  "bind udp 0.0.0.0:0\n"
	  "unix stream /var/run/app.sock\n"
	  "unix stream /run/nscd/socket\n"
	  "unix stream @abstract\n"
	  "socket 17 3 0\n",
	  NULL, "connect tcp 192.0.2.2:443\n", "connect_not_allowed" },
	{ "a child that is a step elsewhere",
	  "shell\n"
	  "exec exe=/usr/bin/bash stdin=tty -- bash\n"
	  "fork child=101\n"
	  "exec pid=101 exe=/usr/bin/dash filename=/opt/change.sh interp=/bin/sh -- /bin/sh "
	  "/opt/change.sh\n"
	  "fork pid=101 child=102\n"
	  "exec pid=102 exe=/usr/bin/tee -- tee -a /etc/motd\n"
	  "fork pid=102 child=103\n"
	  "exec pid=103 exe=/usr/bin/rm -- rm x\n"
	  "exit pid=103\n"
	  "exit pid=102\n"
	  "exit pid=101\n"
	  "fork child=104\n"
	  "exec pid=104 exe=/usr/bin/tee -- tee -a /etc/motd\n"
	  "write open /etc/motd pid=104\n"
	  "exit pid=104\n",
	  NULL, "fork child=105\nexec pid=105 exe=/usr/bin/rm -- rm x\nexit pid=105\n",
	  "not_in_ticket" },
	{ "programs that are put in place",
	  "shell\n"
	  "exec exe=/usr/bin/bash stdin=tty -- bash\n"
	  "fork child=101\n"
	  "exec pid=101 exe=/usr/bin/tee -- tee x\n"
	  "edit /usr/sbin/nginx ino=99 ctime=1795465803000000000\n"
	  "edit /opt/change.sh ino=98 ctime=1795465803000000000\n"
	  "fork pid=101 child=102\n"
	  "exec pid=102 exe=/usr/bin/dash filename=/opt/change.sh interp=/bin/sh -- /bin/sh "
	  "/opt/change.sh\n"
	  "exit pid=102\n"
	  "exit pid=101\n"
	  "fork child=103\n"
	  "exec pid=103 exe=/usr/sbin/nginx -- nginx -t\n"
	  "exit pid=103\n",
	  NULL,
	  "edit /usr/bin/rm ino=97 ctime=1795465803000000000\n"
	  "fork child=104\nexec pid=104 exe=/usr/bin/rm -- rm x\nexit pid=104\n",
	  "not_in_ticket" },
	{ "behind sudo",
	  "shell\n"
	  "exec exe=/usr/bin/bash stdin=tty -- bash\n"
	  "fork child=101\n"
	  "exec pid=101 exe=/usr/bin/sudo euid=0 -- sudo nginx -t\n"
	  "fork pid=101 child=102\n"
	  "exec pid=102 exe=/usr/sbin/nginx euid=0 -- nginx -t\n"
	  "exit pid=102\n"
	  "exit pid=101\n",
	  NULL,
	  "fork child=103\nexec pid=103 exe=/usr/bin/sudo euid=0 -- sudo -e /etc/passwd\nexit "
	  "pid=103\n",
	  "argument_differs" },
	{ "code in many lines",
	  "exec exe=/usr/bin/python3.11 -- python3.11 -c \"import os\\nif "
	  "1:\\n\\tprint('a')\\n\"\n",
	  NULL,
	  "fork child=103\nexec pid=103 exe=/usr/bin/python3.11 -- python3.11 -c \"import os\\nif "
	  "1:\\n\\tprint('b')\\n\"\nexit pid=103\n",
	  "argument_differs" },
};

static const char *sudo_profile;

static void nothing(void *ctx, const struct record *record, struct span line)
{
	(void)ctx;
	(void)record;
	(void)line;
}

/* Plays a session; its lines are the caller's to free. */
static struct buf play(const char *name, const char *ticket, const char *acts_text,
		       const char *more)
{
	static const char closing[] = "exit\nsettle\n";
	const struct collector_ops ops = { .sink = nothing };
	const char *const *profiles = ticket && strstr(ticket, "- sudo") ? &sudo_profile : NULL;
	struct acts *acts = acts_new(ticket, profiles, profiles ? 1 : 0, &ops);
	struct buf script = { 0 }, lines;

	acts->noticket = !ticket;
	buf_adds(&script, host);
	buf_adds(&script, acts_text);
	buf_adds(&script, more);
	buf_adds(&script, closing);
	buf_addc(&script, 0);
	acts_play(acts, script.p);
	if (acts->error[0])
		fail_msg("row \"%s\": %s\n%s", name, acts->error, ticket ? ticket : "");
	lines = acts->lines;
	acts->lines = (struct buf){ 0 };
	buf_addc(&lines, 0);
	acts_free(acts);
	buf_free(&script);
	return lines;
}

static void read_profile(struct draft_profile *out)
{
	struct buf text = { 0 };
	struct ticket *ticket;
	struct plan *plan;
	char chunk[4096];
	FILE *file = fopen("examples/profiles/sudo.yaml", "rb");
	size_t n;

	assert_non_null(file);
	while ((n = fread(chunk, 1, sizeof(chunk), file)) > 0)
		buf_add(&text, chunk, n);
	fclose(file);
	assert_int_equal(profile_parse(text.p, text.n, &ticket, NULL), 0);
	assert_int_equal(plan_new(ticket, NULL, 0, &plan, NULL), 0);
	assert_int_equal(plan_compile(plan, NULL), 0);
	buf_addc(&text, 0);
	sudo_profile = text.p;
	*out = (struct draft_profile){ "sudo", plan };
}

/* The draft of the lines, with the window of the tests' clock. */
static struct buf draft_of(const char *name, const char *lines, const struct draft_profile *profile)
{
	const struct draft_opts opts = { profile, 1 };
	struct buf out = { 0 };
	struct draft *draft;
	char *year;
	int ret;

	assert_int_equal(draft__new(&draft, &opts), 0);
	for (const char *p = lines; *p; p = strchr(p, '\n') + 1)
		assert_int_equal(draft__line(draft, (struct span){ p, strcspn(p, "\n") }), 0);
	ret = draft__write(draft, &out);
	draft__free(draft);
	buf_addc(&out, 0);
	if (ret)
		fail_msg("row \"%s\": %d", name, ret);
	year = strstr(out.p, "2099");
	memcpy(year, "2026", 4); /* from 2026 until 2099 */
	return out;
}

static void check(const char *name, const char *lines, const char *want, const char *ticket)
{
	char text[64];

	snprintf(text, sizeof(text), "\"outcome\":\"%s\"", want);
	if (!strstr(lines, text))
		fail_msg("row \"%s\": not %s\n%s\n%s", name, want, ticket,
			 strstr(lines, "\"outcome\"") ? strstr(lines, "\"outcome\"") : lines);
}

static void test_rows(void **state)
{
	struct draft_profile profile;

	(void)state;
	read_profile(&profile);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const char *again = rows[i].again ? rows[i].again : rows[i].acts;
		struct buf rehearsed = play(rows[i].name, NULL, rows[i].acts, "");
		struct buf ticket = draft_of(rows[i].name, rehearsed.p, &profile);
		struct buf run = play(rows[i].name, ticket.p, again, "");
		struct buf strayed = play(rows[i].name, ticket.p, again, rows[i].more);

		check(rows[i].name, run.p, "compliant", ticket.p);
		check(rows[i].name, strayed.p, "violation", ticket.p);
		if (!strstr(strayed.p, rows[i].reason))
			fail_msg("row \"%s\": not %s\n%s", rows[i].name, rows[i].reason, strayed.p);
		buf_free(&rehearsed);
		buf_free(&ticket);
		buf_free(&run);
		buf_free(&strayed);
	}
	plan_free((struct plan *)profile.plan);
	free((char *)sudo_profile);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_rows) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
