/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cmocka.h"
#include "lib/judged_rows.h"

/*
 * The shipped profiles that no test can hold against the real thing on every host: what they
 * approve, and what is near to it and must not be.
 */
static const char ticket[] =
	"lockstep: 1\n"
	"ticket: T\n"
	"requester: r@example.com\n"
	"operators: [op]\n"
	"window: {from: 2026-01-01T00:00:00Z, until: 2090-01-01T00:00:00Z}\n"
	"profiles: [PROFILE]\n"
	"steps:\n"
	"  - id: reload\n"
	"    run: systemctl reload nginx\n"
	"    connect: [\"unix:/run/systemd/private\", \"unix:/run/dbus/system_bus_socket\"]\n"
	"  - id: install\n"
	"    run: apt-get install -y nginx\n";

static const char prelude[] =
	"env LANG=C\n"
	"program /usr/bin/systemctl ino=1\nprogram /usr/bin/systemd-tty-ask-password-agent ino=2\n"
	"program /usr/bin/less ino=3\nprogram /usr/bin/less name=pager ino=3\n"
	"program /usr/bin/id ino=4\nprogram /usr/bin/apt-get ino=5\nprogram /usr/bin/dpkg ino=6\n"
	"program /usr/bin/dpkg-deb ino=7\nprogram /usr/bin/dpkg-split ino=8\n"
	"program /usr/bin/tar ino=9\nprogram /usr/bin/rm ino=10\n";

/* The last act that was judged: verdict, step, reasons. */
static void keep_last(void *ctx, const struct record *record, struct span line)
{
	const struct judgement *judged = record->judgement;
	struct buf out = { 0 };

	(void)line;
	if (!judged || judged->verdict == VERDICT_NONE)
		return;
	judged_say(judged, false, &out);
	judged_keep(&out, ctx);
}

static char *read_profile(const char *name)
{
	char path[64], *text = calloc(1, 65536);
	FILE *file;

	snprintf(path, sizeof(path), "examples/profiles/%s.yaml", name);
	file = fopen(path, "r");
	if (!file || !text)
		fail_msg("%s: can't be read", path);
	assert_in_range(fread(text, 1, 65535, file), 1, 65534);
	fclose(file);
	return text;
}

static void run_rows(const char *name, const struct row *rows, size_t n)
{
	char *profile = read_profile(name), text[2048];
	const struct judged_case all = { text, profile, prelude, keep_last };
	const char *at = strstr(ticket, "PROFILE");

	snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - ticket), ticket, name,
		 at + strlen("PROFILE"));
	judged_rows_run(&all, rows, n);
	free(profile);
}
#define RUN_ROWS(name, rows) run_rows(name, rows, sizeof(rows) / sizeof(*rows))

#define SYSTEMCTL(args) "exec exe=/usr/bin/systemctl -- systemctl " args "\n"
#define CHILD           "fork child=101\n"
#define PRIVATE         "unix stream /run/systemd/private\n"
#define BUS             "unix stream /run/dbus/system_bus_socket\n"

static void test_systemctl(void **state)
{
	static const struct row rows[] = {
		{ "what changes a service", SYSTEMCTL("stop nginx"),
		  "unapproved argument_differs" },
		{ "a verb among the units", SYSTEMCTL("status -f nginx"),
		  "unapproved argument_differs" },
		{ "another host", SYSTEMCTL("-H web-2 status nginx"),
		  "unapproved argument_differs" },
		{ "another host, behind the verb", SYSTEMCTL("status -Hweb-2"),
		  "unapproved argument_differs" },
		{ "another tree", SYSTEMCTL("--root=/tmp cat nginx"),
		  "unapproved argument_differs" },
		{ "process 1, by the pager",
		  "exec exe=/usr/bin/less env=LESS=FRSXMK -- pager\n" PRIVATE,
		  "unapproved delegation" },
		{ "another socket", SYSTEMCTL("status nginx") "unix stream /run/docker.sock\n",
		  "unapproved delegation" },
		{ "a pager with other options", "exec exe=/usr/bin/less env=LESS=+!id -- pager\n",
		  "unapproved environment" },
		{ "a pager with a file", "exec exe=/usr/bin/less -- less /etc/shadow\n",
		  "unapproved argument_differs" },
		{ "what the pager is told to run",
		  "exec exe=/usr/bin/less env=LESS=FRSXMK -- pager\n" CHILD
		  "exec pid=101 exe=/usr/bin/id -- id\n",
		  "unapproved not_in_ticket not_a_child" },
		{ "an agent that answers",
		  "exec exe=/usr/bin/systemd-tty-ask-password-agent -- "
		  "systemd-tty-ask-password-agent --query\n",
		  "unapproved argument_differs" },
		{ "status", SYSTEMCTL("status nginx"), "approved systemctl-show" },
		{ "of several", SYSTEMCTL("is-active nginx cron.service"),
		  "approved systemctl-show" },
		{ "without a pager", SYSTEMCTL("--no-pager status nginx"),
		  "approved systemctl-show-plain" },
		{ "a list", SYSTEMCTL("list-timers"), "approved systemctl-list" },
		{ "of process 1", SYSTEMCTL("status nginx") PRIVATE, "approved systemctl-show" },
		{ "over the bus", SYSTEMCTL("list-units") BUS, "approved systemctl-list" },
		{ "its pager",
		  SYSTEMCTL("status nginx") CHILD
		  "exec pid=101 exe=/usr/bin/less env=LESS=FRSXMK -- pager\n",
		  "approved systemctl-pager" },
		{ "the ticket's own step", SYSTEMCTL("reload nginx") PRIVATE, "approved reload" },
		{ "its password agent",
		  SYSTEMCTL("reload nginx") CHILD
		  "exec pid=101 exe=/usr/bin/systemd-tty-ask-password-agent -- "
		  "systemd-tty-ask-password-agent --watch\n",
		  "approved systemctl-agent" },
	};

	(void)state;
	RUN_ROWS("systemctl", rows);
}

#define APT  "exec exe=/usr/bin/apt-get -- apt-get install -y nginx\n"
#define DPKG "env=DPKG_ADMINDIR=/var/lib/dpkg env=DPKG_ROOT= -- "
#define DEB(f)                                                                                     \
	"exec pid=101 exe=/usr/bin/dpkg-deb " DPKG "dpkg-deb --control " f " /var/lib/dpkg/"       \
	"tmp.ci\n"
#define TAR "exec pid=102 exe=/usr/bin/tar " DPKG "tar -x -f - --warning=no-timestamp\n"

static void test_apt(void **state)
{
	static const struct row rows[] = {
		{ "other packages", "exec exe=/usr/bin/apt-get -- apt-get install -y nmap\n",
		  "unapproved argument_differs" },
		{ "a package by hand", "exec exe=/usr/bin/dpkg -- dpkg -i /tmp/x.deb\n",
		  "unapproved argument_differs" },
		{ "apt-get's own dpkg is the ticket's",
		  APT CHILD
		  "exec pid=101 exe=/usr/bin/dpkg -- dpkg --status-fd 15 --configure --pending\n",
		  "unapproved argument_differs" },
		{ "a package from elsewhere", APT CHILD DEB("/tmp/x.deb"),
		  "unapproved argument_differs" },
		{ "by way of ..", APT CHILD DEB("/var/cache/apt/archives/../x.deb"),
		  "unapproved argument_differs" },
		{ "tar by itself", "exec exe=/usr/bin/tar -- tar -x -f - --warning=no-timestamp\n",
		  "unapproved not_in_ticket not_a_child" },
		{ "more is removed",
		  "exec exe=/usr/bin/rm -- rm -rf -- /var/lib/dpkg/tmp.ci /etc\n",
		  "unapproved argument_differs" },
		{ "another database",
		  APT CHILD "exec pid=101 exe=/usr/bin/rm env=DPKG_ROOT=/srv -- rm -rf -- "
			    "/var/lib/dpkg/tmp.ci\n",
		  "unapproved environment" },
		{ "a package of the cache",
		  APT CHILD DEB("/var/cache/apt/archives/nginx_1.22_all.deb"),
		  "approved dpkg-control" },
		{ "of apt-get's temporary directory",
		  APT CHILD DEB("/tmp/apt-dpkg-install-aB3xYz/1-x_1_all.deb"),
		  "approved dpkg-control" },
		{ "its tar",
		  APT CHILD DEB(
			  "/var/cache/apt/archives/x_1_all.deb") "fork pid=101 child=102\n" TAR,
		  "approved dpkg-control" },
		{ "what is cleaned up behind it",
		  APT CHILD "exec pid=101 exe=/usr/bin/rm " DPKG "rm -rf -- /var/lib/dpkg/tmp.ci\n",
		  "approved dpkg-clean" },
	};

	(void)state;
	RUN_ROWS("apt", rows);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_systemctl),
		cmocka_unit_test(test_apt),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
