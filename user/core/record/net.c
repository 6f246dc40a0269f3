/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/record/part.h"

#include <arpa/inet.h>

#include "core/base/array.h"
#include "core/base/json.h"
#include "core/base/unix_path.h"
#include "core/plan/plan.h"
#include "core/plan/unix_known.h"

static size_t ip_text(const struct address *address, char *text)
{
	size_t n = 0;

	if (address->family == LS_AF_INET) {
		for (int i = 0; i < 4; i++) {
			if (i > 0)
				text[n++] = '.';
			n += json_digits(address->ip[i], text + n);
		}
		return n;
	}
	inet_ntop(LS_AF_INET6, address->ip, text, INET6_ADDRSTRLEN);
	return strlen(text);
}

/* "10.0.0.1:443", "[2001:db8::1]:53" (RFC 5952 by inet_ntop, brackets by RFC 3986). */
static void add_address(const char *key, const struct address *address, struct buf *out)
{
	const bool v6 = address->family != LS_AF_INET;
	char text[INET6_ADDRSTRLEN + 32];
	size_t n = 0;

	if (v6)
		text[n++] = '[';
	n += ip_text(address, text + n);
	if (v6)
		text[n++] = ']';
	text[n++] = ':';
	n += json_digits(address->port, text + n);
	json_text(out, key, (struct span){ text, n });
}

void record_hosts(const struct plan *plan, struct buf *out)
{
	char text[INET6_ADDRSTRLEN];

	json_open(out, "hosts", '[');
	for (size_t i = 0; plan && i < plan->hosts_n; i++) {
		const struct host_name *host = &plan->hosts[i];

		json_open(out, NULL, '{');
		json_cstr(out, "name", host->name);
		json_open(out, "addresses", '[');
		for (size_t k = 0; k < host->addresses_n; k++)
			json_text(out, NULL,
				  (struct span){ text, ip_text(&host->addresses[k], text) });
		json_close(out, ']');
		json_close(out, '}');
	}
	json_close(out, ']');
}

static bool is_unset(const struct address *address)
{
	static const unsigned char zero[16];

	return address->port == 0 && memcmp(address->ip, zero, sizeof(zero)) == 0;
}

static void add_proto(uint16_t proto, struct buf *out)
{
	char text[32] = "ip-";

	if (proto == LS_IPPROTO_TCP)
		json_cstr(out, "proto", "tcp");
	else if (proto == LS_IPPROTO_UDP)
		json_cstr(out, "proto", "udp");
	else
		json_text(out, "proto", (struct span){ text, 3 + json_digits(proto, text + 3) });
}

void record_net(const struct record *record, struct buf *out)
{
	const struct event_net *net = &record->event->net;
	bool local_act = record->kind == RECORD_BIND || record->kind == RECORD_LISTEN;

	add_proto(net->proto, out);
	/* a UDP connect is seen before the kernel has chosen its own end */
	if (local_act || !is_unset(&net->local))
		add_address("local", &net->local, out);
	else
		json_null(out, "local");
	if (local_act)
		json_null(out, "remote");
	else
		add_address("remote", &net->remote, out);
	if (record->kind == RECORD_ACCEPT)
		json_u64(out, "of", net->of);
}

static const char *unix_type(uint16_t type)
{
	if (type == LS_UNIX_DGRAM)
		return "dgram";
	return type == LS_UNIX_SEQPACKET ? "seqpacket" : "stream";
}

void record_unix(const struct record *record, struct buf *out)
{
	const struct event_unix *un = &record->event->un;
	char room[UNIX_PATH_ROOM];

	json_cstr(out, "proto", "unix");
	json_cstr(out, "type", unix_type(un->type));
	record_text(out, "path", "path_b64", un->path);
	record_text(out, "given", "given_b64", un->given);
	json_bool(out, "abstract", un->abstract);
	json_bool(out, "send", un->send);
	json_bool(out, "foreign", un->foreign);
	json_cstr(out, "service", unix_path_known(unix_path_tidy(un->path, room)).name);
}

const char *const record_families[RECORD_FAMILIES_N] = {
	[LS_AF_INET] = "inet",	 [LS_AF_INET6] = "inet6", [LS_AF_PACKET] = "packet",
	[LS_AF_VSOCK] = "vsock", [LS_AF_XDP] = "xdp",
};
const char *const record_types[RECORD_TYPES_N] = { NULL,  "stream", "dgram",
						   "raw", "rdm",    "seqpacket" };

/* A name where there is a common one, else the number. */
static void add_number_name(const char *key, uint32_t number, const char *const *names, size_t n,
			    struct buf *out)
{
	char text[12];

	if (number < n && names[number])
		json_cstr(out, key, names[number]);
	else
		json_text(out, key, (struct span){ text, json_digits(number, text) });
}

void record_socket(const struct record *record, struct buf *out)
{
	const struct event_socket *socket = &record->event->socket;

	add_number_name("family", socket->family, record_families, RECORD_FAMILIES_N, out);
	add_number_name("type", socket->type, record_types, RECORD_TYPES_N, out);
	json_u64(out, "proto", socket->proto);
}

static void add_result(const struct event_close *close, struct buf *out)
{
	/* asm-generic/errno.h; a number by itself for what a reader would have to look up anyway */
	static const struct {
		uint32_t error;
		const char *name;
	} names[] = {
		{ 0, "abandoned" },    { 101, "network_unreachable" }, { 104, "reset" },
		{ 110, "timed_out" },  { 111, "refused" },	       { 113, "host_unreachable" },
	};
	char text[32] = "error_";

	if (close->established) {
		json_cstr(out, "result", "connected");
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (names[i].error == close->error) {
			json_cstr(out, "result", names[i].name);
			return;
		}
	}
	json_text(out, "result", (struct span){ text, 6 + json_digits(close->error, text + 6) });
}

void record_close(const struct record *record, struct buf *out)
{
	const struct event_close *close = &record->event->close;

	json_u64(out, "of", close->of);
	add_result(close, out);
	json_u64(out, "bytes_sent", close->bytes_sent);
	json_u64(out, "bytes_received", close->bytes_received);
	json_bool(out, "late", record->late);
}
