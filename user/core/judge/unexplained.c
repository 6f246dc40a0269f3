/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/judge/unexplained.h"

#include <stdio.h>
#include <stdlib.h>

static void text_add(struct unexplained_act *act, struct span text)
{
	size_t room = sizeof(act->text) - act->text_n;

	if (text.n > room) {
		text.n = room;
		act->cut = true;
	}
	if (text.n)
		memcpy(act->text + act->text_n, text.p, text.n);
	act->text_n += text.n;
}

/* An argument that is, or may be, a secret: approved as one, though the act was refused. */
static bool is_secret(const struct judgement *judgement, struct span argument)
{
	for (size_t i = 0; i < judgement->secrets_n; i++) {
		if (span_eq(judgement->secrets[i], argument))
			return true;
	}
	return judgement->secrets_more;
}

/* The loaded file rather than argv[0], which anyone may forge. */
static void text_command(struct unexplained_act *act, const struct event_exec *exec,
			 const struct judgement *judgement)
{
	struct span rest = exec->argv, item;

	text_add(act, exec->exe);
	strings_next(&rest, &item);
	while (!act->cut && strings_next(&rest, &item)) {
		text_add(act, span_of(" "));
		text_add(act, is_secret(judgement, item) ? span_of("{secret}") : item);
	}
	act->cut = act->cut || (exec->exec_flags & LS_EXEC_ARGV_TRUNCATED);
}

static void text_ip(struct unexplained_act *act, const struct address *address)
{
	const unsigned char *ip = address->ip;
	char text[48];

	if (address->family == LS_AF_INET) {
		snprintf(text, sizeof(text), "%u.%u.%u.%u:%u", ip[0], ip[1], ip[2], ip[3],
			 address->port);
		text_add(act, span_of(text));
		return;
	}
	text_add(act, span_of("["));
	for (int i = 0; i < 16; i += 2) {
		snprintf(text, sizeof(text), "%s%x", i ? ":" : "", ip[i] << 8 | ip[i + 1]);
		text_add(act, span_of(text));
	}
	snprintf(text, sizeof(text), "]:%u", address->port);
	text_add(act, span_of(text));
}

static void text_net(struct unexplained_act *act, const struct event *event)
{
	bool local = event->kind == RECORD_BIND || event->kind == RECORD_LISTEN;
	char proto[16];

	if (event->net.proto == LS_IPPROTO_TCP)
		snprintf(proto, sizeof(proto), "tcp ");
	else if (event->net.proto == LS_IPPROTO_UDP)
		snprintf(proto, sizeof(proto), "udp ");
	else
		snprintf(proto, sizeof(proto), "ip-%u ", event->net.proto);
	text_add(act, span_of(proto));
	text_ip(act, local ? &event->net.local : &event->net.remote);
}

static void text_unix(struct unexplained_act *act, const struct event_unix *un)
{
	text_add(act, span_of("unix:"));
	text_add(act, un->path);
}

static void text_write(struct unexplained_act *act, const struct event_write *write)
{
	if (write->from.n) {
		text_add(act, write->from);
		text_add(act, span_of(" to "));
	}
	text_add(act, write->path);
}

static void text_socket(struct unexplained_act *act, const struct event_socket *socket)
{
	char text[64];

	snprintf(text, sizeof(text), "socket family %u type %u protocol %u", socket->family,
		 socket->type, socket->proto);
	text_add(act, span_of(text));
}

static struct unexplained_act *unexplained_acts_next(struct unexplained_acts *acts)
{
	size_t cap = acts->cap ? acts->cap * 2 : 4;
	struct unexplained_act *v;

	if (acts->n == UNEXPLAINED_ACTS_MAX)
		return NULL;
	if (acts->n == acts->cap) {
		v = realloc(acts->v, cap * sizeof(*v));
		if (!v)
			return NULL;
		acts->v = v;
		acts->cap = cap;
	}
	return &acts->v[acts->n++];
}

void unexplained_acts_add(struct unexplained_acts *acts, const struct event *event,
			  const struct judgement *judgement)
{
	struct unexplained_act *act = unexplained_acts_next(acts);

	if (!act)
		return;
	*act = (struct unexplained_act){
		.sseq = event->sseq,
		.kind = event->kind,
		.verdict = judgement->verdict,
		.reasons = judgement->reasons,
	};
	if (event->kind == RECORD_EXEC)
		text_command(act, &event->exec, judgement);
	else if (event->kind == RECORD_UNIX)
		text_unix(act, &event->un);
	else if (event->kind == RECORD_WRITE)
		text_write(act, &event->write);
	else if (event->kind == RECORD_SOCKET)
		text_socket(act, &event->socket);
	else
		text_net(act, event);
}

void unexplained_acts_free(struct unexplained_acts *acts)
{
	free(acts->v);
	*acts = (struct unexplained_acts){ 0 };
}
