/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "control.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "daemon/quota.h"
#include "daemon/reply.h"
#include "edge/loop.h"

enum { SILENT_SECONDS = 30, ANSWERS_BYTES_MAX = 4 << 20 };

struct client {
	struct client *next;
	struct control *control;
	uint64_t ticket; /* names the client, never used again */
	int fd;
	struct socket_peer peer;
	struct line_reader reader;
	struct buf answers;  /* not yet written */
	unsigned int silent; /* seconds */
	bool pending;        /* an answer is still to come */
	bool ends;           /* dies once its answers are written */
	bool dead;
};

struct control {
	struct control_opts opts;
	char path[108];
	int listening;
	struct client *clients;
	unsigned int clients_n;
	uint64_t next_ticket;
};

static void client_free(struct client *client)
{
	loop__unwatch(client->control->opts.loop, client->fd);
	close(client->fd);
	line_reader__free(&client->reader);
	buf_free(&client->answers);
	client->control->clients_n--;
	free(client);
}

static void bury(struct control *control)
{
	struct client **at = &control->clients;
	struct client *client;

	while ((client = *at)) {
		if (client->dead) {
			*at = client->next;
			client_free(client);
		} else {
			at = &client->next;
		}
	}
}

/* Writes what fits now, and asks to be called again for the rest. */
static void client_flush(struct client *client)
{
	/* with an answer to come, the next request stays in the socket, but a client that leaves is
	 * seen */
	uint32_t events = client->ends ? 0 : client->pending ? EPOLLRDHUP : EPOLLIN;
	ssize_t n = 0;

	while (client->answers.n) {
		n = socket_write(client->fd, buf_span(&client->answers));
		if (n <= 0)
			break;
		client->answers.n -= (size_t)n;
		memmove(client->answers.p, client->answers.p + n, client->answers.n);
	}
	if (client->answers.n)
		events |= EPOLLOUT;
	if ((client->answers.n && n != -EAGAIN) || (!client->answers.n && client->ends))
		client->dead = true;
	else
		loop__rewatch(client->control->opts.loop, client->fd, events);
}

static void answer(struct client *client, struct span reply)
{
	client->pending = false;
	buf_add(&client->answers, reply.p, reply.n);
	buf_addc(&client->answers, '\n');
	if (client->answers.failed || client->answers.n > ANSWERS_BYTES_MAX)
		client->dead = true;
}

/* After a line that is no request nothing that follows can be trusted to be one. */
static void refuse(struct client *client, const char *message)
{
	struct buf reply = { 0 };

	reply_error(&reply, message);
	answer(client, buf_span(&reply));
	buf_free(&reply);
	client->ends = true;
}

static void handle(struct client *client, struct span line)
{
	struct control *control = client->control;
	struct control_call call = { .peer = client->peer,
				     .client_fd = client->fd,
				     .ticket = client->ticket };
	struct request request;
	struct buf reply = { 0 };
	struct err err;
	int ret;

	ret = request_parse(line, &request, &err);
	if (ret) {
		refuse(client, ret == -ENOMEM ? "out of memory" : err.message);
		return;
	}
	call.request = &request;
	call.passed_fd = line_reader__take_fd(&client->reader);
	client->pending = true;
	if (control->opts.handle(control->opts.ctx, &call, &reply) == CONTROL_ANSWERED)
		answer(client, buf_span(&reply));
	buf_free(&reply);
	request_free(&request);
}

static void handle_lines(struct client *client)
{
	struct span line;

	while (!client->dead && !client->ends && !client->pending &&
	       line_reader__next(&client->reader, &line))
		handle(client, line);
	client->ends |= client->reader.eof;
	if (!client->dead)
		client_flush(client);
}

static void client_ready(void *ctx, uint32_t events)
{
	struct client *client = ctx;
	struct control *control = client->control;
	int ret = 0;

	if (events & EPOLLERR || (client->pending && events & (EPOLLRDHUP | EPOLLHUP)))
		client->dead = true;
	if (!client->dead && (events & (EPOLLIN | EPOLLHUP)) && !client->ends) {
		ret = line_reader__fill(&client->reader, client->fd);
		client->silent = 0;
	}
	if (ret == -EMSGSIZE)
		refuse(client, "the request is too long");
	else if (ret == -EMFILE)
		refuse(client, "too many descriptors came with the request");
	else if (ret && ret != -EAGAIN)
		client->dead = true;
	if (!client->dead)
		handle_lines(client);
	bury(control);
}

static unsigned int clients_of(const struct control *control, uid_t uid)
{
	const struct client *client;
	unsigned int n = 0;

	for (client = control->clients; client; client = client->next)
		n += client->peer.uid == uid;
	return n;
}

static void listening_ready(void *ctx, uint32_t events)
{
	struct control *control = ctx;
	struct client *client = calloc(1, sizeof(*client));
	bool admitted;

	(void)events;
	if (!client)
		return;
	if (socket_accept(control->listening, &client->fd, &client->peer)) {
		free(client);
		return;
	}
	client->control = control;
	client->ticket = ++control->next_ticket;
	line_reader__init(&client->reader, REQUEST_BYTES_MAX);
	admitted = quota_allows(control->opts.clients_max, control->clients_n,
				clients_of(control, client->peer.uid), client->peer.uid);
	client->next = control->clients;
	control->clients = client;
	control->clients_n++;
	if (loop__watch(control->opts.loop, client->fd, EPOLLIN, client_ready, client))
		client->dead = true;
	if (!client->dead && !admitted) {
		refuse(client, "too many clients");
		client_flush(client);
	}
	bury(control);
}

int control__open(struct control **out, const struct control_opts *opts, char *why, size_t why_n)
{
	struct control *control = calloc(1, sizeof(*control));
	struct socket_listen_opts listen_opts = { NULL, 0666, (uid_t)-1, (gid_t)-1 };
	int ret;

	*out = NULL;
	if (!control)
		return -ENOMEM;
	control->opts = *opts;
	snprintf(control->path, sizeof(control->path), "%s", opts->path);
	control->opts.path = listen_opts.path = control->path;
	ret = socket_listen(&listen_opts, &control->listening, why, why_n);
	if (ret) {
		free(control);
		return ret;
	}
	ret = loop__watch(opts->loop, control->listening, EPOLLIN, listening_ready, control);
	if (ret) {
		snprintf(why, why_n, "can't watch %s", control->path);
		control__close(control);
		return ret;
	}
	*out = control;
	return 0;
}

void control__close(struct control *control)
{
	struct client *client;

	if (!control)
		return;
	loop__unwatch(control->opts.loop, control->listening);
	socket_unlisten(control->listening, control->path);
	for (client = control->clients; client; client = client->next)
		client->dead = true;
	bury(control);
	free(control);
}

static struct client *find_client(const struct control *control, uint64_t ticket)
{
	struct client *client = control->clients;

	while (client && client->ticket != ticket)
		client = client->next;
	return client && !client->dead ? client : NULL;
}

/* Asked of the socket: that the client left may not have come through the loop yet. */
bool control__waits(const struct control *control, uint64_t ticket)
{
	const struct client *client = find_client(control, ticket);
	struct pollfd fd = { .events = POLLRDHUP };

	if (!client)
		return false;
	fd.fd = client->fd;
	return poll(&fd, 1, 0) == 0;
}

void control__answer(struct control *control, uint64_t ticket, struct span reply)
{
	struct client *client = find_client(control, ticket);

	if (!client)
		return;
	answer(client, reply);
	if (!client->dead)
		handle_lines(client);
	bury(control);
}

void control__tick(struct control *control)
{
	struct client *client;

	for (client = control->clients; client; client = client->next)
		client->dead |= !client->pending && ++client->silent > SILENT_SECONDS;
	bury(control);
}
