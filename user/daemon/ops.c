/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "daemon/ops.h"

#include <unistd.h>

#include "core/base/json.h"
#include "daemon/acker.h"
#include "daemon/alerts.h"
#include "daemon/asker.h"
#include "daemon/daemon.h"
#include "daemon/opener.h"
#include "daemon/reply.h"
#include "daemon/sessions.h"
#include "daemon/stream.h"
#include "edge/fsutil.h"
#include "edge/host.h"
#include "engine/engine.h"

/*
 * A login of another user than the session's operator came up in it: what was to carry it, an sshd
 * for one, was started by the session. It can't be in a session of its own, and is not let into
 * this one.
 */
static void refuse_foreign(struct daemon *daemon, const struct session_info *info, uint32_t user,
			   struct buf *reply)
{
	char line[512];

	snprintf(line, sizeof(line),
		 "the process is in session %s, whose operator is %s (uid %u), and this is a login "
		 "of uid %u",
		 info->id, info->operator_name, info->operator_uid, user);
	json_begin(reply);
	json_bool(reply, "ok", false);
	json_cstr(reply, "session", info->id);
	json_open(reply, "errors", '[');
	json_cstr(reply, NULL, line);
	json_close(reply, ']');
	json_close(reply, '}');
	snprintf(line, sizeof(line),
		 "a login of uid %u came up in session %s, whose operator is %s (uid %u)", user,
		 info->id, info->operator_name, info->operator_uid);
	alerts__say(daemon->alerts, true, "%s", line);
	engine__host(daemon->engine, "foreign_login", line);
}

static void op_self(struct daemon *daemon, const struct control_call *call, struct buf *reply)
{
	const struct request *request = call->request;
	const struct session_info *info;
	pid_t pid;
	const char *why = asker_process(call, true, &pid);

	if (why) {
		reply_error(reply, why);
		return;
	}
	info = sessions_of(daemon->engine, pid);
	if (info && request->on_behalf && info->operator_uid != request->operator_uid) {
		refuse_foreign(daemon, info, request->operator_uid, reply);
		return;
	}
	reply_begin(reply);
	json_cstr(reply, "session", info ? info->id : NULL);
	json_close(reply, '}');
}

static enum control_result op_show(struct daemon *daemon, const struct control_call *call,
				   struct buf *reply)
{
	reply_begin(reply);
	if (sessions_show(daemon->engine, call->request->session, reply)) {
		buf_reset(reply);
		reply_error(reply, "there is no such session");
		return CONTROL_ANSWERED;
	}
	return acker__count(daemon->acker, call, reply);
}

static void op_end(struct daemon *daemon, const struct control_call *call, struct buf *reply)
{
	const struct request *request = call->request;
	uint32_t number = sessions_find(daemon->engine, request->session);
	unsigned int killed = 0, left = 0;

	if (!number) {
		reply_error(reply, "the session is over already");
		return;
	}
	engine__end_session(daemon->engine, number, "ended");
	if (request->kill)
		killed = sessions_kill(daemon->engine, number, &left);
	alerts__say(daemon->alerts, false, "session %s ended by uid %u", request->session,
		    call->peer.uid);
	reply_begin(reply);
	json_cstr(reply, "session", request->session);
	if (request->kill) {
		json_u64(reply, "killed", killed);
		json_u64(reply, "left", left);
	}
	json_close(reply, '}');
}

static void op_revoke(struct daemon *daemon, const struct control_call *call, struct buf *reply)
{
	const char *ticket = call->request->ticket;
	char path[4096 + 256], line[256];
	unsigned int ended;
	int ret;

	snprintf(path, sizeof(path), "%s/%s.revoked", daemon->config.tickets, ticket);
	ret = fs_touch(path);
	/* The sessions first: a directory that can't be written is no reason to let them go on. */
	ended = sessions_revoke(daemon->engine, ticket);
	snprintf(line, sizeof(line), "ticket %s revoked by uid %u: %u sessions ended", ticket,
		 call->peer.uid, ended);
	alerts__say(daemon->alerts, true, "%s", line);
	engine__host(daemon->engine, "revoked", line);
	if (ret) {
		snprintf(line, sizeof(line),
			 "%u sessions were ended, but new ones can be opened: %s.revoked can't be "
			 "made: %s",
			 ended, ticket, strerror(-ret));
		reply_error(reply, line);
		return;
	}
	reply_begin(reply);
	json_cstr(reply, "ticket", ticket);
	json_u64(reply, "ended", ended);
	json_close(reply, '}');
}

static void op_status(struct daemon *daemon, struct buf *reply)
{
	const struct open_alerts *open = acker__open_alerts(daemon->acker);

	reply_begin(reply);
	json_cstr(reply, "version", LOCKSTEP_VERSION);
	json_u64(reply, "pid", (uint64_t)getpid());
	json_u64(reply, "uptime_s", (host_boot_ns() - daemon->started_ns) / 1000000000);
	sessions_status(daemon->engine, reply);
	/* Of all sessions: null while they are being counted. */
	if (open)
		json_u64(reply, "open_alerts", open_alerts__count(open));
	else
		json_null(reply, "open_alerts");
	json_bool(reply, "open_alerts_exact", open && open_alerts__exact(open));
	json_u64(reply, "subscribers", stream__clients(daemon->stream));
	json_u64(reply, "subscribers_missed", stream__missed(daemon->stream));
	json_close(reply, '}');
}

/* Whether this peer may know that the session exists is the same question as whether it exists. */
static bool is_allowed(struct daemon *daemon, const struct control_call *call, struct buf *reply)
{
	const struct request *request = call->request;
	uint32_t owner = REQUEST_NO_OWNER;

	if (request->session[0])
		owner = sessions_owner(daemon->engine, request->session);
	if (request->session[0] && owner == REQUEST_NO_OWNER) {
		reply_error(reply, "there is no such session");
		return false;
	}
	if (request_allowed(request->op, call->peer.uid, owner) &&
	    request_may_speak(request, call->peer.uid))
		return true;
	if (request_of_responders(request->op) &&
	    stream__reads_all(daemon->stream, call->client_fd, &call->peer))
		return true;
	reply_error(reply, request->session[0] ? "there is no such session" : "not permitted");
	return false;
}

enum control_result ops_handle(void *ctx, struct control_call *call, struct buf *reply)
{
	enum control_result result = CONTROL_ANSWERED;
	struct daemon *daemon = ctx;

	if (!is_allowed(daemon, call, reply)) {
		if (call->passed_fd >= 0)
			close(call->passed_fd);
		return CONTROL_ANSWERED;
	}
	if (call->request->op == REQUEST_SESSION_START || call->request->op == REQUEST_TICKET_LIST)
		return opener__submit(daemon->opener, call, reply);
	switch (call->request->op) {
	case REQUEST_SESSION_SELF:
		op_self(daemon, call, reply);
		break;
	case REQUEST_SESSION_LIST:
		reply_begin(reply);
		sessions_list(daemon->engine, call->peer.uid, reply);
		json_close(reply, '}');
		break;
	case REQUEST_SESSION_SHOW:
		result = op_show(daemon, call, reply);
		break;
	case REQUEST_SESSION_END:
		op_end(daemon, call, reply);
		break;
	case REQUEST_STATUS:
		op_status(daemon, reply);
		break;
	case REQUEST_TICKET_REVOKE:
		op_revoke(daemon, call, reply);
		break;
	case REQUEST_ALERT_ACK:
		result = acker__submit(daemon->acker, call, reply);
		break;
	case REQUEST_SESSION_START:
	case REQUEST_TICKET_LIST:
	case REQUEST_NONE:
		break;
	}
	if (call->passed_fd >= 0)
		close(call->passed_fd);
	return result;
}
