/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_ACT_H
#define LOCKSTEP_ACT_H

#include "emit.h"

/* An act of the current process that has taken its number. */
struct act {
	struct task_struct *task;
	struct ls_member *member;
	struct ls_session *session;
	ls_u64 sseq;
};

/* 0 outside every session. */
static __always_inline int act_begin(struct act *act)
{
	act->task = bpf_get_current_task_btf();
	act->member = scope_member(act->task);
	if (!act->member)
		return 0;
	act->session = scope_session(act->member->session);
	if (!act->session)
		return 0;
	act->sseq = emit_number(act->session);
	return 1;
}

#endif
