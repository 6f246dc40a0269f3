// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * actor_net PROTOCOL-FAMILY-MODE [OUTSIDER] - does what the mode names, on loopback, and says on
 * descriptor 3 what it did:
 *     connect|send|bind|listen FAMILY/PROTOCOL/ADDRESS/PORT (address in hex; mapped ones as IPv4)
 *     close SENT/RECEIVED/ESTABLISHED/ERRNO                 (the n-th is that of the n-th connect)
 *     accept FAMILY/PROTOCOL/PEER/PORT, on .../OWN/PORT      (a connection to a listener in here)
 *     taken SENT/RECEIVED/ESTABLISHED/ERRNO                 (its close; the n-th of the n-th
 * accept) unseen WHY                                            (this host can't do it) OUTSIDER is
 * the abstract name of a process outside the session (outsider.h).
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/wait.h"
#include "outsider.h"
#include "uring.h"

static FILE *truth;
static const char *outsider;

/* What the row's name asks for. */
struct ask {
	int type, proto;
	const char *own, *peer; /* a mapped address reaches an IPv4 listener */
};

struct place {
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	};
	socklen_t n;
};

static struct place place_at(const char *address, int port)
{
	struct place place = { 0 };

	if (strchr(address, ':')) {
		place.v6.sin6_family = AF_INET6;
		place.v6.sin6_port = htons((uint16_t)port);
		inet_pton(AF_INET6, address, &place.v6.sin6_addr);
		place.n = sizeof(place.v6);
	} else {
		place.v4.sin_family = AF_INET;
		place.v4.sin_port = htons((uint16_t)port);
		inet_pton(AF_INET, address, &place.v4.sin_addr);
		place.n = sizeof(place.v4);
	}
	return place;
}

static void say(const char *what, int proto, const struct place *place)
{
	bool v6 = place->any.sa_family == AF_INET6;
	const unsigned char *ip =
		v6 ? place->v6.sin6_addr.s6_addr : (const void *)&place->v4.sin_addr;
	bool mapped = v6 && IN6_IS_ADDR_V4MAPPED(&place->v6.sin6_addr);
	size_t i, n = v6 && !mapped ? 16 : 4;

	fprintf(truth, "%s %d/%d/", what, n == 16 ? 10 : 2, proto);
	for (i = 0; i < n; i++)
		fprintf(truth, "%02x", ip[(mapped ? 12 : 0) + i]);
	fprintf(truth, "/%d\n", ntohs(v6 ? place->v6.sin6_port : place->v4.sin_port));
}

static int open_socket(const struct place *place, int type)
{
	int fd = socket(place->any.sa_family, type, 0);

	if (fd < 0)
		exit(90);
	return fd;
}

/* A listener on a port of the kernel's choice; the place becomes that port's. */
static int listener(struct place *place, int backlog)
{
	int fd = open_socket(place, SOCK_STREAM);

	say("bind", IPPROTO_TCP, place);
	if (bind(fd, &place->any, place->n) || getsockname(fd, &place->any, &place->n))
		exit(91);
	say("listen", IPPROTO_TCP, place);
	if (listen(fd, backlog))
		exit(92);
	return fd;
}

static int port_of(const struct place *place)
{
	return ntohs(place->any.sa_family == AF_INET6 ? place->v6.sin6_port : place->v4.sin_port);
}

static void move(int from, int to, size_t n)
{
	char buffer[4096] = { 0 };
	size_t left = n;
	ssize_t got;

	while (left > 0) {
		size_t piece = left < sizeof(buffer) ? left : sizeof(buffer);

		if (write(from, buffer, piece) != (ssize_t)piece)
			exit(93);
		for (left -= piece; piece > 0; piece -= (size_t)got) {
			got = read(to, buffer, piece);
			if (got <= 0)
				exit(94);
		}
	}
}

static void say_close(size_t sent, size_t received, int established, int error)
{
	fprintf(truth, "close %zu/%zu/%d/%d\n", sent, received, established, error);
}

/* The other end of the client's connection, which is in here. */
static void say_taken(int client, size_t sent, size_t received)
{
	struct place peer = { .n = sizeof(peer.v6) }, own = peer;

	if (getsockname(client, &peer.any, &peer.n) || getpeername(client, &own.any, &own.n))
		exit(86);
	say("accept", IPPROTO_TCP, &peer);
	say("on", IPPROTO_TCP, &own);
	fprintf(truth, "taken %zu/%zu/1/0\n", sent, received);
}

/* Both ends' closes. */
static void say_closes(int client, size_t sent, size_t received)
{
	say_close(sent, received, 1, 0);
	say_taken(client, received, sent);
}

static void unseen(const char *what, int error)
{
	fprintf(truth, "unseen %s: %s\n", what, strerror(error));
}

/* A listener, and a client socket for it that has not connected. */
struct pair {
	struct place to;
	int server, client, accepted;
};

static struct pair pair_make(const struct ask *ask, int backlog)
{
	struct place own = place_at(ask->own, 0);
	struct pair pair = { .accepted = -1 };

	pair.server = listener(&own, backlog);
	pair.to = place_at(ask->peer, port_of(&own));
	pair.client = open_socket(&pair.to, SOCK_STREAM);
	return pair;
}

static void pair_accept(struct pair *pair)
{
	pair->accepted = accept(pair->server, NULL, NULL);
	if (pair->accepted < 0)
		exit(96);
}

static struct pair pair_connected(const struct ask *ask)
{
	struct pair pair = pair_make(ask, 8);

	say("connect", IPPROTO_TCP, &pair.to);
	if (connect(pair.client, &pair.to.any, pair.to.n))
		exit(95);
	pair_accept(&pair);
	return pair;
}

/* Who closes first decides whether the peer's FIN is counted. */
static void pair_end(struct pair *pair, bool peer_first)
{
	char byte;

	close(peer_first ? pair->accepted : pair->client);
	if (read(peer_first ? pair->client : pair->accepted, &byte, 1) != 0)
		exit(97);
	close(peer_first ? pair->client : pair->accepted);
	close(pair->server);
}

static void tcp_exchange(const struct ask *ask, size_t out, size_t in, bool peer_first)
{
	struct pair pair = pair_connected(ask);

	move(pair.client, pair.accepted, out);
	move(pair.accepted, pair.client, in);
	say_closes(pair.client, out, in);
	pair_end(&pair, peer_first);
}

static void tcp_connect(const struct ask *ask)
{
	tcp_exchange(ask, 100000, 12345, false);
}

static void tcp_peer_closes(const struct ask *ask)
{
	tcp_exchange(ask, 17, 70000, true);
}

static void tcp_nothing_sent(const struct ask *ask)
{
	tcp_exchange(ask, 0, 0, false);
}

static void tcp_nonblocking(const struct ask *ask)
{
	struct pair pair = pair_make(ask, 8);

	fcntl(pair.client, F_SETFL, O_NONBLOCK);
	say("connect", IPPROTO_TCP, &pair.to);
	if (!connect(pair.client, &pair.to.any, pair.to.n) || errno != EINPROGRESS)
		exit(95);
	pair_accept(&pair);
	fcntl(pair.client, F_SETFL, 0);
	move(pair.client, pair.accepted, 3);
	say_closes(pair.client, 3, 0);
	pair_end(&pair, false);
}

/* A port that is bound and not listened on. */
static void tcp_refused(const struct ask *ask)
{
	struct place own = place_at(ask->own, 0), to;
	int fd, holder = open_socket(&own, SOCK_STREAM);

	say("bind", IPPROTO_TCP, &own);
	if (bind(holder, &own.any, own.n) || getsockname(holder, &own.any, &own.n))
		exit(91);
	to = place_at(ask->peer, port_of(&own));
	fd = open_socket(&to, SOCK_STREAM);
	say("connect", IPPROTO_TCP, &to);
	if (!connect(fd, &to.any, to.n))
		exit(98);
	say_close(0, 0, 0, errno);
	close(fd);
	close(holder);
}

/* A listener whose queue is full drops the next SYN (tcp_conn_request, net/ipv4/tcp_input.c). */
static struct pair pair_full(const struct ask *ask, int *filler)
{
	struct pair pair = pair_make(ask, 0);

	struct pollfd full;

	*filler = open_socket(&pair.to, SOCK_STREAM);
	say("connect", IPPROTO_TCP, &pair.to);
	if (connect(*filler, &pair.to.any, pair.to.n))
		exit(95);
	/* Its last packet is on the way still, and fills the queue where it comes in. */
	full = (struct pollfd){ .fd = pair.server, .events = POLLIN };
	if (poll(&full, 1, (int)wait_seconds() * 1000) != 1)
		exit(96);
	say_closes(*filler, 0, 0);
	say("connect", IPPROTO_TCP, &pair.to);
	return pair;
}

static void tcp_timed_out(const struct ask *ask)
{
	int filler, one = 1, ms = 1;
	struct pair pair = pair_full(ask, &filler);

	setsockopt(pair.client, IPPROTO_TCP, TCP_SYNCNT, &one, sizeof(one));
	setsockopt(pair.client, IPPROTO_TCP, TCP_USER_TIMEOUT, &ms, sizeof(ms));
	if (!connect(pair.client, &pair.to.any, pair.to.n) || errno != ETIMEDOUT)
		exit(98);
	say_close(0, 0, 0, ETIMEDOUT);
	close(pair.client);
	close(filler);
}

static void tcp_abandoned(const struct ask *ask)
{
	int filler;
	struct pair pair = pair_full(ask, &filler);

	fcntl(pair.client, F_SETFL, O_NONBLOCK);
	if (!connect(pair.client, &pair.to.any, pair.to.n) || errno != EINPROGRESS)
		exit(98);
	say_close(0, 0, 0, 0);
	close(pair.client);
	close(filler);
}

static void tcp_fastopen(const struct ask *ask)
{
	struct pair pair = pair_make(ask, 8);
	char fast[4];

	say("connect", IPPROTO_TCP, &pair.to);
	if (sendto(pair.client, "fast", 4, MSG_FASTOPEN, &pair.to.any, pair.to.n) != 4)
		exit(95);
	pair_accept(&pair);
	if (recv(pair.accepted, fast, 4, MSG_WAITALL) != 4)
		exit(94);
	move(pair.accepted, pair.client, 2);
	say_closes(pair.client, 4, 2);
	pair_end(&pair, true);
}

/* The address of a message on a connected TCP socket means nothing. */
static void tcp_sendmsg(const struct ask *ask)
{
	struct pair pair = pair_connected(ask);
	struct place other = place_at(ask->peer, 9);
	struct iovec piece = { (void *)(uintptr_t) "msg", 3 };
	struct mmsghdr two[2] = { { .msg_hdr = { .msg_name = &other.any,
						 .msg_namelen = other.n,
						 .msg_iov = &piece,
						 .msg_iovlen = 1 } } };

	two[1] = two[0];
	if (sendmsg(pair.client, &two[0].msg_hdr, 0) != 3 || sendmmsg(pair.client, two, 2, 0) != 2)
		exit(95);
	say_closes(pair.client, 9, 0);
	if (shutdown(pair.client, SHUT_WR))
		exit(93);
	close(pair.client);
	close(pair.accepted);
	close(pair.server);
}

static void tcp_sendto_unconnected(const struct ask *ask)
{
	struct pair pair = pair_make(ask, 8);

	if (sendto(pair.client, "x", 1, MSG_NOSIGNAL, &pair.to.any, pair.to.n) != -1)
		exit(95);
	close(pair.client);
	close(pair.server);
}

static void tcp_unspec(const struct ask *ask)
{
	struct sockaddr none = { .sa_family = AF_UNSPEC };
	struct pair pair = pair_connected(ask);
	char byte;

	move(pair.client, pair.accepted, 5);
	say_closes(pair.client, 5, 0);
	if (connect(pair.client, &none, sizeof(none)))
		exit(95);
	close(pair.accepted);
	say("connect", IPPROTO_TCP, &pair.to);
	if (connect(pair.client, &pair.to.any, pair.to.n))
		exit(95);
	pair_accept(&pair);
	move(pair.client, pair.accepted, 6);
	say_closes(pair.client, 6, 0);
	close(pair.client);
	if (read(pair.accepted, &byte, 1) != 0)
		exit(97);
	close(pair.accepted);
	close(pair.server);
}

static void tcp_exit(const struct ask *ask)
{
	struct pair pair = pair_connected(ask);

	move(pair.client, pair.accepted, 11);
	say_closes(pair.client, 11, 0);
}

static void tcp_killed(const struct ask *ask)
{
	tcp_exit(ask);
	fflush(truth);
	kill(getpid(), SIGKILL);
}

static void tcp_reset(const struct ask *ask)
{
	struct linger now = { .l_onoff = 1, .l_linger = 0 };
	struct pair pair = pair_connected(ask);

	move(pair.client, pair.accepted, 12);
	say_closes(pair.client, 12, 0);
	if (setsockopt(pair.client, SOL_SOCKET, SO_LINGER, &now, sizeof(now)))
		exit(93);
	close(pair.client);
	close(pair.accepted);
	close(pair.server);
}

static void tcp_listen(const struct ask *ask)
{
	struct place own = place_at(ask->peer, 0);

	close(listener(&own, 1));
}

static void tcp_listen_unbound(const struct ask *ask)
{
	struct place at = place_at(strchr(ask->own, ':') ? "::" : "0.0.0.0", 0);
	int fd = open_socket(&at, SOCK_STREAM);

	say("listen", IPPROTO_TCP, &at);
	if (listen(fd, 1))
		exit(92);
	close(fd);
}

static int outsider_call(void)
{
	struct sockaddr_un at;
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	if (connect(fd, (struct sockaddr *)&at, outsider_place(&at, outsider)))
		exit(88);
	return fd;
}

static int outsider_ask(int at, enum outsider_op op, const struct place *place, int type, int fd)
{
	struct outsider_request request = { .op = op, .type = type, .to_n = place->n };

	memcpy(&request.to, place, sizeof(*place));
	if (outsider_put(at, &request, fd) || outsider_get(at, &request, &fd))
		exit(87);
	return fd;
}

/* Connected outside, to a listener in here. */
static void tcp_accept(const struct ask *ask)
{
	struct pair pair = pair_make(ask, 8);
	int at = outsider_call();
	int fd = outsider_ask(at, OUTSIDER_SOCKET, &pair.to, SOCK_STREAM, -1);

	close(pair.client);
	pair.client = outsider_ask(at, OUTSIDER_CONNECT, &pair.to, SOCK_STREAM, fd);
	close(fd);
	pair_accept(&pair);
	move(pair.accepted, pair.client, 21);
	say_taken(pair.client, 21, 0);
	pair_end(&pair, true);
}

/* Made outside, connected in here. */
static void tcp_passed_in(const struct ask *ask)
{
	struct pair pair = pair_make(ask, 8);

	close(pair.client);
	pair.client = outsider_ask(outsider_call(), OUTSIDER_SOCKET, &pair.to, SOCK_STREAM, -1);
	say("connect", IPPROTO_TCP, &pair.to);
	if (connect(pair.client, &pair.to.any, pair.to.n))
		exit(95);
	pair_accept(&pair);
	move(pair.client, pair.accepted, 31);
	say_closes(pair.client, 31, 0);
	pair_end(&pair, false);
}

/* Connected in here; who has it last is outside, and outlives us. */
static void tcp_passed_out(const struct ask *ask)
{
	struct pair pair = pair_connected(ask);

	move(pair.client, pair.accepted, 41);
	say_closes(pair.client, 41, 0);
	outsider_ask(outsider_call(), OUTSIDER_HOLD, &pair.to, SOCK_STREAM, pair.client);
}

/* Made in here, connected outside, used in here. */
static void tcp_passed_back(const struct ask *ask)
{
	struct pair pair = pair_make(ask, 8);

	close(outsider_ask(outsider_call(), OUTSIDER_CONNECT, &pair.to, SOCK_STREAM, pair.client));
	pair_accept(&pair);
	move(pair.client, pair.accepted, 51);
	say_taken(pair.client, 0, 51);
	pair_end(&pair, false);
}

static void uring_connect(const struct ask *ask, unsigned int setup, unsigned int flags)
{
	struct place own = place_at(ask->own, 0), to;
	int server = -1, fd, ret;
	struct uring ring;
	char byte;

	ret = uring__open(&ring, setup);
	if (ret) {
		unseen("io_uring", -ret);
		return;
	}
	if (ask->type == SOCK_STREAM)
		server = listener(&own, 8);
	to = place_at(ask->peer, server < 0 ? 53 : port_of(&own));
	fd = open_socket(&to, ask->type);
	say("connect", ask->proto, &to);
	ret = uring__run(&ring, &(struct io_uring_sqe){ .opcode = IORING_OP_CONNECT,
							.flags = (__u8)flags,
							.fd = fd,
							.addr = (uintptr_t)&to,
							.off = to.n });
	if (ret)
		exit(95);
	if (server < 0)
		return;
	say_closes(fd, 0, 0);
	server = accept(server, NULL, NULL);
	close(fd);
	if (read(server, &byte, 1) != 0)
		exit(97);
}

static void any_uring(const struct ask *ask)
{
	uring_connect(ask, 0, 0);
}

static void any_uring_worker(const struct ask *ask)
{
	uring_connect(ask, 0, IOSQE_ASYNC);
}

static void any_uring_sqpoll(const struct ask *ask)
{
	uring_connect(ask, IORING_SETUP_SQPOLL, 0);
}

static void any_bind(const struct ask *ask)
{
	struct place at = place_at(ask->peer, ask->type == SOCK_STREAM ? 40122 : 40123);
	int fd = open_socket(&at, ask->type);

	say("bind", ask->proto, &at);
	if (bind(fd, &at.any, at.n))
		exit(91);
	close(fd);
}

/* To a port of the row's choice; no datagram has to arrive. */
static int udp_open(const struct ask *ask, struct place *to, int port, int flags)
{
	int fd;

	*to = place_at(ask->peer, port);
	fd = open_socket(to, SOCK_DGRAM | flags);
	say("connect", IPPROTO_UDP, to);
	if (connect(fd, &to->any, to->n))
		exit(95);
	return fd;
}

static void udp_connect(const struct ask *ask)
{
	struct place to;

	close(udp_open(ask, &to, 53, 0));
}

static void udp_nonblocking(const struct ask *ask)
{
	struct place to;

	close(udp_open(ask, &to, 53, SOCK_NONBLOCK));
}

/*
 * Nobody listens there. On a connected IPv6 socket to a mapped address the kernel gives each
 * datagram the address itself (udpv6_sendmsg, net/ipv6/udp.c), so that it passes the hook of those
 * that have one.
 */
static void udp_refused(const struct ask *ask)
{
	struct place to;
	int fd = udp_open(ask, &to, 9, 0);
	char byte;

	if (strchr(ask->peer, '.') && strchr(ask->peer, ':'))
		say("send", IPPROTO_UDP, &to);
	if (send(fd, "x", 1, 0) != 1 || recv(fd, &byte, 1, 0) != -1 || errno != ECONNREFUSED)
		exit(98);
	close(fd);
}

static void udp_sendto(const struct ask *ask)
{
	struct place to = place_at(ask->peer, 9);
	int fd = open_socket(&to, SOCK_DGRAM);

	say("send", IPPROTO_UDP, &to);
	if (sendto(fd, "x", 1, 0, &to.any, to.n) != 1)
		exit(95);
	close(fd);
}

/* Connected to one place, sent to another. */
static void udp_sendto_connected(const struct ask *ask)
{
	struct place to;
	int fd = udp_open(ask, &to, 53, 0);

	to = place_at(ask->peer, 9);
	say("send", IPPROTO_UDP, &to);
	if (sendto(fd, "x", 1, 0, &to.any, to.n) != 1)
		exit(95);
	close(fd);
}

static void udp_send_two(const struct ask *ask, bool one_call)
{
	struct place to[2] = { place_at(ask->peer, 9), place_at(ask->peer, 10) };
	int fd = open_socket(&to[0], SOCK_DGRAM), i;
	struct iovec piece = { (void *)(uintptr_t) "m", 1 };
	struct mmsghdr two[2] = { 0 };

	for (i = 0; i < 2; i++) {
		two[i].msg_hdr = (struct msghdr){ .msg_name = &to[i].any,
						  .msg_namelen = to[i].n,
						  .msg_iov = &piece,
						  .msg_iovlen = 1 };
		say("send", IPPROTO_UDP, &to[i]);
		if (!one_call && sendmsg(fd, &two[i].msg_hdr, 0) != 1)
			exit(95);
	}
	if (one_call && sendmmsg(fd, two, 2, 0) != 2)
		exit(95);
	close(fd);
}

static void udp_sendmsg(const struct ask *ask)
{
	udp_send_two(ask, false);
}

static void udp_sendmmsg(const struct ask *ask)
{
	udp_send_two(ask, true);
}

/* The flag is TCP's; here it is a datagram like another. */
static void udp_fastopen(const struct ask *ask)
{
	struct place to = place_at(ask->peer, 9);
	int fd = open_socket(&to, SOCK_DGRAM);

	say("send", IPPROTO_UDP, &to);
	if (sendto(fd, "x", 1, MSG_FASTOPEN, &to.any, to.n) != 1)
		exit(95);
	close(fd);
}

static void udp_reconnect(const struct ask *ask)
{
	struct place to;
	int fd = udp_open(ask, &to, 53, 0);

	to = place_at(ask->peer, 54);
	say("connect", IPPROTO_UDP, &to);
	if (connect(fd, &to.any, to.n))
		exit(95);
	close(fd);
}

/* Disconnecting is no act; the datagram after it is. */
static void udp_unspec(const struct ask *ask)
{
	struct sockaddr none = { .sa_family = AF_UNSPEC };
	struct place to;
	int fd = udp_open(ask, &to, 53, 0);

	if (connect(fd, &none, sizeof(none)))
		exit(95);
	say("send", IPPROTO_UDP, &to);
	if (sendto(fd, "x", 1, 0, &to.any, to.n) != 1)
		exit(95);
	close(fd);
}

static void say_socket(int family, int type, int proto)
{
	fprintf(truth, "socket %d/%d/%d\n", family, type, proto);
}

/* An ICMP echo request to ourselves, as ping of old sends it: to an address, then connected. */
static void raw_send(const struct ask *ask)
{
	unsigned char echo[8] = { 8, 0, 0xf7, 0xff };
	struct place to = place_at(ask->peer, 0);
	int fd = socket(to.any.sa_family, SOCK_RAW, ask->proto);

	say_socket(to.any.sa_family, SOCK_RAW, ask->proto);
	if (to.any.sa_family == AF_INET6)
		echo[0] = 128;
	if (fd < 0 || bind(fd, &to.any, to.n) || sendto(fd, echo, 8, 0, &to.any, to.n) != 8 ||
	    connect(fd, &to.any, to.n) || send(fd, echo, 8, 0) != 8)
		exit(95);
	close(fd);
}

/* Made, and not used. */
static void open_one(int family, int type, int proto)
{
	int fd = socket(family, type, proto);

	if (fd < 0) {
		fprintf(truth, "unseen socket(%d, %d, %d): %s\n", family, type, proto,
			strerror(errno));
		return;
	}
	say_socket(family, type, proto);
	close(fd);
}

static void icmp_ping(const struct ask *ask)
{
	(void)ask;
	open_one(AF_INET, SOCK_DGRAM, IPPROTO_ICMP);
}

/* Hand-made segments: TCP that no TCP hook sees. */
static void tcp_raw(const struct ask *ask)
{
	(void)ask;
	open_one(AF_INET, SOCK_RAW, IPPROTO_TCP);
}

static void sctp_open(const struct ask *ask)
{
	(void)ask;
	open_one(AF_INET, SOCK_SEQPACKET, IPPROTO_SCTP);
}

static void vsock_open(const struct ask *ask)
{
	(void)ask;
	open_one(AF_VSOCK, SOCK_STREAM, 0);
}

static void xdp_open(const struct ask *ask)
{
	(void)ask;
	open_one(AF_XDP, SOCK_RAW, 0);
}

static void netlink_open(const struct ask *ask)
{
	(void)ask;
	open_one(AF_NETLINK, SOCK_RAW, 0);
}

static void udplite_connect(const struct ask *ask)
{
	struct place to = place_at(ask->peer, 53);
	int fd = socket(AF_INET, SOCK_DGRAM, IPPROTO_UDPLITE);

	if (fd < 0) {
		unseen("UDP-Lite", errno);
		return;
	}
	say_socket(AF_INET, SOCK_DGRAM, IPPROTO_UDPLITE);
	if (connect(fd, &to.any, to.n))
		exit(95);
	close(fd);
}

/* Its subflow is TCP, and seen as that. */
static void mptcp_refused(const struct ask *ask)
{
	struct place own = place_at(ask->own, 0), to;
	int fd = socket(AF_INET, SOCK_STREAM, IPPROTO_MPTCP);
	int taken = open_socket(&own, SOCK_STREAM);

	if (fd < 0) {
		unseen("MPTCP", errno);
		return;
	}
	say("bind", IPPROTO_TCP, &own);
	if (bind(taken, &own.any, own.n) || getsockname(taken, &own.any, &own.n))
		exit(91);
	to = place_at(ask->peer, port_of(&own));
	say("connect", IPPROTO_TCP, &to);
	if (!connect(fd, &to.any, to.n) || errno != ECONNREFUSED)
		exit(95);
	say_close(0, 0, 0, ECONNREFUSED);
	close(fd);
	close(taken);
}

/* The kernel makes a packet socket of it, in the style of Linux 2.0. */
static void packet_obsolete(const struct ask *ask)
{
	int fd = socket(AF_INET, SOCK_PACKET, htons(ETH_P_IP));

	(void)ask;
	if (fd < 0)
		exit(95);
	say_socket(AF_PACKET, SOCK_PACKET, htons(ETH_P_IP));
	close(fd);
}

static void packet_failed(const struct ask *ask)
{
	(void)ask;
	if (socket(AF_PACKET, SOCK_STREAM, 0) >= 0 || errno != ESOCKTNOSUPPORT)
		exit(95);
}

static void packet_send(const struct ask *ask)
{
	struct sockaddr_ll to = { .sll_family = AF_PACKET,
				  .sll_protocol = htons(ETH_P_IP),
				  .sll_ifindex = 1,
				  .sll_halen = 6 };
	int fd = socket(AF_PACKET, SOCK_DGRAM, htons(ETH_P_IP));

	(void)ask;
	say_socket(AF_PACKET, SOCK_DGRAM, htons(ETH_P_IP));
	if (fd < 0 || sendto(fd, "x", 1, 0, (struct sockaddr *)&to, sizeof(to)) != 1)
		exit(95);
	close(fd);
}

/* A packet socket has the one family. */
static const struct mode {
	const char *protocol, *name;
	void (*act)(const struct ask *ask);
} modes[] = {
	{ "tcp", "connect", tcp_connect },
	{ "tcp", "peer-closes", tcp_peer_closes },
	{ "tcp", "nothing-sent", tcp_nothing_sent },
	{ "tcp", "nonblocking", tcp_nonblocking },
	{ "tcp", "refused", tcp_refused },
	{ "tcp", "timed-out", tcp_timed_out },
	{ "tcp", "abandoned", tcp_abandoned },
	{ "tcp", "fastopen", tcp_fastopen },
	{ "tcp", "sendmsg", tcp_sendmsg },
	{ "tcp", "sendto-unconnected", tcp_sendto_unconnected },
	{ "tcp", "unspec", tcp_unspec },
	{ "tcp", "exit", tcp_exit },
	{ "tcp", "killed", tcp_killed },
	{ "tcp", "reset", tcp_reset },
	{ "tcp", "bind", any_bind },
	{ "tcp", "listen", tcp_listen },
	{ "tcp", "listen-unbound", tcp_listen_unbound },
	{ "tcp", "accept", tcp_accept },
	{ "tcp", "passed-in", tcp_passed_in },
	{ "tcp", "passed-out", tcp_passed_out },
	{ "tcp", "passed-back", tcp_passed_back },
	{ "tcp", "uring", any_uring },
	{ "tcp", "uring-worker", any_uring_worker },
	{ "tcp", "uring-sqpoll", any_uring_sqpoll },
	{ "udp", "connect", udp_connect },
	{ "udp", "nonblocking", udp_nonblocking },
	{ "udp", "refused", udp_refused },
	{ "udp", "sendto", udp_sendto },
	{ "udp", "sendto-connected", udp_sendto_connected },
	{ "udp", "sendmsg", udp_sendmsg },
	{ "udp", "sendmmsg", udp_sendmmsg },
	{ "udp", "fastopen", udp_fastopen },
	{ "udp", "reconnect", udp_reconnect },
	{ "udp", "unspec", udp_unspec },
	{ "udp", "bind", any_bind },
	{ "udp", "uring", any_uring },
	{ "udp", "uring-worker", any_uring_worker },
	{ "udp", "uring-sqpoll", any_uring_sqpoll },
	{ "icmp", "raw", raw_send },
	{ "icmp", "ping", icmp_ping },
	{ "tcp", "raw", tcp_raw },
	{ "udplite", "connect", udplite_connect },
	{ "sctp", "open", sctp_open },
	{ "mptcp", "refused", mptcp_refused },
	{ "packet", "obsolete", packet_obsolete },
	{ "packet", "failed", packet_failed },
	{ "vsock", "open", vsock_open },
	{ "xdp", "open", xdp_open },
	{ "netlink", "open", netlink_open },
	{ "packet", "send", packet_send },
};

static const struct family {
	const char *name, *own, *peer;
} families[] = {
	{ "v4", "127.0.0.1", "127.0.0.1" },
	{ "v6", "::1", "::1" },
	{ "mapped", "127.0.0.1", "::ffff:127.0.0.1" },
};

static struct ask ask_for(const char *protocol, const struct family *family)
{
	struct ask ask = { SOCK_STREAM, IPPROTO_TCP, family->own, family->peer };

	if (!strcmp(protocol, "udp")) {
		ask.type = SOCK_DGRAM;
		ask.proto = IPPROTO_UDP;
	} else if (!strcmp(protocol, "icmp")) {
		ask.proto = strchr(ask.peer, ':') ? IPPROTO_ICMPV6 : IPPROTO_ICMP;
	}
	return ask;
}

static int act(const char *row)
{
	size_t m, f;

	for (m = 0; m < sizeof(modes) / sizeof(modes[0]); m++) {
		for (f = 0; f < sizeof(families) / sizeof(families[0]); f++) {
			struct ask ask = ask_for(modes[m].protocol, &families[f]);
			char name[64];

			snprintf(name, sizeof(name), "%s-%s-%s", modes[m].protocol,
				 families[f].name, modes[m].name);
			if (strcmp(name, row))
				continue;
			modes[m].act(&ask);
			return 0;
		}
	}
	return 89;
}

int main(int argc, char **argv)
{
	int ret;

	truth = fdopen(3, "w");
	if (!truth || argc < 2)
		return 99;
	outsider = argc > 2 ? argv[2] : NULL;
	ret = act(argv[1]);
	fclose(truth);
	return ret;
}
