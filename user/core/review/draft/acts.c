/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/review/draft/part.h"

#include <arpa/inet.h>
#include <errno.h>

#include "core/base/text.h"
#include "core/plan/policy.h"
#include "core/plan/unix_known.h"
#include "core/review/draft/word_text.h"
#include "core/yaml/schema.h"

/* Linux gives these when nobody asked for a port (net.ipv4.ip_local_port_range). */
enum { EPHEMERAL_MIN = 32768, EPHEMERAL_MAX = 60999, SHOWN_MAX = 160 };

/* tcp://ADDRESS:PORT; false where a ticket has no word for it. */
static bool add_dest(const struct draft_act *act, bool local, struct buf *out)
{
	bool v6 = act->address.family == LS_AF_INET6;
	char ip[INET6_ADDRSTRLEN] = "";

	if ((act->proto != LS_IPPROTO_TCP && act->proto != LS_IPPROTO_UDP) ||
	    (act->address.family != LS_AF_INET && !v6) || act->address.port == 0)
		return false;
	inet_ntop(act->address.family, act->address.ip, ip, sizeof(ip));
	buf_addf(out, "%s://%s%s%s:", act->proto == LS_IPPROTO_TCP ? "tcp" : "udp", v6 ? "[" : "",
		 ip, v6 ? "]" : "");
	if (local && act->address.port >= EPHEMERAL_MIN && act->address.port <= EPHEMERAL_MAX)
		buf_addf(out, "%d-%d", EPHEMERAL_MIN, EPHEMERAL_MAX);
	else
		buf_addf(out, "%u", act->address.port);
	return true;
}

static bool is_dest(struct span text)
{
	struct dest dest;
	int ret = text_seen(text) == text.n ? dest_parse(text, &dest, NULL) : -EINVAL;

	if (!ret)
		dest_free(&dest);
	return !ret;
}

static int note(struct counted_set *notes, const struct draft_act *act, const char *why)
{
	struct buf text = { 0 };
	int ret;

	buf_addf(&text, "not drafted: %s ", record_kind_name(act->kind));
	if (act->path)
		text_quote(&text, span_of(act->path), SHOWN_MAX);
	else
		add_dest(act, false, &text);
	buf_addf(&text, ": %s", why);
	ret = text.failed ? -ENOMEM : counted_set_add(notes, buf_span(&text), 0, NULL);
	buf_free(&text);
	return ret;
}

/* Where what was found goes: a step's lists, or those of the session. */
struct place {
	struct draft_step *step; /* NULL: none */
	struct counted_set *connect, *write, *notes;
	struct step *so_far; /* for questions that the judge asks */
};

/* Whether the judge will take it for one, by what is to be connected to so far. */
static bool is_probe(const struct place *place, const struct draft_act *act)
{
	static const struct plan no_plan;

	return act->kind == RECORD_CONNECT &&
	       policy_probe(&no_plan, place->so_far, act->proto, &act->address);
}

/* A list that outgrows a ticket's makes no ticket, so nobody has to know all of it. */
static int add_net(const struct place *place, struct counted_set *list, struct span text)
{
	struct dests *known = &place->so_far->connect;
	size_t n = list->n;
	void *room;
	int ret = counted_set_add(list, text, 0, NULL);

	if (ret || list->n == n || list != place->connect || known->n == SCHEMA_LIST_MAX)
		return ret;
	room = schema_room(known->v, known->n, sizeof(*known->v));
	if (!room)
		return -ENOMEM;
	known->v = room;
	ret = dest_parse(text, &known->v[known->n], NULL);
	known->n += !ret;
	return ret;
}

static int place_net(const struct place *place, const struct draft_act *act)
{
	bool local = act->kind == RECORD_BIND || act->kind == RECORD_LISTEN;
	struct counted_set *list = place->connect;
	struct buf text = { 0 };
	int ret;

	if ((act->kind == RECORD_BIND && act->address.port == 0) || is_probe(place, act))
		return 0;
	if (act->kind == RECORD_SEND)
		list = place->step ? &place->step->lists[STEP_SEND] : NULL;
	else if (local)
		list = place->step ? &place->step->lists[STEP_LISTEN] : NULL;
	if (!list)
		return note(place->notes, act, "it belongs to no step");
	if (act->kind == RECORD_SEND && act->proto != LS_IPPROTO_UDP)
		return note(place->notes, act, "a ticket has no word for it");
	if (add_dest(act, local, &text) && !text.failed)
		ret = add_net(place, list, buf_span(&text));
	else
		ret = text.failed ? -ENOMEM
				  : note(place->notes, act, "a ticket has no word for it");
	buf_free(&text);
	return ret;
}

static int place_unix(const struct place *place, const struct draft_act *act)
{
	enum unix_nature nature = unix_path_known(span_of(act->path)).nature;
	struct counted_set *list = place->connect;
	struct buf text = { 0 };
	int ret;

	if (nature == UNIX_SERVICE)
		return 0;
	buf_adds(&text, "unix:");
	buf_adds(&text, act->path ? act->path : "");
	if (nature == UNIX_DELEGATION && place->step)
		list = &place->step->delegation;
	if (text.failed)
		ret = -ENOMEM;
	else if (nature == UNIX_DELEGATION && !place->step)
		ret = note(place->notes, act, "it does work for who asks, outside the session");
	else if (is_dest(buf_span(&text)))
		ret = counted_set_add(list, buf_span(&text), 0, NULL);
	else
		ret = note(place->notes, act, "a ticket has no word for it");
	buf_free(&text);
	return ret;
}

/* One way to write it; -EINVAL when that does not say it. */
static int attempt(struct counted_set *list, const struct placeholder_context *context,
		   struct span path)
{
	struct buf text = { 0 };
	struct word word = { 0 };
	unsigned int marks = word_text_path(&text, context, path);
	int ret = -EINVAL;

	if (text.n > 0 && text.p[0] == '/')
		ret = pattern_parse(buf_span(&text), &word, NULL);
	if (!ret && !word_matches(&word, path))
		ret = -EINVAL;
	if (!ret && !text.failed)
		ret = counted_set_add(list, buf_span(&text), marks, NULL);
	if (text.failed)
		ret = -ENOMEM;
	word_free(&word);
	buf_free(&text);
	return ret;
}

int draft_path_add(struct counted_set *list, const struct placeholder_context *context,
		   struct span path)
{
	int ret = attempt(list, context, path);

	return ret == -EINVAL && context ? attempt(list, NULL, path) : ret;
}

static int place_write(const struct place *place, const struct placeholder_context *context,
		       const struct draft_act *act)
{
	const char *const paths[] = { act->path, act->from };
	int ret = 0;

	for (size_t i = 0; i < 2 && !ret; i++) {
		if (paths[i])
			ret = draft_path_add(place->write, context, span_of(paths[i]));
		if (ret == -EINVAL)
			ret = note(place->notes, act, "no pattern can say it");
	}
	return ret;
}

static int place_act(const struct place *place, const struct placeholder_context *context,
		     const struct draft_act *act)
{
	if (act->why)
		return note(place->notes, act, act->why);
	switch (act->kind) {
	case RECORD_UNIX:
		return place_unix(place, act);
	case RECORD_WRITE:
		return place_write(place, context, act);
	case RECORD_SOCKET:
		if (!place->step)
			return note(place->notes, act, "it belongs to no step");
		place->so_far->sockets |= act->sockets;
		return 0;
	default:
		return place_net(place, act);
	}
}

/* False: its program was left out, and so is what it did. */
static bool find_place(struct draft *draft, const struct draft_act *act, struct place *out)
{
	const struct draft_run *run = draft_find(draft, act->image);
	struct draft_step *step = NULL;

	if (!run || run->fate == DRAFT_LEFT_OUT)
		return false;
	if (run->fate == DRAFT_STEP || run->fate == DRAFT_CHILD)
		step = &draft->steps[run->step];
	*out = (struct place){
		.step = step,
		.connect = step ? &step->lists[STEP_CONNECT] : &draft->allow,
		.write = step ? &step->lists[STEP_WRITE] : &draft->allow_write,
		.notes = step ? &step->notes : &draft->notes,
		.so_far = step ? &step->so_far : &draft->so_far,
	};
	return true;
}

/*
 * Writes are judged where the program is one of those whose command line does not say them; but a
 * step that has any rule for writes is held to it, whatever program writes.
 */
static void note_judged(struct draft *draft)
{
	struct place place;

	for (size_t i = 0; i < draft->acts_n; i++) {
		const struct draft_act *act = &draft->acts[i];

		if (act->kind == RECORD_WRITE && act->judged && !act->why &&
		    !draft_profile_allows(draft, act) && find_place(draft, act, &place) &&
		    place.step)
			place.step->judged_write = true;
	}
}

static int do_act(struct draft *draft, const struct placeholder_context *context,
		  const struct draft_act *act)
{
	const struct draft_profile *profile = NULL;
	struct place place;

	if (!find_place(draft, act, &place))
		return 0;
	if (act->kind == RECORD_WRITE && !act->judged && !(place.step && place.step->judged_write))
		return 0;
	if (!act->why && (act->path || act->kind != RECORD_UNIX))
		profile = draft_profile_allows(draft, act);
	if (profile)
		return counted_set_add(&draft->profiles, span_of(profile->name), 0, NULL);
	return place_act(&place, context, act);
}

int draft_acts(struct draft *draft, const struct placeholder_context *context)
{
	int ret = 0;

	note_judged(draft);
	/* TCP before UDP, by which probes are told */
	for (int udp = 0; udp < 2; udp++) {
		for (size_t i = 0; i < draft->acts_n && !ret; i++) {
			const struct draft_act *act = &draft->acts[i];

			if ((act->proto == LS_IPPROTO_UDP) == (udp == 1))
				ret = do_act(draft, context, act);
		}
	}
	return ret;
}
