/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_WALK_H
#define LOCKSTEP_WALK_H

#include "maps.h"

/*
 * Paths, in a record of a size that only its contents tell. They are written front to back into a
 * room of fixed size, because the verifier wants a constant length for a slice of the reservation;
 * a name is read as if it had the longest length, and so the room ends with one window of slack.
 *
 * What is written to is given to the walk as memory of its own, and the walk is a global function:
 * the verifier looks at it once a program, and not once for each path in each state that the
 * program can be in, which made loading the programs twenty times as slow.
 */
#define WINDOW      256u
#define WALK_MAX    512    /* path components and mount crossings together */
#define PATH_BYTES  4095u  /* a path as long as PATH_MAX allows */
#define PATHS_SMALL 256u   /* nearly all fit; what does not is written again into the other */
#define PATHS_LARGE 32768u /* five of PATH_MAX, as a power of two */

struct paths_small {
	char at[PATHS_SMALL + WINDOW];
};

struct paths_large {
	char at[PATHS_LARGE + WINDOW];
};

struct walk {
	ls_u64 dentry, mnt_root, mnt;
	ls_u64 top;   /* the mount at the top of the tree, once a walk came there */
	ls_u32 off;   /* of the next byte in the room */
	ls_u32 limit; /* the path being written ends before it */
	ls_u32 whole; /* it came to the top */
	ls_u32 pad;
};

/* The paths of one record. The walk is a variable of its own: a global function may change all of
 * it. */
struct paths {
	struct walk *walk;
	void *room;
	int large; /* which room: a constant */
	int cut;   /* a path is not whole */
};

/* A bound that must not become a compare, which the verifier of Linux 6.1 forgets at a spill. */
#define CLAMP(n, mask) asm volatile("%0 &= %1" : "+r"(n) : "i"(mask))

/* From the root of a mount to where it is mounted; 1 at the top, which is its own parent. */
static __always_inline long walk_up(struct walk *walk)
{
	struct mount *mnt = (struct mount *)walk->mnt;
	struct mount *parent = walk->mnt == walk->top ? mnt : BPF_CORE_READ(mnt, mnt_parent);

	if (parent == mnt) {
		walk->top = walk->mnt;
		walk->whole = 1;
		return 1;
	}
	walk->dentry = (ls_u64)BPF_CORE_READ(mnt, mnt_mountpoint);
	walk->mnt_root = (ls_u64)BPF_CORE_READ(parent, mnt.mnt_root);
	walk->mnt = (ls_u64)parent;
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

struct walking {
	struct walk *walk;
	char *room;
};

/* One component, leaf first, or one step over a mount point. */
static __always_inline long walk_step(struct walking *walking, const ls_u32 mask)
{
	struct walk *walk = walking->walk;
	struct dentry_link link;
	ls_u64 n, off;
	char *to;

	if (walk->dentry == walk->mnt_root)
		return walk_up(walk);
	if (dentry_read((struct dentry *)walk->dentry, &link))
		return 1;
	n = link.len;
	off = walk->off;
	if (n >= WINDOW || off >= walk->limit || n >= walk->limit - off)
		return 1;
	CLAMP(n, WINDOW - 1);
	CLAMP(off, mask);
	to = walking->room + off;
	if (bpf_probe_read_kernel(to, n, (const void *)link.name))
		return 1;
	to[n] = 0;
	walk->off = off + n + 1;
	walk->whole = link.parent == walk->dentry; /* a file that hangs on no tree: a memfd */
	walk->dentry = link.parent;
	return walk->whole;
}

static long walk_step_small(ls_u32 i, struct walking *walking)
{
	return walk_step(walking, PATHS_SMALL - 1);
}

static long walk_step_large(ls_u32 i, struct walking *walking)
{
	return walk_step(walking, PATHS_LARGE - 1);
}

/* 1 when it came to the top. */
__weak int walk_small(struct walk *walk, struct paths_small *room)
{
	struct walking walking = { walk, (char *)room };

	if (!walk || !room)
		return 0;
	bpf_loop(WALK_MAX, walk_step_small, &walking, 0);
	return walk->whole;
}

__weak int walk_large(struct walk *walk, struct paths_large *room)
{
	struct walking walking = { walk, (char *)room };

	if (!walk || !room)
		return 0;
	bpf_loop(WALK_MAX, walk_step_large, &walking, 0);
	return walk->whole;
}

/* `room` is a struct paths_small, or a struct paths_large. */
static __always_inline struct paths paths_in(void *room, const int large, struct walk *walk)
{
	struct paths paths = { .room = room, .large = large, .walk = walk };

	__builtin_memset(walk, 0, sizeof(*walk));
	return paths;
}

static __always_inline ls_u32 paths_size(const int large)
{
	return large ? PATHS_LARGE : PATHS_SMALL;
}

/* How many bytes it became. */
static __always_inline ls_u32 paths_walk(struct paths *paths, ls_u64 dentry, ls_u64 vfsmount,
					 ls_u64 mnt_root)
{
	struct walk *walk = paths->walk;
	ls_u32 from = walk->off;

	walk->mnt = vfsmount - bpf_core_field_offset(struct mount, mnt);
	/* "/", as nearly always one of the paths is. */
	if (dentry == mnt_root && walk->mnt == walk->top)
		return 0;
	walk->limit = from + PATH_BYTES;
	if (walk->limit > paths_size(paths->large))
		walk->limit = paths_size(paths->large);
	walk->whole = 0;
	walk->dentry = dentry;
	walk->mnt_root = mnt_root;
	if (paths->large ? !walk_large(walk, paths->room) : !walk_small(walk, paths->room))
		paths->cut = 1;
	return walk->off - from;
}

static __always_inline ls_u32 paths_add(struct paths *paths, const struct path *path)
{
	return paths_walk(paths, (ls_u64)path->dentry, (ls_u64)path->mnt,
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

static __always_inline ls_u64 path_ns(const struct path *path)
{
	return mount_ns((ls_u64)path->mnt);
}

#endif
