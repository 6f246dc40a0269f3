/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "cli/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cli/client.h"
#include "core/base/array.h"
#include "core/base/id.h"
#include "core/base/json.h"
#include "core/plan/env_table.h"
#include "core/record/row.h"
#include "core/show/present.h"

enum { END_WAIT_MS = 1000, CANNOT_EXEC = 126, NOT_FOUND = 127 };

static const struct option_spec start_options[] = {
	{ 'q', "quiet", NULL, "no alerts in this terminal" },
	{ 256, "break-glass", NULL,
	  "in an emergency: one signature is to do, and everybody is told" },
	CLIENT_RUN_DIR_OPTION,
};

struct start {
	struct options *options;
	const char *run_dir, *ticket;
	char **command; /* NULL: the user's login shell */
	bool quiet, break_glass;
	pid_t child;
	int release; /* the child waits for a byte from here */
	int signals; /* signalfd of SIGCHLD */
	char session[ID_ROOM];
	uint64_t after;
	int stream; /* -1: no alerts (any more) */
	struct line_reader reader;
	struct buf text;
	bool ended; /* the session's end was seen */
};

/* The shell that the password database names: $SHELL is whatever somebody set. */
static void exec_shell(void)
{
	const struct passwd *user = getpwuid(getuid());
	const char *shell = user && user->pw_shell && *user->pw_shell ? user->pw_shell : "/bin/sh";
	const char *slash = strrchr(shell, '/');
	char name[256];

	snprintf(name, sizeof(name), "-%s", slash ? slash + 1 : shell);
	execl(shell, name, (char *)NULL);
	fprintf(stderr, "lockstep session start: %s: %s\n", shell, strerror(errno));
}

/* Lives in the parent's process group, so that it has the terminal as whoever called us left it. */
static void run_child(const struct start *start, int wait_fd, const sigset_t *mask)
{
	char byte;
	ssize_t n;

	sigprocmask(SIG_SETMASK, mask, NULL);
	do
		n = read(wait_fd, &byte, 1);
	while (n < 0 && errno == EINTR);
	if (n != 1)
		_exit(NOT_FOUND); /* refused: the parent says why */
	close(wait_fd);
	if (start->command) {
		execvp(start->command[0], start->command);
		fprintf(stderr, "lockstep session start: %s: %s\n", start->command[0],
			strerror(errno));
	} else {
		exec_shell();
	}
	_exit(errno == ENOENT ? NOT_FOUND : CANNOT_EXEC);
}

static int fork_child(struct start *start)
{
	sigset_t child_signal, before;
	int ends[2];

	sigemptyset(&child_signal);
	sigaddset(&child_signal, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child_signal, &before);
	start->signals = signalfd(-1, &child_signal, SFD_CLOEXEC | SFD_NONBLOCK);
	if (start->signals < 0 || pipe2(ends, O_CLOEXEC))
		return -errno;
	start->child = fork();
	if (start->child == 0) {
		close(ends[1]);
		run_child(start, ends[0], &before);
	}
	close(ends[0]);
	start->release = ends[1];
	return start->child < 0 ? -errno : 0;
}

/* Variables that are judged by whether they differ from the session's start; no others leave us. */
static void add_env(struct buf *out)
{
	extern char **environ;
	struct span name, value;
	size_t n = 0, before;
	char **entry;

	json_open(out, "env", '[');
	for (entry = environ; *entry && n < REQUEST_ENV_MAX; entry++) {
		if (!env_split(span_of(*entry), &name, &value) || env_class(name) == ENV_NONE)
			continue;
		before = out->n;
		if (json_text(out, NULL, span_of(*entry)))
			n++;
		else
			out->n = before; /* not UTF-8: it will count as changed */
	}
	json_close(out, ']');
}

static int open_session(struct start *start)
{
	struct client_reply reply;
	struct buf request = { 0 };
	int pidfd, status;

	pidfd = (int)syscall(SYS_pidfd_open, start->child, 0);
	if (pidfd < 0)
		return options_fail(start->options, "pidfd_open: %s", strerror(errno));
	json_begin(&request);
	json_cstr(&request, "op", "session_start");
	json_cstr(&request, "ticket", start->ticket);
	json_bool(&request, "shell", !start->command);
	if (start->break_glass)
		json_bool(&request, "break_glass", true);
	add_env(&request);
	json_close(&request, '}');
	status = client_call(start->options, start->run_dir, buf_span(&request), pidfd, &reply);
	close(pidfd);
	buf_free(&request);
	if (!status) {
		client_name(reply.object, "session", start->session, sizeof(start->session));
		start->after = client_number(reply.object, "after");
	}
	client_reply_free(&reply);
	return status;
}

static void watch(struct start *start)
{
	struct subscribe subscribe = { .from_store = true,
				       .filter = { .after = start->after, .alerts = true } };
	char why[512];

	if (start->quiet)
		return;
	snprintf(subscribe.filter.session, sizeof(subscribe.filter.session), "%s", start->session);
	if (client_subscribe(start->run_dir, &subscribe, &start->stream, why, sizeof(why)))
		options_fail(start->options, "no alerts here: %s", why);
}

static void unwatch(struct start *start)
{
	if (start->stream >= 0)
		close(start->stream);
	start->stream = -1;
}

static void show(struct start *start, struct span line)
{
	const struct present_opts opts = { PRESENT_LINE, cli_colour(STDERR_FILENO) };
	struct client_missed missed = { 0 };
	struct record_row facts;

	buf_reset(&start->text);
	switch (client_sort(line, &missed, &start->text)) {
	case CLIENT_RECORD:
		start->ended |= !row_read(line, &facts) && span_is(facts.kind, "session_end");
		if (present_line(line, &opts, &start->text) == 0)
			fwrite(start->text.p, 1, start->text.n, stderr);
		break;
	case CLIENT_MISSED:
		fprintf(stderr,
			"lockstep: %" PRIu64 " alerts could not be shown here; they are recorded\n",
			missed.count);
		break;
	case CLIENT_REFUSED:
		options_fail(start->options, "no alerts here: %.*s", (int)start->text.n,
			     start->text.p);
		unwatch(start);
		break;
	case CLIENT_DURABLE:
	case CLIENT_UNKNOWN:
		break;
	}
}

static void take_alerts(struct start *start)
{
	struct span line;
	int ret = line_reader__fill(&start->reader, start->stream);

	while (start->stream >= 0 && line_reader__next(&start->reader, &line))
		show(start, line);
	if (start->stream < 0 || (!ret && !start->reader.eof))
		return;
	if (!start->ended)
		options_fail(
			start->options,
			"lockstepd ended: no more alerts of session %s here; it is recorded only "
			"if lockstepd pins its programs",
			start->session);
	unwatch(start);
}

/* True: the child is gone, and *status is what its exit makes ours. */
static bool reap(struct start *start, int *status)
{
	struct signalfd_siginfo info;
	int how;

	while (read(start->signals, &info, sizeof(info)) > 0)
		;
	while (waitpid(start->child, &how, WNOHANG | WUNTRACED) == start->child) {
		if (WIFSTOPPED(how)) {
			/* Whoever stops the child, by ^Z, say, means the job that the calling shell
			 * knows: us. */
			raise(SIGSTOP);
			kill(start->child, SIGCONT);
			continue;
		}
		*status = WIFSIGNALED(how) ? 128 + WTERMSIG(how) : WEXITSTATUS(how);
		return true;
	}
	return false;
}

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int wait_for_child(struct start *start)
{
	struct pollfd fds[2];
	int status = CLI_ERROR;
	int64_t until, left;

	for (;;) {
		fds[0] = (struct pollfd){ .fd = start->signals, .events = POLLIN };
		fds[1] = (struct pollfd){ .fd = start->stream, .events = POLLIN };
		if (poll(fds, 2, -1) < 0 && errno != EINTR)
			return options_fail(start->options, "poll: %s", strerror(errno));
		if (fds[1].revents)
			take_alerts(start);
		if (fds[0].revents && reap(start, &status))
			break;
	}
	/* The session may go on: other processes can live in it. */
	until = now_ms() + END_WAIT_MS;
	while (start->stream >= 0 && !start->ended && (left = until - now_ms()) > 0) {
		fds[0] = (struct pollfd){ .fd = start->stream, .events = POLLIN };
		if (poll(fds, 1, (int)left) > 0)
			take_alerts(start);
	}
	if (start->stream >= 0 && !start->ended)
		fprintf(stderr, "lockstep: session %s goes on: processes of it still run\n",
			start->session);
	return status;
}

static int start_session(struct start *start)
{
	int ret, status;
	static const int signals[] = { SIGINT, SIGQUIT, SIGTSTP, SIGTTOU, SIGTTIN };
	size_t i;

	ret = fork_child(start);
	if (ret)
		return options_fail(start->options, "can't start a process: %s", strerror(-ret));
	status = open_session(start);
	if (status) {
		close(start->release);
		waitpid(start->child, NULL, 0);
		return status;
	}
	if (!start->quiet)
		fprintf(stderr, "lockstep: session %s on ticket %s\n", start->session,
			start->ticket);
	watch(start);
	/* What the terminal sends is for the child; we only wait for it. */
	for (i = 0; i < ARRAY_SIZE(signals); i++)
		signal(signals[i], SIG_IGN);
	if (write(start->release, "", 1) != 1)
		options_fail(start->options, "the process is gone");
	close(start->release);
	return wait_for_child(start);
}

static int start_run(struct options *options)
{
	struct start start = { .options = options, .run_dir = CLIENT_RUN_DIR, .stream = -1 };
	int id, status;

	while ((id = options_next(options)) > 0) {
		if (id == 'q')
			start.quiet = true;
		else if (id == 256)
			start.break_glass = true;
		else
			start.run_dir = options->value;
	}
	if (id < 0)
		return options->status;
	if (options->operands_n < 1)
		return options_usage(options, "expected a ticket's id");
	start.ticket = options->operands[0];
	if (!id_valid(span_of(start.ticket)))
		return options_usage(options, "\"%s\" is no ticket's id", start.ticket);
	start.command = options->operands_n > 1 ? options->operands + 1 : NULL;
	line_reader__init(&start.reader, CLIENT_LINE_MAX);
	status = start_session(&start);
	unwatch(&start);
	line_reader__free(&start.reader);
	buf_free(&start.text);
	return status;
}

const struct verb verb_session_start = {
	.name = "session start",
	.operands = "TICKET [-- CMD...]",
	.help = "open a session on a ticket and run CMD, or a login shell, in it",
	.about = "The exit status is that of CMD or of the shell. TICKET is the id of a ticket "
		 "that lockstepd has.\n"
		 "Each alert is one line on standard error.",
	.options = start_options,
	.options_n = ARRAY_SIZE(start_options),
	.run = start_run,
};
