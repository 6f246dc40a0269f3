/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_SOCKET_H
#define LOCKSTEP_SOCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "core/base/span.h"

/*
 * Unix stream sockets that carry one JSON object a line: unix(7). All descriptors are
 * close-on-exec.
 */
enum { SOCKET_FDS_MAX = 4 };

struct socket_listen_opts {
	const char *path;
	mode_t mode; /* of the socket file: who may connect */
	uid_t uid;   /* owner, (uid_t)-1: leave it */
	gid_t gid;
};

/*
 * Listens, nonblocking, in *fd. The file is in place with its mode and owner at once. A stale file
 * (nobody answers there) is replaced. 0 or -errno with one line in why[]: -EADDRINUSE when somebody
 * answers, -ENOTSOCK when the path is something else, which is left alone.
 */
int socket_listen(const struct socket_listen_opts *opts, int *fd, char *why, size_t why_n);
/* Closes a listening socket and removes its file, if the file is still that socket. */
void socket_unlisten(int fd, const char *path);

/* Connects, blocking. 0 or -errno with one line in why[]. */
int socket_connect(const char *path, int *fd, char *why, size_t why_n);
/* Likewise, and neither that nor anything on *fd ever waits: -EAGAIN where the backlog is full. */
int socket_connect_nowait(const char *path, int *fd, char *why, size_t why_n);

struct socket_peer {
	uid_t uid;
	gid_t gid;
	/* Of the one that connected; may be gone, and another by now: for display only. */
	pid_t pid;
};

/* Whether the peer had the group when it connected, as its own or a supplementary one
 * (SO_PEERGROUPS, Linux 4.13): the kernel's word, no name service is asked. */
bool socket_peer_has_group(int fd, const struct socket_peer *peer, gid_t group);

/* The next client, nonblocking. 0; -EAGAIN when there is none; -errno. Who it is comes from the
 * kernel. */
int socket_accept(int listening, int *fd, struct socket_peer *peer);

/*
 * Reads lines of at most `max` bytes, newline included. Descriptors that come along are kept in
 * order of arrival, at most SOCKET_FDS_MAX; the owner takes them or line_reader__free() closes
 * them.
 */
struct line_reader {
	char *p;
	size_t n, cap, max;
	size_t next; /* where the first line that was not given out begins */
	int fds[SOCKET_FDS_MAX];
	size_t fds_n;
	bool eof;
};

void line_reader__init(struct line_reader *reader, size_t max);
void line_reader__free(struct line_reader *reader);
/*
 * One read. 0: something came, or the end did (reader->eof). -EAGAIN, -EMSGSIZE (a line longer than
 * max), -EMFILE (more descriptors than allowed; all are closed), -ENOMEM, -errno of recvmsg(2).
 */
int line_reader__fill(struct line_reader *reader, int fd);
/* Cuts off the next whole line, without its newline. Valid until the next fill. False: none yet. */
bool line_reader__next(struct line_reader *reader, struct span *line);
/* Blocks for the next line. As fill, and -ECONNRESET at the end. */
int line_reader__wait(struct line_reader *reader, int fd, struct span *line);
/* Takes the oldest descriptor over; -1: there is none. */
int line_reader__take_fd(struct line_reader *reader);

/*
 * Writes a line and its newline, with descriptor `pass` beside it (-1: none). Blocks. 0 or -errno.
 */
int socket_send_line(int fd, struct span line, int pass);
/* Writes what fits now. Returns how much, or -errno (-EAGAIN: nothing). Never raises SIGPIPE. */
ssize_t socket_write(int fd, struct span bytes);

#endif
