// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What a session tried to execute in vain.
 *
 * Seen where the system call returns: the one place that has both the error, whatever it is, and
 * the arguments. do_execveat_common() is no function that the BTF of 6.1, 6.12 or 7.2 knows, and
 * bprm_execve() is not reached where the file is missing or the arguments are too long.
 */
#include <asm/errno.h>

#include "emit.h"
#include "walk.h"

char _license[] SEC("license") = "Dual BSD/GPL";

/* Room for the file's name and for the arguments, each; what does not fit is written again. */
#define ROOM_SMALL 256u
#define ROOM_LARGE 4096u

/* What is read of the caller's memory, on its way into a record behind the working directory. */
struct text {
	struct bpf_dynptr ring;
	ls_u32 off;   /* of the next byte in the reservation */
	ls_u32 limit; /* what is being written ends before it */
	ls_u32 flags;
	ls_u32 len;   /* of a pointer in argv */
	ls_u32 whole; /* it came to the end */
	ls_u32 pad;
	ls_u64 src, argv;
};

struct attempt {
	ls_u64 filename, argv;
	ls_u32 width; /* bytes of a pointer in argv */
	ls_u32 error;
	ls_s32 dirfd;
	ls_u32 at_flags;
};

/*
 * At most a window less one of the user's string at text->src, which moves on, and becomes 0 where
 * the string ends; its NUL is copied too. 1: there is no going on.
 */
static __always_inline long copy_string(struct text *text)
{
	ls_u32 room = text->limit - text->off;
	char *to = bpf_dynptr_data(&text->ring, text->off, WINDOW);
	long n;

	if (!to)
		return 1;
	n = bpf_probe_read_user_str(to, WINDOW, (const void *)text->src);
	if (n < 0) {
		text->flags |= LS_FAILED_UNREADABLE;
		return 1;
	}
	if (n == 0) { /* so says Linux before 6.2 of an empty string (mm/maccess.c) */
		to[0] = 0;
		n = 1;
	}
	if (n == WINDOW) { /* the NUL of the helper's own is not kept */
		n--;
		text->src += n;
	} else {
		text->src = 0;
	}
	if (n > room) {
		text->off += room;
		return 1;
	}
	text->off += n;
	return 0;
}

static long filename_step(ls_u32 i, struct text *text)
{
	if (copy_string(text))
		return 1;
	text->whole = !text->src;
	return text->whole;
}

/* Less its NUL, which a path has only where it is whole. */
static __always_inline ls_u32 failed_filename(struct text *text, ls_u64 filename, ls_u32 room)
{
	ls_u32 from = text->off;

	text->limit = from + room;
	text->src = filename;
	text->whole = 0;
	bpf_loop(4096 / (WINDOW - 1) + 1, filename_step, text, 0);
	if (text->whole)
		text->off--;
	else if (!(text->flags & LS_FAILED_UNREADABLE))
		text->flags |= LS_FAILED_PATH_TRUNCATED;
	return text->off - from;
}

static long argv_step(ls_u32 i, struct text *text)
{
	ls_u64 next = 0;
	long ret;

	if (text->src)
		return copy_string(text);
	ret = text->len == 4 ? bpf_probe_read_user(&next, 4, (const void *)text->argv)
			     : bpf_probe_read_user(&next, 8, (const void *)text->argv);
	if (ret) {
		text->flags |= LS_FAILED_UNREADABLE;
		return 1;
	}
	text->whole = !next;
	text->argv += text->len;
	text->src = next;
	return text->whole;
}

/*
 * 0, though the verifier does not know. That of Linux 6.1 follows a callback of bpf_loop() once,
 * takes what was constant before it for constant in it, and removes the branches that would follow
 * from another value. Can go when the oldest kernel verifies callbacks for any number of calls
 * (6.7, ab5cfac139ab).
 */
static __always_inline ls_u64 unknown_zero(ls_u64 unknown)
{
	asm volatile("%0 ^= %0" : "+r"(unknown));
	return unknown;
}

/* Every other step takes a string up, and an argument has at least its NUL. */
static __always_inline ls_u32 failed_argv(struct text *text, const struct attempt *attempt,
					  ls_u32 room)
{
	ls_u32 from = text->off;

	text->limit = from + room;
	text->argv = attempt->argv;
	text->len = attempt->width;
	text->src = unknown_zero(attempt->argv);
	text->whole = !attempt->argv; /* an absent array is an empty one */
	if (!text->whole)
		bpf_loop(2 * LS_FAILED_ARGV_MAX + 32, argv_step, text, 0);
	if (!text->whole && !(text->flags & LS_FAILED_UNREADABLE))
		text->flags |= LS_FAILED_ARGV_TRUNCATED;
	return text->off - from;
}

/* One try, as exec_emit() in exec.bpf.c: 0, -E2BIG, -ENOSPC or -EFAULT. */
static __always_inline int failed_emit(const struct attempt *attempt,
				       const struct ls_member *member, ls_u64 sseq, const int large)
{
	struct task_struct *task = bpf_get_current_task_btf();
	const ls_u32 room = large ? ROOM_LARGE : ROOM_SMALL;
	const ls_u32 fixed = sizeof(struct ls_exec_failed) + paths_size(large) + WINDOW;
	struct ls_exec_failed *e;
	struct paths paths;
	struct walk walk;
	struct text text;
	int ret = -EFAULT;

	if (bpf_ringbuf_reserve_dynptr(&ring, fixed + 2 * room, 0, &text.ring)) {
		ret = -ENOSPC;
		goto out;
	}
	e = bpf_dynptr_data(&text.ring, 0, fixed);
	if (!e)
		goto out;
	paths = paths_in(e + 1, large, &walk);
	e->section_len[LS_FAILED_CWD] = paths_add(&paths, &task->fs->pwd);
	text.flags = paths.cut ? LS_FAILED_PATH_TRUNCATED : 0;
	text.off = sizeof(*e) + walk.off;
	e->section_len[LS_FAILED_FILENAME] = failed_filename(&text, attempt->filename, room);
	e->section_len[LS_FAILED_ARGV] = failed_argv(&text, attempt, room);
	if (!large && (text.flags & (LS_FAILED_PATH_TRUNCATED | LS_FAILED_ARGV_TRUNCATED))) {
		ret = -E2BIG;
		goto out;
	}
	emit_header(&e->hdr, LS_REC_EXEC_FAILED, text.off, sseq, member);
	emit_task(&e->hdr, task);
	e->error = attempt->error;
	e->dirfd = attempt->dirfd;
	e->at_flags = attempt->at_flags;
	e->failed_flags = text.flags;
	e->pad = 0;
	bpf_ringbuf_submit_dynptr(&text.ring, emit_wakeup());
	return 0;
out:
	bpf_ringbuf_discard_dynptr(&text.ring, BPF_RB_NO_WAKEUP);
	return ret;
}

static __noinline int failed_small(const struct attempt *attempt, const struct ls_member *member,
				   ls_u64 sseq)
{
	return failed_emit(attempt, member, sseq, 0);
}

static __noinline int failed_large(const struct attempt *attempt, const struct ls_member *member,
				   ls_u64 sseq)
{
	return failed_emit(attempt, member, sseq, 1);
}

/* A call that a signal interrupted comes again, and these errors reach no program. */
static __always_inline int is_failure(long ret)
{
	return ret < 0 && ret > -ERESTARTSYS;
}

static __always_inline int on_failure(const struct attempt *attempt)
{
	struct ls_member *member = scope_member(bpf_get_current_task_btf());
	struct ls_session *session;
	ls_u64 sseq;
	int ret;

	if (!member)
		return 0;
	session = scope_session(member->session);
	if (!session)
		return 0;
	sseq = emit_number(session);
	ret = failed_small(attempt, member, sseq);
	if (ret == -E2BIG)
		ret = failed_large(attempt, member, sseq);
	if (ret)
		emit_lost(session, ret == -ENOSPC ? LS_LOST_RING_FULL : LS_LOST_FILL);
	return 0;
}

SEC("fexit/__x64_sys_execve")
int BPF_PROG(on_execve_failed, const struct pt_regs *regs, long ret)
{
	struct attempt attempt = {
		.filename = regs->di,
		.argv = regs->si,
		.width = 8,
		.error = -ret,
		.dirfd = LS_AT_FDCWD,
	};

	return is_failure(ret) ? on_failure(&attempt) : 0;
}

SEC("fexit/__x64_sys_execveat")
int BPF_PROG(on_execveat_failed, const struct pt_regs *regs, long ret)
{
	struct attempt attempt = {
		.filename = regs->si,
		.argv = regs->dx,
		.width = 8,
		.error = -ret,
		.dirfd = regs->di,
		.at_flags = regs->r8,
	};

	return is_failure(ret) ? on_failure(&attempt) : 0;
}

/* 32-bit callers, where the kernel takes them (CONFIG_IA32_EMULATION). */
SEC("fexit/__ia32_compat_sys_execve")
int BPF_PROG(on_execve32_failed, const struct pt_regs *regs, long ret)
{
	struct attempt attempt = {
		.filename = (ls_u32)regs->bx,
		.argv = (ls_u32)regs->cx,
		.width = 4,
		.error = -ret,
		.dirfd = LS_AT_FDCWD,
	};

	return is_failure(ret) ? on_failure(&attempt) : 0;
}

SEC("fexit/__ia32_compat_sys_execveat")
int BPF_PROG(on_execveat32_failed, const struct pt_regs *regs, long ret)
{
	struct attempt attempt = {
		.filename = (ls_u32)regs->cx,
		.argv = (ls_u32)regs->dx,
		.width = 4,
		.error = -ret,
		.dirfd = regs->bx,
		.at_flags = regs->di,
	};

	return is_failure(ret) ? on_failure(&attempt) : 0;
}
