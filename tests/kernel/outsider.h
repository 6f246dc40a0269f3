/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_TEST_OUTSIDER_H
#define LOCKSTEP_TEST_OUTSIDER_H

#include <arpa/inet.h>
#include <errno.h>
#include <linux/io_uring.h>
#include <linux/sched.h>
#include <netinet/in.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

/*
 * A process outside every session that an actor asks to do something, over an abstract AF_UNIX
 * socket (unix(7)): a request carries what to do, an address, and maybe a socket; the answer gives
 * the socket back, or a new one.
 */
enum outsider_op {
	OUTSIDER_SOCKET,  /* answers with a new socket of the address's family */
	OUTSIDER_CONNECT, /* connects the socket and gives it back */
	OUTSIDER_HOLD,    /* keeps the socket until the actor is gone */
	OUTSIDER_CHILD,   /* has a child with this tgid, that connects a UDP socket and ends */
	OUTSIDER_POKE,    /* attaches to this tgid, writes 1 at this place, and detaches */
	OUTSIDER_SELF, /* answers with its tgid and a place of its memory, for the other to poke */
	OUTSIDER_ACT,  /* connects a UDP socket; answers whether the place was poked */
	OUTSIDER_RING, /* answers with an io_uring of these flags, a UDP socket and an address */
};

struct outsider_request {
	enum outsider_op op;
	int type; /* of a new socket */
	struct sockaddr_storage to;
	socklen_t to_n;
	int tgid;
	uint64_t place;
	int error;        /* of the answer: errno, or 0 */
	int ring, socket; /* descriptors of the outsider's */
	struct io_uring_params params;
};

/*
 * A process that serves one actor in the name of that place, in this cgroup (NULL: where the test
 * is); it ends with the test. Fails the test where it can't be had. outsider__end() also when
 * nobody called.
 */
pid_t outsider__start(const char *name, const char *cgroup);
void outsider__end(pid_t pid);

static inline socklen_t outsider_place(struct sockaddr_un *at, const char *name)
{
	memset(at, 0, sizeof(*at));
	at->sun_family = AF_UNIX;
	snprintf(at->sun_path + 1, sizeof(at->sun_path) - 1, "%s", name);
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + strlen(name));
}

/* fd < 0: none goes along. 0 or -1. */
static inline int outsider_put(int to, const struct outsider_request *request, int fd)
{
	struct iovec piece = { (void *)(uintptr_t)request, sizeof(*request) };
	union {
		struct cmsghdr hdr;
		char room[CMSG_SPACE(sizeof(int))];
	} control = { .hdr = { .cmsg_level = SOL_SOCKET,
			       .cmsg_type = SCM_RIGHTS,
			       .cmsg_len = CMSG_LEN(sizeof(int)) } };
	struct msghdr message = { .msg_iov = &piece, .msg_iovlen = 1 };

	if (fd >= 0) {
		memcpy(CMSG_DATA(&control.hdr), &fd, sizeof(fd));
		message.msg_control = &control;
		message.msg_controllen = sizeof(control.room);
	}
	return sendmsg(to, &message, 0) == (ssize_t)sizeof(*request) ? 0 : -1;
}

/* *fd is -1 when none came. 0, or -1 also at the end. */
static inline int outsider_get(int from, struct outsider_request *request, int *fd)
{
	struct iovec piece = { request, sizeof(*request) };
	union {
		struct cmsghdr hdr;
		char room[CMSG_SPACE(sizeof(int))];
	} control;
	struct msghdr message = { .msg_iov = &piece,
				  .msg_iovlen = 1,
				  .msg_control = &control,
				  .msg_controllen = sizeof(control.room) };

	*fd = -1;
	if (recvmsg(from, &message, MSG_CMSG_CLOEXEC | MSG_WAITALL) != (ssize_t)sizeof(*request))
		return -1;
	if (CMSG_FIRSTHDR(&message))
		memcpy(fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(*fd));
	return 0;
}

static volatile long outsider_poked;

static inline int outsider_udp(void)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(9) };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), ret;

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ret = connect(fd, (struct sockaddr *)&to, sizeof(to));
	close(fd);
	return ret;
}

/* The number is the initial pid namespace's, so that its user is the next after whoever had it. */
static inline pid_t fork_as(pid_t tgid)
{
	struct clone_args args = { .exit_signal = SIGCHLD,
				   .set_tid = (uint64_t)(uintptr_t)&tgid,
				   .set_tid_size = 1 };

	return (pid_t)syscall(SYS_clone3, &args, sizeof(args));
}

static inline int outsider_child(int tgid)
{
	pid_t pid = fork_as(tgid);
	int status;

	if (pid == 0)
		_exit(outsider_udp() != 0);
	return waitpid(pid, &status, 0) == pid && status == 0 ? 0 : -1;
}

/* As a debugger does it. */
static inline int outsider_poke(int tgid, uint64_t place)
{
	int status;

	if (ptrace(PTRACE_ATTACH, tgid, 0, 0) || waitpid(tgid, &status, __WALL) != tgid)
		return -1;
	if (ptrace(PTRACE_POKEDATA, tgid, place, 1L))
		return -1;
	return ptrace(PTRACE_DETACH, tgid, 0, 0) ? -1 : 0;
}

/* The memory that the ring's own thread reads is its creator's. */
static inline int outsider_ring(struct outsider_request *request)
{
	static struct sockaddr_in to;

	to = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons(9) };
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	request->params = (struct io_uring_params){ .flags = (unsigned int)request->type };
	request->params.sq_thread_idle = 2000;
	request->ring = (int)syscall(SYS_io_uring_setup, 4, &request->params);
	request->error = request->ring < 0 ? errno : 0;
	request->socket = socket(AF_INET, SOCK_DGRAM, 0);
	request->place = (uintptr_t)&to;
	request->to_n = sizeof(to);
	request->tgid = getpid();
	return request->ring;
}

/* What is said with no descriptor: a ring's may be refused (since 6.7, unix: io_uring). */
static inline int outsider_say(int actor, struct outsider_request *request, int fd)
{
	if (fd >= 0 && !outsider_put(actor, request, fd))
		return 0;
	return outsider_put(actor, request, -1);
}

static inline int outsider_serve(int actor, struct outsider_request *request, int fd)
{
	switch (request->op) {
	case OUTSIDER_SOCKET:
		fd = socket(request->to.ss_family, request->type, 0);
		break;
	case OUTSIDER_CONNECT:
		if (connect(fd, (struct sockaddr *)&request->to, request->to_n))
			return -1;
		break;
	case OUTSIDER_HOLD:
		return outsider_put(actor, request, -1);
	case OUTSIDER_CHILD:
		request->error = outsider_child(request->tgid) ? errno : 0;
		return outsider_put(actor, request, -1);
	case OUTSIDER_POKE:
		request->error = outsider_poke(request->tgid, request->place) ? errno : 0;
		return outsider_put(actor, request, -1);
	case OUTSIDER_SELF:
		request->tgid = getpid();
		request->place = (uintptr_t)&outsider_poked;
		return outsider_put(actor, request, -1);
	case OUTSIDER_ACT:
		request->error = outsider_poked == 1 ? outsider_udp() : EINVAL;
		return outsider_put(actor, request, -1);
	case OUTSIDER_RING:
		fd = outsider_ring(request);
		return outsider_say(actor, request, fd);
	}
	if (fd < 0 || outsider_put(actor, request, fd))
		return -1;
	close(fd);
	return 0;
}

/* Serves one actor, from a listening socket, until it is gone; what it was given ends with the
 * process. */
static inline int outsider__run(int at)
{
	struct outsider_request request;
	int actor = accept(at, NULL, NULL), fd;

	while (actor >= 0 && !outsider_get(actor, &request, &fd))
		if (outsider_serve(actor, &request, fd))
			return 1;
	return actor < 0;
}

#endif
