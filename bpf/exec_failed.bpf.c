// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What a session tried to execute in vain.
 *
 * Seen where the system call returns: the one place that has both the error, whatever it is, and the
 * arguments. do_execveat_common() is no function that the BTF of 6.1, 6.12 or 7.2 knows, and
 * bprm_execve() is not reached where the file is missing or the arguments are too long.
 */
#include <asm/errno.h>

#include "emit.h"
#include "walk.h"

char _license[] SEC("license") = "Dual BSD/GPL";

/* Room for the two paths, and for the arguments; what does not fit is written again into the second. */
#define ROOM_SMALL 512u
#define PATHS_LARGE (2 * 4096u)

struct attempt {
	ls_u64 filename, argv;
	ls_u32 width; /* bytes of a pointer in argv */
	ls_u32 error;
	ls_s32 dirfd;
	ls_u32 at_flags;
};

/*
 * At most a window less one of the user's string at image->src, which moves on, and becomes 0 where
 * the string ends; its NUL is copied too. 1: there is no going on.
 */
static __always_inline long copy_string(struct image *image)
{
	ls_u32 room = image->limit - image->off;
	char *to = bpf_dynptr_data(&image->ring, image->off, WINDOW);
	long n;

	if (!to)
		return 1;
	n = bpf_probe_read_user_str(to, WINDOW, (const void *)image->src);
	if (n < 0) {
		image->flags |= LS_FAILED_UNREADABLE;
		return 1;
	}
	if (n == 0) { /* so says Linux before 6.2 of an empty string (mm/maccess.c) */
		to[0] = 0;
		n = 1;
	}
	if (n == WINDOW) { /* the NUL of the helper's own is not kept */
		n--;
		image->src += n;
	} else {
		image->src = 0;
	}
	if (n > room) {
		image->off += room;
		return 1;
	}
	image->off += n;
	return 0;
}

static long filename_step(ls_u32 i, struct image *image)
{
	if (copy_string(image))
		return 1;
	image->whole = !image->src;
	return image->whole;
}

/* Less its NUL, which a path has only where it is whole. */
static __always_inline ls_u32 failed_filename(struct image *image, ls_u64 filename)
{
	ls_u32 from = image->off;

	image->limit = image->paths_end;
	image->src = filename;
	image->whole = 0;
	bpf_loop(4096 / (WINDOW - 1) + 1, filename_step, image, 0);
	if (image->whole)
		image->off--;
	else if (!(image->flags & LS_FAILED_UNREADABLE))
		image->flags |= LS_FAILED_PATH_TRUNCATED;
	return image->off - from;
}

static long argv_step(ls_u32 i, struct image *image)
{
	ls_u64 next = 0;
	long ret;

	if (image->src)
		return copy_string(image);
	ret = image->len == 4 ? bpf_probe_read_user(&next, 4, (const void *)image->argv)
			      : bpf_probe_read_user(&next, 8, (const void *)image->argv);
	if (ret) {
		image->flags |= LS_FAILED_UNREADABLE;
		return 1;
	}
	image->whole = !next;
	image->argv += image->len;
	image->src = next;
	return image->whole;
}

/*
 * 0, though the verifier does not know. That of Linux 6.1 follows a callback of bpf_loop() once, takes
 * what was constant before it for constant in it, and removes the branches that would follow from another
 * value. Can go when the oldest kernel verifies callbacks for any number of calls (6.7, ab5cfac139ab).
 */
static __always_inline ls_u64 unknown_zero(ls_u64 unknown)
{
	asm volatile("%0 ^= %0" : "+r"(unknown));
	return unknown;
}

/* Every other step takes a string up, and an argument has at least its NUL. */
static __always_inline ls_u32 failed_argv(struct image *image, const struct attempt *attempt,
					  ls_u32 room)
{
	ls_u32 from = image->off;

	image->limit = from + room;
	image->argv = attempt->argv;
	image->len = attempt->width;
	image->src = unknown_zero(attempt->argv);
	image->whole = !attempt->argv; /* an absent array is an empty one */
	if (!image->whole)
		bpf_loop(2 * LS_FAILED_ARGV_MAX + 32, argv_step, image, 0);
	if (!image->whole && !(image->flags & LS_FAILED_UNREADABLE))
		image->flags |= LS_FAILED_ARGV_TRUNCATED;
	return image->off - from;
}

static __always_inline void failed_cwd(struct image *image, struct ls_exec_failed *e,
				       struct task_struct *task)
{
	e->section_len[LS_FAILED_CWD] = image_path(image, &task->fs->pwd);
	if (image->flags & LS_EXEC_PATH_TRUNCATED)
		image->flags = LS_FAILED_PATH_TRUNCATED;
}

/* One try, as exec_emit() in exec.bpf.c: 0, -E2BIG, -ENOSPC or -EFAULT. */
static __noinline int failed_emit(const struct attempt *attempt, const struct ls_member *member,
				  ls_u64 sseq, int large)
{
	struct task_struct *task = bpf_get_current_task_btf();
	ls_u32 room = large ? LS_FAILED_ARGV_MAX : ROOM_SMALL;
	struct ls_exec_failed *e;
	struct image image;
	int ret = -EFAULT;

	image.off = sizeof(*e);
	image.paths_end = image.off + (large ? PATHS_LARGE : ROOM_SMALL);
	image.flags = 0;
	image.top = 0;
	if (bpf_ringbuf_reserve_dynptr(&ring, image.paths_end + room + WINDOW, 0, &image.ring)) {
		ret = -ENOSPC;
		goto out;
	}
	e = bpf_dynptr_data(&image.ring, 0, sizeof(*e));
	if (!e)
		goto out;
	failed_cwd(&image, e, task);
	e->section_len[LS_FAILED_FILENAME] = failed_filename(&image, attempt->filename);
	e->section_len[LS_FAILED_ARGV] = failed_argv(&image, attempt, room);
	if (!large && (image.flags & (LS_FAILED_PATH_TRUNCATED | LS_FAILED_ARGV_TRUNCATED))) {
		ret = -E2BIG;
		goto out;
	}
	emit_header(&e->hdr, LS_REC_EXEC_FAILED, image.off, sseq, member);
	emit_task(&e->hdr, task);
	e->error = attempt->error;
	e->dirfd = attempt->dirfd;
	e->at_flags = attempt->at_flags;
	e->failed_flags = image.flags;
	e->pad = 0;
	bpf_ringbuf_submit_dynptr(&image.ring, emit_wakeup());
	return 0;
out:
	bpf_ringbuf_discard_dynptr(&image.ring, BPF_RB_NO_WAKEUP);
	return ret;
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
	ret = failed_emit(attempt, member, sseq, 0);
	if (ret == -E2BIG)
		ret = failed_emit(attempt, member, sseq, 1);
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
