/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "edge/ssh_keygen.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/base/array.h"

#define SSH_KEYGEN "/usr/bin/ssh-keygen"

enum {
	WAIT_MS = 10000,
	SAID_MAX = 64 << 10,
	/* Descriptors in the child, and the first that ours may have: a copy there overwrites none
	   of them. */
	SIGNATURE_FD = 10,
	SIGNERS_FD = 11,
	REVOKED_FD = 12,
	OURS_FD = 20,
};
#define FD_PATH(fd)    "/proc/self/fd/" #fd
#define SIGNATURE_PATH FD_PATH(10)
#define SIGNERS_PATH   FD_PATH(11)
#define REVOKED_PATH   FD_PATH(12)

struct call {
	char *const *argv;
	char *const *env;                         /* NULL: ours */
	bool ask;                                 /* its stderr is ours, and it may take its time */
	int message, signature, signers, revoked; /* -1: none */
	struct buf *out, *err;                    /* what it said; NULL: of no matter */
	int status;
};

/* A file of its own with these bytes, at its begin. */
static int memory_file(struct span bytes)
{
	int low = memfd_create("lockstep", MFD_CLOEXEC);
	int fd = low < 0 ? -1 : fcntl(low, F_DUPFD_CLOEXEC, OURS_FD);
	size_t done = 0;

	if (low >= 0)
		close(low);
	while (fd >= 0 && done < bytes.n) {
		ssize_t n = write(fd, bytes.p + done, bytes.n - done);

		if (n < 0 && errno != EINTR) {
			close(fd);
			return -1;
		}
		done += n > 0 ? (size_t)n : 0;
	}
	if (fd >= 0)
		lseek(fd, 0, SEEK_SET);
	return fd;
}

static void close_all(const int *fds, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (fds[i] >= 0)
			close(fds[i]);
	}
}

static int read_back(int fd, struct buf *out)
{
	char room[4096];
	ssize_t n;

	lseek(fd, 0, SEEK_SET);
	while ((n = read(fd, room, sizeof(room))) > 0 && out->n < SAID_MAX)
		buf_add(out, room, (size_t)n);
	return n < 0 ? -errno : out->failed ? -ENOMEM : 0;
}

/* The daemon's threads block every signal, which the child must not inherit. */
static int spawn(const struct call *call, int out, int err, pid_t *pid)
{
	const struct {
		int from, to;
	} copies[] = { { call->message, 0 },
		       { out, 1 },
		       { err, 2 },
		       { call->signature, SIGNATURE_FD },
		       { call->signers, SIGNERS_FD },
		       { call->revoked, REVOKED_FD } };
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	sigset_t none, all;
	int ret = 0;

	sigemptyset(&none);
	sigfillset(&all);
	posix_spawn_file_actions_init(&actions);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setsigdefault(&attr, &all);
	for (size_t i = 0; !ret && i < ARRAY_SIZE(copies); i++) {
		if (copies[i].from >= 0)
			ret = posix_spawn_file_actions_adddup2(&actions, copies[i].from,
							       copies[i].to);
	}
	if (!ret)
		ret = posix_spawn(pid, SSH_KEYGEN, &actions, &attr, call->argv,
				  call->env ? call->env : environ);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attr);
	return -ret;
}

/* Our own child, not reaped: the number is its until waitpid(). */
static int await(struct call *call, pid_t pid)
{
	struct pollfd ended = { (int)syscall(SYS_pidfd_open, pid, 0), POLLIN, 0 };
	int ret = ended.fd < 0 ? -errno : 0, ready = 0;
	pid_t reaped;

	while (!ret && (ready = poll(&ended, 1, call->ask ? -1 : WAIT_MS)) < 0 && errno == EINTR)
		continue;
	if (ready != 1) {
		kill(pid, SIGKILL);
		ret = ret ? ret : -ETIMEDOUT;
	}
	if (ended.fd >= 0)
		close(ended.fd);
	do {
		reaped = waitpid(pid, &call->status, 0);
	} while (reaped < 0 && errno == EINTR);
	/* Where SIGCHLD is ignored nobody is told how it ended, and no answer is no approval. */
	if (reaped != pid)
		return -ECHILD;
	return ret;
}

static int run(struct call *call)
{
	const int said[2] = { memory_file((struct span){ 0 }),
			      call->ask ? -1 : memory_file((struct span){ 0 }) };
	pid_t pid;
	int ret = 0;

	if (said[0] < 0 || (said[1] < 0 && !call->ask))
		ret = -EMFILE;
	if (!ret)
		ret = spawn(call, said[0], said[1], &pid);
	if (!ret)
		ret = await(call, pid);
	if (!ret && call->out)
		ret = read_back(said[0], call->out);
	if (!ret && call->err && said[1] >= 0)
		ret = read_back(said[1], call->err);
	close_all(said, 2);
	return ret;
}

/* The files of one query, and the time as ssh-keygen wants it. */
struct question {
	const struct ssh_keygen_query *query;
	int fds[4]; /* message, signature, signers, revoked */
	char time[48];
};

static char *const plain_env[] = { "PATH=/usr/bin:/bin", "LC_ALL=C", NULL };

static int ask(const struct question *question, char *const *argv, bool revoked, struct buf *out,
	       struct buf *err, bool *yes)
{
	struct call call = { .argv = argv,
			     .status = -1,
			     .env = plain_env,
			     .message = question->fds[0],
			     .signature = question->fds[1],
			     .signers = question->fds[2],
			     .revoked = revoked ? question->fds[3] : -1,
			     .out = out,
			     .err = err };
	int ret;

	for (size_t i = 0; i < 4; i++) {
		if (question->fds[i] >= 0)
			lseek(question->fds[i], 0, SEEK_SET);
	}
	ret = run(&call);
	*yes = !ret && WIFEXITED(call.status) && WEXITSTATUS(call.status) == 0;
	return ret;
}

/*
 * An unknown key and one that is not valid now differ in the words alone; both count for nothing.
 */
static int ask_who(const struct question *question, struct buf *principals,
		   enum ssh_keygen_answer *answer)
{
	char *const argv[] = {
		"ssh-keygen", "-Y",         "find-principals",      "-s", SIGNATURE_PATH,
		"-f",         SIGNERS_PATH, (char *)question->time, NULL
	};
	struct buf err = { 0 };
	bool yes;
	int ret = ask(question, argv, false, principals, &err, &yes);

	buf_addc(&err, '\0');
	if (yes)
		*answer = SSH_KEYGEN_GOOD;
	else if (!err.failed && (strstr(err.p, "expired") || strstr(err.p, "not yet valid")))
		*answer = SSH_KEYGEN_NOT_VALID;
	else
		*answer = SSH_KEYGEN_UNKNOWN;
	buf_free(&err);
	return ret;
}

static int ask_verify(const struct question *question, const char *principal, bool revoked,
		      bool *yes)
{
	char *argv[] = { "ssh-keygen",
			 "-Y",
			 "verify",
			 "-s",
			 SIGNATURE_PATH,
			 "-f",
			 SIGNERS_PATH,
			 "-n",
			 (char *)question->query->name_space,
			 "-I",
			 (char *)principal,
			 (char *)question->time,
			 revoked ? "-r" : NULL,
			 REVOKED_PATH,
			 NULL };

	return ask(question, argv, revoked, NULL, NULL, yes);
}

/* Whether the signature is one over these bytes, whoever made it. */
static int ask_bytes(const struct question *question, bool *yes)
{
	char *const argv[] = { "ssh-keygen",
			       "-Y",
			       "check-novalidate",
			       "-n",
			       (char *)question->query->name_space,
			       "-s",
			       SIGNATURE_PATH,
			       NULL };

	return ask(question, argv, false, NULL, NULL, yes);
}

/* Revoked is what a good signature without the list is with it. */
static int ask_good(const struct question *question, const struct buf *principals,
		    enum ssh_keygen_answer *answer)
{
	size_t n = strcspn(principals->p, "\n");
	char *principal = strndup(principals->p, n);
	bool good = false, yes = false;
	int ret = principal ? ask_verify(question, principal, false, &good) : -ENOMEM;

	*answer = good ? SSH_KEYGEN_GOOD : SSH_KEYGEN_BAD;
	if (!ret && !good) {
		ret = ask_bytes(question, &yes);
		*answer = yes ? SSH_KEYGEN_NOT_ALLOWED : SSH_KEYGEN_BAD;
	} else if (!ret && question->fds[3] >= 0) {
		ret = ask_verify(question, principal, true, &yes);
		*answer = yes ? SSH_KEYGEN_GOOD : SSH_KEYGEN_REVOKED;
	}
	free(principal);
	return ret;
}

static int open_question(struct question *question, const struct ssh_keygen_query *query)
{
	const struct span files[4] = { query->message, query->signature, query->signers,
				       query->revoked };
	time_t now = (time_t)(query->now_ns / 1000000000);
	struct tm utc;

	*question = (struct question){ .query = query, .fds = { -1, -1, -1, -1 } };
	if (!gmtime_r(&now, &utc) ||
	    !strftime(question->time, sizeof(question->time), "-Overify-time=%Y%m%d%H%M%SZ", &utc))
		return -ERANGE;
	for (size_t i = 0; i < 4; i++) {
		if (i == 3 && query->revoked.n == 0)
			break;
		question->fds[i] = memory_file(files[i]);
		if (question->fds[i] < 0)
			return -errno;
	}
	return 0;
}

int ssh_keygen_verify(const struct ssh_keygen_query *query, enum ssh_keygen_answer *answer,
		      struct buf *principals)
{
	struct question question;
	int ret = open_question(&question, query);

	*answer = SSH_KEYGEN_UNKNOWN;
	buf_reset(principals);
	if (!ret)
		ret = ask_who(&question, principals, answer);
	buf_addc(principals, '\0');
	if (!ret && principals->failed)
		ret = -ENOMEM;
	if (!ret && *answer == SSH_KEYGEN_GOOD)
		ret = ask_good(&question, principals, answer);
	if (!principals->failed)
		principals->n--;
	close_all(question.fds, 4);
	return ret;
}

int ssh_keygen_sign(const char *key, const char *name_space, struct span message,
		    struct buf *signature)
{
	char *const argv[] = { "ssh-keygen",       "-Y", "sign", "-f", (char *)key, "-n",
			       (char *)name_space, NULL };
	struct call call = { .argv = argv,
			     .ask = true,
			     .message = memory_file(message),
			     .signature = -1,
			     .signers = -1,
			     .revoked = -1,
			     .out = signature };
	int ret;

	if (call.message < 0)
		return -errno;
	ret = run(&call);
	close(call.message);
	if (!ret && (!WIFEXITED(call.status) || WEXITSTATUS(call.status) != 0))
		ret = -EACCES;
	return ret;
}
