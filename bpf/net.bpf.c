// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A session's sockets. TCP is seen where the kernel changes a socket's state, when the address is
 * final; everything else at the cgroup's socket-address hooks, which only look: they return 1
 * always.
 */
#include "act.h"

char _license[] SEC("license") = "Dual BSD/GPL";

static __always_inline void clear_addresses(struct ls_net *record)
{
	__builtin_memset(record->local, 0, sizeof(record->local));
	__builtin_memset(record->remote, 0, sizeof(record->remote));
	record->local_port = 0;
	record->remote_port = 0;
}

static __always_inline struct ls_net *act_record(const struct act *act, ls_u8 type)
{
	struct ls_net *record = emit_reserve(act->session, sizeof(*record));

	if (!record)
		return NULL;
	emit_header(&record->hdr, type, sizeof(*record), act->sseq, act->member);
	emit_task(&record->hdr, act->task);
	clear_addresses(record);
	return record;
}

static __always_inline void copy_in4(ls_u8 *to, ls_u32 address)
{
	*(ls_u32 *)to = address;
}

static __always_inline void copy_in6(ls_u8 *to, const ls_u32 *words)
{
	((ls_u32 *)to)[0] = words[0];
	((ls_u32 *)to)[1] = words[1];
	((ls_u32 *)to)[2] = words[2];
	((ls_u32 *)to)[3] = words[3];
}

static __always_inline void tcp_addresses(struct ls_net *record, struct sock *sk)
{
	struct sock_common *common = &sk->__sk_common;

	record->family = common->skc_family;
	record->local_port = common->skc_num;
	record->remote_port = bpf_ntohs(common->skc_dport);
	if (record->family == LS_AF_INET6) {
		copy_in6(record->local, common->skc_v6_rcv_saddr.in6_u.u6_addr32);
		copy_in6(record->remote, common->skc_v6_daddr.in6_u.u6_addr32);
	} else {
		copy_in4(record->local, common->skc_rcv_saddr);
		copy_in4(record->remote, common->skc_daddr);
	}
}

static __always_inline void tcp_fill(struct ls_net *record, struct sock *sk)
{
	record->cookie = bpf_get_socket_cookie(sk);
	record->proto = LS_IPPROTO_TCP;
	tcp_addresses(record, sk);
}

/*
 * The entry of a session's socket, or NULL; most sockets have none of anybody's, and one look at
 * them is all that they cost.
 */
static __always_inline struct ls_sock *sock_of(struct sock *sk)
{
	return sk->sk_bpf_storage ? bpf_sk_storage_get(&socks, sk, NULL, 0) : NULL;
}

/*
 * A connect or a listen. The socket outlives the membership, so whose it is, is kept with the
 * socket; for a listener also because a connection that it takes is nobody's act.
 */
static __always_inline void tcp_act(struct sock *sk, ls_u8 type, ls_u32 role, const int spare)
{
	struct ls_net *record;
	struct ls_sock *of;
	struct act act;

	if (spare && (of = sock_of(sk)) && of->role == role)
		return;
	if (!act_begin(&act))
		return;
	of = bpf_sk_storage_get(&socks, sk, NULL, BPF_SK_STORAGE_GET_F_CREATE);
	if (of) {
		of->of = act.sseq;
		of->start_ns = act.member->start_ns;
		of->image = act.member->image;
		of->session = act.member->session;
		of->tgid = act.task->tgid;
		of->role = role;
		if (role == LS_SOCK_CONNECTION)
			__sync_fetch_and_add(&act.session->sockets, 1);
	} else {
		emit_missed(act.session, LS_MISSED_SOCK_FULL);
	}
	record = act_record(&act, type);
	if (!record)
		return;
	tcp_fill(record, sk);
	emit_submit(record);
}

/* What happens in anybody's context: all about the process comes from the socket's entry. */
static __always_inline void sock_header(struct ls_hdr *hdr, ls_u8 type, ls_u32 len,
					const struct ls_sock *of, ls_u64 sseq)
{
	struct ls_member who = {
		.image = of->image, .start_ns = of->start_ns, .session = of->session, .flags = 0
	};

	emit_header(hdr, type, len, sseq, &who);
	hdr->tgid = of->tgid;
	hdr->tid = 0;
	hdr->ppid = 0;
	hdr->uid = 0;
	hdr->euid = 0;
	hdr->auid = 0;
	hdr->asid = 0;
	hdr->mntns = 0;
}

static __always_inline void tcp_accept(struct sock *sk)
{
	struct ls_sock *of = sock_of(sk);
	struct ls_session *session;
	struct ls_accept *record;
	ls_u64 listen, sseq;

	if (!of || of->role != LS_SOCK_LISTENER)
		return;
	session = scope_session(of->session);
	if (!session)
		return;
	listen = of->of;
	sseq = emit_number(session);
	of->of = sseq;
	of->role = LS_SOCK_CONNECTION;
	__sync_fetch_and_add(&session->sockets, 1);
	record = emit_reserve(session, sizeof(*record));
	if (!record)
		return;
	sock_header(&record->net.hdr, LS_REC_ACCEPT, sizeof(*record), of, sseq);
	clear_addresses(&record->net);
	tcp_fill(&record->net, sk);
	record->of = listen;
	emit_submit(record);
}

static __always_inline void close_bytes(struct ls_close *record, struct sock *sk)
{
	struct tcp_sock *tcp = bpf_skc_to_tcp_sock(sk);

	record->bytes_sent = 0;
	record->bytes_received = 0;
	if (!tcp)
		return;
	record->bytes_sent = tcp->bytes_sent - tcp->bytes_retrans;
	record->bytes_received = tcp->bytes_received;
	/* SOCK_DONE: the peer's FIN came, and it takes a place in the sequence that this counts. */
	if (record->bytes_received && sk->__sk_common.skc_flags & 1ul << SOCK_DONE_BIT)
		record->bytes_received--;
}

static __always_inline void tcp_close(struct sock *sk, int old_state)
{
	struct ls_sock *of = sock_of(sk);
	struct ls_session *session;
	struct ls_close *record;
	ls_u32 role;
	ls_u64 sseq;

	if (!of)
		return;
	role = of->role;
	of->role = LS_SOCK_OVER;
	session = scope_session(of->session);
	if (role != LS_SOCK_CONNECTION || !session)
		return;
	sseq = emit_number(session);
	/* Behind the number: with no connection left, all numbers are known. */
	__sync_fetch_and_add(&session->sockets, -1);
	record = emit_reserve(session, sizeof(*record));
	if (!record)
		return;
	sock_header(&record->hdr, LS_REC_CLOSE, sizeof(*record), of, sseq);
	record->of = of->of;
	close_bytes(record, sk);
	record->established = old_state != TCP_SYN_SENT && old_state != TCP_SYN_RECV;
	record->error = record->established ? 0 : sk->sk_err;
	emit_submit(record);
}

static __always_inline int sock_state(struct sock *sk, int old_state, int new_state,
				      const int spare)
{
	if (new_state == TCP_ESTABLISHED && old_state != TCP_SYN_RECV)
		return 0;
	if (!(1u << new_state &
	      (1u << TCP_ESTABLISHED | 1u << TCP_SYN_SENT | 1u << TCP_CLOSE | 1u << TCP_LISTEN)))
		return 0;
	if (sk->sk_protocol != LS_IPPROTO_TCP)
		return 0;
	if (new_state == TCP_SYN_SENT)
		tcp_act(sk, LS_REC_CONNECT, LS_SOCK_CONNECTION, spare);
	else if (new_state == TCP_ESTABLISHED)
		tcp_accept(sk);
	else if (new_state == TCP_CLOSE)
		tcp_close(sk, old_state);
	else
		tcp_act(sk, LS_REC_LISTEN, LS_SOCK_LISTENER, spare);
	return 0;
}

/* Why there are spares, exec.bpf.c says; these see by the socket's role what was done. */
#define ON_SOCK_STATE(name, spare)                                                                 \
	SEC("tp_btf/inet_sock_set_state")                                                          \
	int BPF_PROG(name, struct sock *sk, int old_state, int new_state)                          \
	{                                                                                          \
		return sock_state(sk, old_state, new_state, spare);                                \
	}
ON_SOCK_STATE(on_sock_state, 0)
ON_SOCK_STATE(on_sock_state_2, 1)
ON_SOCK_STATE(on_sock_state_3, 1)

/* Which of a record's two addresses the hook was asked about. */
enum side { SIDE_LOCAL, SIDE_REMOTE };

static __always_inline void addr_act(struct bpf_sock_addr *ctx, ls_u8 type, ls_u16 family,
				     enum side side)
{
	struct ls_net *record;
	struct act act;
	ls_u8 *to;

	if (!act_begin(&act))
		return;
	record = act_record(&act, type);
	if (!record)
		return;
	record->cookie = bpf_get_socket_cookie(ctx);
	record->family = family;
	record->proto = ctx->protocol;
	to = side == SIDE_LOCAL ? record->local : record->remote;
	if (family == LS_AF_INET) {
		copy_in4(to, ctx->user_ip4);
	} else {
		((ls_u32 *)to)[0] = ctx->user_ip6[0];
		((ls_u32 *)to)[1] = ctx->user_ip6[1];
		((ls_u32 *)to)[2] = ctx->user_ip6[2];
		((ls_u32 *)to)[3] = ctx->user_ip6[3];
	}
	if (side == SIDE_LOCAL)
		record->local_port = bpf_ntohs((ls_u16)ctx->user_port);
	else
		record->remote_port = bpf_ntohs((ls_u16)ctx->user_port);
	emit_submit(record);
}

/* TCP is recorded at SYN_SENT, when the address is final; MPTCP's subflows are TCP. */
static __always_inline int is_tcp(struct bpf_sock_addr *ctx)
{
	return ctx->protocol == LS_IPPROTO_TCP || ctx->protocol == IPPROTO_MPTCP_NR;
}

SEC("cgroup/connect4")
int on_connect4(struct bpf_sock_addr *ctx)
{
	if (!is_tcp(ctx))
		addr_act(ctx, LS_REC_CONNECT, LS_AF_INET, SIDE_REMOTE);
	return 1;
}

SEC("cgroup/connect6")
int on_connect6(struct bpf_sock_addr *ctx)
{
	if (!is_tcp(ctx))
		addr_act(ctx, LS_REC_CONNECT, LS_AF_INET6, SIDE_REMOTE);
	return 1;
}

SEC("cgroup/sendmsg4")
int on_sendmsg4(struct bpf_sock_addr *ctx)
{
	addr_act(ctx, LS_REC_SEND, LS_AF_INET, SIDE_REMOTE);
	return 1;
}

SEC("cgroup/sendmsg6")
int on_sendmsg6(struct bpf_sock_addr *ctx)
{
	addr_act(ctx, LS_REC_SEND, LS_AF_INET6, SIDE_REMOTE);
	return 1;
}

SEC("cgroup/bind4")
int on_bind4(struct bpf_sock_addr *ctx)
{
	addr_act(ctx, LS_REC_BIND, LS_AF_INET, SIDE_LOCAL);
	return 1;
}

SEC("cgroup/bind6")
int on_bind6(struct bpf_sock_addr *ctx)
{
	addr_act(ctx, LS_REC_BIND, LS_AF_INET6, SIDE_LOCAL);
	return 1;
}
