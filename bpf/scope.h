/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_SCOPE_H
#define LOCKSTEP_SCOPE_H

#include "maps.h"

/*
 * The membership of a process, or NULL when it is in no session: then this one failed lookup is all
 * that the act costs. An entry made by the collector has no start time yet (it knows only clock
 * ticks) and takes that of the process; later the start time tells a reused tgid from the tagged
 * one.
 */
static __always_inline struct ls_member *scope_member(struct task_struct *task)
{
	ls_u32 tgid = task->tgid;
	struct ls_member *member = bpf_map_lookup_elem(&members, &tgid);
	ls_u64 start_ns;

	if (!member)
		return NULL;
	start_ns = task->group_leader->start_boottime;
	if (!member->start_ns)
		member->start_ns = start_ns;
	return member->start_ns == start_ns ? member : NULL;
}

/* NULL once the collector has forgotten the session: then nobody waits for the act. */
static __always_inline struct ls_session *scope_session(ls_u32 number)
{
	return bpf_map_lookup_elem(&sessions, &number);
}

#endif
