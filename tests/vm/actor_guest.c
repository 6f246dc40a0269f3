/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */

/*
 * What happens in the guest: acts, and prints the truth about itself as one JSON line an act.
 *
 *     actor_guest serve PORT     listens on loopback and reads what comes (outside the session)
 *     actor_guest parent PORT    forks; the child executes "actor_guest connect PORT"
 *     actor_guest beat EACH ALL  prints a line each EACH seconds, for ALL of them (no session)
 *     actor_guest connect PORT   connects to it, sends five bytes, and stays until the server
 *                                closed too: else the session may be over before the connection is
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static int fail(const char *what)
{
	fprintf(stderr, "actor_guest: %s: %s\n", what, strerror(errno));
	return 1;
}

static struct sockaddr_in loopback(const char *port)
{
	return (struct sockaddr_in){ .sin_family = AF_INET,
				     .sin_port = htons((uint16_t)strtoul(port, NULL, 10)),
				     .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
}

static int serve(const char *port)
{
	struct sockaddr_in at = loopback(port);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char bytes[64];

	if (listener < 0 || bind(listener, (struct sockaddr *)&at, sizeof(at)) ||
	    listen(listener, 4))
		return fail("listen");
	for (;;) {
		int peer = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

		if (peer < 0)
			return fail("accept");
		while (read(peer, bytes, sizeof(bytes)) > 0)
			continue;
		close(peer);
	}
}

static int act_connect(const char *port)
{
	struct sockaddr_in to = loopback(port), from = { 0 };
	socklen_t n = sizeof(from);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char end;

	if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to)))
		return fail("connect");
	if (getsockname(fd, (struct sockaddr *)&from, &n) || write(fd, "hello", 5) != 5)
		return fail("write");
	if (shutdown(fd, SHUT_WR) || read(fd, &end, 1) != 0)
		return fail("the server's end");
	close(fd);
	printf("{\"act\":\"connect\",\"pid\":%d,\"ppid\":%d,\"local_port\":%u,\"remote_port\":%s,"
	       "\"sent\":5}\n",
	       getpid(), getppid(), ntohs(from.sin_port), port);
	return 0;
}

static int act_parent(char *self, char *port)
{
	char *argv[] = { self, "connect", port, NULL };
	pid_t child = fork();
	int status;

	if (child == 0) {
		execv("/proc/self/exe", argv);
		_exit(127);
	}
	if (child < 0 || waitpid(child, &status, 0) != child || status != 0)
		return fail("child");
	printf("{\"act\":\"fork\",\"pid\":%d,\"child\":%d}\n", getpid(), child);
	return 0;
}

/* Each line is one write: the console keeps it whole among what others print. */
static int beat(unsigned int each_s, unsigned int all_s)
{
	unsigned int s;

	for (s = each_s; s <= all_s; s += each_s) {
		sleep(each_s);
		dprintf(STDOUT_FILENO, "guest: up %u s\n", s);
	}
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "serve"))
		return serve(argv[2]);
	if (argc == 3 && !strcmp(argv[1], "parent"))
		return act_parent(argv[0], argv[2]);
	if (argc == 3 && !strcmp(argv[1], "connect"))
		return act_connect(argv[2]);
	if (argc == 4 && !strcmp(argv[1], "beat"))
		return beat((unsigned int)strtoul(argv[2], NULL, 10),
			    (unsigned int)strtoul(argv[3], NULL, 10));
	fprintf(stderr, "usage: actor_guest serve|parent|connect PORT, or beat EACH ALL\n");
	return 2;
}
