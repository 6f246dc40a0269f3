// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A session's processes: born by fork, changed by exec, gone by exit.
 */
#include "emit.h"
#include "gone.h"
#include "image.h"
#include "login.h"

char _license[] SEC("license") = "Dual BSD/GPL";

static __always_inline void exec_facts(struct ls_exec *e, struct task_struct *task,
				       struct linux_binprm *bprm, struct image *image)
{
	ls_u64 ns = path_ns(&bprm->file->f_path);

	e->argc = bprm->argc;
	e->exec_flags = image_file(e, bprm->file, ns) | image->flags;
	e->exec_flags |= image_foreign(task, bprm->file, ns);
	if (BPF_CORE_READ_BITFIELD(bprm, secureexec))
		e->exec_flags |= LS_EXEC_SECURE;
	image_root(e, task->fs);
	e->tty = image_tty(task->signal->tty);
	e->stdin_kind = image_stdin(task->files);
	e->pad = 0;
}

/*
 * One try at a record: 0 when it was submitted, -E2BIG when the paths did not fit, -ENOSPC when the
 * ring has no room, -EFAULT when the record could not be had.
 */
static __always_inline int exec_emit(struct task_struct *task, struct linux_binprm *bprm,
				     const struct ls_member *member, ls_u64 sseq, const int large)
{
	struct image image;
	struct paths paths;
	struct walk walk;
	struct ls_exec *e;
	int ret = -EFAULT;

	image_start(&image, task->mm, large);
	if (bpf_ringbuf_reserve_dynptr(&ring, image.size, 0, &image.ring)) {
		ret = -ENOSPC;
		goto out;
	}
	e = bpf_dynptr_data(&image.ring, 0, sizeof(*e) + paths_size(large) + WINDOW);
	if (!e)
		goto out;
	paths = paths_in(e + 1, large, &walk);
	image_paths(&paths, e, task->fs, bprm);
	if (paths.cut && !large) {
		ret = -E2BIG;
		goto out;
	}
	if (paths.cut)
		image.flags |= LS_EXEC_PATH_TRUNCATED;
	image.off = sizeof(*e) + walk.off;
	image_strings(&image, e);
	emit_header(&e->hdr, LS_REC_EXEC, image.off, sseq, member);
	emit_task(&e->hdr, task);
	exec_facts(e, task, bprm, &image);
	bpf_ringbuf_submit_dynptr(&image.ring, emit_wakeup());
	return 0;
out:
	bpf_ringbuf_discard_dynptr(&image.ring, BPF_RB_NO_WAKEUP);
	return ret;
}

static __noinline int exec_small(struct task_struct *task, struct linux_binprm *bprm,
				 const struct ls_member *member, ls_u64 sseq)
{
	return exec_emit(task, bprm, member, sseq, 0);
}

static __noinline int exec_large(struct task_struct *task, struct linux_binprm *bprm,
				 const struct ls_member *member, ls_u64 sseq)
{
	return exec_emit(task, bprm, member, sseq, 1);
}

/*
 * The kernel skips a program whose earlier call on the same CPU has not ended, and since Linux 7.0
 * (46023d5616ed) tracepoints let a call be preempted: whoever gets the CPU then would not be seen.
 * So there each program has two spares, which are the same and do what the one before them was kept
 * from. What all three were kept from, their recursion_misses tell (hooks_skipped() in
 * core/session/hook.h).
 */

static __always_inline int exec_act(struct task_struct *task, struct linux_binprm *bprm)
{
	struct ls_member *member = scope_member(task);
	struct ls_login_watch *watch;
	struct ls_session *session;
	ls_u64 sseq;
	int ret;

	if (!member) {
		watch = login_watched(task);
		if (watch)
			member = login_member(task, bprm->file, watch);
	}
	if (!member || member->exec_id == task->self_exec_id)
		return 0;
	session = scope_session(member->session);
	if (!session)
		return 0;
	member->exec_id = task->self_exec_id;
	sseq = emit_number(session);
	ret = exec_small(task, bprm, member, sseq);
	if (ret == -E2BIG)
		ret = exec_large(task, bprm, member, sseq);
	if (ret)
		emit_lost(session, ret == -ENOSPC ? LS_LOST_RING_FULL : LS_LOST_FILL);
	/* Also when the record was lost: then nobody knows the image, and it is never approved. */
	member->image = sseq;
	member->flags = 0;
	return 0;
}

#define ON_EXEC(name)                                                                              \
	SEC("tp_btf/sched_process_exec")                                                           \
	int BPF_PROG(name, struct task_struct *task, int old_pid, struct linux_binprm *bprm)       \
	{                                                                                          \
		return exec_act(task, bprm);                                                       \
	}
ON_EXEC(on_exec)
ON_EXEC(on_exec_2)
ON_EXEC(on_exec_3)

/*
 * By the entry that was made; or, where there was no room for one, by the parent's memory of the
 * last fork, in which another thread's may stand by now: then the lack of room is counted twice.
 */
static __always_inline int fork_seen(const struct ls_member *parent, struct task_struct *child,
				     ls_u32 tgid)
{
	const struct ls_member *born = bpf_map_lookup_elem(&members, &tgid);

	return (born && born->start_ns == child->start_boottime) ||
	       parent->last_child_ns == child->start_boottime;
}

/*
 * What stands under the number is there for a process that is gone, or by another program's doing.
 */
static __always_inline int fork_enter(struct task_struct *child, const struct ls_member *born)
{
	ls_u32 tgid = child->tgid;
	int ret = map_update(&members, &tgid, born, BPF_NOEXIST);

	if (ret != -EEXIST)
		return ret;
	gone_before(child);
	return map_update(&members, &tgid, born, BPF_ANY);
}

/*
 * Runs before the child does. The parent in the tracepoint is the task that called clone(),
 * whatever CLONE_PARENT makes of real_parent.
 */
static __always_inline int fork_act(struct task_struct *parent, struct task_struct *child,
				    const int spare)
{
	struct ls_session *session;
	struct ls_member *member;
	struct ls_member born = {};
	ls_u32 tgid = child->tgid;

	if (tgid == (ls_u32)parent->tgid) /* a thread */
		return 0;
	member = scope_member(parent);
	if (!member)
		return 0;
	if (spare && fork_seen(member, child, tgid))
		return 0;
	session = scope_session(member->session);
	if (!session)
		return 0;
	member->last_child_ns = child->start_boottime;
	if (!(member->flags & LS_F_SHARED))
		__sync_fetch_and_or(&member->flags, LS_F_SHARED);
	born.image = member->image;
	born.start_ns = child->start_boottime;
	born.exec_id = child->self_exec_id;
	born.session = member->session;
	born.flags = LS_F_SHARED;
	__sync_fetch_and_add(&session->members, 1);
	if (fork_enter(child, &born)) {
		__sync_fetch_and_add(&session->members, -1);
		emit_missed(session, LS_MISSED_MEMBER_FULL);
	}
	return 0;
}

#define ON_FORK(name, spare)                                                                       \
	SEC("tp_btf/sched_process_fork")                                                           \
	int BPF_PROG(name, struct task_struct *parent, struct task_struct *child)                  \
	{                                                                                          \
		return fork_act(parent, child, spare);                                             \
	}
ON_FORK(on_fork, 0)
ON_FORK(on_fork_2, 1)
ON_FORK(on_fork_3, 1)

/* As wait(2) gives it: the group's when exit_group() or a signal ended it, else the leader's. */
static __always_inline ls_u32 exit_status(struct task_struct *task)
{
	if (task->signal->flags & SIGNAL_GROUP_EXIT)
		return task->signal->group_exit_code;
	return task->group_leader->exit_code;
}

/*
 * Its session, and that of the login from which it was taken is told of the end too. Where the
 * session was given up as it was opened (probe__tag()), the process is the login's still.
 */
static __always_inline struct ls_session *exit_session(struct ls_member *member)
{
	struct ls_session *session = scope_session(member->session), *under;

	if (!member->under)
		return session;
	under = scope_session(member->under);
	if (!session) {
		member->session = member->under;
		return under;
	}
	if (under)
		__sync_fetch_and_add(&under->members, -1);
	return session;
}

static __always_inline int exit_act(struct task_struct *task)
{
	ls_u32 tgid = task->tgid;
	struct ls_session *session;
	struct ls_member *found;
	struct ls_member member;
	struct ls_exit *record;
	ls_u64 sseq;
	int last;

	if (task->signal->live.counter != 0)
		return 0;
	found = scope_member(task);
	if (!found)
		return 0;
	member = *found;
	/* search_tag() is about to give it a session, and sees then that it has ended. */
	if (!member.session)
		return 0;
	/*
	 * Two threads can both see live == 0: one speaks for both, and for none where the collector
	 * took the entry out.
	 */
	if (!gone_claim(found, member.start_ns) || map_delete(&members, &tgid) == -ENOENT)
		return 0;
	session = exit_session(&member);
	if (!session)
		return 0;
	/* The number first: with no member left, all numbers are known (probe__counters()). */
	sseq = emit_number(session);
	last = __sync_fetch_and_add(&session->members, -1) == 1;
	record = emit_reserve(session, sizeof(*record));
	if (!record)
		return 0;
	emit_header(&record->hdr, LS_REC_EXIT, sizeof(*record), sseq, &member);
	emit_task(&record->hdr, task);
	if (last)
		record->hdr.flags |= LS_F_LAST;
	record->status = exit_status(task);
	record->pad = 0;
	emit_submit(record);
	return 0;
}

/* A spare finds the entry gone. */
#define ON_EXIT(name)                                                                              \
	SEC("tp_btf/sched_process_exit")                                                           \
	int BPF_PROG(name, struct task_struct *task)                                               \
	{                                                                                          \
		return exit_act(task);                                                             \
	}
ON_EXIT(on_exit)
ON_EXIT(on_exit_2)
ON_EXIT(on_exit_3)
