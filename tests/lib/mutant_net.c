/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "lib/mutant_net.h"

#include "lib/cmocka.h"
#include "lib/mutant_exec.h"

static bool covered(const struct dests *dests, const struct plan *plan, uint16_t proto,
		    const struct address *to, bool any_port)
{
	for (size_t i = 0; i < dests->n; i++) {
		if (dests->v[i].kind != DEST_UNIX &&
		    oracle_dest(plan, dests->v[i].text, proto, to, any_port))
			return true;
	}
	return false;
}

static bool may_connect(const struct original *o, uint16_t proto, const struct address *to,
			bool any_port)
{
	const struct plan *plan = o->act.stage->plan;

	if (covered(&o->step->connect, plan, proto, to, any_port))
		return true;
	for (size_t i = 0; i < plan->owned_n; i++) {
		if (covered(&plan->owned[i]->allow_connect, plan, proto, to, any_port))
			return true;
	}
	return false;
}

static bool net_inside(const struct original *o, const struct event *event)
{
	const struct event_net *net = &event->net;

	switch (event->kind) {
	case RECORD_CONNECT: /* a resolver's probe is a UDP connect to where TCP may go */
		return may_connect(o, net->proto, &net->remote, false) ||
		       (net->proto == LS_IPPROTO_UDP &&
			may_connect(o, LS_IPPROTO_TCP, &net->remote, net->remote.port == 0));
	case RECORD_SEND:
		return covered(&o->step->send, o->act.stage->plan, net->proto, &net->remote,
			       false) ||
		       may_connect(o, net->proto, &net->remote, false);
	default:
		return (event->kind == RECORD_BIND && net->local.port == 0) ||
		       covered(&o->step->listen, o->act.stage->plan, net->proto, &net->local,
			       false);
	}
}

static void net_mutant(enum kind kind, const struct original *o, struct event event)
{
	struct judgement judged;
	bool inside = net_inside(o, &event);

	stage_act(&o->act, &event, &judged);
	mutant_count(kind, &judged, inside, &o->act);
	if (inside && judged.verdict != VERDICT_APPROVED)
		mutant_report("a destination of the step, but flagged", &o->act, &judged);
}

static void net_both(struct event *event, const struct address *address)
{
	event->net.local = event->net.remote = *address;
}

static void mutate_address(const struct original *o, const struct event *event)
{
	struct address address = event->net.remote;

	for (unsigned int bit = 0; bit < (address.family == LS_AF_INET ? 32 : 128); bit++) {
		struct event mutant = *event;

		address.ip[bit / 8] ^= (unsigned char)(1 << bit % 8);
		net_both(&mutant, &address);
		net_mutant(KIND_address, o, mutant);
		address.ip[bit / 8] ^= (unsigned char)(1 << bit % 8);
	}
	for (unsigned int bit = 0; bit < 18; bit++) {
		struct event mutant = *event;
		struct address other = address;

		other.port = (uint16_t)(bit < 16 ? address.port ^ 1 << bit
						 : address.port + (bit == 16 ? 1 : -1));
		net_both(&mutant, &other);
		net_mutant(KIND_port, o, mutant);
	}
}

static void mutate_net(const struct original *o, const struct event *event)
{
	static const enum record_kind kinds[] = { RECORD_CONNECT, RECORD_SEND, RECORD_BIND,
						  RECORD_LISTEN };
	static const uint16_t protos[] = { LS_IPPROTO_TCP, LS_IPPROTO_UDP, 132, 0 };

	for (size_t i = 0; i < COUNT(protos); i++) {
		struct event mutant = *event;

		mutant.net.proto = protos[i];
		if (protos[i] != event->net.proto)
			net_mutant(KIND_protocol, o, mutant);
	}
	for (size_t i = 0; i < COUNT(kinds); i++) {
		struct event mutant = *event;

		mutant.kind = kinds[i];
		if (kinds[i] != event->kind)
			net_mutant(KIND_net, o, mutant);
	}
}

/* What was refused may not do anything, nor may anyone when it is too late. */
static void mutate_actor(enum kind kind, const struct original *o, const struct event *event)
{
	struct act forged = o->act, late = o->act;
	struct event mutant = *event;
	struct judgement judged;

	forged.flags = LS_EXEC_DELETED;
	stage_act(&forged, &mutant, &judged);
	mutant_count(kind, &judged, false, &forged);
	mutant = *event;
	late.ended = true;
	stage_act(&late, &mutant, &judged);
	mutant_count(kind, &judged, false, &late);
}

const struct original *original_of(const struct set *set, const char *step)
{
	for (size_t i = 0; i < set->n; i++) {
		if (strcmp(set->v[i].row->step, step) == 0)
			return &set->v[i];
	}
	fail_msg("no original of step \"%s\"", step);
	return NULL;
}

void net_original(const struct set *set, const struct net_row *row)
{
	const struct original *o = original_of(set, row->step);
	struct address address = { .family = strchr(row->address, ':') ? LS_AF_INET6 : LS_AF_INET,
				   .port = row->port };
	struct event event = { .kind = row->kind, .net.proto = row->proto, .mntns = STAGE_MNTNS };
	struct event first;
	struct judgement judged;

	assert_int_equal(inet_pton(address.family, row->address, address.ip), 1);
	net_both(&event, &address);
	first = event;
	mutant_originals++;
	stage_act(&o->act, &first, &judged);
	if (judged.verdict != VERDICT_APPROVED || !net_inside(o, &event))
		mutant_report("an original", &o->act, &judged);
	mutate_address(o, &event);
	mutate_net(o, &event);
	mutate_actor(KIND_net, o, &event);
}

static bool unix_inside(const struct original *o, struct span path)
{
	const struct plan *plan = o->act.stage->plan;

	for (size_t s = 0; s <= plan->owned_n; s++) {
		const struct dests *dests =
			s ? &plan->owned[s - 1]->allow_connect : &o->step->connect;

		for (size_t i = 0; i < dests->n; i++) {
			if (dests->v[i].kind == DEST_UNIX && span_is(path, dests->v[i].text + 5))
				return true;
		}
	}
	return false;
}

static bool write_inside(const struct original *o, struct span path)
{
	const struct plan *plan = o->act.stage->plan;

	for (size_t s = 0; s <= plan->owned_n; s++) {
		const struct patterns *patterns =
			s ? &plan->owned[s - 1]->allow_write : &o->step->write;

		for (size_t i = 0; i < patterns->n; i++) {
			struct oracle_word word;
			unsigned long steps = 0;
			bool has;

			oracle_word_read(patterns->v[i].text, false, &word);
			has = oracle_word_has(&word, path, &steps);
			free(word.tokens);
			if (has)
				return true;
		}
	}
	return false;
}

static struct event path_event(enum kind kind, struct span path)
{
	struct event event = { .kind = RECORD_UNIX, .mntns = STAGE_MNTNS };

	if (kind == KIND_unix) {
		event.un = (struct event_unix){ .given = path,
						.path = path,
						.root = span_of("/"),
						.type = LS_UNIX_STREAM,
						.abstract = path.p[0] == '@' };
		return event;
	}
	event.kind = RECORD_WRITE;
	event.write = (struct event_write){
		.path = path, .ino = 9, .dev = STAGE_DEV, .mode = LS_MODE_FILE
	};
	return event;
}

static void path_mutant(enum kind kind, const struct original *o, struct span path)
{
	bool inside = kind == KIND_unix ? unix_inside(o, path) : write_inside(o, path);
	struct event event = path_event(kind, path);
	struct judgement judged;

	stage_act(&o->act, &event, &judged);
	mutant_count(kind, &judged, inside, &o->act);
	if (inside && judged.verdict != VERDICT_APPROVED)
		mutant_report(path.p, &o->act, &judged);
}

static void mutate_place(enum kind kind, const struct original *o, struct span path)
{
	struct event event = path_event(kind, path);
	struct judgement judged;

	for (int i = 0; i < 4 && path.p[0] == '/'; i++) {
		event = path_event(kind, path);
		if (i == 0)
			event.mntns++;
		else if (kind == KIND_unix && i == 1)
			event.un.root = span_of("/jail");
		else if (kind == KIND_unix)
			event.un.foreign = true;
		else
			event.write.write_flags = LS_WRITE_PATH_TRUNCATED << (i - 1);
		stage_act(&o->act, &event, &judged);
		mutant_count(kind, &judged, false, &o->act);
	}
}

void path_original(enum kind kind, const struct set *set, const struct path_row *row)
{
	static const char values[] = "\x01/-.*_a0Z\xff";
	const struct original *o = original_of(set, row->step);
	struct span path = span_of(row->path);
	struct event event = path_event(kind, path);
	struct judgement judged;

	mutant_originals++;
	stage_act(&o->act, &event, &judged);
	if (judged.verdict != VERDICT_APPROVED)
		mutant_report("an original", &o->act, &judged);
	for (size_t at = 0; at < path.n; at++) {
		for (size_t v = 0; v < sizeof(values) - 1; v++) {
			struct span text = mutant_text("1", path, path);

			if (path.p[at] == values[v] || (at == 0 && values[v] == '@'))
				continue;
			mutant_scratch.p[at] = values[v];
			path_mutant(kind, o, text);
		}
	}
	path_mutant(kind, o, mutant_text("1x", path, path));
	path_mutant(kind, o, mutant_text("/jail1", path, path));
	path_mutant(kind, o, mutant_text("1/../x", path, path));
	path_mutant(kind, o, (struct span){ path.p, path.n - 1 });
	mutate_place(kind, o, path);
	event = path_event(kind, path);
	mutate_actor(kind, o, &event);
}
