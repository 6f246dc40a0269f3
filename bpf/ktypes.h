/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_KTYPES_H
#define LOCKSTEP_KTYPES_H

/*
 * The kernel's structures, with only the fields that are read here. Every access is relocated at
 * load time (preserve_access_index), so order and neighbours do not matter, names and nesting do. A
 * name with three underscores is a flavour: the same kernel struct as another version lays it out.
 */
#include <linux/bpf.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "lockstep/state.h"

/* Values that the kernel's own BTF does not carry. */
#define TASK_NEW           0x800 /* include/linux/sched.h */
#define SIGNAL_GROUP_EXIT  0x4   /* include/linux/sched/signal.h */
#define SOCK_DONE_BIT      1     /* enum sock_flags, include/net/sock.h */
#define TCP_ESTABLISHED    1     /* include/net/tcp_states.h */
#define TCP_SYN_SENT       2
#define TCP_SYN_RECV       3
#define TCP_CLOSE          7
#define TCP_LISTEN         10
#define IPPROTO_MPTCP_NR   262
#define AF_UNIX            1 /* include/linux/socket.h */
#define AF_NETLINK_NR      16
#define AF_ALG_NR          38
#define SOCK_RAW_NR        3 /* include/linux/net.h */
#define SOCK_PACKET_NR     10
/* I_CTIME_QUERIED in i_ctime_nsec, include/linux/fs.h since 6.13. */
#define CTIME_QUERIED      (1u << 31)
#define FMODE_WRITE        0x2 /* include/linux/fs.h */
#define FMODE_CREATED      0x100000
#define FMODE_NOACCOUNT    0x20000000
#define O_TRUNC            01000 /* include/uapi/asm-generic/fcntl.h */
#define O_TMPFILE_BIT      020000000
#define RENAME_EXCHANGE    2   /* include/uapi/linux/fs.h */
#define ERESTARTSYS        512 /* include/linux/errno.h */
#define S_IFMT             0170000
#define S_IFSOCK           0140000
#define S_IFREG            0100000
#define S_IFCHR            0020000
#define S_IFIFO            0010000
#define KDEV(major, minor) ((ls_u32)(major) << 20 | (ls_u32)(minor)) /* include/linux/kdev_t.h */
#define NSEC_PER_SEC       1000000000ull

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

typedef struct {
	ls_u32 val;
} kuid_t;

typedef struct {
	int counter;
} atomic_t;

struct cred {
	kuid_t uid;
	kuid_t euid;
};

struct ns_common {
	ls_u32 inum;
};

struct mnt_namespace {
	struct ns_common ns;
};

struct nsproxy {
	struct mnt_namespace *mnt_ns;
};

struct tty_driver {
	int major;
	int minor_start;
};

struct tty_struct {
	struct tty_driver *driver;
	int index;
};

struct tty_file_private {
	struct file *file;
};

struct signal_struct {
	atomic_t live;
	int nr_threads; /* that are not released yet */
	int group_exit_code;
	ls_u32 flags;
	struct tty_struct *tty;
};

struct super_block {
	ls_u32 s_dev;
};

struct timespec64 {
	ls_s64 tv_sec;
	long tv_nsec;
};

struct inode {
	ls_u16 i_mode;
	struct super_block *i_sb;
	unsigned long i_ino;
	ls_u32 i_nlink;
	ls_u32 i_rdev;
	ls_s64 i_size;
	ls_s64 i_ctime_sec; /* since 6.11 */
	ls_u32 i_ctime_nsec;
};

struct inode___v6_6 {
	struct timespec64 __i_ctime; /* 6.6 to 6.10 */
};

struct inode___v6_1 {
	struct timespec64 i_ctime; /* before 6.6 */
};

struct qstr {
	ls_u32 len;
	const unsigned char *name;
};

struct hlist_bl_node {
	struct hlist_bl_node **pprev;
};

struct dentry {
	struct hlist_bl_node d_hash;
	struct dentry *d_parent;
	struct qstr d_name;
	struct inode *d_inode;
};

struct vfsmount {
	struct dentry *mnt_root;
};

struct mount {
	struct mount *mnt_parent;
	struct dentry *mnt_mountpoint;
	struct vfsmount mnt;
	struct mnt_namespace *mnt_ns;
};

struct path {
	struct vfsmount *mnt;
	struct dentry *dentry;
};

struct file {
	ls_u32 f_mode;
	ls_u32 f_flags;
	struct inode *f_inode;
	struct path f_path;
	void *private_data;
};

struct fdtable {
	struct file **fd;
};

struct files_struct {
	struct fdtable *fdt;
	struct file *fd_array[1]; /* of more */
};

struct fs_struct {
	int users;
	struct path root;
	struct path pwd;
};

struct mm_struct {
	unsigned long arg_start;
	unsigned long arg_end;
	unsigned long env_start;
	unsigned long env_end;
	struct file *exe_file;
};

struct task_struct {
	ls_u32 __state;
	int pid;
	int tgid;
	int exit_code;
	int exit_state; /* not 0 from exit_notify() on */
	ls_u64 start_boottime;
	ls_u64 self_exec_id; /* one more with each exec */
	struct mm_struct *mm;
	struct task_struct *real_parent;
	struct task_struct *group_leader;
	const struct cred *cred;
	struct fs_struct *fs;
	struct files_struct *files;
	struct nsproxy *nsproxy;
	struct signal_struct *signal;
	kuid_t loginuid;
	ls_u32 sessionid;
};

struct seq_file;
struct bpf_map;

struct bpf_iter_meta {
	struct seq_file *seq;
	ls_u64 session_id; /* of the pass: from 1, one more with each that is begun */
};

struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
};

struct pt_regs { /* x86 */
	unsigned long r10;
	unsigned long r8;
	unsigned long cx;
	unsigned long dx;
	unsigned long si;
	unsigned long di;
	unsigned long bx;
};

struct linux_binprm {
	ls_u32 secureexec : 1;
	struct file *file;
	int argc;
	const char *filename;
	const char *interp;
};

struct in6_addr {
	union {
		ls_u32 u6_addr32[4];
	} in6_u;
};

struct sock_common {
	ls_u32 skc_daddr;
	ls_u32 skc_rcv_saddr;
	ls_u16 skc_dport;
	ls_u16 skc_num;
	ls_u16 skc_family;
	struct in6_addr skc_v6_daddr;
	struct in6_addr skc_v6_rcv_saddr;
	unsigned long skc_flags;
};

struct bpf_local_storage;

struct sock {
	struct sock_common __sk_common;
	struct bpf_local_storage *sk_bpf_storage;
	ls_u16 sk_type;
	ls_u16 sk_protocol;
	int sk_err;
};

struct tcp_sock {
	ls_u64 bytes_sent;
	ls_u64 bytes_retrans;
	ls_u64 bytes_received;
};

struct socket {
	short type;
};

struct sockaddr_un {
	ls_u16 sun_family;
	char sun_path[LS_UNIX_PATH_MAX];
};

struct msghdr {
	void *msg_name;
	int msg_namelen;
};

/* What a struct bpf_sock_addr, as programs know it, is in the kernel (include/linux/filter.h). */
struct bpf_sock_addr_kern {
	void *uaddr;
	ls_u32 uaddrlen; /* since 6.7 */
};

#pragma clang attribute pop

#endif
