/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "cli/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "approve/approvals.h"
#include "approve/plan_file.h"
#include "core/base/array.h"
#include "core/base/text.h"
#include "core/show/present.h"
#include "edge/host.h"
#include "edge/lookup.h"
#include "edge/loop.h"
#include "engine/engine.h"

enum {
	PUMP_BUDGET = 1024,
	FINISH_MS = 10000, /* what the records of a command that has ended get to come in */
	ALIVE_SHOWN = 16,
	CANNOT_EXEC = 126,
	NOT_FOUND = 127, /* as shells have it */
	INDETERMINATE = 3,
};

struct run {
	struct options *options;
	const char *ticket, *store, *cgroup, *profiles, *signers, *revoked;
	uint64_t ring_kib;
	bool strict, quiet, json;

	struct plan_file plan;
	struct approved approved; /* empty without --signers */
	struct host host;
	struct engine *engine;
	struct loop *loop;
	struct buf text, env;
	pid_t pid;
	int pidfd;
	int gate[2]; /* the child waits until its end of this pipe says something */
	uint32_t session;
	char id[32];
	bool exited, ended;
	int wait_status;
	enum outcome outcome;
	uint32_t alive[ALIVE_SHOWN];
	size_t alive_n;
};

static const struct option_spec run_options[] = {
	{ 't', "ticket", "FILE", "the ticket that CMD is held against; without: a rehearsal" },
	{ 's', "store", "FILE", "keep the records in FILE (see lockstep export)" },
	{ 256, "strict", NULL, "exit status 0 compliant, 1 violation, 3 indeterminate" },
	{ 'p', "profiles", "DIR", "where profiles are (default: " PLAN_FILE_PROFILES_DIR ")" },
	{ 259, "signers", "FILE",
	  "run only what allowed signers in FILE approved, see lockstep-ticket(5)" },
	{ 260, "revoked", "FILE",
	  "with --signers: keys in FILE (a KRL, or public keys) count no more" },
	{ 257, "cgroup", "DIR", "watch the network in this cgroup only, and run CMD in it" },
	{ 258, "ring", "KIB", "size of the ring between kernel and collector (default: 8192)" },
	{ 'q', "quiet", NULL, "no alerts while CMD runs; the reconciliation still follows" },
	{ 'j', "json", NULL, "alerts and the session's end as JSON lines" },
};

static int parse(struct run *run)
{
	struct options *options = run->options;
	int id;

	while ((id = options_next(options)) > 0) {
		if (id == 't')
			run->ticket = options->value;
		else if (id == 's')
			run->store = options->value;
		else if (id == 'p')
			run->profiles = options->value;
		else if (id == 257)
			run->cgroup = options->value;
		else if (id == 259)
			run->signers = options->value;
		else if (id == 260)
			run->revoked = options->value;
		else if (id == 258 && option_number(options->value, 1 << 21, &run->ring_kib))
			return options_usage(options,
					     "--ring: expected KiB up to 2097152, got \"%s\"",
					     options->value);
		run->strict |= id == 256;
		run->quiet |= id == 'q';
		run->json |= id == 'j';
	}
	if (id < 0)
		return options->status;
	if (options->operands_n == 0)
		return options_usage(options, "expected a command to run");
	if (run->signers && !run->ticket)
		return options_usage(options, "--signers needs a ticket");
	return CLI_OK;
}

/* To stderr: stdout is the command's. */
static void say_record(struct run *run, struct span line)
{
	const struct present_opts opts = { PRESENT_ALERT, cli_colour(STDERR_FILENO) };

	buf_reset(&run->text);
	if (run->json) {
		buf_add(&run->text, line.p, line.n);
		buf_addc(&run->text, '\n');
	} else if (present_line(line, &opts, &run->text)) {
		return;
	}
	if (!run->text.failed)
		fwrite(run->text.p, 1, run->text.n, stderr);
}

static bool is_alert(const struct record *record)
{
	if (record->kind == RECORD_LOSS)
		return true;
	return record->judgement && (record->judgement->verdict == VERDICT_UNAPPROVED ||
				     record->judgement->verdict == VERDICT_INDETERMINATE);
}

static void on_record(void *ctx, const struct record *record, struct span line)
{
	struct run *run = ctx;

	if (record->kind == RECORD_SESSION_END) {
		run->outcome = record->end.facts->outcome;
		say_record(run, line);
	} else if (is_alert(record) && run->ticket && !run->quiet) {
		say_record(run, line);
	}
}

static void note_alive(void *ctx, uint32_t tgid, const struct ls_member *member)
{
	struct run *run = ctx;

	(void)member;
	if (run->alive_n < ALIVE_SHOWN)
		run->alive[run->alive_n] = tgid;
	run->alive_n++;
}

static void on_ended(void *ctx, uint32_t session)
{
	struct run *run = ctx;

	probe__members(engine__probe(run->engine), session, note_alive, run);
	run->ended = true;
}

static void on_trouble(void *ctx, const char *line)
{
	const struct run *run = ctx;

	options_fail(run->options, "%s", line);
}

/* The waiting child, before any thread, descriptor or signal of ours exists. Does not return. */
static void child(struct run *run)
{
	char **argv = run->options->operands;
	char go;
	int error;

	close(run->gate[1]);
	/* An end of file: there is no session, and nothing is to run. */
	if (read(run->gate[0], &go, 1) != 1)
		_exit(CANNOT_EXEC);
	execvp(argv[0], argv);
	error = errno;
	text_quote(&run->text, span_of(argv[0]), 0);
	options_fail(run->options, "%.*s: %s", (int)run->text.n, run->text.p, strerror(error));
	_exit(error == ENOENT ? NOT_FOUND : CANNOT_EXEC);
}

static int start_child(struct run *run)
{
	if (pipe2(run->gate, O_CLOEXEC))
		return -errno;
	fflush(NULL);
	run->pid = fork();
	if (run->pid < 0)
		return -errno;
	if (run->pid == 0)
		child(run);
	close(run->gate[0]);
	run->gate[0] = -1;
	run->pidfd = (int)syscall(SYS_pidfd_open, run->pid, 0);
	return run->pidfd < 0 ? -errno : 0;
}

static int enter_cgroup(const struct run *run)
{
	char path[4096];
	int fd, ret = 0;

	if (!run->cgroup)
		return 0;
	if (snprintf(path, sizeof(path), "%s/cgroup.procs", run->cgroup) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (dprintf(fd, "%d", (int)run->pid) < 0)
		ret = -errno;
	close(fd);
	return ret;
}

/* SUDO_UID and its like are the caller's to choose; the audit login uid is not. */
static uint32_t operator_uid(void)
{
	uint32_t uid;

	return host_login_uid((int)getpid(), &uid) ? uid : getuid();
}

static uint32_t mount_namespace(void)
{
	struct stat st;

	return stat("/proc/self/ns/mnt", &st) ? 0 : (uint32_t)st.st_ino;
}

static int open_session(struct run *run)
{
	const struct ticket *ticket = run->plan.plan ? run->plan.plan->ticket : NULL;
	char operator_name[256];
	struct engine_session session = {
		.pidfd = run->pidfd,
		.plan = run->plan.plan,
		.mntns = mount_namespace(),
		.quiet = !ticket,
		.env = buf_span(&run->env),
		.info = { .operator_uid = operator_uid(), .tgid = (uint32_t)run->pid },
	};

	host_user_name(session.info.operator_uid, operator_name, sizeof(operator_name));
	session.info.operator_name = operator_name;
	if (ticket) {
		session.info.ticket = ticket->id;
		session.info.requester = ticket->requester;
		session.info.summary = ticket->summary;
		session.info.unsigned_ticket = !run->signers;
		session.info.approvers = run->approved.names.p;
		session.info.approvals = run->approved.evidence.p;
		memcpy(session.info.signers_sha256, run->approved.signers_sha256,
		       sizeof(session.info.signers_sha256));
		session.evidence = run->approved.kept;
		session.evidence_n = run->approved.kept_n;
		snprintf(session.info.ticket_sha256, sizeof(session.info.ticket_sha256), "%s",
			 run->plan.sha256);
		session.wrong_host = !ticket_names_host(ticket, run->host.name);
		session.wrong_operator = !lookup_is_operator(ticket, session.info.operator_uid);
		session.ticket_bytes = run->plan.bytes.p;
		session.ticket_bytes_n = run->plan.bytes.n;
		session.profiles = run->plan.profiles;
		session.profiles_n = run->plan.profiles_n;
	}
	run->plan.plan = NULL; /* transferred */
	return engine__open_session(run->engine, &session, &run->session, run->id);
}

static void on_engine(void *ctx, uint32_t events)
{
	struct run *run = ctx;

	(void)events;
	engine__pump(run->engine, PUMP_BUDGET);
}

static void on_child(void *ctx, uint32_t events)
{
	struct run *run = ctx;

	(void)events;
	if (waitpid(run->pid, &run->wait_status, WNOHANG) != run->pid)
		return;
	run->exited = true;
	loop__unwatch(run->loop, run->pidfd);
}

/* What would end us ends the command; then we end as it does. */
static void on_signal(void *ctx, int number)
{
	const struct run *run = ctx;

	syscall(SYS_pidfd_send_signal, run->pidfd, number, NULL, 0);
}

/*
 * The command shares our terminal: what its keys send is meant for the command, and the last words
 * of a session must not be lost with whoever types ^C, nor by a closed pipe or a background
 * terminal.
 */
static int watch(struct run *run)
{
	static const int forwarded[] = { SIGTERM, SIGHUP, 0 };
	static const int ignored[] = { SIGINT, SIGQUIT, SIGPIPE, SIGTTOU };
	int ret;

	for (size_t i = 0; i < ARRAY_SIZE(ignored); i++)
		signal(ignored[i], SIG_IGN);
	ret = loop__open(&run->loop);
	if (!ret)
		ret = loop__signals(run->loop, forwarded, on_signal, run);
	if (!ret)
		ret = loop__watch(run->loop, run->pidfd, EPOLLIN, on_child, run);
	return ret;
}

static int open_engine(struct run *run)
{
	struct engine_opts opts = {
		.probe = { .cgroup = run->cgroup, .ring_bytes = (uint32_t)(run->ring_kib * 1024) },
		.store = run->store,
		.record = on_record,
		.ended = on_ended,
		.trouble = on_trouble,
		.ctx = run,
	};
	char why[512];

	if (engine__open(&run->engine, &opts, why, sizeof(why)))
		return options_fail(run->options, "%s", why);
	if (loop__watch(run->loop, engine__fd(run->engine), EPOLLIN, on_engine, run))
		return options_fail(run->options, "out of memory");
	return CLI_OK;
}

static int check_approvals(struct run *run)
{
	char operator_name[256], why[1024];
	const struct approvals_opts opts = { .signers = run->signers,
					     .revoked = run->revoked,
					     .now_ns = host_wall_ns(),
					     .operator_name = operator_name };
	const struct approvals *list = &run->approved.list;

	host_user_name(operator_uid(), operator_name, sizeof(operator_name));
	if (approvals_read(run->ticket, run->plan.plan->ticket, buf_span(&run->plan.bytes), &opts,
			   &run->approved, why, sizeof(why)))
		return options_fail(run->options, "%s", why);
	if (list->counted >= list->wanted)
		return CLI_OK;
	cli_approvals(list, true, stderr);
	return options_fail(run->options, "%u of %u signatures count for \"%s\"", list->counted,
			    list->wanted, run->ticket);
}

static int prepare(struct run *run)
{
	struct refusal why;
	char line[1024];
	int ret;

	if (geteuid() != 0)
		return options_fail(run->options, "needs root: it loads eBPF programs");
	ret = host_read(&run->host);
	if (!ret) {
		/* The environment that CMD starts with, as the kernel will show it. */
		for (char **p = environ; *p; p++)
			buf_add(&run->env, *p, strlen(*p) + 1);
		ret = run->env.failed ? -ENOMEM : 0;
	}
	if (ret)
		return options_fail(run->options, "%s", strerror(-ret));
	if (run->ticket && plan_file_read(run->ticket, run->profiles, 0, &run->plan, &why)) {
		refusal_line(&why, line, sizeof(line));
		return options_fail(run->options, "%s", line);
	}
	return run->signers ? check_approvals(run) : CLI_OK;
}

static int start(struct run *run)
{
	int ret = start_child(run);

	if (!ret)
		ret = watch(run);
	if (ret)
		return options_fail(run->options, "the command can't be started: %s",
				    strerror(-ret));
	if (open_engine(run))
		return CLI_ERROR;
	ret = enter_cgroup(run);
	if (ret)
		return options_fail(run->options, "cgroup \"%s\": %s", run->cgroup, strerror(-ret));
	ret = open_session(run);
	if (ret == -EEXIST)
		return options_fail(run->options, "this process is in a session already");
	if (ret)
		return options_fail(run->options, "the session can't be opened: %s",
				    strerror(-ret));
	if (write(run->gate[1], "g", 1) != 1)
		return options_fail(run->options, "the command is gone before it began");
	return CLI_OK;
}

static void say_alive(struct run *run)
{
	struct buf text = { 0 };

	if (!run->alive_n)
		return;
	for (size_t i = 0; i < run->alive_n && i < ALIVE_SHOWN; i++) {
		char path[64], name[32] = "";
		int fd;

		snprintf(path, sizeof(path), "/proc/%u/comm", run->alive[i]);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd >= 0 && read(fd, name, sizeof(name) - 1) < 0)
			name[0] = '\0';
		if (fd >= 0)
			close(fd);
		buf_addf(&text, "%s%u (", i ? ", " : "", run->alive[i]);
		text_show(&text, (struct span){ name, strcspn(name, "\n") }, 0);
		buf_addc(&text, ')');
	}
	options_fail(run->options, "still alive, and not recorded any longer: %.*s%s", (int)text.n,
		     text.p, run->alive_n > ALIVE_SHOWN ? ", ..." : "");
	buf_free(&text);
}

static int command_status(const struct run *run)
{
	if (WIFSIGNALED(run->wait_status))
		return 128 + WTERMSIG(run->wait_status);
	return WEXITSTATUS(run->wait_status);
}

/* A session whose record is not whole is not compliant, whatever the judge saw. */
static int strict_status(const struct run *run, bool stored)
{
	if (run->ended && run->outcome == OUTCOME_VIOLATION)
		return CLI_NEGATIVE;
	if (run->ended && run->outcome == OUTCOME_COMPLIANT && stored)
		return CLI_OK;
	return INDETERMINATE;
}

static int follow(struct run *run)
{
	bool stored;
	int ret;

	while (!run->exited) {
		ret = loop__turn(run->loop, -1);
		if (ret)
			return options_fail(run->options, "the event loop: %s", strerror(-ret));
	}
	engine__finish_session(run->engine, run->session, "ended", FINISH_MS);
	say_alive(run);
	ret = engine__close(run->engine);
	run->engine = NULL;
	stored = ret == 0;
	if (!stored)
		options_fail(run->options, "store \"%s\" does not hold every record: %s",
			     run->store, strerror(-ret));
	return run->strict ? strict_status(run, stored) : command_status(run);
}

/* A child that still waits sees its pipe end and goes. */
static void release(struct run *run)
{
	if (run->gate[1] >= 0)
		close(run->gate[1]);
	if (run->pid > 0 && !run->exited)
		waitpid(run->pid, &run->wait_status, 0);
	engine__close(run->engine);
	loop__close(run->loop);
	if (run->pidfd >= 0)
		close(run->pidfd);
	plan_file_free(&run->plan);
	approved_free(&run->approved);
	buf_free(&run->text);
	buf_free(&run->env);
}

static int verb_run_main(struct options *options)
{
	struct run run = {
		.options = options,
		.profiles = PLAN_FILE_PROFILES_DIR,
		.pidfd = -1,
		.gate = { -1, -1 },
	};
	int status = parse(&run);

	if (status || !options->operands)
		return status;
	status = prepare(&run);
	if (!status)
		status = start(&run);
	if (!status)
		status = follow(&run);
	release(&run);
	return status;
}

const struct verb verb_run = {
	.name = "run",
	.operands = "[--] CMD [ARGUMENT...]",
	.help = "run a command as a session, held against a ticket; needs no daemon",
	.about = "Alerts go to stderr the moment they happen, the reconciliation of plan and facts "
		 "follows\n"
		 "when CMD has ended. The exit status is CMD's (128+N where signal N ended it), "
		 "127 or 126\n"
		 "where CMD was not found or could not be run, 2 where there was no session.",
	.options = run_options,
	.options_n = ARRAY_SIZE(run_options),
	.command = true,
	.run = verb_run_main,
};
