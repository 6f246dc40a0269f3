/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_TEST_TRUTH_H
#define LOCKSTEP_TEST_TRUTH_H

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/wait.h"

/*
 * What the processes of an actor say about themselves on descriptor 3, each line by one write.
 * kin.h says what the lines mean. Pids are as the procfs instance of the initial pid namespace
 * shows them, whatever namespace the process is in. An _exit() with 91 or more means that the actor
 * itself failed.
 */
__attribute__((format(printf, 1, 2))) static inline void say(const char *format, ...)
{
	char line[256];
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	if (n < 0 || n >= (int)sizeof(line) || write(3, line, (size_t)n) != n)
		_exit(91);
}

#define must(done) must_at(done, #done)
static inline void must_at(bool done, const char *what)
{
	if (!done) {
		say("actor failed: %.100s: %s\n", what, strerror(errno));
		_exit(92);
	}
}

static inline pid_t me(void)
{
	char text[16] = "";

	must(readlink("/proc/self", text, sizeof(text) - 1) > 0);
	return (pid_t)strtol(text, NULL, 10);
}

static inline pid_t my_parent(void)
{
	char text[512] = "", *end;
	int parent = 0;
	FILE *in = fopen("/proc/self/stat", "re");

	must(in && fread(text, 1, sizeof(text) - 1, in) > 0);
	fclose(in);
	end = strrchr(text, ')');
	must(end && sscanf(end, ") %*c %d", &parent) == 1);
	return parent;
}

static inline void born(pid_t caller)
{
	say("me %d %d\n", me(), caller);
}

/* A child that says so. */
static inline pid_t bear(void)
{
	pid_t caller = me(), pid = fork();

	must(pid >= 0);
	if (pid == 0)
		born(caller);
	return pid;
}

static inline void leave(int code)
{
	say("exit %d %d\n", me(), code << 8);
	_exit(code);
}

static inline void reap(pid_t pid)
{
	int status;

	must(waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) < 91);
}

static inline struct sockaddr_in loopback(int port)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };

	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return at;
}

/* 0 or errno. */
static inline int connect_once(int type)
{
	struct sockaddr_in to = loopback(9);
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0), error;

	must(fd >= 0);
	error = connect(fd, (struct sockaddr *)&to, sizeof(to)) ? errno : 0;
	close(fd);
	return error;
}

static inline void udp(void)
{
	say("udp %d %d\n", me(), my_parent());
	must(connect_once(SOCK_DGRAM) == 0);
}

/* To a port where nobody listens. */
static inline void tcp(void)
{
	say("tcp %d %d\n", me(), my_parent());
	must(connect_once(SOCK_STREAM) == ECONNREFUSED);
}

/* The actor again, in the same process; not by /proc/self, whose leader may be gone. */
static inline void become(const char *mode, const char *more)
{
	char *argv[] = { "actor", (char *)(uintptr_t)mode, (char *)(uintptr_t)more, NULL };
	char *env[] = { NULL };

	execve("/proc/thread-self/exe", argv, env);
	must(false);
}

/* What a child does that is as good as any. */
static inline void live(void)
{
	udp();
	tcp();
	become("leaf", NULL);
}

static inline void leaf(void)
{
	udp();
	tcp();
	leave(0);
}

/* Waits until the parent is another than this one, which is about to end. */
static inline void outlive(pid_t parent)
{
	struct wait wait = wait_begin();

	while (my_parent() == parent)
		must(wait_again(&wait));
}

static inline void put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	must(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text) && !close(fd));
}

struct mode {
	const char *name;
	void (*run)(char **args); /* behind the mode's name; ended by NULL */
};

/* The program: says that it was executed, and that it ends when the mode returns. */
static inline int truth_main(int argc, char **argv, const struct mode *modes)
{
	say("exec %d\n", me());
	for (; argc > 1 && modes->name; modes++) {
		if (strcmp(modes->name, argv[1]))
			continue;
		modes->run(argv + 2);
		leave(0);
	}
	must(argc > 1 && !strcmp(argv[1], "leaf"));
	leaf();
	return 0;
}

#endif
