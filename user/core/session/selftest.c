/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/session/selftest.h"

#include <errno.h>

#include "core/session/hook.h"

static const struct {
	const char *name;
	enum hook hook, instead; /* the other where the kernel does not run the one */
	bool v6;
} acts[SELFTEST_ACTS] = {
#define ONE(hook) hook, hook
	[SELFTEST_EXEC] = { "exec", ONE(HOOK_EXEC), false },
	[SELFTEST_FORK] = { "fork", ONE(HOOK_FORK), false },
	[SELFTEST_EXIT] = { "exit", ONE(HOOK_EXIT), false },
	[SELFTEST_TCP_CONNECT] = { "TCP connect", ONE(HOOK_SOCK_STATE), false },
	[SELFTEST_TCP_CLOSE] = { "TCP close", ONE(HOOK_SOCK_STATE), false },
	[SELFTEST_TCP_LISTEN] = { "TCP listen", ONE(HOOK_SOCK_STATE), false },
	[SELFTEST_UDP_CONNECT4] = { "UDP connect (IPv4)", ONE(HOOK_CONNECT4), false },
	[SELFTEST_UDP_CONNECT6] = { "UDP connect (IPv6)", ONE(HOOK_CONNECT6), true },
	[SELFTEST_UDP_SEND4] = { "UDP send (IPv4)", ONE(HOOK_SENDMSG4), false },
	[SELFTEST_UDP_SEND6] = { "UDP send (IPv6)", ONE(HOOK_SENDMSG6), true },
	[SELFTEST_BIND4] = { "bind (IPv4)", ONE(HOOK_BIND4), false },
	[SELFTEST_BIND6] = { "bind (IPv6)", ONE(HOOK_BIND6), true },
	[SELFTEST_UNIX_STREAM] = { "unix connect (stream)", HOOK_CONNECT_UNIX, HOOK_UNIX_STREAM,
				   false },
	[SELFTEST_UNIX_DGRAM] = { "unix connect (dgram)", HOOK_CONNECT_UNIX, HOOK_UNIX_DGRAM,
				  false },
	[SELFTEST_UNIX_SEND] = { "unix send", HOOK_SENDMSG_UNIX, HOOK_UNIX_SEND, false },
	[SELFTEST_RAW_SOCKET] = { "raw socket", ONE(HOOK_SOCK_CREATE), false },
	[SELFTEST_PACKET_SOCKET] = { "packet socket", ONE(HOOK_SOCKET), false },
	[SELFTEST_WRITE] = { "file write", HOOK_FILE_OPEN, HOOK_FILE_OPEN_LSM, false },
	[SELFTEST_FAILED_EXEC] = { "failed exec", ONE(HOOK_EXECVE_FAILED), false },
};

const char *selftest_act_name(enum selftest_act act)
{
	return acts[act].name;
}

int selftest_act_hook(const struct selftest *test, enum selftest_act act)
{
	enum hook hook = acts[act].hook;

	if (hook_rows[hook].required || (test->programs & HOOK_BIT(hook)))
		return (int)hook;
	return test->programs & HOOK_BIT(acts[act].instead) ? (int)acts[act].instead : -1;
}

const char *selftest_state_name(enum selftest_state state)
{
	static const char *const names[] = {
		[SELFTEST_BLIND] = "blind",     [SELFTEST_SEEN] = "seen",
		[SELFTEST_UNTRIED] = "untried", [SELFTEST_NO_FAMILY] = "no_ipv6",
		[SELFTEST_DENIED] = "denied",   [SELFTEST_NO_HOOK] = "no_hook"
	};

	return names[state];
}

static bool is_loopback(const struct address *address)
{
	static const unsigned char v4[4] = { 127, 0, 0, 1 };
	static const unsigned char v6[16] = { [15] = 1 };

	if (address->family == LS_AF_INET6)
		return memcmp(address->ip, v6, sizeof(v6)) == 0;
	return address->family == LS_AF_INET && memcmp(address->ip, v4, sizeof(v4)) == 0;
}

/* The act that a datagram socket's event proves, of its pair for the two families. */
static int udp_act(const struct selftest *test, const struct event *event, enum selftest_act v4)
{
	bool v6 = event->net.remote.family == LS_AF_INET6;

	if (event->net.proto != LS_IPPROTO_UDP || !is_loopback(&event->net.remote) ||
	    event->net.remote.port != test->udp_ports[v6])
		return -1;
	return (int)v4 + v6;
}

static bool ends_with(struct span text, const char *end)
{
	size_t n = strlen(end);

	return text.n >= n && !memcmp(text.p + text.n - n, end, n);
}

/* The act that an event proves, -1 for none. */
static int proven(const struct selftest *test, const struct event *event)
{
	switch (event->kind) {
	case RECORD_EXEC:
		return event->tgid == test->tgid ? SELFTEST_EXEC : -1;
	case RECORD_EXIT:
		return event->tgid == test->tgid ? SELFTEST_EXIT : SELFTEST_FORK;
	case RECORD_CONNECT:
		if (event->net.proto != LS_IPPROTO_TCP)
			return udp_act(test, event, SELFTEST_UDP_CONNECT4);
		if (!is_loopback(&event->net.remote) || event->net.remote.port != test->tcp_port)
			return -1;
		return SELFTEST_TCP_CONNECT;
	case RECORD_CLOSE:
		return SELFTEST_TCP_CLOSE;
	case RECORD_SEND:
		return udp_act(test, event, SELFTEST_UDP_SEND4);
	case RECORD_BIND:
		if (!is_loopback(&event->net.local))
			return -1;
		return SELFTEST_BIND4 + (event->net.local.family == LS_AF_INET6);
	case RECORD_LISTEN:
		return is_loopback(&event->net.local) ? SELFTEST_TCP_LISTEN : -1;
	case RECORD_UNIX:
		if (!span_is(event->un.path, "@" SELFTEST_UNIX_NAME))
			return -1;
		if (event->un.send)
			return SELFTEST_UNIX_SEND;
		return event->un.type == LS_UNIX_DGRAM ? SELFTEST_UNIX_DGRAM : SELFTEST_UNIX_STREAM;
	case RECORD_SOCKET:
		if (event->socket.family == LS_AF_INET && event->socket.type == LS_SOCK_RAW)
			return SELFTEST_RAW_SOCKET;
		return event->socket.family == LS_AF_PACKET ? SELFTEST_PACKET_SOCKET : -1;
	case RECORD_WRITE:
		return ends_with(event->write.path, "/comm") ? SELFTEST_WRITE : -1;
	case RECORD_EXEC_FAILED:
		return span_is(event->failed.filename, SELFTEST_MISSING) ? SELFTEST_FAILED_EXEC
									 : -1;
	default:
		return -1;
	}
}

void selftest_note(struct selftest *test, const struct event *event)
{
	int act = event->session == test->session ? proven(test, event) : -1;

	if (act >= 0)
		test->seen |= UINT32_C(1) << act;
}

/* A raw or packet socket takes a privilege, and a kernel may be built without packet sockets. */
static bool is_denied(enum selftest_act act, int error)
{
	return (act == SELFTEST_RAW_SOCKET || act == SELFTEST_PACKET_SOCKET) &&
	       (error == EPERM || error == EACCES || error == EAFNOSUPPORT);
}

enum selftest_state selftest_state(const struct selftest *test, enum selftest_act act)
{
	int error = test->errors[act];

	if (test->seen & UINT32_C(1) << act)
		return SELFTEST_SEEN;
	if (selftest_act_hook(test, act) < 0)
		return SELFTEST_NO_HOOK;
	if (!error)
		return SELFTEST_BLIND;
	if (acts[act].v6 && error == EAFNOSUPPORT)
		return SELFTEST_NO_FAMILY;
	return is_denied(act, error) ? SELFTEST_DENIED : SELFTEST_UNTRIED;
}

bool selftest_passed(const struct selftest *test)
{
	for (unsigned int i = 0; i < SELFTEST_ACTS; i++) {
		enum selftest_state state = selftest_state(test, i);

		if (state == SELFTEST_BLIND || state == SELFTEST_UNTRIED)
			return false;
	}
	return true;
}

void selftest_tell(const struct selftest *test, struct buf *out)
{
	bool passed = selftest_passed(test);
	const char *comma = "";

	buf_adds(out, passed ? "seen: " : "");
	for (unsigned int i = 0; i < SELFTEST_ACTS; i++) {
		enum selftest_state state = selftest_state(test, i);
		int hook = selftest_act_hook(test, i);

		if (passed != (state == SELFTEST_SEEN) || state == SELFTEST_NO_FAMILY ||
		    state == SELFTEST_DENIED || hook < 0)
			continue;
		buf_addf(out, "%s%s", comma, acts[i].name);
		if (state == SELFTEST_BLIND)
			buf_addf(out, " was not seen by %s (%s)", hook_program(hook),
				 hook_place(hook));
		else if (state == SELFTEST_UNTRIED)
			buf_addf(out, " could not be tried (errno %d)", test->errors[i]);
		comma = passed ? ", " : "; ";
	}
}
