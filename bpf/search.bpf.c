// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Processes of a session that the fork hook left untagged: it was skipped (recursion_misses), or
 * there was no room. One pass over all tasks tags whoever is not tagged and has a tagged parent;
 * what that is worth, and whom it can't find, is said in user/edge/probe/search.h. And those that
 * the exit hook left tagged, because it was skipped.
 */
#include <asm/errno.h>

#include "login.h"

char _license[] SEC("license") = "Dual BSD/GPL";

/*
 * Whether its fork hook is over, so that a membership which is not there will not come by itself:
 * kernel_clone() runs the hook before wake_up_new_task(), which takes TASK_NEW away, and a task is
 * on the list before both. Read before the membership, therefore.
 */
static __always_inline int search_born(struct task_struct *task)
{
	ls_u32 state = task->__state;

	barrier();
	return state != TASK_NEW;
}

/*
 * Without room no number is taken, since the pass is tried again and again; and whoever can find
 * the entry must find the number in it. So the room is taken first, for no session, by which
 * nothing is recorded yet, not even the end (exit_act()); then the entry.
 */
static __always_inline int search_tag(struct ls_found *found, struct ls_session *session,
				      struct task_struct *task)
{
	struct ls_member born = { .start_ns = found->start_ns,
				  .exec_id = task->self_exec_id - 1, /* as in login_tag_kin() */
				  .flags = LS_F_SHARED };
	ls_u32 tgid = found->tgid;
	int ret = map_update(&members, &tgid, &born, BPF_NOEXIST);

	if (ret)
		return ret;
	born.session = found->session;
	born.image = found->image = emit_number(session);
	emit_lost(session, LS_LOST_UNTRACKED);
	__sync_fetch_and_add(&session->members, 1);
	if (map_update(&members, &tgid, &born, BPF_EXIST))
		__sync_fetch_and_add(&session->members, -1);
	return 0;
}

/*
 * Whether the entry is one that tags somebody: the number's last owner may have left one that is
 * nobody's, and as long as that is there, who has the number can't be tagged here, and is told of.
 */
static __always_inline int search_tagged(ls_u32 tgid)
{
	struct ls_member *member = bpf_map_lookup_elem(&members, &tgid);

	return member && member->start_ns != LS_MEMBER_GONE;
}

/*
 * A login becomes a session as one of its processes executes something; the others that it has
 * (sshd's own, what ran before) are found here. What they did before is no act of the session, so
 * no number is taken and nothing is told; whether a fork was skipped beside that, the kernel's
 * counters say for the session.
 */
static __always_inline int search_login(struct task_struct *task)
{
	ls_u32 tgid = task->tgid, asid, number;
	struct ls_session *session;
	ls_u32 *login;

	/* Whose fork hook is still to come is left to it, which would count it a second time. */
	if (!login_watched(task) || !search_born(task) || search_tagged(tgid))
		return 0;
	asid = task->sessionid;
	login = bpf_map_lookup_elem(&logins, &asid);
	number = login ? *(volatile ls_u32 *)login : 0;
	session = number ? login_join(number, asid) : NULL;
	if (!session)
		return 0;
	login_tag_kin(task, session, number);
	__sync_fetch_and_add(&session->members, -1); /* that of the join */
	return 0;
}

/* Whether the parent's session is the login that the process is of, too. */
static __always_inline int search_same_login(const struct ls_member *parent,
					     struct task_struct *task)
{
	struct ls_session *session = scope_session(parent->session);

	return session && session->login && bpf_core_field_exists(task->sessionid) &&
	       session->asid == task->sessionid;
}

/*
 * Its exit hook is over once exit_notify() is reached: by a leader, and by every other thread
 * before it is released (kernel/exit.c).
 */
static __always_inline int search_ended(struct task_struct *task)
{
	struct signal_struct *signal = task->signal;

	return !signal->live.counter && task->group_leader->exit_state && signal->nr_threads <= 1;
}

/*
 * Who is gone (bpf/gone.h) is found by who is not: a pass marks the members that it meets with its
 * number, and as it ends it marks those that it did not meet. One that was marked so by an earlier
 * pass had been forked when this one began; and if it was not met either, it is on the list of
 * tasks no more, or its exit hook is over. Each thread speaks for its process: in an exec by one
 * that is not the leader they change their numbers.
 */
#define PASS_MET(number)    ((number) << 1)
#define PASS_MISSED(number) ((number) << 1 | 1)
enum { SEARCH_TOLD_MAX = 64 }; /* in a pass, whose end has to find room in the buffer at once */

/* 1: it ends, and whether its exit hook is over can't be told yet. */
static __always_inline int search_meet(struct task_struct *task, ls_u32 pass)
{
	ls_u32 tgid = task->tgid;
	struct ls_member *member = bpf_map_lookup_elem(&members, &tgid);

	if (!member || search_ended(task) ||
	    (member->start_ns && member->start_ns != task->group_leader->start_boottime))
		return 0;
	member->pass = PASS_MET(pass);
	return !task->signal->live.counter;
}

struct search_end {
	struct seq_file *seq;
	ls_u32 pass;
	ls_u32 told;
	ls_u32 again;
	ls_u32 pad;
};

static long search_missed(struct bpf_map *map, ls_u32 *tgid, struct ls_member *member,
			  struct search_end *end)
{
	ls_u64 start_ns = *(volatile ls_u64 *)&member->start_ns;
	ls_u32 pass = *(volatile ls_u32 *)&member->pass;
	struct ls_found found = {};

	if (start_ns == LS_MEMBER_GONE || pass == PASS_MET(end->pass))
		return 0;
	if (!(pass & 1) || pass == PASS_MISSED(end->pass) || end->told >= SEARCH_TOLD_MAX) {
		if (!(pass & 1))
			member->pass = PASS_MISSED(end->pass);
		end->again = 1;
		return 0;
	}
	if (!gone_count_out(member, start_ns, &found.session))
		return 0;
	found.tgid = *tgid;
	found.start_ns = start_ns;
	found.error = LS_FOUND_GONE;
	bpf_seq_write(end->seq, &found, sizeof(found));
	end->told++;
	return 0;
}

static __always_inline void search_over(struct bpf_iter_meta *meta)
{
	struct search_end end = { .seq = meta->seq, .pass = meta->session_id };
	struct ls_found found = { .error = -EAGAIN };

	bpf_for_each_map_elem(&members, search_missed, &end, 0);
	if (end.again)
		bpf_seq_write(meta->seq, &found, sizeof(found));
}

SEC("iter/task")
int find_untracked(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	struct ls_found found = {};
	struct ls_session *session;
	struct ls_member *parent;
	int born;

	if (!task) {
		search_over(ctx->meta);
		return 0;
	}
	if (search_meet(task, ctx->meta->session_id)) {
		found.error = -EAGAIN;
		bpf_seq_write(ctx->meta->seq, &found, sizeof(found));
		return 0;
	}
	if (task->pid != task->tgid || !task->signal->live.counter)
		return 0;
	parent = scope_member(task->real_parent);
	if (!parent || search_same_login(parent, task))
		return search_login(task);
	session = scope_session(parent->session);
	if (!session || task->start_boottime < session->begin_ns)
		return 0;
	found.tgid = task->tgid;
	born = search_born(task);
	if (search_tagged(found.tgid))
		return 0;
	/*
	 * Its exit hook takes the entry out, after `live` became 0: read behind the look,
	 * therefore.
	 */
	barrier();
	if (!*(volatile int *)&task->signal->live.counter)
		return 0;
	found.session = parent->session;
	found.ppid = task->real_parent->tgid;
	found.start_ns = task->start_boottime;
	found.error = born ? search_tag(&found, session, task) : -EAGAIN;
	/* It is too late for the exit hook exactly when `live` is 0 after the entry was made. */
	if (!found.error && !task->signal->live.counter)
		gone_untag(found.tgid, found.start_ns);
	bpf_seq_write(ctx->meta->seq, &found, sizeof(found));
	return 0;
}
