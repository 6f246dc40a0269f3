/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "lib/cmocka.h"
#include "lib/judged_rows.h"

#define A64 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define C64 "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc"

static const char ticket[] =
	"lockstep: 1\n"
	"ticket: CHG-1\n"
	"summary: test\n"
	"requester: li@x.example\n"
	"operators: [jdoe]\n"
	"hosts: [\"*\"]\n"
	"window: {from: 2026-11-23T20:00:00Z, until: 2026-11-23T22:00:00Z}\n"
	"profiles: [sudo]\n"
	"steps:\n"
	"  - id: check\n"
	"    run: nginx -t\n"
	"  - id: once\n"
	"    run: cp /etc/a /etc/b\n"
	"    times: 1\n"
	"  - id: reload\n"
	"    run: systemctl reload nginx\n"
	"    as: root\n"
	"  - id: packages\n"
	"    run: apt-get install -y nginx=*\n"
	"    children: any\n"
	"    installs: [\"/usr/sbin/*\"]\n"
	"    env: {DEBIAN_FRONTEND: noninteractive}\n"
	"    connect: [\"tcp://10.0.0.0/8:3142\"]\n"
	"  - id: backup\n"
	"    run: backup.sh {full,incremental}\n"
	"    children: [\"tar -cf - ...\", \"sh\"]\n"
	"    stdin: pipe\n"
	"  - id: health\n"
	"    run: curl -fsS https://localhost/healthz\n"
	"    connect: [\"tcp://127.0.0.1:443\", \"tcp://[::1]:443\", \"tcp://db.example:5432\"]\n"
	"  - id: serve\n"
	"    run: nc -l 8080\n"
	"    listen: [\"tcp://127.0.0.1:8080\"]\n"
	"    send: [\"udp://127.0.0.1:514\"]\n"
	"  - id: shell\n"
	"    run: bash\n"
	"    stdin: file\n"
	"  - id: multiplexer\n"
	"    run: tmux new -s main\n"
	"  - id: restart\n"
	"    run: systemctl restart nginx\n"
	"    connect: [\"unix:/run/systemd/private\", \"unix:@lockstep\", "
	"\"unix:/var/run/app.sock\"]\n"
	"  - id: capture\n"
	"    run: tcpdump -i lo\n"
	"    sockets: [packet, icmp]\n"
	"  - id: trace\n"
	"    run: traceroute db.example\n"
	"    sockets: [raw, vsock, other]\n"
	"  - id: pinned\n"
	"    run: openssl version\n"
	"    sha256: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n"
	"  - id: pinned-other\n"
	"    run: gpg --version\n"
	"    sha256: bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\n"
	"  - id: pinned-unread\n"
	"    run: gpgv --version\n"
	"    sha256: bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\n"
	"  - id: deploy\n"
	"    run: deploy.sh\n"
	"    sha256: cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc\n"
	"  - id: upgrade\n"
	"    run: apt-get upgrade\n"
	"    installs: [\"/usr/local/bin/*\"]\n"
	"  - id: there\n"
	"    run: make all\n"
	"    cwd: /srv/app\n"
	"  - id: login\n"
	"    run: mysql -u root {secret} app\n"
	"    stdin: any\n"
	"  - id: linked\n"
	"    run: nightly\n"
	"  - id: gone\n"
	"    run: /opt/none/tool -x\n"
	"allow:\n"
	"  connect: [\"udp://10.0.0.53:53\", \"tcp://10.0.0.54:8081\", \"unix:/run/all.sock\"]\n";

static const char profile[] = "lockstep: 1\n"
			      "profile: sudo\n"
			      "steps:\n"
			      "  - id: sudo\n"
			      "    run: sudo ...\n";

static const char prelude[] =
	"user root 0\n"
	"host db.example 10.9.9.9\n"
	"env PAGER=less\nenv LD_PRELOAD=/tmp/start.so\nenv LANG=C\nenv PATH=/usr/bin\n"
	"program /usr/sbin/nginx ino=10\nprogram /usr/bin/cp ino=11\nprogram /usr/bin/systemctl "
	"ino=12\n"
	"program /usr/bin/apt-get ino=13\nprogram /usr/bin/dash ino=14 name=sh\n"
	"program /usr/local/bin/backup.sh script=/usr/bin/dash ino=15 sha256=" A64 "\n"
	"program /usr/local/bin/deploy.sh script=/usr/bin/dash ino=27 sha256=" C64 "\n"
	"program /usr/bin/curl ino=16\n"
	"program /usr/bin/nc.openbsd name=nc ino=17\nprogram /usr/bin/bash ino=18\nprogram "
	"/usr/bin/tmux ino=19\n"
	"program /usr/lib/night.sh name=nightly script=/usr/bin/dash text=/usr/bin/nightly-now\n"
	"program /usr/bin/tcpdump ino=28\nprogram /usr/bin/traceroute ino=29\n"
	"program /usr/bin/tar ino=20\nprogram /usr/bin/make ino=21\nprogram /usr/bin/mysql ino=22\n"
	"program /usr/bin/sudo ino=23\nprogram /usr/bin/gpgv ino=26\n"
	"program /usr/bin/gpg ino=25 "
	"sha256=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n"
	"program /usr/bin/openssl ino=24 "
	"sha256=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n";

#define NGINX "exec exe=/usr/sbin/nginx -- nginx -t\n"
#define ONCE  "exec exe=/usr/bin/cp -- cp /etc/a /etc/b\n"
#define APT                                                                                        \
	"exec exe=/usr/bin/apt-get euid=0 env=DEBIAN_FRONTEND=noninteractive -- apt-get install "  \
	"-y nginx=1.22\n"
/* Change times around a step that begins some seconds behind the session's start and takes 50 s. */
#define BEFORE "ctime=1795465800000000000"
#define DURING "ctime=1795465830000000000"
#define AFTER  "ctime=1795465900000000000"
#define BACKUP                                                                                     \
	"exec exe=/usr/bin/dash filename=/usr/local/bin/backup.sh interp=/bin/sh -- /bin/sh "      \
	"/usr/local/bin/backup.sh full\n"
#define CURL    "exec exe=/usr/bin/curl -- curl -fsS https://localhost/healthz\n"
#define NC      "exec exe=/usr/bin/nc.openbsd -- nc -l 8080\n"
#define CHILD   "fork child=101\n"
#define TCPDUMP "exec exe=/usr/bin/tcpdump -- tcpdump -i lo\n"
#define TRACE   "exec exe=/usr/bin/traceroute -- traceroute db.example\n"
#define RESTART "exec exe=/usr/bin/systemctl -- systemctl restart nginx\n"
#define LOGIN   "exec exe=/usr/bin/bash -- -bash\n"

struct last {
	char text[512];
	struct reconciliation facts;
};

/* The last act that was judged: verdict, step, how, reasons. */
static void keep_last(void *ctx, const struct record *record, struct span line)
{
	const struct judgement *judged = record->judgement;
	struct buf out = { 0 };

	(void)line;
	if (!judged || judged->verdict == VERDICT_NONE)
		return;
	judged_say(judged, true, &out);
	if (judged->nearest.step && judged->nearest.approved[0])
		buf_addf(&out, " ~%s/%u", judged->nearest.step->id, judged->nearest.argument);
	judged_keep(&out, ctx);
}

static void run_rows(const struct row *rows, size_t n, const char *text)
{
	const struct judged_case all = { text, profile, prelude, keep_last };

	judged_rows_run(&all, rows, n);
}
#define RUN_ROWS(rows, text) run_rows(rows, sizeof(rows) / sizeof(*rows), text)

static void test_arguments(void **state)
{
	static const struct row rows[] = {
		{ "an empty extra argument", "exec exe=/usr/sbin/nginx -- nginx -t \"\"\n",
		  "unapproved argument_differs ~check/2" },
		{ "an extra argument", "exec exe=/usr/sbin/nginx -- nginx -t -c /tmp/x\n",
		  "unapproved argument_differs ~check/2" },
		{ "an argument left out", "exec exe=/usr/sbin/nginx -- nginx\n",
		  "unapproved argument_differs ~check/1" },
		{ "an argument with a newline", "exec exe=/usr/sbin/nginx -- nginx \"-t\\n\"\n",
		  "unapproved argument_differs ~check/1" },
		{ "arguments run together", "exec exe=/usr/sbin/nginx -- \"nginx -t\"\n",
		  "unapproved argument_differs ~check/0" },
		{ "no argv[0] at all", "exec exe=/usr/sbin/nginx --\n",
		  "unapproved argument_differs ~check/0" },
		{ "argv[0] forged", "exec exe=/usr/sbin/nginx -- apache -t\n",
		  "unapproved argument_differs ~check/0" },
		{ "argv[0] of a login shell", "exec exe=/usr/sbin/nginx -- -nginx -t\n",
		  "unapproved argument_differs ~check/0" },
		{ "argv[0] with another directory", "exec exe=/usr/sbin/nginx -- /tmp/nginx -t\n",
		  "unapproved argument_differs ~check/0" },
		{ "argv truncated", "exec exe=/usr/sbin/nginx flags=argv_truncated -- nginx -t\n",
		  "unapproved argv_truncated" },
		{ "argv unreadable", "exec exe=/usr/sbin/nginx flags=argv_unreadable -- nginx -t\n",
		  "unapproved argv_unreadable" },
		{ "path truncated", "exec exe=/usr/sbin/nginx flags=path_truncated -- nginx -t\n",
		  "unapproved argv_truncated" },
		{ "another command", "exec exe=/usr/bin/id -- id\n", "unapproved not_in_ticket" },
		{ "cwd not the pinned one", "exec exe=/usr/bin/make cwd=/tmp -- make all\n",
		  "unapproved argument_differs" },
		{ "cwd only by name the pinned one",
		  "exec exe=/usr/bin/make cwd=/srv/app flags=foreign -- make all\n",
		  "unapproved argument_differs" },
		{ "as approved", NGINX, "approved check step" },
		{ "argv[0] as the ticket's path has it",
		  "exec exe=/usr/sbin/nginx -- /usr/sbin/nginx -t\n", "approved check step" },
		{ "cwd as pinned", "exec exe=/usr/bin/make cwd=/srv/app -- make all\n",
		  "approved there step" },
	};

	(void)state;
	RUN_ROWS(rows, ticket);
}

static void test_program(void **state)
{
	static const struct row rows[] = {
		{ "a copy in /tmp", "exec exe=/tmp/nginx -- nginx -t\n",
		  "unapproved program_differs ~check/0" },
		{ "another program that calls itself so", "exec exe=/tmp/x -- nginx -t\n",
		  "unapproved program_differs ~check/0" },
		{ "a copy under the name of an alternatives link",
		  "exec exe=/tmp/nc -- x -l 8080\n", "unapproved program_differs ~serve/0" },
		{ "another program that calls itself like an alternatives link",
		  "exec exe=/tmp/x -- nc -l 8080\n", "unapproved program_differs ~serve/0" },
		{ "the file behind an alternatives link, under its own name",
		  "exec exe=/usr/bin/nc.openbsd -- nc.openbsd -l 8080\n",
		  "unapproved argument_differs ~serve/0" },
		{ "a script by the text that finds it",
		  "exec exe=/usr/bin/dash filename=/usr/bin/nightly-now interp=/bin/sh -- /bin/sh "
		  "/usr/bin/nightly-now x\n",
		  "unapproved argument_differs ~linked/1" },
		{ "replaced by another file", "exec exe=/usr/sbin/nginx ino=77 -- nginx -t\n",
		  "unapproved binary_changed" },
		{ "another size", "exec exe=/usr/sbin/nginx size=1 -- nginx -t\n",
		  "unapproved binary_changed" },
		{ "another ctime", "exec exe=/usr/sbin/nginx ctime=1 -- nginx -t\n",
		  "unapproved binary_changed" },
		{ "same inode number, other device", "exec exe=/usr/sbin/nginx dev=9 -- nginx -t\n",
		  "unapproved binary_changed" },
		{ "another mount namespace's",
		  "mntns 5\nexec exe=/usr/sbin/nginx ino=77 mntns=6 -- nginx -t\n",
		  "unapproved program_differs" },
		{ "in a chroot", "exec exe=/usr/sbin/nginx ino=77 root=/srv/jail -- nginx -t\n",
		  "unapproved program_differs" },
		{ "replaced, seen through /proc/PID/root",
		  CHILD APT "exec pid=101 exe=/usr/sbin/nginx ino=77 flags=foreign -- nginx -t\n",
		  "unapproved program_differs" },
		{ "memfd", "exec exe=/memfd:nginx flags=fileless -- nginx -t\n",
		  "unapproved fileless" },
		{ "deleted", "exec exe=/usr/sbin/nginx flags=deleted -- nginx -t\n",
		  "unapproved fileless" },
		{ "not there at the start", "exec exe=/opt/none/tool -- /opt/none/tool -x\n",
		  "unapproved binary_changed" },
		{ "pin not met", "exec exe=/usr/bin/gpg -- gpg --version\n",
		  "unapproved program_differs" },
		{ "pinned, but it could not be hashed",
		  "exec exe=/usr/bin/gpgv -- gpgv --version\n", "unapproved program_differs" },
		{ "pinned and replaced", "exec exe=/usr/bin/openssl ino=31 -- openssl version\n",
		  "unapproved binary_changed" },
		{ "replaced before the step that installs it has run",
		  "exec exe=/usr/sbin/nginx ino=77 -- nginx -t\n", "unapproved binary_changed" },
		{ "replaced before that step, and run after it",
		  CHILD APT "tick 50\nexit\nexec pid=101 exe=/usr/sbin/nginx ino=77 " BEFORE
			    " -- nginx -t\n",
		  "unapproved binary_changed" },
		{ "replaced after that step had ended",
		  CHILD APT "tick 50\nexit\nexec pid=101 exe=/usr/sbin/nginx ino=77 " AFTER
			    " -- nginx -t\n",
		  "unapproved binary_changed" },
		{ "replaced after that step had ended, known from a restart",
		  CHILD APT "tick 50\nexit\nrestart\nexec pid=101 exe=/usr/sbin/nginx ino=77 " AFTER
			    " -- nginx -t\n",
		  "unapproved binary_changed" },
		{ "replaced between two runs of that step",
		  CHILD
		  "fork child=102\n" APT "tick 5\nexit\ntick 50\n"
		  "exec pid=101 exe=/usr/bin/apt-get euid=0 env=DEBIAN_FRONTEND=noninteractive -- "
		  "apt-get install -y nginx=1.22\nexit pid=101\n"
		  "exec pid=102 exe=/usr/sbin/nginx ino=77 " DURING " -- nginx -t\n",
		  "unapproved binary_changed" },
		{ "replaced by the step that installs it, which is at it",
		  APT "exec exe=/usr/sbin/nginx ino=77 " AFTER " -- nginx -t\n",
		  "approved check step" },
		{ "replaced by the step that installs it, which has ended",
		  CHILD APT "tick 50\nexit\nexec pid=101 exe=/usr/sbin/nginx ino=77 " DURING
			    " -- nginx -t\n",
		  "approved check step" },
		{ "what that step does not install",
		  APT "exec exe=/usr/bin/cp ino=77 -- cp /etc/a /etc/b\n",
		  "approved packages child" },
		{ "same file in another mount namespace",
		  "mntns 5\nexec exe=/usr/sbin/nginx mntns=6 -- nginx -t\n",
		  "approved check step" },
		{ "pin met", "exec exe=/usr/bin/openssl -- openssl version\n",
		  "approved pinned step" },
	};

	(void)state;
	RUN_ROWS(rows, ticket);
}

static void test_script(void **state)
{
#define SCRIPT                                                                                     \
	"filename=/usr/local/bin/backup.sh interp=/bin/sh -- /bin/sh /usr/local/bin/backup.sh"
	static const struct row rows[] = {
		{ "through another interpreter", "exec exe=/tmp/sh " SCRIPT " full\n",
		  "unapproved program_differs" },
		{ "another script of the name",
		  "exec exe=/usr/bin/dash filename=/tmp/backup.sh interp=/bin/sh -- /bin/sh "
		  "/tmp/backup.sh full\n",
		  "unapproved program_differs ~backup/0" },
		{ "fed to the shell by hand",
		  "exec exe=/usr/bin/dash -- sh /usr/local/bin/backup.sh full\n",
		  "unapproved not_in_ticket" },
		{ "with ..",
		  "exec exe=/usr/bin/dash cwd=/usr/local/lib filename=../bin/backup.sh "
		  "interp=/bin/sh -- /bin/sh "
		  "../bin/backup.sh full\n",
		  "unapproved program_differs ~backup/0" },
		{ "in another mount namespace",
		  "mntns 5\nexec exe=/usr/bin/dash mntns=6 " SCRIPT " full\n",
		  "unapproved program_differs" },
		{ "in a chroot", "exec exe=/usr/bin/dash root=/srv/jail " SCRIPT " full\n",
		  "unapproved program_differs" },
		{ "in another mount namespace's directory, or one that others can change",
		  "exec exe=/usr/bin/dash flags=foreign " SCRIPT " full\n",
		  "unapproved program_differs" },
		{ "another argument", "exec exe=/usr/bin/dash " SCRIPT " all\n",
		  "unapproved argument_differs ~backup/1" },
		{ "a program where the script was",
		  "exec exe=/usr/local/bin/backup.sh -- /usr/local/bin/backup.sh full\n",
		  "unapproved binary_changed" },
		{ "as approved", "exec exe=/usr/bin/dash " SCRIPT " full\n",
		  "approved backup step" },
		{ "relative to its directory",
		  "exec exe=/usr/bin/dash cwd=/usr/local/bin filename=./backup.sh interp=/bin/sh "
		  "-- /bin/sh "
		  "./backup.sh full\n",
		  "approved backup step" },
	};

	(void)state;
	RUN_ROWS(rows, ticket);
}

/* The script's own file, as the collector found it. */
static void test_script_seen(void **state)
{
#define EDIT        "edit /usr/local/bin/backup.sh "
#define EDIT_PINNED "edit /usr/local/bin/deploy.sh "
#define DEPLOY                                                                                     \
	"exec exe=/usr/bin/dash filename=/usr/local/bin/deploy.sh interp=/bin/sh -- /bin/sh "      \
	"/usr/local/bin/deploy.sh\n"
#define UPGRADE "exec exe=/usr/bin/apt-get -- apt-get upgrade\n"
	static const struct row rows[] = {
		{ "edited in place", EDIT "size=4097 ctime=5 sha256=" C64 "\n" BACKUP,
		  "unapproved binary_changed" },
		{ "edited to the same size, its times put back", EDIT "sha256=" C64 "\n" BACKUP,
		  "unapproved binary_changed" },
		{ "edited, and not hashed", EDIT "ctime=5 sha256=\n" BACKUP,
		  "unapproved binary_changed" },
		{ "replaced by rename", EDIT "ino=99\n" BACKUP, "unapproved binary_changed" },
		{ "another file system mounted over it", EDIT "dev=9\n" BACKUP,
		  "unapproved binary_changed" },
		{ "truncated", EDIT "size=0\n" BACKUP, "unapproved binary_changed" },
		{ "gone", EDIT "gone\n" BACKUP, "unapproved binary_changed" },
		{ "gone, where a step that has ended installs it",
		  CHILD UPGRADE "exit\n" EDIT "gone\nexec pid=101 exe=/usr/bin/dash " SCRIPT
				" full\n",
		  "unapproved binary_changed" },
		{ "pinned, and gone while the step that installs it runs",
		  UPGRADE EDIT_PINNED "gone\n" DEPLOY, "unapproved binary_changed" },
		{ "edited after a first run",
		  CHILD BACKUP EDIT "ctime=5\nexec pid=101 exe=/usr/bin/dash " SCRIPT " full\n",
		  "unapproved binary_changed" },
		{ "edited before the step that installs it", EDIT "ctime=5\n" BACKUP,
		  "unapproved binary_changed" },
		{ "as a child of another step's, edited",
		  EDIT "ctime=5\n" CURL CHILD "exec pid=101 exe=/usr/bin/dash " SCRIPT " full\n",
		  "unapproved binary_changed" },
		{ "pinned hash differs", "edit /usr/local/bin/deploy.sh sha256=" A64 "\n" DEPLOY,
		  "unapproved binary_changed" },
		{ "pinned, and not hashed", EDIT_PINNED "sha256=\n" DEPLOY,
		  "unapproved program_differs" },
		{ "pinned, installed with other bytes",
		  UPGRADE EDIT_PINNED "ino=99 sha256=" A64 "\n" DEPLOY,
		  "unapproved binary_changed" },
		{ "pinned, installed, and not hashed",
		  UPGRADE EDIT_PINNED "ino=99 sha256=\n" DEPLOY, "unapproved binary_changed" },
		{ "of another mount namespace: that file is not looked at",
		  "mntns 5\n" EDIT "gone\nexec exe=/usr/bin/dash mntns=6 " SCRIPT " full\n",
		  "unapproved program_differs" },
		{ "as it was", BACKUP, "approved backup step" },
		{ "gone, and the step that installs it runs", UPGRADE EDIT "gone\n" BACKUP,
		  "approved backup step" },
		{ "as it was, not hashed this time", EDIT "sha256=\n" BACKUP,
		  "approved backup step" },
		{ "replaced by the step that installs it", UPGRADE EDIT "ino=99 " AFTER "\n" BACKUP,
		  "approved backup step" },
		{ "edited after the step that installs it had ended",
		  CHILD UPGRADE "tick 50\nexit\n" EDIT "ino=99 " AFTER
				"\nexec pid=101 exe=/usr/bin/dash " SCRIPT " full\n",
		  "unapproved binary_changed" },
		{ "pin met", DEPLOY, "approved deploy step" },
		{ "pinned, installed with the same bytes",
		  UPGRADE EDIT_PINNED "ino=99 " AFTER "\n" DEPLOY, "approved deploy step" },
	};

	(void)state;
	RUN_ROWS(rows, ticket);
}

static void test_surroundings(void **state)
{
	static const struct row rows[] = {
		{ "LD_PRELOAD", "exec exe=/usr/sbin/nginx env=LD_PRELOAD=/tmp/x.so -- nginx -t\n",
		  "unapproved environment" },
		{ "LD_PRELOAD that was there before the session",
		  "exec exe=/usr/sbin/nginx env=LD_PRELOAD=/tmp/start.so -- nginx -t\n",
		  "unapproved environment" },
		{ "an empty LD_PRELOAD", "exec exe=/usr/sbin/nginx env=LD_PRELOAD= -- nginx -t\n",
		  "unapproved environment" },
		{ "PAGER not as at the start",
		  "exec exe=/usr/sbin/nginx env=PAGER=/tmp/x -- nginx -t\n",
		  "unapproved environment" },
		{ "set twice",
		  "exec exe=/usr/sbin/nginx env=PAGER=less env=PAGER=/tmp/x -- nginx -t\n",
		  "unapproved environment" },
		{ "the environment not whole",
		  "exec exe=/usr/sbin/nginx flags=env_truncated -- nginx -t\n",
		  "unapproved environment" },
		{ "another value than the step's",
		  "exec exe=/usr/bin/apt-get env=DEBIAN_FRONTEND=gnome -- apt-get install -y "
		  "nginx=1\n",
		  "unapproved environment" },
		{ "what another step allows",
		  "exec exe=/usr/sbin/nginx env=DEBIAN_FRONTEND=noninteractive -- nginx -t\n",
		  "unapproved environment" },
		{ "PATH and the rest are not judged",
		  "exec exe=/usr/sbin/nginx env=PATH=/tmp env=HOME=/x env=PAGER=less -- nginx -t\n",
		  "approved check step" },
		{ "what the step allows", APT, "approved packages step" },

		{ "bash on a terminal", "exec exe=/usr/bin/bash -- bash\n",
		  "unapproved stdin_differs" },
		{ "bash on a pipe", "exec exe=/usr/bin/bash stdin=pipe -- bash\n",
		  "unapproved stdin_differs" },
		{ "bash on a device", "exec exe=/usr/bin/bash stdin=other -- bash\n",
		  "unapproved stdin_differs" },
		{ "bash on a file, as approved", "exec exe=/usr/bin/bash stdin=file -- bash\n",
		  "approved shell step" },
		{ "bash with nothing to read", "exec exe=/usr/bin/bash stdin=null -- bash\n",
		  "approved shell step" },

		{ "another user", "exec exe=/usr/sbin/nginx euid=33 -- nginx -t\n",
		  "unapproved wrong_user" },
		{ "not as root", "exec exe=/usr/bin/systemctl -- systemctl reload nginx\n",
		  "unapproved wrong_user" },
		{ "root is fine without as", "exec exe=/usr/sbin/nginx euid=0 -- nginx -t\n",
		  "approved check step" },
		{ "as root", "exec exe=/usr/bin/systemctl euid=0 -- systemctl reload nginx\n",
		  "approved reload step" },
		{ "several at once",
		  "exec exe=/usr/sbin/nginx ino=7 euid=33 env=LD_X=1 -- nginx -t\n",
		  "unapproved binary_changed environment wrong_user" },
	};

	(void)state;
	RUN_ROWS(rows, ticket);
}

/*
 * Each is looked up in the session's own environment: how often one exec makes us do so is bounded.
 */
static void test_many_variables(void **state)
{
	static const struct {
		const char *name;
		int n;
		const char *want;
	} rows[] = {
		{ "one more than are looked up", 1025, "unapproved environment" },
		{ "as many as are looked up", 1024, "approved check step" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct row row = { .name = rows[i].name, .want = rows[i].want };
		struct buf script = { 0 };

		buf_adds(&script, "exec exe=/usr/sbin/nginx ");
		for (int k = 0; k < rows[i].n; k++)
			buf_adds(&script, "env=PAGER=less ");
		buf_adds(&script, "-- nginx -t\n");
		buf_addc(&script, 0);
		row.script = script.p;
		run_rows(&row, 1, ticket);
		buf_free(&script);
	}
}

static void test_counts(void **state)
{
	static const struct row rows[] = {
		{ "a second run",
		  CHILD ONCE "exit\nexec pid=101 exe=/usr/bin/cp -- cp /etc/a /etc/b\n",
		  "unapproved too_many_times" },
		{ "a second run while the first runs",
		  ONCE CHILD "exec pid=101 exe=/usr/bin/cp -- cp /etc/a /etc/b\n",
		  "unapproved too_many_times" },
		{ "a second run by the same process", ONCE ONCE, "unapproved too_many_times" },
		{ "another process's exit ends nothing",
		  ONCE CHILD "exit pid=101 status=256\n" ONCE, "unapproved too_many_times" },
		{ "a failed run does not count",
		  ONCE CHILD "exit status=256\n"
			     "exec pid=101 exe=/usr/bin/cp -- cp /etc/a /etc/b\n",
		  "approved once step" },
		{ "a killed run does not count",
		  ONCE CHILD "exit status=9\n"
			     "exec pid=101 exe=/usr/bin/cp -- cp /etc/a /etc/b\n",
		  "approved once step" },
		{ "without times any number", NGINX NGINX NGINX, "approved check step" },
	};
	char strict[sizeof(ticket) + 32];
	static const struct row strict_rows[] = {
		{ "an earlier step after a later one", ONCE NGINX, "unapproved out_of_order" },
		{ "in order", NGINX ONCE, "approved once step" },
		{ "the same again", NGINX NGINX ONCE, "approved once step" },
		{ "a profile's step does not move the order",
		  "exec exe=/usr/bin/sudo -- sudo id\n" NGINX, "approved check step" },
		{ "profiles have no place in the order", ONCE "exec exe=/usr/bin/sudo -- sudo id\n",
		  "approved sudo profile" },
	};

	(void)state;
	RUN_ROWS(rows, ticket);
	snprintf(strict, sizeof(strict), "%sorder: strict\n", ticket);
	RUN_ROWS(strict_rows, strict);
}

static void test_children(void **state)
{
	static const struct row rows[] = {
		{ "below a step without children",
		  NGINX CHILD "exec pid=101 exe=/usr/bin/id -- id\n",
		  "unapproved not_in_ticket not_a_child" },
		{ "not on the list", BACKUP CHILD "exec pid=101 exe=/usr/bin/id -- id\n",
		  "unapproved not_in_ticket not_a_child" },
		{ "another argument than on the list",
		  BACKUP CHILD "exec pid=101 exe=/usr/bin/tar -- tar -xf -\n",
		  "unapproved not_in_ticket not_a_child" },
		{ "on the list of another step",
		  CHILD "exec pid=101 exe=/usr/bin/tar -- tar -cf - /etc\n",
		  "unapproved not_in_ticket not_a_child" },
		{ "on the list, changed",
		  BACKUP CHILD "exec pid=101 exe=/usr/bin/tar ino=7 -- tar -cf - /etc\n",
		  "unapproved binary_changed not_a_child" },
		{ "on the list, preloaded",
		  BACKUP CHILD
		  "exec pid=101 exe=/usr/bin/tar env=LD_PRELOAD=/x -- tar -cf - /etc\n",
		  "unapproved environment not_a_child" },
		{ "a shell on the list, on a terminal",
		  BACKUP CHILD "exec pid=101 exe=/usr/bin/dash -- sh\n",
		  "unapproved stdin_differs not_a_child" },
		{ "below what is not approved",
		  "exec exe=/usr/bin/id -- id\n" CHILD
		  "exec pid=101 exe=/usr/bin/tar -- tar -cf - /etc\n",
		  "unapproved not_in_ticket not_a_child" },
		{ "below any: a shell on a terminal",
		  APT CHILD "exec pid=101 exe=/usr/bin/dash -- sh\n", "unapproved stdin_differs" },
		{ "below any: a hand-over",
		  APT CHILD "exec pid=101 exe=/usr/bin/tmux -- tmux new -d id\n",
		  "unapproved delegation ~multiplexer/2" },
		{ "below any: preloaded",
		  APT CHILD "exec pid=101 exe=/usr/bin/id env=LD_PRELOAD=/x -- id\n",
		  "unapproved environment" },
		{ "below any: fileless",
		  APT CHILD "exec pid=101 exe=/memfd:x flags=fileless -- id\n",
		  "unapproved fileless" },
		{ "a process that never was below it",
		  "fork child=101\n" APT "exec pid=101 exe=/usr/bin/id -- id\n",
		  "unapproved not_in_ticket" },
		{ "on the list", BACKUP CHILD "exec pid=101 exe=/usr/bin/tar -- tar -cf - /etc\n",
		  "approved backup child" },
		{ "a child of the child, on the list",
		  BACKUP CHILD
		  "exec pid=101 exe=/usr/bin/tar -- tar -cf - /etc\n"
		  "fork pid=101 child=102\nexec pid=102 exe=/usr/bin/tar -- tar -cf - /etc\n",
		  "approved backup child" },
		{ "a shell on the list, on a pipe",
		  BACKUP CHILD "exec pid=101 exe=/usr/bin/dash stdin=pipe -- sh\n",
		  "approved backup child" },
		{ "below any",
		  APT CHILD "exec pid=101 exe=/usr/bin/id euid=42 env=GIT_DIR=/x -- id\n",
		  "approved packages child" },
		{ "below any: a shell on a pipe",
		  APT CHILD "exec pid=101 exe=/usr/bin/dash stdin=pipe -- sh\n",
		  "approved packages child" },
		{ "below any, two generations",
		  APT CHILD "exec pid=101 exe=/usr/bin/dpkg -- dpkg -i x\nfork pid=101 child=102\n"
			    "exec pid=102 exe=/usr/bin/id -- id\n",
		  "approved packages child" },
		{ "a step of its own below a step",
		  NGINX CHILD "exec pid=101 exe=/usr/bin/cp -- cp /etc/a /etc/b\n",
		  "approved once step" },
		{ "sudo, and its child by itself",
		  "exec exe=/usr/bin/sudo euid=0 -- sudo systemctl reload nginx\n" CHILD
		  "exec pid=101 exe=/usr/bin/systemctl euid=0 -- systemctl reload nginx\n",
		  "approved reload step" },
		{ "sudo, and a child that is no step",
		  "exec exe=/usr/bin/sudo euid=0 -- sudo id\n" CHILD
		  "exec pid=101 exe=/usr/bin/id -- id\n",
		  "unapproved not_in_ticket not_a_child" },
	};

	(void)state;
	RUN_ROWS(rows, ticket);
}

static void test_delegation(void **state)
{
	static const struct row rows[] = {
		{ "a hand-over that no step names",
		  "exec exe=/usr/bin/systemd-run -- systemd-run id\n",
		  "unapproved delegation not_in_ticket" },
		{ "other arguments than the step's", "exec exe=/usr/bin/tmux -- tmux new -d id\n",
		  "unapproved delegation argument_differs ~multiplexer/2" },
		{ "a step that names it", "exec exe=/usr/bin/tmux -- tmux new -s main\n",
		  "approved multiplexer step" },
	};

	(void)state;
	RUN_ROWS(rows, ticket);
}

static void test_shell(void **state)
{
	static const struct row rows[] = {
		{ "not opened with a shell", "exec exe=/usr/bin/zsh -- -zsh\n",
		  "unapproved not_in_ticket" },
		{ "-c", "shell\nexec exe=/usr/bin/bash -- bash -c id\n",
		  "unapproved argument_differs ~shell/1" },
		{ "a script", "shell\nexec exe=/usr/bin/bash -- bash /tmp/x\n",
		  "unapproved argument_differs ~shell/1" },
		{ "on a pipe", "shell\nexec exe=/usr/bin/zsh stdin=pipe -- -zsh\n",
		  "unapproved not_in_ticket" },
		{ "no shell", "shell\nexec exe=/usr/bin/id -- id\n", "unapproved not_in_ticket" },
		{ "not the first",
		  "shell\nexec exe=/usr/bin/id -- id\nexec exe=/usr/bin/zsh -- -zsh\n",
		  "unapproved not_in_ticket" },
		{ "not the first, by a fork of the opener",
		  "shell\nfork child=101\nexec exe=/usr/bin/id -- id\nexec pid=101 "
		  "exe=/usr/bin/zsh -- -zsh\n",
		  "unapproved not_in_ticket" },
		{ "preloaded", "shell\nexec exe=/usr/bin/zsh env=LD_PRELOAD=/x -- -zsh\n",
		  "unapproved not_in_ticket" },
		{ "as another user", "shell\nexec exe=/usr/bin/zsh euid=33 -- -zsh\n",
		  "unapproved not_in_ticket" },
		{ "with a start-up file of one's own",
		  "shell\nexec exe=/usr/bin/bash -- bash --rcfile /tmp/x -i\n",
		  "unapproved argument_differs ~shell/1" },
		{ "with an option that is not of a login",
		  "shell\nexec exe=/usr/bin/bash -- bash -s x\n",
		  "unapproved argument_differs ~shell/1" },
		{ "a program that calls itself a shell", "shell\nexec exe=/usr/bin/id -- -bash\n",
		  "unapproved not_in_ticket" },
		{ "a program named like a shell", "shell\nexec exe=/tmp/zsh -- -zsh\n",
		  "unapproved not_in_ticket" },
		{ "a shell of another mount namespace",
		  "shell\nexec exe=/usr/bin/zsh flags=foreign -- -zsh\n",
		  "unapproved not_in_ticket" },
		{ "below the shell", "shell\n" LOGIN CHILD "exec pid=101 exe=/usr/bin/id -- id\n",
		  "unapproved not_in_ticket" },
		{ "the login shell", "shell\n" LOGIN, "approved shell" },
		{ "a step below it",
		  "shell\n" LOGIN CHILD "exec pid=101 exe=/usr/sbin/nginx -- nginx -t\n",
		  "approved check step" },
	};

	(void)state;
	RUN_ROWS(rows, ticket);
}

static void test_session(void **state)
{
	static const struct row rows[] = {
		{ "no ticket", "noticket\n" NGINX, "unapproved no_ticket" },
		{ "no ticket, and a hand-over", "noticket\nexec exe=/usr/bin/tmux -- tmux\n",
		  "unapproved no_ticket delegation" },
		{ "no ticket: a connection", "noticket\nconnect tcp 127.0.0.1:443\n",
		  "unapproved no_ticket" },
		{ "wrong host", "wrong_host\n" NGINX, "unapproved wrong_host" },
		{ "wrong operator", "wrong_operator\n" NGINX, "unapproved wrong_operator" },
		{ "before the window", "exec at=1 exe=/usr/sbin/nginx -- nginx -t\n",
		  "unapproved outside_window" },
		{ "after the window", "tick 5400\n" NGINX, "unapproved outside_window" },
		{ "a time beyond all",
		  "exec at=18446744073709551615 exe=/usr/sbin/nginx -- nginx -t\n",
		  "unapproved outside_window" },
		{ "after the end", "end ended\n" NGINX, "unapproved after_end" },
		{ "before the end, and comes after it", "hold\n" NGINX "end ended\nrelease\n",
		  "approved check step" },
		{ "before the end, and comes after a restart",
		  "hold\n" NGINX "end ended\nrestart\nrelease\n", "approved check step" },
		{ "after the end: a connection", CURL "end ended\nconnect tcp 127.0.0.1:443\n",
		  "unapproved after_end" },
		{ "an image that is not known",
		  "lose\nexec image=1 exe=/usr/sbin/nginx -- nginx -t\n",
		  "indeterminate untracked_process" },
		{ "a lost exec's child",
		  "lose exec\n" CHILD "exec pid=101 exe=/usr/sbin/nginx -- nginx -t\n",
		  "indeterminate untracked_process" },
		{ "a lost exec's connection", "lose exec\nconnect tcp 127.0.0.1:443\n",
		  "indeterminate untracked_process" },
		{ "below what is indeterminate",
		  "lose exec\nexec exe=/usr/bin/id -- id\n" CHILD
		  "exec pid=101 exe=/usr/bin/id -- id\n",
		  "indeterminate untracked_process" },
		{ "an image that is free", NGINX "exit\nconnect tcp 127.0.0.1:443\n",
		  "indeterminate untracked_process" },
		{ "a shared image is kept", CURL CHILD "exit\nconnect pid=101 tcp 127.0.0.1:443\n",
		  "approved health step" },
		{ "the last second of the window", "tick 5398\n" NGINX, "approved check step" },
	};

	/* Boot was at 18:30: taken as signed, this time would be in the window. */
	static const struct row early_rows[] = {
		{ "a time that wraps around",
		  "exec at=18446744072709551616 exe=/usr/sbin/nginx -- nginx -t\n",
		  "unapproved outside_window" },
	};
	char early[sizeof(ticket)];

	(void)state;
	RUN_ROWS(rows, ticket);
	memcpy(early, ticket, sizeof(early));
	memcpy(strstr(early, "T20:00:00Z"), "T10", 3);
	RUN_ROWS(early_rows, early);
}

static void test_net(void **state)
{
	static const struct row rows[] = {
		{ "by the opener", "connect tcp 127.0.0.1:443\n",
		  "unapproved connect_not_allowed" },
		{ "by an unapproved process",
		  "exec exe=/tmp/curl -- curl\nconnect tcp 127.0.0.1:443\n",
		  "unapproved connect_not_allowed" },
		{ "allowed for all, by an unapproved process",
		  "exec exe=/tmp/curl -- curl\nconnect udp 10.0.0.53:53\n",
		  "unapproved connect_not_allowed" },
		{ "another port", CURL "connect tcp 127.0.0.1:80\n",
		  "unapproved connect_not_allowed" },
		{ "another address", CURL "connect tcp 127.0.0.2:443\n",
		  "unapproved connect_not_allowed" },
		{ "another step's", NGINX "connect tcp 127.0.0.1:443\n",
		  "unapproved connect_not_allowed" },
		{ "UDP where TCP to another port is allowed", CURL "connect udp 127.0.0.1:444\n",
		  "unapproved connect_not_allowed" },
		{ "TCP to port 0", CURL "connect tcp 127.0.0.1:0\n",
		  "unapproved connect_not_allowed" },
		{ "probe by an unapproved process",
		  "exec exe=/tmp/curl -- curl\nconnect udp 10.0.0.54:8081\n",
		  "unapproved connect_not_allowed" },
		{ "UDP to port 0 of another host", CURL "connect udp 127.0.0.2:0\n",
		  "unapproved connect_not_allowed" },
		{ "a datagram where TCP is allowed", CURL "send udp 127.0.0.1:443\n",
		  "unapproved send_not_allowed" },
		{ "a datagram to another port", NC "send udp 127.0.0.1:515\n",
		  "unapproved send_not_allowed" },
		{ "listen", CURL "listen tcp 127.0.0.1:8080\n", "unapproved listen_not_allowed" },
		{ "listen on every address", NC "listen tcp 0.0.0.0:8080\n",
		  "unapproved listen_not_allowed" },
		{ "listen on another port", NC "listen tcp 127.0.0.1:8081\n",
		  "unapproved listen_not_allowed" },
		{ "bind", CURL "bind tcp 127.0.0.1:8080\n", "unapproved listen_not_allowed" },
		{ "taken by a listener that may not be",
		  NC "listen tcp 127.0.0.1:8081\naccept tcp 10.0.0.9:5000 of=2\n",
		  "unapproved listen_not_allowed" },
		{ "taken by a listener whose record was lost",
		  NC "lose\naccept tcp 10.0.0.9:5000 of=2\n", "indeterminate untracked_process" },
		{ "taken by what is no listener",
		  CURL "connect tcp 127.0.0.1:443\naccept tcp 10.0.0.9:5000 of=2\n",
		  "indeterminate untracked_process" },
		{ "taken of an approved listener and of another",
		  NC "listen tcp 127.0.0.1:8080\nlisten tcp 127.0.0.1:8081\n"
		     "accept tcp 10.0.0.9:5000 of=3\n",
		  "unapproved listen_not_allowed" },
		{ "bind to any port, by an unapproved process",
		  "exec exe=/tmp/x -- x\nbind tcp 0.0.0.0:0\n", "unapproved listen_not_allowed" },
		{ "as approved", CURL "connect tcp 127.0.0.1:443\n", "approved health step" },
		{ "as approved, v6", CURL "connect tcp [::1]:443\n", "approved health step" },
		{ "a v4 address mapped into v6", CURL "connect tcp [::ffff:127.0.0.1]:443\n",
		  "approved health step" },
		{ "by name", CURL "connect tcp 10.9.9.9:5432\n", "approved health step" },
		{ "by a fork of the step", CURL CHILD "connect pid=101 tcp 127.0.0.1:443\n",
		  "approved health step" },
		{ "by a child of the step",
		  APT CHILD "exec pid=101 exe=/usr/lib/http -- http\n"
			    "connect pid=101 tcp 10.1.2.3:3142\n",
		  "approved packages child" },
		{ "UDP probe", CURL "connect udp 127.0.0.1:443\n", "approved health probe" },
		{ "UDP probe without a port", CURL "connect udp 10.9.9.9:0\n",
		  "approved health probe" },
		{ "allowed for all", NGINX "connect udp 10.0.0.53:53\n", "approved check step" },
		{ "allowed for all, below a login shell",
		  "shell\n" LOGIN CHILD "connect pid=101 udp 10.0.0.53:53\n", "approved shell" },
		{ "a datagram to where UDP may connect", NGINX "send udp 10.0.0.53:53\n",
		  "approved check step" },
		{ "a datagram by a rule for it", NC "send udp 127.0.0.1:514\n",
		  "approved serve step" },
		{ "bind to any port", CURL "bind tcp 0.0.0.0:0\n", "approved health step" },
		{ "bind where it may listen", NC "bind tcp 127.0.0.1:8080\n",
		  "approved serve step" },
		{ "listen where it may", NC "listen tcp 127.0.0.1:8080\n", "approved serve step" },
		{ "taken where it may listen",
		  NC "listen tcp 127.0.0.1:8080\naccept tcp 10.0.0.9:5000 of=2\n",
		  "approved serve step" },
		{ "taken after another program replaced the listener's",
		  NC "listen tcp 127.0.0.1:8080\nexec exe=/tmp/x -- x\n"
		     "accept tcp 10.0.0.9:5000 of=2\n",
		  "approved serve step" },
	};

	(void)state;
	RUN_ROWS(rows, ticket);
}

struct secrets_seen {
	size_t n;
	char text[256];
};

static void keep_secrets(void *ctx, const struct record *record, struct span line)
{
	struct secrets_seen *seen = ctx;

	(void)line;
	if (record->kind != RECORD_EXEC && record->kind != RECORD_EXEC_FAILED)
		return;
	seen->n = record->judgement->secrets_n;
	seen->text[0] = 0;
	for (size_t i = 0; i < seen->n; i++)
		snprintf(seen->text + strlen(seen->text), sizeof(seen->text) - strlen(seen->text),
			 "%.*s|", (int)record->judgement->secrets[i].n,
			 record->judgement->secrets[i].p);
	if (record->judgement->secrets_more)
		snprintf(seen->text + strlen(seen->text), sizeof(seen->text) - strlen(seen->text),
			 "*");
}

static void test_unix(void **state)
{
#define PRIVATE "unix stream /run/systemd/private"
	static const struct row rows[] = {
		{ "by the opener", PRIVATE "\n", "unapproved delegation" },
		{ "by the opener, to a service", "unix stream /dev/log\n",
		  "unapproved connect_not_allowed" },
		{ "by an unapproved program, allowed for all",
		  "exec exe=/tmp/curl -- curl\nunix stream /run/all.sock\n",
		  "unapproved connect_not_allowed" },
		{ "delegation that no step names", NGINX PRIVATE "\n", "unapproved delegation" },
		{ "delegation below children: any",
		  APT CHILD "exec pid=101 exe=/usr/bin/x -- x\n"
			    "unix pid=101 stream /run/docker.sock\n",
		  "unapproved delegation" },
		{ "delegation that another step names", CURL PRIVATE "\n",
		  "unapproved delegation" },
		{ "not in the table, and no step names it", NGINX "unix stream /run/x.sock\n",
		  "unapproved connect_not_allowed" },
		{ "a longer name", RESTART "unix stream /run/systemd/private2\n",
		  "unapproved connect_not_allowed" },
		{ "a shorter name", RESTART "unix stream /run/app.soc\n",
		  "unapproved connect_not_allowed" },
		{ "by way of ..", RESTART "unix stream /run/../run/systemd/private\n",
		  "unapproved connect_not_allowed" },
		{ "a service by way of ..", NGINX "unix stream /var/lib/sss/pipes/../../../log\n",
		  "unapproved connect_not_allowed" },
		{ "a path like the abstract name", RESTART "unix stream cwd=/ lockstep\n",
		  "unapproved connect_not_allowed" },
		{ "an abstract name like the path", RESTART "unix stream @/run/app.sock\n",
		  "unapproved connect_not_allowed" },
		{ "in another root", RESTART PRIVATE " root=/jail\n", "unapproved delegation" },
		{ "a service in another root", NGINX "unix stream /dev/log root=/jail\n",
		  "unapproved connect_not_allowed" },
		{ "in another mount namespace", "mntns 5\n" RESTART PRIVATE " mntns=6\n",
		  "unapproved delegation" },
		{ "relative to a directory that others may move",
		  RESTART "unix stream cwd=/run app.sock foreign\n",
		  "unapproved connect_not_allowed" },
		{ "after the end", RESTART "end ended\n" PRIVATE "\n", "unapproved after_end" },
		{ "a lost exec's", "lose exec\n" PRIVATE "\n", "indeterminate untracked_process" },
		{ "as approved", RESTART PRIVATE "\n", "approved restart step" },
		{ "untidy", RESTART "unix stream //run/./systemd//private\n",
		  "approved restart step" },
		{ "/var/run for /run", RESTART "unix stream /var/run/systemd/private\n",
		  "approved restart step" },
		{ "/run for /var/run", RESTART "unix stream /run/app.sock\n",
		  "approved restart step" },
		{ "relative", RESTART "unix seqpacket cwd=/run ./app.sock\n",
		  "approved restart step" },
		{ "an abstract name", RESTART "unix stream @lockstep\n", "approved restart step" },
		{ "an abstract name, in another root", RESTART "unix stream @lockstep root=/jail\n",
		  "approved restart step" },
		{ "a datagram to where it may connect", RESTART "unix send /run/systemd/private\n",
		  "approved restart step" },
		{ "by a child of the step",
		  RESTART CHILD "unix pid=101 stream /run/systemd/private\n",
		  "approved restart step" },
		{ "allowed for all", NGINX "unix stream /run/all.sock\n", "approved check step" },
		{ "a service", NGINX "unix dgram /dev/log\n", "approved check service" },
		{ "a service, by its old name", NGINX "unix stream /var/run/nscd/socket\n",
		  "approved check service" },
	};

	(void)state;
	RUN_ROWS(rows, ticket);
}

static void test_sockets(void **state)
{
	static const struct row rows[] = {
		{ "by the opener", "socket 17 3 768\n", "unapproved connect_not_allowed" },
		{ "by an unapproved program",
		  "exec exe=/tmp/tcpdump -- tcpdump -i lo\nsocket 17 3 768\n",
		  "unapproved connect_not_allowed" },
		{ "of a step that allows none", CURL "socket 2 3 1\n",
		  "unapproved connect_not_allowed" },
		{ "raw, where packet is allowed", TCPDUMP "socket 2 3 1\n",
		  "unapproved connect_not_allowed" },
		{ "raw ICMP, where ping sockets are", TCPDUMP "socket 10 3 58\n",
		  "unapproved connect_not_allowed" },
		{ "SCTP, where packet is", TCPDUMP "socket 2 1 132\n",
		  "unapproved connect_not_allowed" },
		{ "vsock, where packet is", TCPDUMP "socket 40 1 0\n",
		  "unapproved connect_not_allowed" },
		{ "packet, where all others are", TRACE "socket 17 2 8\n",
		  "unapproved connect_not_allowed" },
		{ "ping, where all others are", TRACE "socket 2 2 1\n",
		  "unapproved connect_not_allowed" },
		{ "after the end", TCPDUMP "end ended\nsocket 17 3 768\n", "unapproved after_end" },
		{ "a lost exec's", "lose exec\nsocket 17 3 768\n",
		  "indeterminate untracked_process" },
		{ "packet", TCPDUMP "socket 17 3 768\n", "approved capture step" },
		{ "XDP", TCPDUMP "socket 44 3 0\n", "approved capture step" },
		{ "ping", TCPDUMP "socket 10 2 58\n", "approved capture step" },
		{ "by a child of the step", TCPDUMP CHILD "socket pid=101 17 3 768\n",
		  "approved capture step" },
		{ "raw", TRACE "socket 2 3 1\n", "approved trace step" },
		{ "raw v6", TRACE "socket 10 3 255\n", "approved trace step" },
		{ "vsock", TRACE "socket 40 1 0\n", "approved trace step" },
		{ "SCTP", TRACE "socket 10 1 132\n", "approved trace step" },
		{ "a family that nobody knows", TRACE "socket 77 1 1\n", "approved trace step" },
	};

	(void)state;
	RUN_ROWS(rows, ticket);
}

static void test_secrets(void **state)
{
	static const struct row rows[] = {
		{ "no match, no secret", "exec exe=/usr/bin/mysql -- mysql -u root -phunter2\n",
		  "" },
		{ "approved", "exec exe=/usr/bin/mysql -- mysql -u root -phunter2 app\n",
		  "-phunter2|" },
		{ "failed, another program with such arguments",
		  "failed 2 /usr/bin/mysqladmin -- mysqladmin -u root -phunter2 app\n", "" },
		{ "failed, other arguments",
		  "failed 2 /usr/bin/mysql -- mysql -u me -phunter2 app\n", "" },
		{ "failed on the way along PATH",
		  "failed 2 /usr/local/bin/mysql -- mysql -u root -phunter2 app\n", "-phunter2|" },
		{ "failed, by argv[0] only",
		  "failed 13 /opt/x -- /usr/bin/mysql -u root -phunter2 app\n", "-phunter2|" },
		{ "failed, and cut before it can be told",
		  "failed 7 mysql flags=argv_truncated -- mysql -u root -phu\n", "*" },
		{ "failed, and not to be read", "failed 14 mysql flags=unreadable -- mysql -u\n",
		  "*" },
		{ "after the session's end",
		  "end ended\nexec exe=/usr/bin/mysql -- mysql -u root -phunter2 app\n",
		  "-phunter2|" },
		{ "outside the window",
		  "clock 14400\nexec exe=/usr/bin/mysql -- mysql -u root -phunter2 app\n",
		  "-phunter2|" },
		{ "of a deleted file",
		  "exec exe=/usr/bin/mysql flags=deleted -- mysql -u root -phunter2 app\n",
		  "-phunter2|" },
		{ "cut before it can be told",
		  "exec exe=/usr/bin/mysql flags=argv_truncated -- mysql -u root -phu\n", "*" },
		{ "cut, of another program",
		  "exec exe=/usr/bin/id flags=argv_truncated -- id -phu\n", "" },
		{ "matched, but as another user",
		  "exec exe=/usr/bin/mysql euid=33 -- mysql -u root -phunter2 app\n",
		  "-phunter2|" },
	};
	const char *const profiles[] = { profile };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct secrets_seen seen = { 0 };
		struct collector_ops ops = { .sink = keep_secrets, .ctx = &seen };
		struct acts *acts = acts_new(ticket, profiles, 1, &ops);

		acts_play(acts, prelude);
		acts_play(acts, rows[i].script);
		if (acts->error[0] || strcmp(seen.text, rows[i].want))
			fail_msg("row \"%s\": got \"%s\" %s", rows[i].name, seen.text, acts->error);
		acts_free(acts);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_arguments),
		cmocka_unit_test(test_program),
		cmocka_unit_test(test_script),
		cmocka_unit_test(test_surroundings),
		cmocka_unit_test(test_many_variables),
		cmocka_unit_test(test_counts),
		cmocka_unit_test(test_children),
		cmocka_unit_test(test_delegation),
		cmocka_unit_test(test_shell),
		cmocka_unit_test(test_session),
		cmocka_unit_test(test_net),
		cmocka_unit_test(test_unix),
		cmocka_unit_test(test_sockets),
		cmocka_unit_test(test_secrets),
		cmocka_unit_test(test_script_seen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
