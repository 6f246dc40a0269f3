/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "daemon/control.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "daemon/clients.h"
#include "daemon/reply.h"
#include "edge/loop.h"

enum { SILENT_SECONDS = 30, ANSWERS_BYTES_MAX = 4 << 20 };

struct client {
	struct client_base base; /* first: see clients.h */
	struct control *control;
	uint64_t ticket;     /* names the client, never used again */
	struct buf answers;  /* not yet written */
	unsigned int silent; /* seconds */
	bool pending;        /* an answer is still to come */
	bool ends;           /* dies once its answers are written */
};

struct control {
	struct control_opts opts;
	struct clients clients;
	uint64_t next_ticket;
};

static struct client *client_of(struct client_base *base)
{
	return (struct client *)base;
}

static struct client *client_first(const struct control *control)
{
	return client_of(control->clients.first);
}

static struct client *client_next(const struct client *client)
{
	return client_of(client->base.next);
}

/* Writes what fits now, and asks to be called again for the rest. */
static void client_flush(struct client *client)
{
	/* with an answer to come, the next request stays in the socket, but a client that leaves is
	 * seen */
	uint32_t events = client->ends ? 0 : client->pending ? EPOLLRDHUP : EPOLLIN;
	ssize_t n = 0;

	while (client->answers.n) {
		n = socket_write(client->base.fd, buf_span(&client->answers));
		if (n <= 0)
			break;
		client->answers.n -= (size_t)n;
		memmove(client->answers.p, client->answers.p + n, client->answers.n);
	}
	if (client->answers.n)
		events |= EPOLLOUT;
	if ((client->answers.n && n != -EAGAIN) || (!client->answers.n && client->ends))
		client->base.dead = true;
	else
		loop__rewatch(client->control->opts.loop, client->base.fd, events);
}

static void answer(struct client *client, struct span reply)
{
	client->pending = false;
	buf_add(&client->answers, reply.p, reply.n);
	buf_addc(&client->answers, '\n');
	if (client->answers.failed || client->answers.n > ANSWERS_BYTES_MAX)
		client->base.dead = true;
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
	struct control_call call = { .peer = client->base.peer,
				     .client_fd = client->base.fd,
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
	call.passed_fd = line_reader__take_fd(&client->base.reader);
	client->pending = true;
	if (control->opts.handle(control->opts.ctx, &call, &reply) == CONTROL_ANSWERED)
		answer(client, buf_span(&reply));
	buf_free(&reply);
	request_free(&request);
}

static void handle_lines(struct client *client)
{
	struct span line;

	while (!client->base.dead && !client->ends && !client->pending &&
	       line_reader__next(&client->base.reader, &line))
		handle(client, line);
	client->ends |= client->base.reader.eof;
	if (!client->base.dead)
		client_flush(client);
}

static void client_ready(void *ctx, uint32_t events)
{
	struct client *client = ctx;
	struct control *control = client->control;
	int ret = 0;

	if (events & EPOLLERR || (client->pending && events & (EPOLLRDHUP | EPOLLHUP)))
		client->base.dead = true;
	if (!client->base.dead && (events & (EPOLLIN | EPOLLHUP)) && !client->ends) {
		ret = line_reader__fill(&client->base.reader, client->base.fd);
		client->silent = 0;
	}
	if (ret == -EMSGSIZE)
		refuse(client, "the request is too long");
	else if (ret == -EMFILE)
		refuse(client, "too many descriptors came with the request");
	else if (ret && ret != -EAGAIN)
		client->base.dead = true;
	if (!client->base.dead)
		handle_lines(client);
	clients__bury(&control->clients);
}

static void client_begin(void *ctx, struct client_base *base, bool admitted)
{
	struct control *control = ctx;
	struct client *client = client_of(base);

	client->control = control;
	client->ticket = ++control->next_ticket;
	if (!admitted) {
		refuse(client, "too many clients");
		client_flush(client);
	}
}

static void client_end(void *ctx, struct client_base *base)
{
	(void)ctx;
	buf_free(&client_of(base)->answers);
}

int control__open(struct control **out, const struct control_opts *opts, char *why, size_t why_n)
{
	struct control *control = calloc(1, sizeof(*control));
	const struct clients_opts clients_opts = {
		.loop = opts->loop,
		.path = opts->path,
		.max = opts->clients_max,
		.line_max = REQUEST_BYTES_MAX,
		.size = sizeof(struct client),
		.ready = client_ready,
		.begin = client_begin,
		.end = client_end,
		.ctx = control,
	};
	int ret;

	*out = NULL;
	if (!control)
		return -ENOMEM;
	control->opts = *opts;
	ret = clients__open(&control->clients, &clients_opts, why, why_n);
	if (ret)
		free(control);
	else
		*out = control;
	return ret;
}

void control__close(struct control *control)
{
	if (!control)
		return;
	clients__close(&control->clients);
	free(control);
}

static struct client *find_client(const struct control *control, uint64_t ticket)
{
	struct client *client = client_first(control);

	while (client && client->ticket != ticket)
		client = client_next(client);
	return client && !client->base.dead ? client : NULL;
}

/* Asked of the socket: that the client left may not have come through the loop yet. */
bool control__waits(const struct control *control, uint64_t ticket)
{
	const struct client *client = find_client(control, ticket);
	struct pollfd fd = { .events = POLLRDHUP };

	if (!client)
		return false;
	fd.fd = client->base.fd;
	return poll(&fd, 1, 0) == 0;
}

void control__answer(struct control *control, uint64_t ticket, struct span reply)
{
	struct client *client = find_client(control, ticket);

	if (!client)
		return;
	answer(client, reply);
	if (!client->base.dead)
		handle_lines(client);
	clients__bury(&control->clients);
}

void control__tick(struct control *control)
{
	struct client *client;

	for (client = client_first(control); client; client = client_next(client))
		client->base.dead |= !client->pending && ++client->silent > SILENT_SECONDS;
	clients__bury(&control->clients);
}
