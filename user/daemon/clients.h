/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_DAEMON_CLIENTS_H
#define LOCKSTEP_DAEMON_CLIENTS_H

#include <stddef.h>

#include "edge/loop.h"
#include "edge/socket.h"

/*
 * The clients of a listening socket: who connected, how many of whom (quota.h), and their end. What
 * they say, and what they are told, is for whoever owns the socket.
 */
struct clients;

/* The first member of whatever a client is to its owner. */
struct client_base {
	struct client_base *next;
	struct clients *clients;
	int fd;
	struct socket_peer peer;
	struct line_reader reader;
	bool dead; /* set in a callback; freed by clients__bury(), where nobody walks the list */
};

struct clients_opts {
	struct loop *loop;
	const char *path; /* copied */
	unsigned int max; /* see quota_allows() */
	size_t line_max;  /* bytes of one line that a client says */
	size_t size;      /* of a client, which begins with a struct client_base */
	loop_fn ready;    /* ctx is the client */
	/* A new one, zeroed but for its base; not admitted: there are too many. */
	void (*begin)(void *ctx, struct client_base *client, bool admitted);
	/* One that goes: frees what the owner has put into it. */
	void (*end)(void *ctx, struct client_base *client);
	void *ctx;
};

struct clients {
	struct clients_opts opts;
	char path[108];
	int listening;
	struct client_base *first;
	unsigned int n;
};

/* Listens. 0, or -errno with one line in why[]. */
int clients__open(struct clients *clients, const struct clients_opts *opts, char *why,
		  size_t why_n);
void clients__close(struct clients *clients); /* ends all of them, and removes the socket */
void clients__bury(struct clients *clients);  /* ends those that are dead */

#endif
