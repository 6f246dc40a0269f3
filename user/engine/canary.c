/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "engine/canary.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/array.h"
#include "core/event/decode.h"
#include "edge/host.h"

#define MS 1000000ull /* nanoseconds */

/* What the parent holds while the child lives. */
struct cage {
	struct probe *probe;
	struct canary *canary;
	struct decoder *decoder;
	void (*other)(void *ctx, const void *record, size_t n);
	void *ctx;
	pid_t pid;
	int pidfd;
	int gate[2];       /* [0] the parent's: it says go, the child answers with its errors */
	int sockets[3];    /* that the child's acts go to: TCP, UDP over IPv4, UDP over IPv6 */
	char cgroup[4096]; /* made for the child, "" for none */
	uint64_t until_ns;
};

union place {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

static socklen_t loopback(union place *place, int family, uint16_t port)
{
	*place = (union place){ 0 };
	place->any.sa_family = (sa_family_t)family;
	if (family == AF_INET6) {
		place->v6.sin6_port = htons(port);
		place->v6.sin6_addr = (struct in6_addr)IN6ADDR_LOOPBACK_INIT;
		return sizeof(place->v6);
	}
	place->v4.sin_port = htons(port);
	place->v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return sizeof(place->v4);
}

/*
 * The child, from here to canary_child(): system calls only, for its parent may have had threads
 * that held locks when it forked.
 */
static int error_of(long ret)
{
	return ret < 0 ? errno : 0;
}

static void act_tcp(struct selftest *test)
{
	/* Closing resets the connection, so that it is gone at once and leaves no TIME_WAIT. */
	const struct linger reset = { .l_onoff = 1 };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int *errors = test->errors;
	union place to;
	socklen_t n = loopback(&to, AF_INET, test->tcp_port);

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	errors[SELFTEST_TCP_CONNECT] = error_of(fd < 0 ? fd : connect(fd, &to.any, n));
	errors[SELFTEST_TCP_CLOSE] = errors[SELFTEST_TCP_CONNECT];
	close(fd);
}

static void act_listen(struct selftest *test)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	union place at;
	socklen_t n = loopback(&at, AF_INET, 0);

	test->errors[SELFTEST_TCP_LISTEN] =
		error_of(fd < 0 || bind(fd, &at.any, n) ? -1 : listen(fd, 1));
	close(fd);
}

static void act_udp(struct selftest *test, int family)
{
	int fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int v6 = family == AF_INET6, *errors = test->errors;
	union place at, to;
	socklen_t n = loopback(&at, family, 0);

	loopback(&to, family, test->udp_ports[v6]);
	errors[SELFTEST_BIND4 + v6] = error_of(fd < 0 ? fd : bind(fd, &at.any, n));
	errors[SELFTEST_UDP_SEND4 + v6] = error_of(fd < 0 ? fd : sendto(fd, "", 0, 0, &to.any, n));
	errors[SELFTEST_UDP_CONNECT4 + v6] = error_of(fd < 0 ? fd : connect(fd, &to.any, n));
	if (fd >= 0)
		close(fd);
}

/* Nobody listens there, which the hooks need not know: they come before the look-up. */
static int unix_error(long ret)
{
	int error = error_of(ret);

	return error == ECONNREFUSED ? 0 : error;
}

static void act_unix(struct selftest *test)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX, .sun_path = "\0" SELFTEST_UNIX_NAME };
	const struct sockaddr *at = (const struct sockaddr *)&to;
	socklen_t n = offsetof(struct sockaddr_un, sun_path) + sizeof(SELFTEST_UNIX_NAME);
	int stream = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int dgram = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), *errors = test->errors;

	errors[SELFTEST_UNIX_STREAM] = unix_error(stream < 0 ? stream : connect(stream, at, n));
	errors[SELFTEST_UNIX_SEND] = unix_error(dgram < 0 ? dgram : sendto(dgram, "", 0, 0, at, n));
	errors[SELFTEST_UNIX_DGRAM] = unix_error(dgram < 0 ? dgram : connect(dgram, at, n));
	close(stream);
	close(dgram);
}

static void act_sockets(struct selftest *test)
{
	int fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP);

	test->errors[SELFTEST_RAW_SOCKET] = error_of(fd);
	close(fd);
	fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	test->errors[SELFTEST_PACKET_SOCKET] = error_of(fd);
	close(fd);
}

static void act_failed_exec(struct selftest *test)
{
	static char name[] = SELFTEST_MISSING;
	char *const argv[] = { name, NULL }, *const envp[] = { NULL };

	execve(name, argv, envp);
	test->errors[SELFTEST_FAILED_EXEC] = errno == ENOTDIR ? 0 : errno;
}

static void act_fork(struct selftest *test)
{
	/* Not fork(), which takes the C library's locks. */
	long pid = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);

	if (pid == 0)
		_exit(0);
	test->errors[SELFTEST_FORK] = error_of(pid);
	if (pid > 0)
		waitpid((pid_t)pid, NULL, 0);
}

static void act_exec(void)
{
	static char name[] = "lockstep-canary", version[] = "--version";
	char *const argv[] = { name, version, NULL };
	char *const envp[] = { NULL };
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (int fd = 0; null >= 0 && fd < 3; fd++)
		dup2(null, fd);
	execve("/proc/self/exe", argv, envp);
}

static void say_errors(int fd, const struct selftest *test)
{
	/* A parent that is gone needs no answer. */
	(void)!send(fd, test->errors, sizeof(test->errors), MSG_NOSIGNAL);
}

static void canary_child(struct selftest *test, int gate)
{
	char go;
	int fd;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (recv(gate, &go, 1, 0) != 1)
		_exit(0);
	act_tcp(test);
	act_listen(test);
	act_udp(test, AF_INET);
	act_udp(test, AF_INET6);
	act_unix(test);
	act_sockets(test);
	fd = open(SELFTEST_FILE, O_WRONLY | O_CLOEXEC);
	test->errors[SELFTEST_WRITE] = error_of(fd);
	close(fd);
	act_failed_exec(test);
	act_fork(test);
	say_errors(gate, test);
	act_exec();
	test->errors[SELFTEST_EXEC] = errno;
	say_errors(gate, test);
	_exit(1);
}

/* A socket of ours on the loopback interface; its port, 0 where the family is not there. */
static uint16_t open_target(int *fd, int family, int type)
{
	union place at;
	socklen_t n = loopback(&at, family, 0);

	*fd = socket(family, type | SOCK_CLOEXEC, 0);
	if (*fd < 0 || bind(*fd, &at.any, n) || (type == SOCK_STREAM && listen(*fd, 1)) ||
	    getsockname(*fd, &at.any, &n))
		return 0;
	return ntohs(family == AF_INET6 ? at.v6.sin6_port : at.v4.sin_port);
}

static int open_targets(struct cage *cage)
{
	struct selftest *test = &cage->canary->test;

	test->tcp_port = open_target(&cage->sockets[0], AF_INET, SOCK_STREAM);
	test->udp_ports[0] = open_target(&cage->sockets[1], AF_INET, SOCK_DGRAM);
	if (!test->tcp_port || !test->udp_ports[0])
		return -errno;
	/* Without IPv6 the acts fail, but where the hooks see them first they still prove them. */
	test->udp_ports[1] = open_target(&cage->sockets[2], AF_INET6, SOCK_DGRAM);
	if (!test->udp_ports[1])
		test->udp_ports[1] = test->udp_ports[0];
	return 0;
}

static int start_child(struct cage *cage)
{
	struct selftest *test = &cage->canary->test;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, cage->gate))
		return -errno;
	cage->pid = fork();
	if (cage->pid < 0)
		return -errno;
	if (cage->pid == 0) {
		close(cage->gate[0]);
		canary_child(test, cage->gate[1]);
	}
	close(cage->gate[1]);
	cage->gate[1] = -1;
	test->tgid = (uint32_t)cage->pid;
	cage->pidfd = (int)syscall(SYS_pidfd_open, cage->pid, 0);
	return cage->pidfd < 0 ? -errno : 0;
}

static int enter_cgroup(const char *directory, pid_t pid)
{
	char path[4200];
	int fd, ret = 0;

	snprintf(path, sizeof(path), "%s/cgroup.procs", directory);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (dprintf(fd, "%d", (int)pid) < 0)
		ret = -errno;
	close(fd);
	return ret;
}

/* Where it can't be put it runs where we do; then the test shows whether the hooks reach there. */
static void place_child(struct cage *cage)
{
	int ret;

	if (snprintf(cage->cgroup, sizeof(cage->cgroup), "%s/lockstep-canary-%d",
		     probe__cgroup(cage->probe), (int)cage->pid) >= (int)sizeof(cage->cgroup))
		cage->cgroup[0] = '\0';
	if (cage->cgroup[0] && mkdir(cage->cgroup, 0755))
		cage->cgroup[0] = '\0';
	ret = enter_cgroup(cage->cgroup[0] ? cage->cgroup : probe__cgroup(cage->probe), cage->pid);
	if (ret)
		snprintf(cage->canary->unplaced, sizeof(cage->canary->unplaced), "%s",
			 strerror(-ret));
}

static void drain(struct cage *cage)
{
	const void *record;
	struct event event;
	size_t n;

	while (probe__next(cage->probe, &record, &n)) {
		int ret = decode_record(cage->decoder, record, n, &event);

		if (!ret)
			selftest_note(&cage->canary->test, &event);
		if (cage->other && event.session != CANARY_SESSION)
			cage->other(cage->ctx, record, n);
	}
	if (!cage->other)
		probe__release(cage->probe, probe__cursor(cage->probe));
}

static bool waits(const struct selftest *test)
{
	for (unsigned int act = 0; act < SELFTEST_ACTS; act++) {
		if (selftest_state(test, act) == SELFTEST_BLIND)
			return true;
	}
	return false;
}

/* The answer comes before the look into the ring: what it says was done is in there then. */
static void watch(struct cage *cage)
{
	struct selftest *test = &cage->canary->test;
	struct pollfd ready = { .fd = probe__fd(cage->probe), .events = POLLIN };
	int errors[SELFTEST_ACTS];

	while (host_boot_ns() < cage->until_ns) {
		if (recv(cage->gate[0], errors, sizeof(errors), MSG_DONTWAIT) == sizeof(errors)) {
			memcpy(test->errors, errors, sizeof(errors));
			cage->until_ns = host_boot_ns() + CANARY_MS * MS;
		}
		drain(cage);
		if (!waits(test))
			break;
		poll(&ready, 1, 10);
	}
}

static void end_child(struct cage *cage)
{
	struct pollfd ended = { .fd = cage->pidfd, .events = POLLIN };
	uint64_t now_ns = host_boot_ns();

	if (cage->pid <= 0)
		return;
	/* Without its answer it is still at the gate, and goes when that closes. */
	close(cage->gate[0]);
	cage->gate[0] = -1;
	if (now_ns >= cage->until_ns || cage->pidfd < 0 ||
	    poll(&ended, 1, (int)((cage->until_ns - now_ns) / MS)) != 1)
		kill(cage->pid, SIGKILL); /* our own child, not reaped: the number is still its */
	while (waitpid(cage->pid, NULL, 0) < 0 && errno == EINTR)
		continue;
}

static uint64_t lost(const struct cage *cage)
{
	struct ls_session counters;
	uint64_t sum = 0;

	if (probe__counters(cage->probe, CANARY_SESSION, &counters))
		return 0;
	for (int reason = 0; reason < LS_LOST_REASONS; reason++)
		sum += counters.lost[reason];
	for (int reason = 0; reason < LS_MISSED_REASONS; reason++)
		sum += counters.missed[reason];
	return sum;
}

static int run(struct cage *cage, char *why, size_t why_n)
{
	const char *what = "its loopback sockets";
	int ret = open_targets(cage);

	if (!ret) {
		what = "its process";
		ret = start_child(cage);
	}
	if (!ret) {
		place_child(cage);
		what = "its session";
		ret = probe__tag(cage->probe, CANARY_SESSION, cage->pidfd);
	}
	if (!ret) {
		if (send(cage->gate[0], "g", 1, MSG_NOSIGNAL) == 1)
			watch(cage);
		end_child(cage);
		cage->canary->lost = lost(cage);
		probe__forget(cage->probe, CANARY_SESSION);
		drain(cage);
	} else {
		snprintf(why, why_n, "no self-test: %s: %s", what, strerror(-ret));
		end_child(cage);
	}
	return ret;
}

static void free_cage(struct cage *cage)
{
	const int fds[] = { cage->pidfd,      cage->gate[0],    cage->gate[1],
			    cage->sockets[0], cage->sockets[1], cage->sockets[2] };

	/* A dying process can hold its cgroup for a moment after it was reaped. */
	for (int tries = 0; cage->cgroup[0] && tries < 100; tries++) {
		if (!rmdir(cage->cgroup) || errno != EBUSY)
			break;
		poll(NULL, 0, 1);
	}
	for (size_t i = 0; i < ARRAY_SIZE(fds); i++) {
		if (fds[i] >= 0)
			close(fds[i]);
	}
	free(cage->decoder);
}

int canary_run(struct probe *probe, struct canary *out,
	       void (*other)(void *ctx, const void *record, size_t n), void *ctx, char *why,
	       size_t why_n)
{
	struct cage cage = { .probe = probe,
			     .canary = out,
			     .other = other,
			     .ctx = ctx,
			     .pidfd = -1,
			     .gate = { -1, -1 },
			     .sockets = { -1, -1, -1 } };
	uint64_t begun_ns = host_boot_ns();
	sigset_t ending, before;
	int ret = -ENOMEM;

	memset(out, 0, sizeof(*out));
	out->test.session = CANARY_SESSION;
	out->test.programs = probe__facts(probe)->programs;
	cage.until_ns = begun_ns + CANARY_ACTS_MS * MS;
	cage.decoder = malloc(sizeof(*cage.decoder));
	/* Who interrupts us waits until the cgroup is gone. */
	sigemptyset(&ending);
	sigaddset(&ending, SIGINT);
	sigaddset(&ending, SIGTERM);
	sigaddset(&ending, SIGHUP);
	pthread_sigmask(SIG_BLOCK, &ending, &before);
	if (cage.decoder)
		ret = run(&cage, why, why_n);
	else
		snprintf(why, why_n, "no self-test: out of memory");
	free_cage(&cage);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	out->took_ns = host_boot_ns() - begun_ns;
	return ret;
}

void canary_tell(const struct canary *canary, struct buf *out)
{
	selftest_tell(&canary->test, out);
	if (canary->unplaced[0] && !selftest_passed(&canary->test))
		buf_addf(out, "; the canary could not be put into the cgroup: %s",
			 canary->unplaced);
}
