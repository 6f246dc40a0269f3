// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Sockets through which a session can send what no other hook sees: raw ones, packet sockets, and
 * protocols whose connects and datagrams pass none of the hooks in net.bpf.c. Their making is the
 * act.
 */
#include "act.h"

char _license[] SEC("license") = "Dual BSD/GPL";

static __always_inline void socket_act(ls_u16 family, ls_u16 type, ls_u32 proto)
{
	struct ls_socket *record;
	struct act act;

	if (!act_begin(&act))
		return;
	record = emit_reserve(act.session, sizeof(*record));
	if (!record)
		return;
	emit_header(&record->hdr, LS_REC_SOCKET, sizeof(*record), act.sseq, act.member);
	emit_task(&record->hdr, act.task);
	record->family = family;
	record->type = type;
	record->proto = proto;
	emit_submit(record);
}

/*
 * IPv4 and IPv6. TCP is seen as it connects, MPTCP by its subflows, which are TCP, UDP as it
 * connects and sends. UDP-Lite, SCTP and DCCP connect without a hook, and ping sockets send without
 * one.
 */
SEC("cgroup/sock_create")
int on_sock_create(struct bpf_sock *sk)
{
	if (sk->type != SOCK_RAW_NR &&
	    (sk->protocol == LS_IPPROTO_TCP || sk->protocol == LS_IPPROTO_UDP ||
	     sk->protocol == IPPROTO_MPTCP_NR))
		return 1;
	socket_act(sk->family, sk->type, sk->protocol);
	return 1;
}

/* AF_UNIX is seen as it connects; netlink and the crypto API (AF_ALG) talk to the kernel alone. */
SEC("fexit/__sock_create")
int BPF_PROG(on_socket, void *net, int family, int type, int proto, void *res, int kern, int ret)
{
	if (family == LS_AF_INET && type == SOCK_PACKET_NR) /* as __sock_create() changes it */
		family = LS_AF_PACKET;
	if (ret || kern || family == AF_UNIX || family == LS_AF_INET || family == LS_AF_INET6 ||
	    family == AF_NETLINK_NR || family == AF_ALG_NR)
		return 0;
	socket_act(family, type, proto);
	return 0;
}
