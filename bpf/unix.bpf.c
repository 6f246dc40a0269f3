// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What a session asks of sockets of its own host: AF_UNIX connects, and datagrams with their
 * address. At the cgroup's hooks where the kernel has them (6.7), which look and return 1 always;
 * else where the functions begin that those hooks are in. Both hold the kernel's copy of the
 * address.
 */
#include <asm/errno.h>

#include "act.h"
#include "walk.h"

char _license[] SEC("license") = "Dual BSD/GPL";

/*
 * Copies are of up to 127 bytes as far as the verifier knows; what is behind the path comes later.
 */
#define PATH_SLACK (128 - LS_UNIX_PATH_MAX)

/* The address as the kernel holds it. */
struct place {
	ls_u64 address;
	ls_u32 len;
	ls_u16 type;
	ls_u16 flags;
};

/* As unix_validate_addr() of net/unix/af_unix.c has it: what it refuses asks for nothing. */
static __always_inline int place_ok(const struct place *place)
{
	const struct sockaddr_un *address = (const void *)place->address;

	return place->len > sizeof(ls_u16) && place->len <= sizeof(ls_u16) + LS_UNIX_PATH_MAX &&
	       BPF_CORE_READ(address, sun_family) == AF_UNIX;
}

static __always_inline int copy_path(struct ls_unix *record, const struct place *place)
{
	const struct sockaddr_un *address = (const void *)place->address;
	ls_u64 n = place->len - sizeof(ls_u16);

	__builtin_memset(record->path, 0, sizeof(record->path));
	record->path_len = n;
	CLAMP(n, 127);
	return bpf_probe_read_kernel(record->path, n, &address->sun_path);
}

/* LS_UNIX_FOREIGN or 0. */
static __always_inline ls_u32 foreign(struct task_struct *task, struct fs_struct *fs, int relative)
{
	ls_u64 own = (ls_u64)task->nsproxy->mnt_ns;

	if (path_ns(&fs->root) != own || (relative && (path_ns(&fs->pwd) != own || fs->users != 1)))
		return LS_UNIX_FOREIGN;
	return 0;
}

/* One try, as exec_emit() in exec.bpf.c: 0, -E2BIG, -ENOSPC or -EFAULT. */
static __always_inline int unix_emit(const struct place *place, const struct ls_member *member,
				     ls_u64 sseq, const int large)
{
	struct task_struct *task = bpf_get_current_task_btf();
	const ls_u32 room = paths_size(large) + WINDOW;
	struct fs_struct *fs = task->fs;
	struct ls_unix *record;
	struct bpf_dynptr to;
	struct paths paths;
	struct walk walk;
	int ret = -EFAULT, relative;

	if (bpf_ringbuf_reserve_dynptr(&ring, sizeof(*record) + room, 0, &to)) {
		ret = -ENOSPC;
		goto out;
	}
	record = bpf_dynptr_data(&to, 0, sizeof(*record) + room);
	if (!record || copy_path(record, place))
		goto out;
	paths = paths_in(record + 1, large, &walk);
	record->section_len[LS_UNIX_CWD] = 0;
	relative = record->path[0] && record->path[0] != '/';
	if (relative)
		record->section_len[LS_UNIX_CWD] = paths_add(&paths, &fs->pwd);
	record->section_len[LS_UNIX_ROOT] = paths_add(&paths, &fs->root);
	if (paths.cut && !large) {
		ret = -E2BIG;
		goto out;
	}
	emit_header(&record->hdr, LS_REC_UNIX, sizeof(*record) + walk.off, sseq, member);
	emit_task(&record->hdr, task);
	record->type = place->type;
	record->unix_flags = place->flags | foreign(task, fs, relative);
	if (paths.cut)
		record->unix_flags |= LS_UNIX_PATH_TRUNCATED;
	record->pad = 0;
	bpf_ringbuf_submit_dynptr(&to, emit_wakeup());
	return 0;
out:
	bpf_ringbuf_discard_dynptr(&to, BPF_RB_NO_WAKEUP);
	return ret;
}

static __noinline int unix_small(const struct place *place, const struct ls_member *member,
				 ls_u64 sseq)
{
	return place && member ? unix_emit(place, member, sseq, 0) : -EFAULT;
}

static __noinline int unix_large(const struct place *place, const struct ls_member *member,
				 ls_u64 sseq)
{
	return place && member ? unix_emit(place, member, sseq, 1) : -EFAULT;
}

static __always_inline void unix_act(const struct place *place)
{
	struct act act;
	int ret;

	if (!scope_member(bpf_get_current_task_btf()) || !place_ok(place) || !act_begin(&act))
		return;
	ret = unix_small(place, act.member, act.sseq);
	if (ret == -E2BIG)
		ret = unix_large(place, act.member, act.sseq);
	if (ret)
		emit_lost(act.session, ret == -ENOSPC ? LS_LOST_RING_FULL : LS_LOST_FILL);
}

/*
 * The context is the kernel's own struct, and programs are given no field for the address of a unix
 * socket: it is read where it is. (bpf_cast_to_kern_ctx() would do the same, but is a kfunc, which
 * an older kernel would have to be shielded from.)
 */
static __always_inline void cgroup_act(struct bpf_sock_addr *ctx, ls_u16 flags)
{
	const struct bpf_sock_addr_kern *kern = (const void *)ctx;
	struct place place = {
		.address = (ls_u64)BPF_CORE_READ(kern, uaddr),
		.len = BPF_CORE_READ(kern, uaddrlen),
		.type = ctx->type,
		.flags = flags,
	};

	unix_act(&place);
}

SEC("cgroup/connect_unix")
int on_connect_unix(struct bpf_sock_addr *ctx)
{
	cgroup_act(ctx, 0);
	return 1;
}

SEC("cgroup/sendmsg_unix")
int on_sendmsg_unix(struct bpf_sock_addr *ctx)
{
	cgroup_act(ctx, LS_UNIX_SEND);
	return 1;
}

/* Of stream and seqpacket sockets. */
SEC("fentry/unix_stream_connect")
int BPF_PROG(on_unix_stream_connect, struct socket *sock, void *address, int len)
{
	struct place place = { .address = (ls_u64)address, .len = len, .type = sock->type };

	unix_act(&place);
	return 0;
}

SEC("fentry/unix_dgram_connect")
int BPF_PROG(on_unix_dgram_connect, struct socket *sock, void *address, int len)
{
	struct place place = { .address = (ls_u64)address, .len = len, .type = sock->type };

	unix_act(&place);
	return 0;
}

SEC("fentry/unix_dgram_sendmsg")
int BPF_PROG(on_unix_dgram_sendmsg, struct socket *sock, struct msghdr *msg)
{
	struct place place = { .address = (ls_u64)msg->msg_name,
			       .len = msg->msg_namelen,
			       .type = sock->type,
			       .flags = LS_UNIX_SEND };

	unix_act(&place);
	return 0;
}
