/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_EMIT_H
#define LOCKSTEP_EMIT_H

#include "scope.h"

/*
 * The only code that touches the ring: take the number, reserve, count on failure, fill, submit.
 */

/* Taken before the reserve, so that what is lost leaves a hole that names itself. */
static __always_inline ls_u64 emit_number(struct ls_session *session)
{
	return __sync_fetch_and_add(&session->emitted, 1) + 1;
}

static __always_inline void emit_lost(struct ls_session *session, ls_u32 reason)
{
	__sync_fetch_and_add(&session->lost[reason & (LS_LOST_REASONS - 1)], 1);
}
_Static_assert((LS_LOST_REASONS & (LS_LOST_REASONS - 1)) == 0, "the mask above");

static __always_inline void emit_missed(struct ls_session *session, ls_u32 reason)
{
	__sync_fetch_and_add(&session->missed[reason & (LS_MISSED_REASONS - 1)], 1);
}
_Static_assert((LS_MISSED_REASONS & (LS_MISSED_REASONS - 1)) == 0, "the mask above");

/*
 * The ring's own rule wakes the reader only when the record lies at the consumer position. Ours
 * trails what was read until that is on disk, so the rule would leave a sleeping reader asleep; a
 * wake-up with every record would send an interrupt with every record. So the reader says that it
 * is going to sleep, and the first record after that wakes it. The exchange is a full barrier
 * between the reserve and the look at the word, see ring_idle() in user/edge/probe/ring.c.
 */
static __always_inline ls_u64 emit_wakeup(void)
{
	ls_u32 zero = 0;
	struct ls_reader *r = bpf_map_lookup_elem(&reader, &zero);

	if (r && __sync_lock_test_and_set(&r->waiting, 0))
		return BPF_RB_FORCE_WAKEUP;
	return BPF_RB_NO_WAKEUP;
}

/* A record of fixed size, counted as lost when the ring has no room for it. */
static __always_inline void *emit_reserve(struct ls_session *session, ls_u64 size)
{
	void *record = bpf_ringbuf_reserve(&ring, size, 0);

	if (!record)
		emit_lost(session, LS_LOST_RING_FULL);
	return record;
}

static __always_inline void emit_submit(void *record)
{
	bpf_ringbuf_submit(record, emit_wakeup());
}

/* What a record says about its member and itself; the rest of the header is about the task. */
static __always_inline void emit_header(struct ls_hdr *hdr, ls_u8 type, ls_u32 len, ls_u64 sseq,
					const struct ls_member *member)
{
	hdr->len = len;
	hdr->version = LS_WIRE_VERSION;
	hdr->type = type;
	hdr->flags = member->flags;
	hdr->sseq = sseq;
	hdr->ts_ns = bpf_ktime_get_boot_ns();
	hdr->start_ns = member->start_ns;
	hdr->image = member->image;
	hdr->session = member->session;
	hdr->pad = 0;
}

static __always_inline void emit_task(struct ls_hdr *hdr, struct task_struct *task)
{
	const struct cred *cred = task->cred;

	hdr->tgid = task->tgid;
	hdr->tid = task->pid;
	hdr->ppid = task->real_parent->tgid;
	hdr->uid = cred->uid.val;
	hdr->euid = cred->euid.val;
	hdr->auid = LS_NO_ID;
	hdr->asid = LS_NO_ID;
	if (bpf_core_field_exists(task->loginuid)) /* CONFIG_AUDIT */
		hdr->auid = task->loginuid.val;
	if (bpf_core_field_exists(task->sessionid))
		hdr->asid = task->sessionid;
	hdr->mntns = task->nsproxy->mnt_ns->ns.inum;
}

#endif
