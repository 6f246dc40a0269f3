/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "daemon/clients.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "daemon/quota.h"

static void client_free(struct client_base *client)
{
	struct clients *clients = client->clients;

	clients->opts.end(clients->opts.ctx, client);
	loop__unwatch(clients->opts.loop, client->fd);
	close(client->fd);
	line_reader__free(&client->reader);
	free(client);
	clients->n--;
}

void clients__bury(struct clients *clients)
{
	struct client_base **at = &clients->first;
	struct client_base *client;

	while ((client = *at)) {
		if (client->dead) {
			*at = client->next;
			client_free(client);
		} else {
			at = &client->next;
		}
	}
}

static unsigned int clients_of(const struct clients *clients, uid_t uid)
{
	const struct client_base *client;
	unsigned int n = 0;

	for (client = clients->first; client; client = client->next)
		n += client->peer.uid == uid;
	return n;
}

static void listening_ready(void *ctx, uint32_t events)
{
	struct clients *clients = ctx;
	struct client_base *client = calloc(1, clients->opts.size);
	bool admitted;

	(void)events;
	if (!client)
		return;
	if (socket_accept(clients->listening, &client->fd, &client->peer)) {
		free(client);
		return;
	}
	client->clients = clients;
	line_reader__init(&client->reader, clients->opts.line_max);
	admitted = quota_allows(clients->opts.max, clients->n,
				clients_of(clients, client->peer.uid), client->peer.uid);
	client->next = clients->first;
	clients->first = client;
	clients->n++;
	if (loop__watch(clients->opts.loop, client->fd, EPOLLIN, clients->opts.ready, client))
		client->dead = true;
	else
		clients->opts.begin(clients->opts.ctx, client, admitted);
	clients__bury(clients);
}

int clients__open(struct clients *clients, const struct clients_opts *opts, char *why, size_t why_n)
{
	struct socket_listen_opts listen_opts = { NULL, 0666, (uid_t)-1, (gid_t)-1 };
	int ret;

	*clients = (struct clients){ .opts = *opts, .listening = -1 };
	snprintf(clients->path, sizeof(clients->path), "%s", opts->path);
	clients->opts.path = listen_opts.path = clients->path;
	ret = socket_listen(&listen_opts, &clients->listening, why, why_n);
	if (ret)
		return ret;
	ret = loop__watch(opts->loop, clients->listening, EPOLLIN, listening_ready, clients);
	if (ret) {
		snprintf(why, why_n, "can't watch %s", clients->path);
		clients__close(clients);
	}
	return ret;
}

void clients__close(struct clients *clients)
{
	struct client_base *client;

	loop__unwatch(clients->opts.loop, clients->listening);
	socket_unlisten(clients->listening, clients->path);
	for (client = clients->first; client; client = client->next)
		client->dead = true;
	clients__bury(clients);
}
