/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/judge/state.h"

#include "core/base/unix_path.h"
#include "core/plan/policy.h"
#include "core/plan/unix_known.h"

static enum how net_how(const struct plan *plan, const struct step *step, const struct actor *actor,
			const struct event *event)
{
	const struct event_net *net = &event->net;

	switch (event->kind) {
	case RECORD_CONNECT:
		if (policy_connect(plan, step, net->proto, &net->remote))
			return actor->how;
		return policy_probe(plan, step, net->proto, &net->remote) ? HOW_PROBE : HOW_NONE;
	case RECORD_SEND:
		if (policy_send(plan, step, net->proto, &net->remote) ||
		    policy_connect(plan, step, net->proto, &net->remote))
			return actor->how;
		return HOW_NONE;
	case RECORD_BIND:
		if (net->local.port == 0)
			return actor->how;
		/* fall through */
	default:
		return policy_listen(plan, step, net->proto, &net->local) ? actor->how : HOW_NONE;
	}
}

/* What a ticket says of a path was said of the session's mount namespace and root. */
static bool unix_elsewhere(const struct judge *judge, const struct event *event)
{
	const struct event_unix *un = &event->un;

	if (un->abstract)
		return false;
	return (judge->opts.mntns && event->mntns != judge->opts.mntns) ||
	       !span_is(un->root, "/") || un->foreign;
}

static enum how unix_how(const struct judge *judge, const struct step *step,
			 const struct actor *actor, const struct event *event)
{
	char room[UNIX_PATH_ROOM];
	struct span path = unix_path_tidy(event->un.path, room);

	if (unix_elsewhere(judge, event))
		return HOW_NONE;
	if (policy_unix(judge->plan, step, path))
		return actor->how;
	return unix_path_known(path).nature == UNIX_SERVICE ? HOW_SERVICE : HOW_NONE;
}

static uint32_t unix_reason(const struct event_unix *un)
{
	char room[UNIX_PATH_ROOM];
	struct unix_known known = unix_path_known(unix_path_tidy(un->path, room));

	return known.nature == UNIX_DELEGATION ? REASON_BIT(delegation)
					       : REASON_BIT(connect_not_allowed);
}

static enum how act_how(const struct judge *judge, const struct step *step,
			const struct actor *actor, const struct event *event)
{
	switch (event->kind) {
	case RECORD_UNIX:
		return unix_how(judge, step, actor, event);
	case RECORD_SOCKET:
		if (step && (step->sockets & policy_socket_kind(&event->socket)))
			return actor->how;
		return HOW_NONE;
	default:
		return net_how(judge->plan, step, actor, event);
	}
}

static uint32_t net_reason(const struct event *event)
{
	switch (event->kind) {
	case RECORD_UNIX:
		return unix_reason(&event->un);
	case RECORD_SOCKET:
	case RECORD_CONNECT:
		return REASON_BIT(connect_not_allowed);
	case RECORD_SEND:
		return REASON_BIT(send_not_allowed);
	default:
		return REASON_BIT(listen_not_allowed);
	}
}

static void judge_act(const struct judge *judge, const struct event *event,
		      const struct actor *actor, struct judgement *out)
{
	const struct step *step = NULL;

	out->verdict = VERDICT_UNAPPROVED;
	out->reasons = judge_session_reasons(judge, event->ts_ns);
	if (out->reasons)
		return;
	if (!actor->known || actor->verdict == VERDICT_INDETERMINATE) {
		out->verdict = VERDICT_INDETERMINATE;
		out->reasons = REASON_BIT(untracked_process);
		return;
	}
	if (actor->step != IMAGE_NO_STEP)
		step = judge->plan->steps[actor->step];
	if (actor->verdict == VERDICT_APPROVED)
		out->how = act_how(judge, step, actor, event);
	if (out->how == HOW_NONE) {
		out->reasons = net_reason(event);
		return;
	}
	out->verdict = VERDICT_APPROVED;
	out->step = step;
}

void judge_note_listen(struct judge *judge, const struct event *event,
		       const struct judgement *judged)
{
	judge->listens[judge->listens_n++ % LISTENS_MAX] = (struct listen_seen){
		.sseq = event->sseq,
		.verdict = judged->verdict,
		.how = judged->how,
		.step = judged->step,
	};
}

void judge_net(struct judge *judge, const struct event *event, const struct actor *actor,
	       struct judgement *out)
{
	judge_act(judge, event, actor, out);
	if (event->kind == RECORD_LISTEN)
		judge_note_listen(judge, event, out);
}

static const struct listen_seen *listen_find(const struct judge *judge, uint64_t sseq)
{
	for (size_t i = 0; i < LISTENS_MAX && i < judge->listens_n; i++) {
		if (judge->listens[i].sseq == sseq)
			return &judge->listens[i];
	}
	return NULL;
}

/*
 * Not by the image that listened: it may have been replaced since, with the listener open. A listen
 * that was lost, or is too long ago, leaves nothing to judge by.
 */
void judge_accept(const struct judge *judge, const struct event *event, struct judgement *out)
{
	const struct listen_seen *seen = listen_find(judge, event->net.of);

	out->verdict = VERDICT_UNAPPROVED;
	out->reasons = judge_session_reasons(judge, event->ts_ns);
	if (out->reasons)
		return;
	if (!seen || seen->verdict == VERDICT_INDETERMINATE) {
		out->verdict = VERDICT_INDETERMINATE;
		out->reasons = REASON_BIT(untracked_process);
	} else if (seen->verdict == VERDICT_APPROVED) {
		out->verdict = VERDICT_APPROVED;
		out->how = seen->how;
		out->step = seen->step;
	} else {
		out->reasons = REASON_BIT(listen_not_allowed);
	}
}
