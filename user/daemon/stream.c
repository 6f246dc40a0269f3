/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "daemon/stream.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "core/record/record.h"
#include "core/record/row.h"
#include "core/serve/open_alerts.h"
#include "core/serve/request.h"
#include "core/serve/subscriber.h"
#include "daemon/clients.h"
#include "daemon/reply.h"
#include "edge/loop.h"
#include "edge/socket.h"
#include "edge/store/store.h"

enum {
	HELLO_BYTES_MAX = 4096,
	HELLO_SECONDS = 10,
	PIECE_ROWS = 1000,     /* rows of the store looked at for one reader in one turn */
	PIECE_BYTES = 1 << 20, /* and bytes of them */
};

struct client {
	struct client_base base; /* first: see clients.h */
	struct stream *stream;
	struct record_filter filter;
	uint64_t begun;         /* the last record that was emitted when it said so */
	struct subscriber *sub; /* NULL until it said what it wants */
	unsigned int silent;    /* seconds without that */
	bool waits_for_room;    /* EPOLLOUT is asked for */
};

struct stream {
	struct stream_opts opts;
	struct clients clients;
	uint64_t last_seq, durable;
	uint64_t missed_before; /* by clients that are gone */
};

static struct client *client_of(struct client_base *base)
{
	return (struct client *)base;
}

static struct client *client_first(const struct stream *stream)
{
	return client_of(stream->clients.first);
}

static struct client *client_next(const struct client *client)
{
	return client_of(client->base.next);
}

/* A refusal is one short line; whoever does not even take that one line goes without. */
static void refuse(struct client *client, const char *message)
{
	struct buf reply = { 0 };

	reply_error(&reply, message);
	buf_addc(&reply, '\n');
	if (!reply.failed)
		socket_write(client->base.fd, buf_span(&reply));
	buf_free(&reply);
	client->base.dead = true;
}

bool stream__reads_all(const struct stream *stream, int fd, const struct socket_peer *peer)
{
	gid_t group = stream->opts.group;

	return peer->uid == 0 || (group != (gid_t)-1 && socket_peer_has_group(fd, peer, group));
}

static bool may_read(const struct stream *stream, const struct client *client)
{
	const char *session = client->filter.session;

	if (stream__reads_all(stream, client->base.fd, &client->base.peer))
		return true;
	return session[0] && stream->opts.owner(stream->opts.ctx, session) == client->base.peer.uid;
}

static void begin(struct client *client, struct span line)
{
	struct stream *stream = client->stream;
	struct subscribe subscribe;
	struct err err;
	int ret;

	ret = subscribe_parse(line, &subscribe, &err);
	if (ret) {
		refuse(client, ret == -ENOMEM ? "out of memory" : err.message);
		return;
	}
	client->filter = subscribe.filter; /* transferred */
	client->begun = stream->last_seq;
	if (!may_read(stream, client)) {
		refuse(client, "only root and the configured group may read everything; "
			       "name a session of your own");
		return;
	}
	ret = subscribe.from_store
		      ? subscriber__new(&client->sub, stream->opts.bound, subscribe.filter.after)
		      : subscriber__new_live(&client->sub, stream->opts.bound, stream->last_seq);
	if (ret)
		refuse(client, "out of memory");
}

/* After its first line a client has nothing more to say; what it sends ends it. */
static void client_ready(void *ctx, uint32_t events)
{
	struct client *client = ctx;
	struct span line;
	int ret;

	if (client->base.dead)
		return;
	if (events & (EPOLLERR | EPOLLHUP)) {
		client->base.dead = true;
		return;
	}
	if (!(events & EPOLLIN))
		return;
	ret = line_reader__fill(&client->base.reader, client->base.fd);
	if (ret == -EAGAIN)
		return;
	if (ret == -EMSGSIZE && !client->sub)
		refuse(client, "the request is too long");
	else if (ret || client->base.reader.eof || client->sub)
		client->base.dead = true;
	else if (line_reader__next(&client->base.reader, &line))
		begin(client, line);
}

static void client_begin(void *ctx, struct client_base *base, bool admitted)
{
	struct client *client = client_of(base);

	client->stream = ctx;
	if (!admitted)
		refuse(client, "too many readers of the stream");
}

static void client_end(void *ctx, struct client_base *base)
{
	struct stream *stream = ctx;
	struct subscriber *sub = client_of(base)->sub;

	if (sub)
		stream->missed_before += subscriber__missed(sub);
	subscriber__free(sub);
	filter_free(&client_of(base)->filter);
}

int stream__open(struct stream **out, const struct stream_opts *opts, char *why, size_t why_n)
{
	struct stream *stream = calloc(1, sizeof(*stream));
	const struct clients_opts clients_opts = {
		.loop = opts->loop,
		.path = opts->path,
		.max = opts->clients_max,
		.line_max = HELLO_BYTES_MAX,
		.size = sizeof(struct client),
		.ready = client_ready,
		.begin = client_begin,
		.end = client_end,
		.ctx = stream,
	};
	int ret;

	*out = NULL;
	if (!stream)
		return -ENOMEM;
	stream->opts = *opts;
	stream->last_seq = stream->durable = opts->last_seq;
	ret = clients__open(&stream->clients, &clients_opts, why, why_n);
	if (ret)
		free(stream);
	else
		*out = stream;
	return ret;
}

static void client_flush(struct client *client)
{
	struct span pending;
	ssize_t n = 0;
	bool wait;

	while (!client->base.dead && (pending = subscriber__pending(client->sub)).n) {
		n = socket_write(client->base.fd, pending);
		if (n < 0)
			break;
		subscriber__sent(client->sub, (size_t)n);
	}
	if (n < 0 && n != -EAGAIN) {
		client->base.dead = true;
		return;
	}
	wait = n == -EAGAIN;
	if (wait != client->waits_for_room) {
		loop__rewatch(client->stream->opts.loop, client->base.fd,
			      EPOLLIN | (wait ? EPOLLOUT : 0));
		client->waits_for_room = wait;
	}
}

void stream__close(struct stream *stream)
{
	struct client *client;

	if (!stream)
		return;
	for (client = client_first(stream); client; client = client_next(client)) {
		if (client->sub)
			client_flush(client);
	}
	clients__close(&stream->clients);
	free(stream);
}

void stream__set_group(struct stream *stream, gid_t group)
{
	stream->opts.group = group;
}

void stream__record(struct stream *stream, const struct record_row *row)
{
	struct client *client;

	stream->last_seq = row->seq;
	for (client = client_first(stream); client; client = client_next(client)) {
		if (!client->base.dead && client->sub && filter_matches(&client->filter, row) &&
		    (!client->filter.open || row_is_ack(row) || alert_wants_answer(row->line, row)))
			subscriber__live(client->sub, row->seq, row->line);
	}
}

void stream__durable(struct stream *stream, uint64_t seq)
{
	struct client *client;

	stream->durable = seq;
	for (client = client_first(stream); client; client = client_next(client)) {
		if (client->sub)
			subscriber__durable(client->sub, seq);
	}
}

/* One reader's piece of the store. */
struct piece {
	struct client *client;
	uint64_t last; /* rows behind this one are not asked for */
	size_t rows, bytes;
	bool cut;                       /* stopped before the end */
	const struct open_alerts *open; /* where the reader asks for the open ones */
};

/* For a reader of the open alerts: no ack of before it came, and no alert that has one. */
static bool is_open(const struct piece *piece, struct span line, const struct record_row *facts)
{
	const struct client *client = piece->client;

	if (!client->filter.open)
		return true;
	if (row_is_ack(facts))
		return facts->seq > client->begun;
	return alert_wants_answer(line, facts) && !open_alerts__acked(piece->open, facts->seq);
}

static int piece_row(void *ctx, uint64_t seq, const char *text, size_t n)
{
	struct piece *piece = ctx;
	struct span line = { text, n };
	struct record_row facts;
	bool wanted;

	if (seq > piece->last)
		return 1;
	piece->cut = piece->rows >= PIECE_ROWS || piece->bytes >= PIECE_BYTES;
	if (piece->cut)
		return 1;
	wanted = !row_read(line, &facts) && filter_matches(&piece->client->filter, &facts) &&
		 is_open(piece, line, &facts);
	piece->cut = !subscriber__row(piece->client->sub, seq, wanted ? &line : NULL);
	piece->rows++;
	piece->bytes += n;
	return piece->cut;
}

/* True: it may go on at once. */
static bool client_catch_up(struct client *client)
{
	struct stream *stream = client->stream;
	struct piece piece = { .client = client, .open = stream->opts.open(stream->opts.ctx) };
	struct store_filter filter = { 0 };
	uint64_t durable = stream->durable;
	struct store_gap gap;

	/* Until it is known what was acknowledged; live lines are held back likewise. */
	if (client->filter.open && !piece.open)
		return false;
	if (store__state(stream->opts.store, &gap))
		durable = UINT64_MAX;
	if (!subscriber__wants(client->sub, durable, &filter.after, &piece.last))
		return false;
	if (store__read(stream->opts.store, &filter, 0, piece_row, &piece) < 0) {
		refuse(client, "the store can't be read");
		return false;
	}
	if (!piece.cut)
		subscriber__rows_end(client->sub, stream->last_seq);
	if (!piece.cut && subscriber__phase(client->sub) == SUBSCRIBER_SEAM)
		store__hurry(stream->opts.store); /* it waits for what is on its way there */
	client_flush(client);
	return !client->base.dead && !client->waits_for_room;
}

bool stream__turn(struct stream *stream)
{
	struct client *client;
	bool more = false;

	for (client = client_first(stream); client; client = client_next(client)) {
		if (client->base.dead || !client->sub)
			continue;
		more |= client_catch_up(client);
		client_flush(client);
	}
	clients__bury(&stream->clients);
	return more;
}

void stream__tick(struct stream *stream)
{
	struct client *client;

	for (client = client_first(stream); client; client = client_next(client)) {
		if (!client->sub && !client->base.dead && ++client->silent > HELLO_SECONDS)
			refuse(client, "no request came");
	}
}

unsigned int stream__clients(const struct stream *stream)
{
	return stream->clients.n;
}

uint64_t stream__missed(const struct stream *stream)
{
	const struct client *client;
	uint64_t n = stream->missed_before;

	for (client = client_first(stream); client; client = client_next(client))
		n += client->sub ? subscriber__missed(client->sub) : 0;
	return n;
}
