// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * actor_share MODE OUTSIDER CGROUP - processes and threads that share what they are, or a number,
 * or a ring, or their memory with somebody outside, in the way that the mode names. What it says:
 * truth.h.
 */
#include "truth.h"

#include <pthread.h>
#include <sched.h>
#include <sys/syscall.h>

#include "outsider.h"
#include "uring.h"

static void share_vfork(char **args)
{
	pid_t caller = me(), pid = vfork();

	(void)args;
	must(pid >= 0);
	if (pid == 0) {
		born(caller);
		udp();
		become("leaf", NULL);
	}
	reap(pid);
	udp();
}

static volatile int turn;
static pid_t sharer;

static void wait_turn(int wanted)
{
	struct wait wait = wait_begin();

	while (turn != wanted)
		must(wait_again(&wait));
}

static int shared_life(void *unused)
{
	pid_t pid;

	(void)unused;
	born(sharer);
	udp();
	turn = 1;
	wait_turn(2);
	tcp();
	pid = bear();
	if (pid == 0)
		live();
	reap(pid);
	become("leaf", NULL);
	return 0;
}

/* Not a thread: a process with a number of its own, in the same memory. */
static void share_memory(char **args)
{
	static char stack[65536] __attribute__((aligned(16)));
	pid_t pid;

	(void)args;
	sharer = me();
	pid = clone(shared_life, stack + sizeof(stack),
		    CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | SIGCHLD, NULL);
	must(pid > 0);
	wait_turn(1);
	udp();
	turn = 2;
	reap(pid);
	udp();
}

static char storm_left[16];

static void *storm_exec(void *unused)
{
	become("storm", storm_left);
	return unused;
}

static void *storm_end(void *unused)
{
	return unused;
}

/*
 * One of the threads wins the exec, while others try the same, and others end; so N times. EAGAIN:
 * an exec is under way, so no thread may be born into its fs_struct.
 */
static void share_storm(char **args)
{
	int left = args[0] ? (int)strtol(args[0], NULL, 10) : 0, i, error = 0;
	pthread_t thread;

	if (left == 0)
		return;
	snprintf(storm_left, sizeof(storm_left), "%d", left - 1);
	for (i = 0; i < 6 && !error; i++)
		error = pthread_create(&thread, NULL, i % 2 ? storm_exec : storm_end, NULL);
	must(!error || error == EAGAIN);
	if (left % 3 == 0)
		syscall(SYS_exit, 0);
	if (left % 3 == 1)
		storm_exec(NULL);
	for (;;)
		pause();
}

static void share_storm_of(char **args)
{
	pid_t pid = bear();

	if (pid == 0)
		become("storm", args[2]);
	reap(pid);
}

static bool leader_is_gone(void)
{
	char path[64], text[512] = "", *end;
	FILE *in;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/stat", getpid(), getpid());
	in = fopen(path, "re");
	must(in && fread(text, 1, sizeof(text) - 1, in) > 0);
	fclose(in);
	end = strrchr(text, ')');
	return end && end[2] == 'Z';
}

static void *after_leader(void *unused)
{
	struct wait wait = wait_begin();
	pid_t pid;

	while (!leader_is_gone())
		must(wait_again(&wait));
	udp();
	pid = bear();
	if (pid == 0)
		live();
	reap(pid);
	live();
	return unused;
}

static void share_leader(char **args)
{
	pthread_t thread;

	(void)args;
	must(!pthread_create(&thread, NULL, after_leader, NULL));
	syscall(SYS_exit, 0);
}

/* connect() of a UDP socket through the ring. */
static void ring_connect(unsigned int setup, unsigned int flags)
{
	struct sockaddr_in to = loopback(9);
	struct uring ring;
	int ret, fd;

	ret = uring__open(&ring, setup);
	if (ret) {
		say("unseen io_uring: %s\n", strerror(-ret));
		return;
	}
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	say("io %d %d\n", me(), my_parent());
	must(!uring__run(&ring, &(struct io_uring_sqe){ .opcode = IORING_OP_CONNECT,
							.flags = (__u8)flags,
							.fd = fd,
							.addr = (uintptr_t)&to,
							.off = sizeof(to) }));
}

static void in_child(void (*act)(unsigned int setup, unsigned int flags), unsigned int setup,
		     unsigned int flags)
{
	pid_t pid = bear();

	if (pid == 0) {
		act(setup, flags);
		live();
	}
	reap(pid);
}

static void share_worker(char **args)
{
	(void)args;
	in_child(ring_connect, 0, IOSQE_ASYNC);
}

static void share_sqpoll(char **args)
{
	(void)args;
	in_child(ring_connect, IORING_SETUP_SQPOLL, 0);
}

static int call(const char *outsider)
{
	struct sockaddr_un at;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	must(!connect(fd, (struct sockaddr *)&at, outsider_place(&at, outsider)));
	return fd;
}

/* What came with the answer, -1: nothing. */
static int ask(int outsider, struct outsider_request *request)
{
	int fd;

	must(!outsider_put(outsider, request, -1) && !outsider_get(outsider, request, &fd));
	return fd;
}

/* Over a socket, or where the kernel refuses that, out of the outsider's table. */
static int take_ring(int outsider, struct outsider_request *request)
{
	int fd = ask(outsider, request), pidfd;

	if (fd >= 0 || request->error)
		return fd;
	pidfd = (int)syscall(SYS_pidfd_open, request->tgid, 0);
	must(pidfd >= 0);
	fd = (int)syscall(SYS_pidfd_getfd, pidfd, request->ring, 0);
	must(fd >= 0);
	return fd;
}

/* Whose is a connect through a ring that was made outside. */
static void foreign_ring(const char *name, unsigned int setup)
{
	struct outsider_request request = { .op = OUTSIDER_RING, .type = (int)setup };
	struct sockaddr_in to = loopback(9);
	struct io_uring_sqe connect = { .opcode = IORING_OP_CONNECT, .off = sizeof(to) };
	struct uring ring;
	int outsider = call(name), fd = take_ring(outsider, &request);

	if (request.error) {
		say("unseen io_uring: %s\n", strerror(request.error));
		return;
	}
	must(!uring__adopt(&ring, fd, &request.params));
	connect.fd = setup ? request.socket : socket(AF_INET, SOCK_DGRAM, 0);
	connect.addr = setup ? request.place : (uintptr_t)&to;
	if (!setup)
		say("udp %d %d\n", me(), my_parent());
	must(!uring__run(&ring, &connect));
}

static void share_ring(char **args)
{
	foreign_ring(args[0], 0);
}

static void share_ring_sqpoll(char **args)
{
	foreign_ring(args[0], IORING_SETUP_SQPOLL);
}

static volatile long poked;

static void share_poked(char **args)
{
	struct outsider_request request = { .op = OUTSIDER_POKE,
					    .tgid = me(),
					    .place = (uintptr_t)&poked };

	ask(call(args[0]), &request);
	if (request.error) {
		say("unseen ptrace: %s\n", strerror(request.error));
		return;
	}
	must(poked == 1);
	udp();
}

static void share_pokes(char **args)
{
	struct outsider_request request = { .op = OUTSIDER_SELF };
	int outsider = call(args[0]);

	ask(outsider, &request);
	if (outsider_poke(request.tgid, request.place)) {
		say("unseen ptrace: %s\n", strerror(errno));
		return;
	}
	request.op = OUTSIDER_ACT;
	ask(outsider, &request);
	must(request.error == 0);
}

static void outside(int outsider, pid_t tgid)
{
	struct outsider_request request = { .op = OUTSIDER_CHILD, .tgid = tgid };

	ask(outsider, &request);
	errno = request.error;
	must(request.error == 0);
}

/* One number: of the session, of an outsider, of the session, of an outsider, of the session. */
static void share_number(char **args)
{
	int outsider = call(args[0]);
	pid_t caller = me(), number = bear(), pid;
	int i;

	if (number == 0)
		live();
	reap(number);
	for (i = 0; i < 2; i++) {
		outside(outsider, number);
		pid = fork_as(number);
		must(pid == 0 || pid == number);
		if (pid == 0) {
			born(caller);
			live();
		}
		reap(pid);
	}
}

int main(int argc, char **argv)
{
	static const struct mode modes[] = {
		{ "vfork", share_vfork },
		{ "memory", share_memory },
		{ "storm-of", share_storm_of },
		{ "storm", share_storm },
		{ "leader", share_leader },
		{ "worker", share_worker },
		{ "sqpoll", share_sqpoll },
		{ "ring", share_ring },
		{ "ring-sqpoll", share_ring_sqpoll },
		{ "poked", share_poked },
		{ "pokes", share_pokes },
		{ "number", share_number },
		{ NULL, NULL },
	};

	return truth_main(argc, argv, modes);
}
