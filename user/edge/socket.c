/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "edge/socket.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { SOCKET_BACKLOG = 64, READER_START = 4096 };

static int address_of(const char *path, struct sockaddr_un *addr, char *why, size_t why_n)
{
	size_t n = strlen(path);

	*addr = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (n == 0 || n >= sizeof(addr->sun_path)) {
		snprintf(why, why_n, "socket path \"%.60s...\" is %zu bytes, allowed are 1 to %zu",
			 path, n, sizeof(addr->sun_path) - 1);
		return -ENAMETOOLONG;
	}
	memcpy(addr->sun_path, path, n);
	return 0;
}

static int connect_to(const char *path, int flags, int *fd, char *why, size_t why_n)
{
	struct sockaddr_un addr;
	int ret;

	*fd = -1;
	ret = address_of(path, &addr, why, why_n);
	if (ret)
		return ret;
	*fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);
	if (*fd < 0 || connect(*fd, (struct sockaddr *)&addr, sizeof(addr))) {
		ret = -errno;
		if (*fd >= 0)
			close(*fd);
		*fd = -1;
		if (ret == -ENOENT || ret == -ECONNREFUSED)
			snprintf(why, why_n, "lockstepd is not running: nobody answers on %s",
				 path);
		else
			snprintf(why, why_n, "can't connect to %s: %s", path, strerror(-ret));
	}
	return ret;
}

/* Whether somebody listens there: 1, 0, or -errno. Never waits: a full backlog is an answer too. */
static int is_served(const char *path, char *why, size_t why_n)
{
	int fd;
	int ret = connect_to(path, SOCK_NONBLOCK, &fd, why, why_n);

	if (ret == 0)
		close(fd);
	if (ret == 0 || ret == -EAGAIN)
		return 1;
	return ret == -ENOENT || ret == -ECONNREFUSED ? 0 : ret;
}

/* 0: nobody answers at the path, so that it may be taken. */
static int check_free(const char *path, char *why, size_t why_n)
{
	struct stat st;
	int ret;

	if (lstat(path, &st)) {
		if (errno == ENOENT)
			return 0;
		ret = -errno;
		snprintf(why, why_n, "%s: %s", path, strerror(-ret));
		return ret;
	}
	if (!S_ISSOCK(st.st_mode)) {
		snprintf(why, why_n,
			 "%s exists and is not a socket; remove it or configure another path",
			 path);
		return -ENOTSOCK;
	}
	ret = is_served(path, why, why_n);
	if (ret == 1) {
		snprintf(why, why_n, "another lockstepd is running: it answers on %s", path);
		return -EADDRINUSE;
	}
	return ret;
}

/*
 * Bound under a name of its own and renamed: nobody meets the file before its mode and owner hold.
 */
static int bind_in_place(int fd, const struct socket_listen_opts *opts, char *why, size_t why_n)
{
	struct sockaddr_un addr;
	char temporary[sizeof(addr.sun_path) + 16];
	int ret;

	snprintf(temporary, sizeof(temporary), "%s.%d", opts->path, (int)getpid());
	ret = address_of(temporary, &addr, why, why_n);
	if (ret)
		return ret;
	unlink(temporary);
	if (fchmod(fd, 0600) || bind(fd, (struct sockaddr *)&addr, sizeof(addr))) {
		ret = -errno;
		snprintf(why, why_n, "can't create %s: %s", opts->path, strerror(-ret));
		return ret;
	}
	if (((opts->uid != (uid_t)-1 || opts->gid != (gid_t)-1) &&
	     lchown(temporary, opts->uid, opts->gid)) ||
	    chmod(temporary, opts->mode) || listen(fd, SOCKET_BACKLOG) ||
	    rename(temporary, opts->path)) {
		ret = -errno;
		unlink(temporary);
		snprintf(why, why_n, "can't set up %s: %s", opts->path, strerror(-ret));
	}
	return ret;
}

int socket_listen(const struct socket_listen_opts *opts, int *fd, char *why, size_t why_n)
{
	int ret;

	*fd = -1;
	ret = check_free(opts->path, why, why_n);
	if (ret)
		return ret;
	*fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (*fd < 0) {
		ret = -errno;
		snprintf(why, why_n, "socket: %s", strerror(-ret));
		return ret;
	}
	ret = bind_in_place(*fd, opts, why, why_n);
	if (ret) {
		close(*fd);
		*fd = -1;
	}
	return ret;
}

void socket_unlisten(int fd, const char *path)
{
	char ignored[256];

	if (fd < 0)
		return;
	close(fd);
	/* another daemon may have taken the path over since: then it answers, and the file stays */
	if (is_served(path, ignored, sizeof(ignored)) == 0)
		unlink(path);
}

int socket_connect(const char *path, int *fd, char *why, size_t why_n)
{
	return connect_to(path, 0, fd, why, why_n);
}

int socket_connect_nowait(const char *path, int *fd, char *why, size_t why_n)
{
	return connect_to(path, SOCK_NONBLOCK, fd, why, why_n);
}

int socket_accept(int listening, int *fd, struct socket_peer *peer)
{
	struct ucred cred;
	socklen_t n = sizeof(cred);
	int ret;

	*peer = (struct socket_peer){ (uid_t)-1, (gid_t)-1, 0 };
	*fd = accept4(listening, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (*fd < 0)
		return -errno;
	if (getsockopt(*fd, SOL_SOCKET, SO_PEERCRED, &cred, &n) || n != sizeof(cred)) {
		ret = errno ? -errno : -EPROTO;
		close(*fd);
		*fd = -1;
		return ret;
	}
	*peer = (struct socket_peer){ cred.uid, cred.gid, cred.pid };
	return 0;
}

bool socket_peer_has_group(int fd, const struct socket_peer *peer, gid_t group)
{
	gid_t few[64];
	gid_t *groups = few;
	socklen_t n = sizeof(few);
	bool found = peer->gid == group;
	size_t i;
	int ret;

	ret = getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &n);
	if (ret && errno == ERANGE) {
		groups = malloc(n); /* the kernel wrote how much it takes */
		ret = groups ? getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &n) : -1;
	}
	for (i = 0; !ret && !found && i < n / sizeof(*groups); i++)
		found = groups[i] == group;
	if (groups != few)
		free(groups);
	return found;
}

void line_reader__init(struct line_reader *reader, size_t max)
{
	*reader = (struct line_reader){ .max = max };
}

static void close_fds(struct line_reader *reader)
{
	while (reader->fds_n)
		close(reader->fds[--reader->fds_n]);
}

void line_reader__free(struct line_reader *reader)
{
	close_fds(reader);
	free(reader->p);
	*reader = (struct line_reader){ 0 };
}

static int make_room(struct line_reader *reader)
{
	size_t cap = reader->cap ? reader->cap * 2 : READER_START;
	char *p;

	if (reader->next) {
		memmove(reader->p, reader->p + reader->next, reader->n - reader->next);
		reader->n -= reader->next;
		reader->next = 0;
	}
	if (reader->n < reader->cap)
		return 0;
	if (reader->n >= reader->max)
		return -EMSGSIZE;
	if (cap > reader->max)
		cap = reader->max;
	p = realloc(reader->p, cap);
	if (!p)
		return -ENOMEM;
	reader->p = p;
	reader->cap = cap;
	return 0;
}

/* Keeps what came in SCM_RIGHTS messages. Each descriptor is in our table now: none may leak. */
static int keep_fds(struct line_reader *reader, struct msghdr *msg)
{
	struct cmsghdr *cmsg;
	int ret = msg->msg_flags & MSG_CTRUNC ? -EMFILE : 0;
	size_t n, i;
	int fd;

	for (cmsg = CMSG_FIRSTHDR(msg); cmsg; cmsg = CMSG_NXTHDR(msg, cmsg)) {
		if (cmsg->cmsg_level != SOL_SOCKET || cmsg->cmsg_type != SCM_RIGHTS)
			continue;
		n = (cmsg->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (i = 0; i < n; i++) {
			memcpy(&fd, CMSG_DATA(cmsg) + i * sizeof(int), sizeof(fd));
			if (reader->fds_n < SOCKET_FDS_MAX) {
				reader->fds[reader->fds_n++] = fd;
			} else {
				close(fd);
				ret = -EMFILE;
			}
		}
	}
	if (ret)
		close_fds(reader);
	return ret;
}

int line_reader__fill(struct line_reader *reader, int fd)
{
	union {
		char bytes[CMSG_SPACE(SOCKET_FDS_MAX * sizeof(int))];
		struct cmsghdr align;
	} control;
	struct iovec iov;
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = &control,
			      .msg_controllen = sizeof(control) };
	ssize_t n;
	int ret = make_room(reader);

	if (ret)
		return ret;
	iov = (struct iovec){ reader->p + reader->n, reader->cap - reader->n };
	do
		n = recvmsg(fd, &msg, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	reader->n += (size_t)n;
	reader->eof = n == 0;
	return keep_fds(reader, &msg);
}

bool line_reader__next(struct line_reader *reader, struct span *line)
{
	char *from, *end;

	*line = (struct span){ 0 };
	if (reader->next == reader->n)
		return false;
	from = reader->p + reader->next;
	end = memchr(from, '\n', reader->n - reader->next);
	if (!end)
		return false;
	*line = (struct span){ from, (size_t)(end - from) };
	reader->next += line->n + 1;
	return true;
}

int line_reader__wait(struct line_reader *reader, int fd, struct span *line)
{
	int ret;

	while (!line_reader__next(reader, line)) {
		if (reader->eof)
			return -ECONNRESET;
		ret = line_reader__fill(reader, fd);
		if (ret)
			return ret;
	}
	return 0;
}

int line_reader__take_fd(struct line_reader *reader)
{
	int fd;

	if (reader->fds_n == 0)
		return -1;
	fd = reader->fds[0];
	reader->fds_n--;
	memmove(reader->fds, reader->fds + 1, reader->fds_n * sizeof(*reader->fds));
	return fd;
}

/* As much of the bytes as the socket takes; the descriptor goes with the first of them. */
static ssize_t send_some(int fd, struct iovec *iov, size_t iov_n, int pass, int flags)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = { 0 };
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = iov_n };
	struct cmsghdr *cmsg;
	ssize_t n;

	if (pass >= 0) {
		msg.msg_control = &control;
		msg.msg_controllen = sizeof(control.bytes);
		cmsg = CMSG_FIRSTHDR(&msg);
		cmsg->cmsg_level = SOL_SOCKET;
		cmsg->cmsg_type = SCM_RIGHTS;
		cmsg->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(cmsg), &pass, sizeof(pass));
	}
	do
		n = sendmsg(fd, &msg, flags | MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n;
}

int socket_send_line(int fd, struct span line, int pass)
{
	struct iovec iov[2] = { { (void *)line.p, line.n }, { (char[]){ '\n' }, 1 } };
	size_t sent = 0;
	ssize_t n;

	while (sent < line.n + 1) {
		if (sent < line.n)
			iov[0] = (struct iovec){ (char *)line.p + sent, line.n - sent };
		n = sent < line.n ? send_some(fd, iov, 2, pass, 0)
				  : send_some(fd, iov + 1, 1, pass, 0);
		if (n < 0)
			return (int)n;
		sent += (size_t)n;
		pass = -1;
	}
	return 0;
}

ssize_t socket_write(int fd, struct span bytes)
{
	struct iovec iov = { (void *)bytes.p, bytes.n };

	return send_some(fd, &iov, 1, -1, MSG_DONTWAIT);
}
