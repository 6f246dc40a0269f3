/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/show/export/ocsf_part.h"

#include "core/base/json.h"
#include "core/event/address.h"

/* Which way it goes, and which of the line's ends is whose. */
enum ends { ENDS_OUT, ENDS_IN, ENDS_LISTENS, ENDS_OWN, ENDS_UNIX, ENDS_UNKNOWN };

static const struct net_kind {
	struct ocsf_activity activity;
	enum ends ends;
} net_kinds[RECORD_KINDS_N] = {
	[RECORD_CONNECT] = { { 1, "Open" }, ENDS_OUT },
	[RECORD_CLOSE] = { { 2, "Close" }, ENDS_UNKNOWN },
	[RECORD_SEND] = { { 6, "Traffic" }, ENDS_OUT },
	[RECORD_BIND] = { { 99, "Bind" }, ENDS_OWN },
	[RECORD_LISTEN] = { { 7, "Listen" }, ENDS_LISTENS },
	[RECORD_ACCEPT] = { { 1, "Open" }, ENDS_IN },
	[RECORD_UNIX] = { { 1, "Open" }, ENDS_UNIX },
	[RECORD_SOCKET] = { { 99, "Socket" }, ENDS_UNKNOWN },
};

static const struct {
	uint32_t id;
	const char *name;
} directions[] = {
	[ENDS_OUT] = { 2, "Outbound" },    [ENDS_IN] = { 1, "Inbound" },
	[ENDS_LISTENS] = { 1, "Inbound" }, [ENDS_OWN] = { 0, "Unknown" },
	[ENDS_UNIX] = { 4, "Local" },      [ENDS_UNKNOWN] = { 0, "Unknown" },
};

/* "10.0.0.1:443" or "[::1]:53", cut in two. */
static void add_endpoint(struct ocsf *ocsf, const char *as, const char *key)
{
	struct span value = ocsf_inside(ocsf, key), host = value;
	struct address address;

	if (value.n == 0 || address_read(value, &address))
		return;
	host.n = (size_t)((const char *)memrchr(value.p, ':', value.n) - value.p);
	if (address.family == LS_AF_INET6)
		host = (struct span){ host.p + 1, host.n - 2 };
	json_open(ocsf->out, as, '{');
	json_text(ocsf->out, "ip", host);
	json_u64(ocsf->out, "port", address.port);
	json_close(ocsf->out, '}');
}

static void add_endpoints(struct ocsf *ocsf, enum ends ends)
{
	switch (ends) {
	case ENDS_OUT:
		add_endpoint(ocsf, "src_endpoint", "local");
		add_endpoint(ocsf, "dst_endpoint", "remote");
		break;
	case ENDS_IN:
		add_endpoint(ocsf, "src_endpoint", "remote");
		add_endpoint(ocsf, "dst_endpoint", "local");
		break;
	case ENDS_LISTENS:
		add_endpoint(ocsf, "dst_endpoint", "local");
		break;
	case ENDS_OWN:
		add_endpoint(ocsf, "src_endpoint", "local");
		break;
	case ENDS_UNIX:
		json_open(ocsf->out, "dst_endpoint", '{');
		ocsf_copy(ocsf, "name", "path");
		ocsf_copy(ocsf, "svc_name", "service");
		ocsf_copy(ocsf, "hostname", "host");
		json_close(ocsf->out, '}');
		break;
	case ENDS_UNKNOWN:
		json_open(ocsf->out, "src_endpoint", '{');
		ocsf_copy(ocsf, "hostname", "host");
		json_close(ocsf->out, '}');
		break;
	}
}

static void add_protocol(struct ocsf *ocsf)
{
	struct span proto = ocsf_get(ocsf, "proto"), end = ocsf_get(ocsf, "remote");

	if (proto.n == 0 || !json_is_string(proto))
		return;
	ocsf_put(ocsf, "protocol_name", proto);
	if (json_is(proto, "tcp"))
		json_u64(ocsf->out, "protocol_num", 6);
	else if (json_is(proto, "udp"))
		json_u64(ocsf->out, "protocol_num", 17);
	if (end.n == 0)
		end = ocsf_get(ocsf, "local");
	if (end.n > 1)
		json_u64(ocsf->out, "protocol_ver_id", end.p[1] == '[' ? 6 : 4);
}

/* One for a connection and its close: "SESSION:SSEQ" of what began it. */
static void add_connection_uid(struct ocsf *ocsf)
{
	struct span session = ocsf_inside(ocsf, "session");
	struct span sseq = ocsf_digits(ocsf, ocsf->kind == RECORD_CLOSE ? "of" : "sseq");

	if (session.n == 0 || sseq.n == 0)
		return;
	json_open(ocsf->out, "uid", '"');
	buf_add(ocsf->out, session.p, session.n);
	buf_addc(ocsf->out, ':');
	buf_add(ocsf->out, sseq.p, sseq.n);
	buf_addc(ocsf->out, '"');
}

void ocsf_ends(struct ocsf *ocsf)
{
	const struct net_kind *kind = &net_kinds[ocsf->kind];

	if (record_kind_class(ocsf->kind) != KIND_CLASS_NETWORK)
		return;
	add_endpoints(ocsf, kind->ends);
	json_open(ocsf->out, "connection_info", '{');
	json_u64(ocsf->out, "direction_id", directions[kind->ends].id);
	json_cstr(ocsf->out, "direction", directions[kind->ends].name);
	add_protocol(ocsf);
	add_connection_uid(ocsf);
	json_close(ocsf->out, '}');
}

/* What came of a connection, of which only its close tells. */
static struct ocsf_activity activity_of(const struct ocsf *ocsf, const struct net_kind *kind)
{
	static const struct ocsf_activity reset = { 3, "Reset" }, fail = { 4, "Fail" },
					  refuse = { 5, "Refuse" }, traffic = { 6, "Traffic" };
	struct span send = ocsf_get(ocsf, "send");

	if (kind->ends == ENDS_UNIX)
		return span_is(send, "true") ? traffic : kind->activity;
	if (ocsf->kind != RECORD_CLOSE || ocsf_is(ocsf, "result", "connected"))
		return kind->activity;
	if (ocsf_is(ocsf, "result", "reset"))
		return reset;
	return ocsf_is(ocsf, "result", "refused") ? refuse : fail;
}

void ocsf_network_line(struct ocsf *ocsf)
{
	struct ocsf_activity activity = activity_of(ocsf, &net_kinds[ocsf->kind]);

	ocsf_begin(ocsf, &ocsf_network_activity, &activity, NULL);
	ocsf_actor(ocsf);
	ocsf_ends(ocsf);
	if (ocsf->kind == RECORD_CLOSE) {
		bool connected = ocsf_is(ocsf, "result", "connected");

		ocsf_status(ocsf, connected);
		if (!connected)
			ocsf_copy(ocsf, "status_code", "result");
		json_open(ocsf->out, "traffic", '{');
		ocsf_copy(ocsf, "bytes_out", "bytes_sent");
		ocsf_copy(ocsf, "bytes_in", "bytes_received");
		json_close(ocsf->out, '}');
	}
	ocsf_control(ocsf);
	ocsf_end(ocsf);
}
