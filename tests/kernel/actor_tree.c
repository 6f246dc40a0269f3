// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * actor_tree MODE [N] - forks, spawns and ends in the way that the mode names, and says on
 * descriptor 3 "pid NAME PID" for every process, in the order in which they end.
 */
#include <arpa/inet.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/wait.h"

static void say(const char *name, int pid)
{
	dprintf(3, "%s %d\n", name, pid);
}

static void udp_connect(void)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(53) };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to)))
		_exit(91);
	close(fd);
}

static pid_t spawn_self(const char *mode)
{
	char *argv[] = { "actor_tree", (char *)(uintptr_t)mode, NULL };
	char *env[] = { NULL };
	pid_t pid;

	if (posix_spawn(&pid, "/proc/self/exe", NULL, NULL, argv, env))
		_exit(92);
	return pid;
}

static void wait_for(pid_t pid)
{
	if (waitpid(pid, NULL, 0) != pid)
		_exit(93);
}

/* A child that never executes anything acts in its parent's image. */
static void mode_fork(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		udp_connect();
		_exit(3);
	}
	say("child", pid);
	wait_for(pid);
}

/* The child's new image is its own alone; the parent's was shared meanwhile and stays so marked. */
static void mode_spawn(void)
{
	pid_t pid = spawn_self("connect");

	say("child", pid);
	wait_for(pid);
}

/* Leaves its parent, its session and its process group, then executes. */
static void mode_daemon(void)
{
	int fds[2];
	char byte;
	pid_t pid;

	if (pipe(fds))
		_exit(94);
	pid = fork();
	if (pid == 0) {
		setsid();
		pid = fork();
		if (pid == 0) {
			char *argv[] = { "actor_tree", "connect", NULL };
			char *env[] = { NULL };

			close(fds[1]);
			if (read(fds[0], &byte, 1) != 0) /* until nobody of before is left */
				_exit(95);
			execve("/proc/self/exe", argv, env);
			_exit(96);
		}
		say("grandchild", pid);
		_exit(0);
	}
	say("child", pid);
	close(fds[0]);
	wait_for(pid);
}

static void mode_killed(void)
{
	pid_t pid = fork();

	if (pid == 0)
		for (;;)
			pause();
	say("child", pid);
	kill(pid, SIGKILL);
	wait_for(pid);
}

static void *thread_short(void *unused)
{
	return unused;
}

static void *thread_connect(void *unused)
{
	udp_connect();
	return unused;
}

static bool leader_is_gone(void)
{
	char path[64], text[512] = "", *end;
	FILE *in;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/stat", getpid(), getpid());
	in = fopen(path, "re");
	if (!in || fread(text, 1, sizeof(text) - 1, in) == 0)
		_exit(98);
	fclose(in);
	end = strrchr(text, ')');
	return end && end[2] == 'Z';
}

static void *thread_after_leader(void *unused)
{
	struct wait wait = wait_begin();

	(void)unused;
	while (!leader_is_gone())
		if (!wait_again(&wait))
			_exit(99);
	udp_connect();
	exit(5);
}

static void mode_threads(void)
{
	pthread_t threads[8];
	int i;

	for (i = 0; i < 8; i++)
		if (pthread_create(&threads[i], NULL, i ? thread_short : thread_connect, NULL))
			_exit(97);
	for (i = 0; i < 8; i++)
		pthread_join(threads[i], NULL);
}

static void mode_leader_first(void)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, thread_after_leader, NULL))
		_exit(97);
	pthread_exit(NULL);
}

/* The parent of a CLONE_PARENT child is the parent's parent; the session comes from who called. */
static void mode_clone_parent(void)
{
	long pid = syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0);

	if (pid == 0) {
		udp_connect();
		_exit(0);
	}
	say("child", (int)pid);
}

/* N children that live all at the same time, then N that follow one another. */
static void mode_crowd(int n)
{
	pid_t pids[4096];
	int i;

	for (i = 0; i < n && i < 4096; i++) {
		pids[i] = fork();
		if (pids[i] == 0) {
			pause();
			_exit(0);
		}
		say("child", pids[i]);
	}
	for (i = 0; i < n && i < 4096; i++) {
		kill(pids[i], SIGKILL);
		wait_for(pids[i]);
	}
}

static void *fork_often(void *n)
{
	for (int i = 0; i < (int)(intptr_t)n; i++) {
		pid_t pid = fork();

		if (pid == 0)
			_exit(0);
		wait_for(pid);
	}
	return NULL;
}

/* Four threads of one process that fork N times each, beside one another. */
static void mode_fork_threads(int n)
{
	pthread_t threads[4];

	for (int i = 0; i < 4; i++) {
		if (pthread_create(&threads[i], NULL, fork_often, (void *)(intptr_t)n))
			_exit(94);
	}
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
}

/* A child for each byte that comes, if somebody sends them; else one after the other. */
static void mode_many(int n, bool paced)
{
	char byte;

	while (n-- > 0) {
		pid_t pid;

		if (paced && read(STDIN_FILENO, &byte, 1) != 1)
			_exit(98);
		pid = spawn_self("connect");
		say("child", pid);
		wait_for(pid);
	}
}

/* An act for each byte that comes: whoever sends it is whom the act is to find asleep. */
static void mode_paced(int n)
{
	char byte;

	while (n-- > 0) {
		if (read(STDIN_FILENO, &byte, 1) != 1)
			_exit(98);
		udp_connect();
	}
}

/* Two spawners that each execute N times as fast as they can. */
static void mode_spawners(const char *leaf, int n)
{
	char *argv[] = { "leaf", NULL };
	char *env[] = { NULL };
	int i, spawner;

	for (spawner = 0; spawner < 2; spawner++) {
		if (fork() != 0)
			continue;
		for (i = 0; i < n; i++) {
			pid_t pid;

			if (posix_spawn(&pid, leaf, NULL, NULL, argv, env))
				_exit(92);
			wait_for(pid);
		}
		_exit(0);
	}
	while (wait(NULL) > 0)
		;
}

int main(int argc, char **argv)
{
	const char *mode = argc > 1 ? argv[1] : "";
	int n = argc > 2 ? (int)strtol(argv[2], NULL, 10) : 0;

	if (!strcmp(mode, "connect"))
		udp_connect();
	else if (!strcmp(mode, "fork"))
		mode_fork();
	else if (!strcmp(mode, "spawn"))
		mode_spawn();
	else if (!strcmp(mode, "daemon"))
		mode_daemon();
	else if (!strcmp(mode, "killed"))
		mode_killed();
	else if (!strcmp(mode, "threads"))
		mode_threads();
	else if (!strcmp(mode, "leader-first"))
		mode_leader_first();
	else if (!strcmp(mode, "clone-parent"))
		mode_clone_parent();
	else if (!strcmp(mode, "crowd"))
		mode_crowd(n);
	else if (!strcmp(mode, "fork-threads"))
		mode_fork_threads(n);
	else if (!strcmp(mode, "many"))
		mode_many(n, false);
	else if (!strcmp(mode, "many-paced"))
		mode_many(n, true);
	else if (!strcmp(mode, "paced"))
		mode_paced(n);
	else if (!strcmp(mode, "spawners") && argc > 3)
		mode_spawners(argv[3], n);
	else
		return 89;
	return 0;
}
