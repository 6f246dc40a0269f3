/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_GONE_H
#define LOCKSTEP_GONE_H

#include "scope.h"

/*
 * Members whose process has ended, and whose exit no program saw: where programs can be preempted
 * the exit hook and all its spares can be skipped. The session would count them for good, and never
 * end.
 *
 * Whoever exchanges the start time of an entry for LS_MEMBER_GONE counts its process out: the exit
 * hook, or one who knows that the hook is over. Only the hook can take the entry out by its key
 * then: for anybody else the number may be another process's by now, and so may the entry. It
 * stays, as that of no process, until one of that number takes its place or the session is
 * forgotten.
 */
static __always_inline int gone_claim(struct ls_member *member, ls_u64 start_ns)
{
	return __sync_val_compare_and_swap(&member->start_ns, start_ns, LS_MEMBER_GONE) == start_ns;
}

/*
 * Counts a process out that has ended: 1, or 0 where somebody did. An entry that was given to
 * another process meanwhile has another start, and fails the exchange: what was read before it is
 * that of this one.
 */
static __always_inline int gone_count_out(struct ls_member *member, ls_u64 start_ns, ls_u32 *number)
{
	ls_u32 under = *(volatile ls_u32 *)&member->under;
	struct ls_session *session;

	*number = *(volatile ls_u32 *)&member->session;
	if (start_ns == LS_MEMBER_GONE || !gone_claim(member, start_ns))
		return 0;
	session = scope_session(*number);
	if (session)
		__sync_fetch_and_add(&session->members, -1);
	session = under ? scope_session(under) : NULL;
	if (session)
		__sync_fetch_and_add(&session->members, -1);
	return 1;
}

/* Before a process whose own entry it can't be takes the place under its number. */
static __always_inline void gone_before(struct task_struct *task)
{
	ls_u32 tgid = task->tgid, number;
	struct ls_member *member = bpf_map_lookup_elem(&members, &tgid);
	ls_u64 start_ns = member ? *(volatile ls_u64 *)&member->start_ns : 0;

	/* 0: the collector's, which holds a descriptor of this very process. */
	if (start_ns && start_ns != task->group_leader->start_boottime)
		gone_count_out(member, start_ns, &number);
}

/* One that was tagged as it ended: its exit hook may have run before the entry was there. */
static __always_inline void gone_untag(ls_u32 tgid, ls_u64 start_ns)
{
	struct ls_member *member = bpf_map_lookup_elem(&members, &tgid);
	ls_u32 number;

	if (member)
		gone_count_out(member, start_ns, &number);
}

#endif
