// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause

/*
 * Logins without a ticket, under this build's lockstepd with its real tables: in a guest only,
 * since who logs in on a host is none of a test's. A login here is a child that sets its audit
 * login uid as pam_loginuid(8) does, and executes something. What the test did is held against the
 * store's records.
 *
 * Seen failing: no-audit-session with login_watched() that looks at no id, and no login_begins();
 * the others, in their order: with no login_member() in on_exec(); with no login_tag_kin() (each
 * command is a session); with no entry in `logins` (two sessions); with no login_begins() (root's
 * command is the first); with no login_ignored(); with one that looks at ancestors only (the
 * service manager); with a look for the login before that for the membership (the two of tickets),
 * and with no tag_move(); with no login_miss(), and with one that does not see a spare follow
 * (on 7.x, 9); with no on_session() in logins.c, and with a takeover that adopts spares (both
 * killed); with a daemon that always watches (off); with find_untracked() that takes what was there
 * before for a lost fork.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/base/json_read.h"
#include "edge/store/store.h"
#include "lib/wait.h"
#include "lockstep/state.h"

#define DIR     "/tmp/login"
#define STORE   DIR "/s.db"
#define CONFIG  DIR "/lockstepd.yaml"
#define CRON    DIR "/cron"
#define SYSTEMD DIR "/systemd"
#define LEAF    "/tests/actor_leaf"

enum { USER = 1000, UNSET = -1 };

static char self[256];
static pid_t daemon_pid;

/* What a login executes: a command with each 'c', its audit session id anew with each 'l'. */
static int set_login(unsigned int uid)
{
	char text[16];
	int fd = open("/proc/self/loginuid", O_WRONLY | O_CLOEXEC);
	int n = snprintf(text, sizeof(text), "%u", uid);
	bool ok = fd >= 0 && write(fd, text, (size_t)n) == n;

	if (fd >= 0)
		close(fd);
	return ok ? 0 : -1;
}

static int command(void)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		execl(LEAF, "actor_leaf", NULL);
		_exit(127);
	}
	return waitpid(pid, &status, 0) == pid && status == 0 ? 0 : -1;
}

static int shell(void)
{
	char c;

	if (write(1, "r", 1) != 1)
		return 1;
	while (read(0, &c, 1) == 1) {
		if ((c == 'c' && command()) || (c == 'l' && set_login(0)) || write(1, "d", 1) != 1)
			return 1;
	}
	return 0;
}

/* A process of the test's that sets an audit session, and then executes; driven by a pipe. */
struct login {
	pid_t pid;
	uint32_t asid; /* LS_NO_ID: none */
	int to, from;
};

struct spec {
	int loginuid, uid;       /* UNSET: neither is set */
	const char *before;      /* executed by a child, before the uid is set; NULL: nothing */
	const char *const *argv; /* NULL: the shell above */
	int gate; /* a pipe at whose first byte a child from before executes a command; 0: none */
};

/* Forked before anything was executed: its parent's session is none of its own by the fork. */
static void leave_sibling(int gate)
{
	char c;

	if (fork() != 0)
		return;
	if (read(gate, &c, 1) == 1)
		execl(LEAF, "actor_leaf", NULL);
	_exit(127);
}

static void become(const struct spec *spec, int in, int out)
{
	char *const argv[] = { self, "shell", NULL };
	int status;

	if (dup2(in, 0) < 0 || dup2(out, 1) < 0 ||
	    (spec->loginuid != UNSET && set_login((unsigned int)spec->loginuid)))
		_exit(126);
	if (spec->gate)
		leave_sibling(spec->gate);
	if (spec->before && fork() == 0) {
		execl(spec->before, "before", NULL);
		_exit(127);
	}
	if (spec->before && (wait(&status) < 0 || status))
		_exit(126);
	if (spec->uid != UNSET && (setgid((gid_t)spec->uid) || setuid((uid_t)spec->uid)))
		_exit(126);
	if (spec->argv)
		execv(spec->argv[0], (char *const *)spec->argv);
	else
		execv(self, argv);
	_exit(127);
}

static uint32_t asid_of(pid_t pid)
{
	char path[64], text[32] = "";
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/sessionid", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_true(read(fd, text, sizeof(text) - 1) > 0);
	close(fd);
	return (uint32_t)strtoul(text, NULL, 10);
}

static void answered(const struct login *login, char want)
{
	char c = 0;

	assert_int_equal(read(login->from, &c, 1), 1);
	assert_int_equal(c, want);
}

static struct login log_in(const struct spec *spec)
{
	struct login login;
	int down[2], up[2];

	assert_int_equal(pipe2(down, O_CLOEXEC) | pipe2(up, O_CLOEXEC), 0);
	login.pid = fork();
	assert_true(login.pid >= 0);
	if (login.pid == 0)
		become(spec, down[0], up[1]);
	close(down[0]);
	close(up[1]);
	login.to = down[1];
	login.from = up[0];
	answered(&login, 'r');
	login.asid = asid_of(login.pid);
	return login;
}

static void tell(const struct login *login, char c)
{
	assert_int_equal(write(login->to, &c, 1), 1);
	answered(login, 'd');
}

static void log_out(const struct login *login)
{
	int status;

	close(login->to);
	close(login->from);
	assert_int_equal(waitpid(login->pid, &status, 0), login->pid);
	assert_int_equal(status, 0);
}

/* What the store says. */
struct query {
	const char *kind, *session; /* NULL: any */
	const char *ticket, *what;  /* likewise, by these members of the line */
	const char *detail;         /* a part of it */
	const char *reason;         /* of a loss: any but this */
	uint64_t login, pid;        /* 0: any */
	uint32_t operator_uid;      /* of a start; 0: any */
	bool unapproved;            /* for no_ticket alone */
	unsigned int found;
	char id[32];   /* of the last that was found */
	uint64_t asid; /* likewise; 0: null */
};

static bool is_number(const struct json_object *line, const char *key, uint64_t want)
{
	uint64_t is;

	return !want || (!json_read_u64(json_get(line, key), &is) && is == want);
}

static bool is_text(const struct json_object *line, const char *key, const char *want)
{
	return !want || json_is(json_get(line, key), want);
}

static bool has_text(const struct json_object *line, const char *key, const char *part)
{
	struct span value = json_get(line, key);

	return !part || (value.n && memmem(value.p, value.n, part, strlen(part)));
}

static int look_at(void *ctx, uint64_t seq, const char *text, size_t n)
{
	static struct json_object line;
	struct query *query = ctx;
	struct span id;

	(void)seq;
	assert_int_equal(json_read((struct span){ text, n }, &line), 0);
	if (!is_text(&line, "ticket", query->ticket) || !is_text(&line, "what", query->what) ||
	    !has_text(&line, "detail", query->detail) || !is_number(&line, "login", query->login) ||
	    !is_number(&line, "pid", query->pid) ||
	    !is_number(&line, "operator_uid", query->operator_uid) ||
	    (query->reason && is_text(&line, "reason", query->reason)) ||
	    (query->unapproved && (!is_text(&line, "verdict", "unapproved") ||
				   !has_text(&line, "reasons", "[\"no_ticket\"]"))))
		return 0;
	query->found++;
	if (query->reason) /* none is wanted: which it is, is of interest */
		print_message("  %.*s\n", (int)n, text);
	if (json_read_u64(json_get(&line, "asid"), &query->asid))
		query->asid = 0;
	id = json_get(&line, "session");
	snprintf(query->id, sizeof(query->id), "%.*s", id.n > 2 ? (int)id.n - 2 : 0,
		 id.n > 2 ? id.p + 1 : "");
	return 0;
}

static unsigned int ask(struct query *query)
{
	const struct store_filter filter = { .session = query->session, .kind = query->kind };
	struct store *store;
	char why[256];

	query->found = 0;
	if (store__open_readonly(&store, STORE, why, sizeof(why)))
		return 0;
	assert_int_equal(store__read(store, &filter, 0, look_at, query), 0);
	store__close(store);
	return query->found;
}

/* For whoever reads why a row failed: a loss, and what the daemon said of itself. */
static void tell_losses(void)
{
	struct query losses = { .kind = "loss", .reason = "" },
		     host = { .kind = "host", .reason = "" };

	ask(&losses);
	ask(&host);
}

/* Waits until there are as many; more than that is another matter. */
static void expect(const char *name, struct query *query, unsigned int want)
{
	struct wait wait = wait_begin();

	while (ask(query) < want && wait_again(&wait))
		continue;
	if (query->found == want)
		return;
	tell_losses();
	fail_msg("%s: %u, want %u", name, query->found, want);
}

/* The only session of the login, which has begun. */
static void session_of(const struct login *login, char id[32])
{
	struct query start = { .kind = "session_start", .login = login->asid };

	expect("sessions of the login", &start, 1);
	memcpy(id, start.id, sizeof(start.id));
}

static void expect_commands(const char *session, uint64_t pid, unsigned int want)
{
	struct query execs = { .kind = "exec", .session = session, .pid = pid, .unapproved = true };

	expect("unapproved commands", &execs, want);
}

static void expect_end(const char *session)
{
	struct query end = { .kind = "session_end", .session = session };

	expect("ends", &end, 1);
}

/* Whatever is on its way has come once a login that begins now is in the store. */
static void settle(void)
{
	const struct spec spec = { .uid = UNSET };
	struct login login = log_in(&spec);
	char id[32];

	session_of(&login, id);
	expect_commands(id, (uint64_t)login.pid, 1);
	log_out(&login);
	expect_end(id);
}

static void expect_no_session(uint32_t asid)
{
	struct query start = { .kind = "session_start", .login = asid };

	settle();
	expect("sessions", &start, 0);
}

static void row(const char *name)
{
	print_message("  row: %s\n", name);
}

static const struct spec root_login = { .loginuid = 0, .uid = UNSET };

static void run(const char *const *argv)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		execv(argv[0], (char *const *)argv);
		_exit(127);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

/* What lockstep prints has these words. */
static void shows(const char *verb, const char *words, uint32_t number)
{
	char line[256];
	const char *const argv[] = { "/bin/sh", "-c", line, NULL };

	snprintf(line, sizeof(line), "lockstep %s --run-dir " DIR "/run | grep -qF '%s%u'", verb,
		 words, number);
	run(argv);
}

static void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "we");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static void configure(const char *logins)
{
	char text[1024];

	snprintf(text, sizeof(text),
		 "store: " STORE "\n"
		 "run_dir: " DIR "/run\n"
		 "tickets: " DIR "/tickets\n"
		 "profiles: " DIR "/tickets\n"
		 "signatures: optional\n"
		 "unticketed: {logins: %s, ignore: [" CRON ", " SYSTEMD ", " DIR "/not-there]}\n",
		 logins);
	write_file(CONFIG, text);
}

static void daemon_start(unsigned int nth)
{
	struct query start = { .kind = "host", .what = "start" };

	daemon_pid = fork();
	assert_true(daemon_pid >= 0);
	if (daemon_pid == 0) {
		int err = open(DIR "/daemon.err", O_WRONLY | O_CREAT | O_APPEND, 0600);

		dup2(err, 2);
		execl("/sbin/lockstepd", "lockstepd", "-c", CONFIG, NULL);
		_exit(127);
	}
	expect("starts", &start, nth);
}

static void daemon_end(int signal)
{
	assert_int_equal(kill(daemon_pid, signal), 0);
	assert_int_equal(waitpid(daemon_pid, NULL, 0), daemon_pid);
}

static struct login earlier;

/* One that is there already is one from its next command on, and the same one with the next. */
static void test_before_the_daemon(void **state)
{
	char id[32];

	(void)state;
	row("a login that was there before the daemon");
	tell(&earlier, 'c');
	tell(&earlier, 'c');
	session_of(&earlier, id);
	expect_commands(id, 0, 2);
	log_out(&earlier);
	expect_end(id);
}

static void test_no_audit_session(void **state)
{
	const struct spec spec = { .loginuid = UNSET, .uid = UNSET };
	struct login login = log_in(&spec);
	struct query execs = { .kind = "exec", .pid = (uint64_t)login.pid };

	(void)state;
	row("a process without an audit session is left alone");
	assert_int_equal(login.asid, LS_NO_ID);
	tell(&login, 'c');
	log_out(&login);
	settle();
	expect("its commands", &execs, 0);
}

static void test_login(void **state)
{
	struct login login = log_in(&root_login), second;
	struct query start = { .kind = "session_start", .pid = (uint64_t)login.pid };
	char id[32], other[32];

	(void)state;
	row("a login becomes a session with no ticket");
	session_of(&login, id);
	expect("starts that name its process", &start, 1);
	row("the list and the status name it as a login");
	shows("session list", "none, login ", login.asid);
	shows("status", "open sessions 1 (logins without a ticket: ", 1);
	row("its first exec is unapproved: no_ticket");
	expect_commands(id, (uint64_t)login.pid, 1);
	row("its children are in it");
	tell(&login, 'c');
	tell(&login, 'c');
	expect_commands(id, 0, 3);
	row("a second login is a second session");
	second = log_in(&root_login);
	session_of(&second, other);
	assert_string_not_equal(id, other);
	expect_commands(other, 0, 1);
	expect_commands(id, 0, 3);
	row("it ends with its last process");
	log_out(&login);
	expect_end(id);
	log_out(&second);
	expect_end(other);
}

/* As sshd does for a second channel: a process that is not the first one's child. */
static void test_same_login(void **state)
{
	struct spec spec = { .loginuid = 0, .uid = UNSET, .before = LEAF };
	struct login login;
	char id[32];
	int gate[2];

	(void)state;
	row("all that executes in a login is one session");
	assert_int_equal(pipe2(gate, O_CLOEXEC), 0);
	spec.gate = gate[0];
	login = log_in(&spec);
	session_of(&login, id);
	expect_commands(id, 0, 2);
	expect_commands(id, (uint64_t)login.pid, 1);
	assert_int_equal(write(gate[1], "g", 1), 1);
	close(gate[0]);
	close(gate[1]);
	expect_commands(id, 0, 3);
	session_of(&login, id);
	log_out(&login);
	expect_end(id);
}

static void test_user_login(void **state)
{
	const struct spec spec = { .loginuid = USER, .uid = USER, .before = LEAF };
	struct login login = log_in(&spec);
	struct query start = { .kind = "session_start", .login = login.asid, .operator_uid = USER };
	char id[32];

	(void)state;
	row("a user's login");
	session_of(&login, id);
	expect("sessions of the user's", &start, 1);
	row("what ran as root before the user's first act is not in it");
	settle();
	expect_commands(id, 0, 1);
	expect_commands(id, (uint64_t)login.pid, 1);
	log_out(&login);
	expect_end(id);
}

/* CRON, as a copy of this program, is what sets the audit session, and forks. */
static void test_ignored(void **state)
{
	const char *const cron[] = { CRON, "cron", NULL }, *const systemd[] = { SYSTEMD, "shell",
										NULL };
	const struct spec below = { .loginuid = UNSET, .uid = UNSET, .argv = cron };
	const struct spec itself = { .loginuid = 0, .uid = UNSET, .argv = systemd };
	struct login login = log_in(&below);

	(void)state;
	row("below an ignored program a login is left alone");
	assert_int_not_equal(login.asid, LS_NO_ID);
	tell(&login, 'c');
	log_out(&login);
	expect_no_session(login.asid);
	row("nor is a service manager that the login's first process executes");
	login = log_in(&itself);
	tell(&login, 'c');
	log_out(&login);
	expect_no_session(login.asid);
}

#define START "/bin/lockstep", "session", "start", "--run-dir", DIR "/run", "-q", "CHG-L", "--"

/* A process that has its ticket, and sets its login uid then. */
static void test_ticket(void **state)
{
	const char *const argv[] = { START, self, "shell", NULL };
	const struct spec spec = { .loginuid = UNSET, .uid = UNSET, .argv = argv };
	struct query start = { .kind = "session_start", .ticket = "CHG-L" };
	struct query execs = { .kind = "exec", .ticket = "CHG-L" };
	struct login login = log_in(&spec);

	(void)state;
	row("a process of a ticket's session that gets a login uid stays in its session");
	expect("sessions on the ticket", &start, 1);
	tell(&login, 'l');
	tell(&login, 'c');
	execs.session = start.id;
	expect("its commands", &execs, 2);
	log_out(&login);
	expect_end(start.id);
	assert_true(execs.asid != 0);
	expect_no_session((uint32_t)execs.asid);
}

/* A login without a ticket asks for one: what it starts on that is the ticket's. */
static void test_ticket_in_a_login(void **state)
{
	const char *const argv[] = { START, self, "shell", NULL };
	const struct spec spec = { .loginuid = 0, .uid = UNSET, .argv = argv };
	struct query start = { .kind = "session_start", .ticket = "CHG-L" };
	struct query execs = { .kind = "exec", .ticket = "CHG-L" };
	struct login login = log_in(&spec);
	char id[32];

	(void)state;
	row("a login without a ticket may begin a session on one");
	session_of(&login, id);
	expect("sessions on the ticket, two by now", &start, 2);
	execs.session = start.id;
	tell(&login, 'c');
	expect("its commands", &execs, 2);
	expect_commands(id, 0, 1); /* lockstep itself */
	log_out(&login);
	expect_end(start.id);
	expect_end(id);
}

/* Nobody refills the stock. */
static void test_stock_is_empty(void **state)
{
	enum { MORE = 3 };
	const char *const leaf[] = { LEAF, NULL };
	struct query unrecorded = { .kind = "host", .what = "login_unrecorded" };
	struct query starts = { .kind = "session_start" }, ends = { .kind = "session_end" };

	(void)state;
	row("the stock is empty: counted and told");
	settle();
	ask(&starts);
	ask(&ends);
	assert_int_equal(starts.found, ends.found);
	starts.found += LS_LOGIN_SPARES_MAX;
	kill(daemon_pid, SIGSTOP);
	for (unsigned int i = 0; i < LS_LOGIN_SPARES_MAX + MORE; i++) {
		pid_t pid = fork();

		if (pid == 0) {
			if (set_login(0))
				_exit(126);
			execv(leaf[0], (char *const *)leaf);
			_exit(127);
		}
		assert_int_equal(waitpid(pid, NULL, 0), pid);
	}
	kill(daemon_pid, SIGCONT);
	unrecorded.detail = "3 commands of logins without a ticket ran in no session";
	expect("what was not recorded is told", &unrecorded, 1);
	expect("starts", &starts, starts.found);
	expect("ends", &ends, starts.found);
}

/*
 * Each is looked for by a search while it forks, and is counted once all the same. Of a search that
 * does not mind TASK_NEW this finds out on a loaded machine only, where a login was seen that never
 * ended. So was one on 7.2 whose exit hook and its spares had all been skipped, before the search
 * counted out who is gone.
 */
static void test_busy(void **state)
{
	enum { LOGINS = 24, COMMANDS = 8 };
	struct query starts = { .kind = "session_start" }, ends = { .kind = "session_end" };

	(void)state;
	row("logins that fork while they are looked for end with their last process");
	settle();
	ask(&starts);
	for (int i = 0; i < LOGINS; i++) {
		if (fork() != 0)
			continue;
		for (int j = 0; j < COMMANDS; j++) {
			if ((j == 0 && set_login(0)) || command())
				_exit(1);
		}
		_exit(0);
	}
	for (int i = 0, status; i < LOGINS; i++)
		assert_true(wait(&status) > 0 && status == 0);
	expect("starts", &starts, starts.found + LOGINS);
	expect("ends", &ends, starts.found);
}

/* Meanwhile the kernel goes on by itself, also with a login that begins. */
static void test_killed(void **state)
{
	struct login login = log_in(&root_login), second;
	struct query restart = { .kind = "host", .what = "restart" };
	struct query execs = { .kind = "exec", .login = login.asid };
	char id[32], other[32];

	(void)state;
	row("daemon killed and started again: the login goes on");
	session_of(&login, id);
	expect_commands(id, 0, 1);
	daemon_end(SIGKILL);
	tell(&login, 'c');
	second = log_in(&root_login);
	tell(&second, 'c');
	daemon_start(2);
	expect("restarts", &restart, 1);
	tell(&login, 'c');
	session_of(&login, id);
	expect_commands(id, 0, 3);
	expect("commands of the login", &execs, 3);
	row("one that began meanwhile is recorded from its first exec on");
	session_of(&second, other);
	expect_commands(other, 0, 2);
	row("and one that begins afterwards");
	settle();
	log_out(&login);
	log_out(&second);
	expect_end(id);
	expect_end(other);
}

static void test_off(void **state)
{
	struct query reload = { .kind = "host", .what = "reload" };
	struct query starts = { .kind = "session_start" };
	struct login login;

	(void)state;
	row("off, as the configuration is read again");
	ask(&starts);
	configure("off");
	kill(daemon_pid, SIGHUP);
	expect("reloads", &reload, 1);
	login = log_in(&root_login);
	tell(&login, 'c');
	log_out(&login);
	configure("recorded");
	kill(daemon_pid, SIGHUP);
	expect("reloads", &reload, 2);
	expect_no_session(login.asid);
}

/* How many acts the kernel kept every program from since they were loaded, as the daemon tells. */
static unsigned int skipped(void)
{
	static const char key[] = "\"recursion_misses\":";
	char line[4096] = "";
	const char *at;
	FILE *status = popen("lockstep status --json --run-dir " DIR "/run", "re");

	assert_non_null(status);
	assert_non_null(fgets(line, sizeof(line), status));
	assert_int_equal(pclose(status), 0);
	at = strstr(line, key);
	assert_non_null(at);
	return (unsigned int)strtoul(at + sizeof(key) - 1, NULL, 10);
}

/*
 * What was in a login before it became a session is no process that slipped out of one. But where
 * programs can be preempted (7.0 and later), an emulated processor can skip one and all its spares:
 * that was told to each session that was open, and no more can have slipped out, or be lost by
 * that, than was skipped.
 */
static void test_nothing_lost(void **state)
{
	struct query losses = { .kind = "loss", .reason = "recursion" };
	struct query untracked = { .kind = "host", .what = "untracked_process" };
	struct query unseen = { .kind = "host", .what = "unseen_exit" };
	unsigned int most;

	(void)state;
	row("nothing was lost, and nobody slipped out");
	settle();
	most = skipped();
	print_message("  %u acts skipped\n", most);
	if (ask(&losses) > most || ask(&untracked) + ask(&unseen) > most) {
		tell_losses();
		fail_msg("%u losses, %u untracked, %u exits unseen", losses.found, untracked.found,
			 unseen.found);
	}
}

static void copy_self(const char *path)
{
	const char *const argv[] = { "/bin/busybox", "cp", self, path, NULL };

	run(argv);
}

static int set_up(void **state)
{
	(void)state;
	assert_int_equal(mkdir(DIR, 0755) | mkdir(DIR "/tickets", 0755), 0);
	copy_self(CRON);
	copy_self(SYSTEMD);
	configure("recorded");
	write_file(DIR "/tickets/CHG-L.yaml",
		   "lockstep: 1\nticket: CHG-L\nsummary: a test\nrequester: somebody@example\n"
		   "operators: [root]\nhosts: [\"*\"]\n"
		   "window: {from: 2020-01-01T00:00:00Z, until: 2090-01-01T00:00:00Z}\n"
		   "steps:\n  - id: leaf\n    run: " LEAF "\n");
	earlier = log_in(&root_login);
	daemon_start(1);
	return 0;
}

static int tear_down(void **state)
{
	const char *const unload[] = { "/sbin/lockstepd", "-c", CONFIG, "--unload", NULL };
	char line[512];
	FILE *said = fopen(DIR "/daemon.err", "re");

	(void)state;
	daemon_end(SIGTERM);
	run(unload);
	while (said && fgets(line, sizeof(line), said))
		print_message("  daemon: %s", line);
	if (said)
		fclose(said);
	return 0;
}

static int cron(void)
{
	pid_t pid;
	int status;

	if (set_login(0))
		return 1;
	pid = fork();
	if (pid == 0) {
		execl(self, self, "shell", NULL);
		_exit(127);
	}
	return waitpid(pid, &status, 0) == pid && status == 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_before_the_daemon),
		cmocka_unit_test(test_no_audit_session),
		cmocka_unit_test(test_login),
		cmocka_unit_test(test_same_login),
		cmocka_unit_test(test_user_login),
		cmocka_unit_test(test_ignored),
		cmocka_unit_test(test_ticket),
		cmocka_unit_test(test_ticket_in_a_login),
		cmocka_unit_test(test_stock_is_empty),
		cmocka_unit_test(test_busy),
		cmocka_unit_test(test_killed),
		cmocka_unit_test(test_off),
		cmocka_unit_test(test_nothing_lost),
	};

	snprintf(self, sizeof(self), "/tests/test_login");
	if (argc == 2 && !strcmp(argv[1], "shell"))
		return shell();
	if (argc == 2 && !strcmp(argv[1], "cron"))
		return cron();
	if (access("/init", X_OK) || getpid() == 1) {
		puts("runs in a guest of tests/vm: it watches whoever logs in");
		return 77;
	}
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
