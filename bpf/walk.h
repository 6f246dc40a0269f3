/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_WALK_H
#define LOCKSTEP_WALK_H

#include "maps.h"

/*
 * Paths, in a record of a size that only its contents tell. The sections are written front to back
 * through windows of fixed size, because the verifier wants a constant length for a slice of the
 * reservation; a window may reach over what comes later, which then overwrites it, and the
 * reservation ends with one window of slack.
 */
#define WINDOW     256u
#define WALK_MAX   512   /* path components and mount crossings together */
#define PATH_BYTES 4095u /* a path as long as PATH_MAX allows */

/* A record on its way into the ring; only that of an exec uses all of it. */
struct image {
	struct bpf_dynptr ring;
	ls_u32 off;   /* of the next byte in the reservation */
	ls_u32 limit; /* the path being written ends before it */
	ls_u32 paths_end;
	ls_u32 size; /* of the reservation */
	ls_u32 flags;
	/* copy_* */
	ls_u32 len;
	ls_u32 done;
	ls_u32 whole; /* walk_step came to the top */
	ls_u64 src;
	ls_u64 argv, argv_len, env, env_len;
	/* walk_step */
	ls_u64 dentry, mnt_root, mnt;
	ls_u64 top; /* the mount at the top of the tree, once a walk came there */
};

/* A bound that must not become a compare, which the verifier of Linux 6.1 forgets at a spill. */
#define CLAMP_255(n) asm volatile("%0 &= 255" : "+r"(n))

/* From the root of a mount to where it is mounted; 1 at the top, which is its own parent. */
static __always_inline long walk_up(struct image *image)
{
	struct mount *mnt = (struct mount *)image->mnt;
	struct mount *parent = image->mnt == image->top ? mnt : BPF_CORE_READ(mnt, mnt_parent);

	if (parent == mnt) {
		image->top = image->mnt;
		image->whole = 1;
		return 1;
	}
	image->dentry = (ls_u64)BPF_CORE_READ(mnt, mnt_mountpoint);
	image->mnt_root = (ls_u64)BPF_CORE_READ(parent, mnt.mnt_root);
	image->mnt = (ls_u64)parent;
	return 0;
}

/* A dentry's parent and name, side by side in every kernel so far, so that one read has them. */
struct dentry_link {
	ls_u64 parent;
	ls_u32 hash, len;
	ls_u64 name;
};

static __always_inline long dentry_read(struct dentry *dentry, struct dentry_link *link)
{
	const ls_u32 at = bpf_core_field_offset(struct dentry, d_parent);

	if (bpf_core_field_offset(struct dentry, d_name.len) == at + 12 &&
	    bpf_core_field_offset(struct dentry, d_name.name) == at + 16)
		return bpf_probe_read_kernel(link, sizeof(*link), (void *)dentry + at);
	link->parent = (ls_u64)BPF_CORE_READ(dentry, d_parent);
	link->name = (ls_u64)BPF_CORE_READ(dentry, d_name.name);
	return BPF_CORE_READ_INTO(&link->len, dentry, d_name.len);
}

/* One component, leaf first, or one step over a mount point. */
static long walk_step(ls_u32 i, struct image *image)
{
	struct dentry_link link;
	ls_u64 n;
	char *to;

	if (image->dentry == image->mnt_root)
		return walk_up(image);
	if (dentry_read((struct dentry *)image->dentry, &link))
		return 1;
	n = link.len;
	if (n >= WINDOW || n >= image->limit - image->off)
		return 1;
	to = bpf_dynptr_data(&image->ring, image->off, WINDOW);
	if (!to)
		return 1;
	CLAMP_255(n);
	if (bpf_probe_read_kernel(to, n, (const void *)link.name))
		return 1;
	to[n] = 0;
	image->off += n + 1;
	image->whole = link.parent == image->dentry; /* a file that hangs on no tree: a memfd */
	image->dentry = link.parent;
	return image->whole;
}

static __noinline ls_u32 image_walk(struct image *image, ls_u64 dentry, ls_u64 vfsmount,
				    ls_u64 mnt_root)
{
	ls_u32 from = image->off;

	image->limit = from + PATH_BYTES < image->paths_end ? from + PATH_BYTES : image->paths_end;
	image->whole = 0;
	image->dentry = dentry;
	image->mnt_root = mnt_root;
	image->mnt = vfsmount - bpf_core_field_offset(struct mount, mnt);
	bpf_loop(WALK_MAX, walk_step, image, 0);
	if (!image->whole)
		image->flags |= LS_EXEC_PATH_TRUNCATED;
	return image->off - from;
}

static __always_inline ls_u32 image_path(struct image *image, const struct path *path)
{
	return image_walk(image, (ls_u64)path->dentry, (ls_u64)path->mnt,
			  (ls_u64)path->mnt->mnt_root);
}

/* The mount namespace that a mount (its vfsmount) is in. */
static __always_inline ls_u64 mount_ns(ls_u64 vfsmount)
{
	ls_u64 mnt = vfsmount - bpf_core_field_offset(struct mount, mnt);

	return (ls_u64)BPF_CORE_READ((struct mount *)mnt, mnt_ns);
}

/* An error pointer (MNT_NS_INTERNAL) on the kernel's own mounts. */
static __always_inline int ns_is_internal(ls_u64 ns)
{
	return (ls_s64)ns < 0 && (ls_s64)ns > -4096;
}

static __always_inline ls_u64 image_ns(const struct path *path)
{
	return mount_ns((ls_u64)path->mnt);
}

#endif
