/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_LOGIN_H
#define LOCKSTEP_LOGIN_H

#include <asm/errno.h>

#include "emit.h"
#include "gone.h"

/*
 * Logins without a ticket. A process that has an audit session id and is in no session begins one
 * as it executes, or joins that of its login. Nothing is asked of the collector for that: it keeps
 * spare sessions in stock, and hears of the one that was taken by its first record.
 */

enum { LOGIN_KIN = 8, LOGIN_TRIES = 8 };

/* NULL where it is none, or nobody wants to know: all that it costs a process that has no login. */
static __always_inline struct ls_login_watch *login_watched(struct task_struct *task)
{
	struct ls_login_watch *watch;
	ls_u32 zero = 0;

	/* CONFIG_AUDIT */
	if (!bpf_core_field_exists(task->sessionid) || task->sessionid == LS_NO_ID)
		return NULL;
	watch = bpf_map_lookup_elem(&login_watch, &zero);
	return watch && watch->on ? watch : NULL;
}

/*
 * Once for an exec, whichever of the program and its spares (exec.bpf.c) come to it: they follow
 * one another on a processor. Where another exec comes between them, one too many is counted, and
 * none too few.
 */
static __always_inline void login_miss(struct task_struct *task, struct ls_login_watch *watch,
				       ls_u32 reason)
{
	ls_u64 this = (ls_u64)(ls_u32)task->tgid << 32 | (ls_u32)task->self_exec_id;
	ls_u32 zero = 0;
	ls_u64 *last = bpf_map_lookup_elem(&login_last, &zero);

	if (last && *last == this)
		return;
	if (last)
		*last = this;
	__sync_fetch_and_add(&watch->missed[reason & (LS_LOGIN_MISSED - 1)], 1);
}
_Static_assert((LS_LOGIN_MISSED & (LS_LOGIN_MISSED - 1)) == 0, "the mask above");

/*
 * Counts one more process in the login's session: NULL where that has none any more, since from
 * then on the collector may call it over at any moment. Of the number of another login, which an
 * entry of the table may show for the moment in which it is given to another key, likewise.
 */
static __always_inline struct ls_session *login_join(ls_u32 number, ls_u32 asid)
{
	struct ls_session *session = scope_session(number);
	ls_u64 seen, was;

	if (!session || !session->login || session->asid != asid)
		return NULL;
	seen = *(volatile ls_u64 *)&session->members;
	for (int i = 0; i < LOGIN_TRIES; i++) {
		if (!seen)
			return NULL;
		was = __sync_val_compare_and_swap(&session->members, seen, seen + 1);
		if (was == seen)
			return session;
		seen = was;
	}
	return NULL;
}

static __always_inline int login_lists(struct file *file)
{
	struct ls_program key = { .ino = BPF_CORE_READ(file, f_inode, i_ino),
				  .dev = BPF_CORE_READ(file, f_inode, i_sb, s_dev) };

	return bpf_map_lookup_elem(&login_ignore, &key) != NULL;
}

/*
 * Whether the login is of a program that is to be left alone: one that its first process executes
 * (a user's service manager), or that one of its near ancestors is (cron's child, which set the
 * id).
 */
static __noinline int login_ignored(struct task_struct *task, struct file *file)
{
	struct task_struct *kin = BPF_CORE_READ(task, real_parent);

	if (BPF_CORE_READ(kin, sessionid) != task->sessionid && login_lists(file))
		return 1;
		/*
		 * Unrolled: clang 14 spills half a word for the counter, beside what a helper
		 * writes.
		 */
#pragma unroll
	for (int i = 0; i < LOGIN_KIN; i++) {
		if (BPF_CORE_READ(kin, tgid) <= 1)
			return 0;
		if (login_lists(BPF_CORE_READ(kin, mm, exe_file)))
			return 1;
		kin = BPF_CORE_READ(kin, real_parent);
	}
	return 0;
}

/*
 * What runs as somebody else before anything ran as the user who logs in is the doing of the
 * login's own program (sshd, login): what PAM's modules start. The user can't have had a hand in
 * that yet, and the process may still be bound to a ticket.
 */
static __always_inline int login_begins(struct task_struct *task)
{
	const struct cred *cred = task->cred;

	return cred->uid.val == task->loginuid.val || cred->euid.val == task->loginuid.val;
}

/* A spare, which counts its first process already. */
static __always_inline struct ls_session *login_take(struct task_struct *task, ls_u32 *number)
{
	struct ls_session *session;

	if (bpf_map_pop_elem(&login_spares, number))
		return NULL;
	session = scope_session(*number);
	if (!session)
		return NULL;
	session->asid = task->sessionid;
	session->auid = task->loginuid.val;
	session->begin_ns = bpf_ktime_get_boot_ns();
	__sync_fetch_and_add(&session->members, 1);
	return session;
}

static __always_inline void login_give_back(struct ls_session *session, ls_u32 number)
{
	__sync_fetch_and_add(&session->members, -1);
	bpf_map_push_elem(&login_spares, &number, BPF_ANY);
}

/*
 * 0: it is tagged. Where somebody else did that meanwhile (a ticket's session, from outside), that
 * one's tag stands; an entry that a process before it left under its number does not.
 */
static __always_inline int login_tag(struct task_struct *task, ls_u32 number)
{
	struct ls_member born = { .start_ns = task->group_leader->start_boottime,
				  .exec_id = task->self_exec_id - 1,
				  .session = number };
	ls_u32 tgid = task->tgid;
	int ret = map_update(&members, &tgid, &born, BPF_NOEXIST);

	if (ret == -EEXIST && !scope_member(task)) {
		gone_before(task);
		ret = map_update(&members, &tgid, &born, BPF_ANY);
	}
	return ret;
}

/*
 * Whether the login is `number` from now on; else *other, which another process of it was quicker
 * with.
 */
static __always_inline int login_publish(ls_u32 asid, ls_u32 *login, ls_u32 stale, ls_u32 number,
					 ls_u32 *other)
{
	*other = 0;
	if (stale) {
		*other = __sync_val_compare_and_swap(login, stale, number);
		return *other == stale;
	}
	/* Without room in the table each of the login's processes is one of its own. */
	if (map_update(&logins, &asid, &number, BPF_NOEXIST) != -EEXIST)
		return 1;
	login = bpf_map_lookup_elem(&logins, &asid);
	if (login)
		*other = *login;
	return 0;
}

/*
 * Another process of the same login, which goes on without executing anything: what it did before
 * is no act of the session. But it may be in the middle of an exec whose hook is still to come, and
 * has to take that for a new one. Its exit hook may have run before the entry was there; it is too
 * late for the hook exactly when `live` is 0 after the entry was made.
 */
static __always_inline void login_tag_kin(struct task_struct *kin, struct ls_session *session,
					  ls_u32 number)
{
	struct ls_member born = { .start_ns = kin->group_leader->start_boottime,
				  .exec_id = kin->self_exec_id - 1,
				  .session = number,
				  .flags = LS_F_SHARED };
	ls_u32 tgid = kin->tgid;
	int ret;

	__sync_fetch_and_add(&session->members, 1);
	ret = map_update(&members, &tgid, &born, BPF_NOEXIST);
	if (ret) {
		__sync_fetch_and_add(&session->members, -1);
		if (ret != -EEXIST)
			emit_missed(session, LS_MISSED_MEMBER_FULL);
		return;
	}
	barrier();
	if (!*(volatile int *)&kin->signal->live.counter)
		gone_untag(tgid, born.start_ns);
}

static __noinline struct ls_member *login_begin(struct task_struct *task,
						struct ls_login_watch *watch, ls_u32 *login,
						ls_u32 stale)
{
	ls_u32 number = 0, asid = task->sessionid, tgid = task->tgid, other;
	struct ls_session *session = login_take(task, &number);
	struct ls_member *member;
	int ret;

	if (!session) {
		login_miss(task, watch, LS_LOGIN_NO_SPARE);
		return NULL;
	}
	ret = login_tag(task, number);
	if (ret) {
		login_give_back(session, number);
		if (ret != -EEXIST)
			login_miss(task, watch, LS_LOGIN_NO_ROOM);
		return scope_member(task);
	}
	member = bpf_map_lookup_elem(&members, &tgid);
	if (!member)
		return NULL;
	if (login_publish(asid, login, stale, number, &other)) {
		/* So that the login is over when its shell is, and not with each command. */
		if (task->real_parent->sessionid == asid)
			login_tag_kin(task->real_parent, session, number);
		return member;
	}
	if (other && login_join(other, asid)) {
		member->session = other;
		login_give_back(session, number);
	}
	return member;
}

static __noinline struct ls_member *login_add(struct task_struct *task,
					      struct ls_login_watch *watch,
					      struct ls_session *session, ls_u32 number)
{
	ls_u32 tgid = task->tgid;
	int ret = login_tag(task, number);

	if (ret) {
		__sync_fetch_and_add(&session->members, -1);
		if (ret != -EEXIST)
			login_miss(task, watch, LS_LOGIN_NO_ROOM);
		return scope_member(task);
	}
	return bpf_map_lookup_elem(&members, &tgid);
}

/* The membership that a process of a login gets as it executes `file`; NULL: none. */
static __always_inline struct ls_member *login_member(struct task_struct *task, struct file *file,
						      struct ls_login_watch *watch)
{
	ls_u32 asid = task->sessionid, none = 0;
	ls_u32 *login = bpf_map_lookup_elem(&logins, &asid);
	struct ls_session *session;
	ls_u32 number;

	if (login) {
		number = *(volatile ls_u32 *)login;
		if (!number)
			return NULL;
		session = login_join(number, asid);
		if (session)
			return login_add(task, watch, session, number);
		return login_begin(task, watch, login, number);
	}
	if (login_ignored(task, file)) {
		if (!map_update(&logins, &asid, &none, BPF_NOEXIST))
			__sync_fetch_and_add(&watch->ignored, 1);
		return NULL;
	}
	return login_begins(task) ? login_begin(task, watch, &none, 0) : NULL;
}

#endif
