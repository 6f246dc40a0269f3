/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_IMAGE_H
#define LOCKSTEP_IMAGE_H

#include <asm/errno.h>

#include "walk.h"

/* What an exec record says about the new image. */
const volatile struct ls_settings settings = {
	.argv_max = LS_ARGV_MAX_DEFAULT,
	.env_max = LS_ENV_MAX_DEFAULT,
};

/* argv and environment of a new image, on their way into a record behind its paths. */
struct image {
	struct bpf_dynptr ring;
	ls_u32 off;  /* of the next byte in the reservation */
	ls_u32 size; /* of the reservation */
	ls_u32 flags;
	ls_u32 len; /* copy_* */
	ls_u32 done;
	ls_u32 pad;
	ls_u64 src;
	ls_u64 argv, argv_len, env, env_len;
};

static __always_inline void image_start(struct image *image, struct mm_struct *mm, const int large)
{
	image->flags = 0;
	image->argv = mm->arg_start;
	image->argv_len = mm->arg_end - mm->arg_start;
	image->env = mm->env_start;
	image->env_len = mm->env_end - mm->env_start;
	if (image->argv_len > settings.argv_max)
		image->flags |= LS_EXEC_ARGV_TRUNCATED;
	if (image->env_len > settings.env_max)
		image->flags |= LS_EXEC_ENV_TRUNCATED;
	image->size = sizeof(struct ls_exec) + paths_size(large) + WINDOW;
	image->size += image->flags & LS_EXEC_ARGV_TRUNCATED ? settings.argv_max : image->argv_len;
	image->size += image->flags & LS_EXEC_ENV_TRUNCATED ? settings.env_max : image->env_len;
}

/* The last window lies over its neighbour, so that no copy needs more room than its length. */
static __always_inline long copy_window(ls_u32 i, struct image *image, const ls_u32 window)
{
	ls_u32 at = i * window;
	void *to;

	if (at > image->len - window)
		at = image->len - window;
	to = bpf_dynptr_data(&image->ring, image->off + at, window);
	if (!to || bpf_probe_read_user(to, window, (const void *)(image->src + at)))
		return 1;
	image->done = at + window;
	return 0;
}

static long copy_4096(ls_u32 i, struct image *image)
{
	return copy_window(i, image, 4096);
}

static long copy_1024(ls_u32 i, struct image *image)
{
	return copy_window(i, image, 1024);
}

static long copy_256(ls_u32 i, struct image *image)
{
	return copy_window(i, image, WINDOW);
}

static __always_inline void copy_short(struct image *image)
{
	void *to = bpf_dynptr_data(&image->ring, image->off, WINDOW);
	ls_u64 n = image->len;

	CLAMP(n, WINDOW - 1);
	if (to && !bpf_probe_read_user(to, n, (const void *)image->src))
		image->done = n;
}

static __noinline ls_u32 image_copy(struct image *image, ls_u64 src, ls_u32 len)
{
	image->src = src;
	image->len = len;
	image->done = 0;
	if (len >= 4096)
		bpf_loop((len + 4095) / 4096, copy_4096, image, 0);
	else if (len >= 1024)
		bpf_loop((len + 1023) / 1024, copy_1024, image, 0);
	else if (len >= WINDOW)
		bpf_loop((len + WINDOW - 1) / WINDOW, copy_256, image, 0);
	else if (len)
		copy_short(image);
	image->off += image->done;
	return image->done;
}

/*
 * argv and environment lie side by side in a new image, so one copy has both unless one is cut. A
 * page that cannot be read ends the copy there.
 */
static __always_inline void image_strings(struct image *image, struct ls_exec *e)
{
	ls_u32 argv_n = image->argv_len, env_n = image->env_len, done;

	if (image->flags & LS_EXEC_ARGV_TRUNCATED)
		argv_n = settings.argv_max;
	if (image->flags & LS_EXEC_ENV_TRUNCATED)
		env_n = settings.env_max;
	if (image->argv + argv_n == image->env) {
		done = image_copy(image, image->argv, argv_n + env_n);
		e->section_len[LS_SECTION_ARGV] = done < argv_n ? done : argv_n;
		e->section_len[LS_SECTION_ENV] = done < argv_n ? 0 : done - argv_n;
	} else {
		e->section_len[LS_SECTION_ARGV] = image_copy(image, image->argv, argv_n);
		e->section_len[LS_SECTION_ENV] = image_copy(image, image->env, env_n);
	}
	if (e->section_len[LS_SECTION_ARGV] < argv_n)
		image->flags |= LS_EXEC_ARGV_UNREADABLE;
	if (e->section_len[LS_SECTION_ENV] < env_n)
		image->flags |= LS_EXEC_ENV_UNREADABLE;
	e->argv_len = image->argv_len;
	e->env_len = image->env_len;
}

/* A string of the kernel's that nearly always is shorter than a window. */
static __always_inline ls_u32 image_text(struct paths *paths, const char *text)
{
	ls_u64 off = paths->walk->off;
	ls_u32 room = paths_size(paths->large);
	long n;

	if (off >= room)
		goto cut;
	room -= off;
	if (paths->large) {
		CLAMP(off, PATHS_LARGE / 2 - 1);
		n = bpf_probe_read_kernel_str(paths->room + off, PATH_BYTES + 1, text);
	} else {
		CLAMP(off, PATHS_SMALL - 1);
		n = bpf_probe_read_kernel_str(paths->room + off, WINDOW, text);
	}
	if (n <= 0 || n > room || n >= (paths->large ? PATH_BYTES + 1 : WINDOW))
		goto cut;
	paths->walk->off = off + n - 1;
	return n - 1;
cut:
	paths->cut = 1;
	return 0;
}

static __always_inline void image_paths(struct paths *paths, struct ls_exec *e,
					struct fs_struct *fs, struct linux_binprm *bprm)
{
	struct file *file = bprm->file;

	e->section_len[LS_SECTION_EXE] = paths_add(paths, &file->f_path);
	e->section_len[LS_SECTION_CWD] = paths_add(paths, &fs->pwd);
	e->section_len[LS_SECTION_ROOT] = paths_add(paths, &fs->root);
	e->section_len[LS_SECTION_FILENAME] = image_text(paths, bprm->filename);
	e->section_len[LS_SECTION_INTERP] = 0;
	if (bprm->interp != bprm->filename)
		e->section_len[LS_SECTION_INTERP] = image_text(paths, bprm->interp);
}

/* Where the change time lies moved twice; a kernel with a fourth place fails the load and tells. */
static __always_inline ls_u64 image_ctime(struct inode *inode)
{
	struct inode___v6_6 *v6_6 = (void *)inode;
	struct inode___v6_1 *v6_1 = (void *)inode;

	if (bpf_core_field_exists(inode->i_ctime_sec))
		return inode->i_ctime_sec * NSEC_PER_SEC + (inode->i_ctime_nsec & ~CTIME_QUERIED);
	if (bpf_core_field_exists(v6_6->__i_ctime))
		return v6_6->__i_ctime.tv_sec * NSEC_PER_SEC + v6_6->__i_ctime.tv_nsec;
	return v6_1->i_ctime.tv_sec * NSEC_PER_SEC + v6_1->i_ctime.tv_nsec;
}

/*
 * LS_EXEC_FOREIGN or 0. exec has ended the other threads, so users are processes (CLONE_FS). `ns`
 * is the file's; what is on the file's mount is in its namespace, too.
 */
static __always_inline ls_u32 image_foreign(struct task_struct *task, struct file *file, ls_u64 ns)
{
	ls_u64 own = (ls_u64)task->nsproxy->mnt_ns, mnt = (ls_u64)file->f_path.mnt;
	struct fs_struct *fs = task->fs;

	if (ns != own || fs->users != 1 ||
	    ((ls_u64)fs->pwd.mnt != mnt && path_ns(&fs->pwd) != own) ||
	    ((ls_u64)fs->root.mnt != mnt && path_ns(&fs->root) != own))
		return LS_EXEC_FOREIGN;
	return 0;
}

/* The loaded file's identity; returns the LS_EXEC_* that follow from it. `ns`: the file's. */
static __always_inline ls_u32 image_file(struct ls_exec *e, struct file *file, ls_u64 ns)
{
	struct inode *inode = file->f_inode;
	ls_u32 flags = 0;

	e->dev = inode->i_sb->s_dev;
	e->ino = inode->i_ino;
	e->size = inode->i_size;
	e->ctime_ns = image_ctime(inode);
	if (!inode->i_nlink || !file->f_path.dentry->d_hash.pprev)
		flags |= LS_EXEC_DELETED;
	if (!ns || ns_is_internal(ns)) /* NULL after a lazy unmount */
		flags |= LS_EXEC_FILELESS;
	return flags;
}

static __always_inline void image_root(struct ls_exec *e, struct fs_struct *fs)
{
	struct inode *inode = fs->root.dentry->d_inode;

	e->root_dev = inode->i_sb->s_dev;
	e->root_ino = inode->i_ino;
}

static __always_inline ls_u32 image_tty(struct tty_struct *tty)
{
	if (!tty)
		return 0;
	return KDEV(tty->driver->major, tty->driver->minor_start + tty->index);
}

/* A tty's file points at a tty_file_private that points back at it (drivers/tty/tty_io.c). */
static __always_inline ls_u32 image_chardev(ls_u64 file, ls_u64 private_data, ls_u32 rdev)
{
	struct tty_file_private *priv = (struct tty_file_private *)private_data;

	if (rdev == KDEV(1, 3))
		return LS_STDIN_NULL;
	if (priv && (ls_u64)BPF_CORE_READ(priv, file) == file)
		return LS_STDIN_TTY;
	return LS_STDIN_OTHER;
}

static __always_inline ls_u32 image_stdin_kind(ls_u64 file, ls_u64 private_data, ls_u32 mode,
					       ls_u32 rdev)
{
	switch (mode & S_IFMT) {
	case S_IFREG:
		return LS_STDIN_FILE;
	case S_IFIFO:
	case S_IFSOCK:
		return LS_STDIN_PIPE;
	case S_IFCHR:
		return image_chardev(file, private_data, rdev);
	}
	return LS_STDIN_OTHER;
}

/*
 * A table of up to 64 lies in the files_struct itself, where the verifier knows what the pointers
 * are to and lets them be followed without a helper, of which each costs some hundred instructions.
 */
static __always_inline ls_u32 image_stdin(struct files_struct *files)
{
	ls_u64 table = (ls_u64)files->fdt->fd;
	struct file *file = NULL;
	struct inode *inode;

	if (table == (ls_u64)&files->fd_array) {
		file = files->fd_array[0];
		if (!file)
			return LS_STDIN_CLOSED;
		inode = file->f_inode;
		return image_stdin_kind((ls_u64)file, (ls_u64)file->private_data, inode->i_mode,
					inode->i_rdev);
	}
	bpf_probe_read_kernel(&file, sizeof(file), (void *)table);
	if (!file)
		return LS_STDIN_CLOSED;
	inode = BPF_CORE_READ(file, f_inode);
	return image_stdin_kind((ls_u64)file, (ls_u64)BPF_CORE_READ(file, private_data),
				BPF_CORE_READ(inode, i_mode), BPF_CORE_READ(inode, i_rdev));
}

#endif
