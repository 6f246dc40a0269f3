// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Files that a session's processes write themselves, and names that they put in place or take away.
 * Each place is looked at by fexit, which knows that access was granted, or where that cannot be,
 * by the BPF LSM, which runs behind the others that could refuse, and refuses nothing.
 */
#include <asm/errno.h>

#include "emit.h"
#include "walk.h"

char _license[] SEC("license") = "Dual BSD/GPL";

struct write {
	ls_u64 dentry, mnt; /* the name */
	ls_u64 from;        /* dentry on the same mount, 0: none */
	ls_u64 inode;       /* 0: none */
	ls_u32 op, flags;
};

static __always_inline ls_u64 dentry_inode(ls_u64 dentry)
{
	return (ls_u64)BPF_CORE_READ((struct dentry *)dentry, d_inode);
}

static __always_inline int has_no_name(ls_u64 dentry)
{
	return !BPF_CORE_READ((struct dentry *)dentry, d_hash.pprev);
}

static __always_inline void write_facts(struct ls_write *r, const struct write *write,
					struct task_struct *task)
{
	struct inode *inode = (struct inode *)write->inode;

	r->ino = BPF_CORE_READ(inode, i_ino);
	r->dev = BPF_CORE_READ(inode, i_sb, s_dev);
	r->rdev = BPF_CORE_READ(inode, i_rdev);
	r->mode = BPF_CORE_READ(inode, i_mode);
	r->op = write->op;
	r->write_flags = write->flags;
	if (mount_ns(write->mnt) != (ls_u64)task->nsproxy->mnt_ns)
		r->write_flags |= LS_WRITE_FOREIGN;
	r->pad = 0;
}

static __always_inline void write_paths(struct paths *paths, struct ls_write *r,
					const struct write *write)
{
	struct vfsmount *mnt = (struct vfsmount *)write->mnt;
	ls_u64 root = (ls_u64)BPF_CORE_READ(mnt, mnt_root);

	r->section_len[LS_WRITE_PATH] = paths_walk(paths, write->dentry, write->mnt, root);
	r->section_len[LS_WRITE_FROM] = 0;
	if (write->from)
		r->section_len[LS_WRITE_FROM] = paths_walk(paths, write->from, write->mnt, root);
}

/* One try, as exec_emit() in exec.bpf.c: 0, -E2BIG, -ENOSPC or -EFAULT. */
static __always_inline int write_emit(const struct write *write, const struct ls_member *member,
				      ls_u64 sseq, const int large)
{
	struct task_struct *task = bpf_get_current_task_btf();
	const ls_u32 room = paths_size(large) + WINDOW;
	struct bpf_dynptr to;
	struct paths paths;
	struct walk walk;
	struct ls_write *r;
	int ret = -EFAULT;

	if (bpf_ringbuf_reserve_dynptr(&ring, sizeof(*r) + room, 0, &to)) {
		ret = -ENOSPC;
		goto out;
	}
	r = bpf_dynptr_data(&to, 0, sizeof(*r) + room);
	if (!r)
		goto out;
	paths = paths_in(r + 1, large, &walk);
	write_paths(&paths, r, write);
	if (paths.cut && !large) {
		ret = -E2BIG;
		goto out;
	}
	emit_header(&r->hdr, LS_REC_WRITE, sizeof(*r) + walk.off, sseq, member);
	emit_task(&r->hdr, task);
	write_facts(r, write, task);
	if (paths.cut)
		r->write_flags |= LS_WRITE_PATH_TRUNCATED;
	bpf_ringbuf_submit_dynptr(&to, emit_wakeup());
	return 0;
out:
	bpf_ringbuf_discard_dynptr(&to, BPF_RB_NO_WAKEUP);
	return ret;
}

static __noinline int write_small(const struct write *write, const struct ls_member *member,
				  ls_u64 sseq)
{
	return write_emit(write, member, sseq, 0);
}

static __noinline int write_large(const struct write *write, const struct ls_member *member,
				  ls_u64 sseq)
{
	return write_emit(write, member, sseq, 1);
}

static __always_inline int write_act(const struct ls_member *member, const struct write *write)
{
	struct ls_session *session = scope_session(member->session);
	ls_u64 sseq;
	int ret;

	if (!session)
		return 0;
	sseq = emit_number(session);
	ret = write_small(write, member, sseq);
	if (ret == -E2BIG)
		ret = write_large(write, member, sseq);
	if (ret)
		emit_lost(session, ret == -ENOSPC ? LS_LOST_RING_FULL : LS_LOST_FILL);
	return 0;
}

/* Writing to a terminal, or to what keeps nothing and makes up what it gives, changes nothing. */
static __always_inline int is_idle_device(struct inode *inode)
{
	ls_u32 major = inode->i_rdev >> 20, minor = inode->i_rdev & 0xfffff;

	if ((inode->i_mode & S_IFMT) != S_IFCHR)
		return 0;
	if (major == 1) /* null, zero, full, random, urandom: drivers/char/mem.c */
		return minor == 3 || minor == 5 || (minor >= 7 && minor <= 9);
	return major == 4 || major == 5 || (major >= 136 && major <= 143);
}

static __always_inline int file_open(struct file *file)
{
	struct ls_member *member;
	struct write write = {};

	/* O_TRUNC empties a file that is opened to be read, too. */
	if (!(file->f_mode & FMODE_WRITE) && !(file->f_flags & O_TRUNC))
		return 0;
	/* A layer's file, on behalf of an overlay's, which was opened before. */
	if (file->f_mode & FMODE_NOACCOUNT)
		return 0;
	member = scope_member(bpf_get_current_task_btf());
	if (!member || (file->f_flags & O_TMPFILE_BIT) || is_idle_device(file->f_inode) ||
	    ns_is_internal(path_ns(&file->f_path)))
		return 0;
	write.dentry = (ls_u64)file->f_path.dentry;
	write.mnt = (ls_u64)file->f_path.mnt;
	write.inode = (ls_u64)file->f_inode;
	write.op = LS_WRITE_OPEN;
	if (has_no_name(write.dentry))
		write.flags |= LS_WRITE_DELETED;
	if (file->f_mode & FMODE_CREATED)
		write.flags |= LS_WRITE_CREATED;
	else if (file->f_flags & O_TRUNC)
		write.flags |= LS_WRITE_EMPTIED;
	return write_act(member, &write);
}

/* `from`: whose inode it is; and which is a name too, but of what is removed or emptied. */
static __always_inline int name_change(ls_u64 mnt, ls_u64 dentry, ls_u64 from, ls_u32 op,
				       ls_u32 flags)
{
	struct ls_member *member = scope_member(bpf_get_current_task_btf());
	struct write write = { .mnt = mnt, .dentry = dentry, .op = op, .flags = flags };

	if (!member)
		return 0;
	write.inode = dentry_inode(from);
	if (from != dentry && !has_no_name(from))
		write.from = from;
	return write_act(member, &write);
}

SEC("fexit/security_file_open")
int BPF_PROG(on_file_open, struct file *file, int ret)
{
	return ret ? 0 : file_open(file);
}

SEC("lsm/file_open")
int BPF_PROG(on_file_open_lsm, struct file *file)
{
	return file_open(file);
}

/* truncate(2) only: security_path_truncate() has ftruncate(2) and O_TRUNC as well on Linux 6.1. */
SEC("fexit/vfs_truncate")
int BPF_PROG(on_truncate, const struct path *path, long long length, int ret)
{
	ls_u64 dentry = (ls_u64)path->dentry;

	return ret ? 0 : name_change((ls_u64)path->mnt, dentry, dentry, LS_WRITE_TRUNCATE, 0);
}

SEC("lsm/path_truncate")
int BPF_PROG(on_truncate_lsm, const struct path *path)
{
	ls_u64 dentry = (ls_u64)path->dentry;

	return name_change((ls_u64)path->mnt, dentry, dentry, LS_WRITE_TRUNCATE, 0);
}

static __always_inline int renamed(struct dentry *from, const struct path *dir, struct dentry *to,
				   ls_u32 flags)
{
	return name_change((ls_u64)dir->mnt, (ls_u64)to, (ls_u64)from, LS_WRITE_RENAME,
			   flags & RENAME_EXCHANGE ? LS_WRITE_EXCHANGED : 0);
}

SEC("fexit/security_path_rename")
int BPF_PROG(on_rename, const struct path *old_dir, struct dentry *from, const struct path *dir,
	     struct dentry *to, unsigned int flags, int ret)
{
	return ret ? 0 : renamed(from, dir, to, flags);
}

SEC("lsm/path_rename")
int BPF_PROG(on_rename_lsm, const struct path *old_dir, struct dentry *from, const struct path *dir,
	     struct dentry *to, unsigned int flags)
{
	return renamed(from, dir, to, flags);
}

SEC("fexit/security_path_link")
int BPF_PROG(on_link, struct dentry *from, const struct path *dir, struct dentry *to, int ret)
{
	return ret ? 0 : name_change((ls_u64)dir->mnt, (ls_u64)to, (ls_u64)from, LS_WRITE_LINK, 0);
}

SEC("lsm/path_link")
int BPF_PROG(on_link_lsm, struct dentry *from, const struct path *dir, struct dentry *to)
{
	return name_change((ls_u64)dir->mnt, (ls_u64)to, (ls_u64)from, LS_WRITE_LINK, 0);
}

SEC("fexit/security_path_symlink")
int BPF_PROG(on_symlink, const struct path *dir, struct dentry *to, const char *target, int ret)
{
	return ret ? 0 : name_change((ls_u64)dir->mnt, (ls_u64)to, (ls_u64)to, LS_WRITE_SYMLINK, 0);
}

SEC("lsm/path_symlink")
int BPF_PROG(on_symlink_lsm, const struct path *dir, struct dentry *to, const char *target)
{
	return name_change((ls_u64)dir->mnt, (ls_u64)to, (ls_u64)to, LS_WRITE_SYMLINK, 0);
}

SEC("fexit/security_path_unlink")
int BPF_PROG(on_unlink, const struct path *dir, struct dentry *gone, int ret)
{
	return ret ? 0
		   : name_change((ls_u64)dir->mnt, (ls_u64)gone, (ls_u64)gone, LS_WRITE_UNLINK, 0);
}

SEC("lsm/path_unlink")
int BPF_PROG(on_unlink_lsm, const struct path *dir, struct dentry *gone)
{
	return name_change((ls_u64)dir->mnt, (ls_u64)gone, (ls_u64)gone, LS_WRITE_UNLINK, 0);
}
