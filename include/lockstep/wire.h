/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_WIRE_H
#define LOCKSTEP_WIRE_H

/*
 * The records that the kernel programs put into the ring: the contract between bpf/ and
 * user/core/event/decode.c, and the contents of a capture file.
 *
 * A record is `struct ls_hdr`, the rest of the struct that its type names, and for an exec the
 * sections. Byte order is the host's; every struct has explicit padding and an asserted size.
 * `len` counts the valid bytes from the header's start; a ring reservation may be longer, and what
 * lies behind `len` is not to be read. The reader trusts no length, count or offset in here: a
 * record that does not add up is counted and refused (decode.h).
 *
 * Times are CLOCK_BOOTTIME nanoseconds (bpf_ktime_get_boot_ns). tgid, tid and ppid are those of the
 * initial pid namespace. uids are those of the initial user namespace. dev is the kernel's own
 * dev_t (MAJOR = dev >> 20, include/linux/kdev_t.h), which differs from stat()'s st_dev on btrfs
 * and overlayfs. Ports are in host byte order, addresses in network byte order.
 */

#ifdef __BPF__
typedef unsigned char ls_u8;
typedef unsigned short ls_u16;
typedef unsigned int ls_u32;
typedef unsigned long long ls_u64;
typedef int ls_s32;
typedef long long ls_s64;
#else
#include <stdint.h>
typedef uint8_t ls_u8;
typedef uint16_t ls_u16;
typedef uint32_t ls_u32;
typedef uint64_t ls_u64;
typedef int32_t ls_s32;
typedef int64_t ls_s64;
#endif

/*
 * Changes with any change of layout or meaning below; a reader refuses every other version. A new
 * type of record is an addition and changes nothing: a reader that does not know it counts and
 * refuses those records only. LS_REC_ACCEPT and what follows it came so.
 */
#define LS_WIRE_VERSION 1

/* ls_hdr.type. fork is no record: the image in the header keeps the tree whole across forks. */
#define LS_REC_EXEC        1 /* struct ls_exec + sections: an exec that succeeded */
#define LS_REC_EXIT        2 /* struct ls_exit: the last thread of a process is gone */
#define LS_REC_CONNECT     3 /* struct ls_net: TCP at SYN_SENT; UDP at the cgroup connect hook */
/* struct ls_close: the socket of a TCP connect or accept reached CLOSE. */
#define LS_REC_CLOSE       4
#define LS_REC_SEND        5 /* struct ls_net: a UDP datagram to an address given with it */
#define LS_REC_BIND        6 /* struct ls_net: local address asked for; port 0 is "any" */
#define LS_REC_LISTEN      7 /* struct ls_net: a TCP socket entered LISTEN */
/* struct ls_accept: the kernel took a connection for a recorded listener. */
#define LS_REC_ACCEPT      8
/* struct ls_unix + sections: a connect or datagram to an AF_UNIX address. */
#define LS_REC_UNIX        9
/* struct ls_socket: a socket of a kind that no other record shows at work. */
#define LS_REC_SOCKET      10
/* struct ls_write + sections: a file was opened for writing, or a name changed. */
#define LS_REC_WRITE       11
/* struct ls_exec_failed + sections: an exec that came back with an error. */
#define LS_REC_EXEC_FAILED 12
#define LS_REC_TYPES       13

/* ls_hdr.flags */

/* The process forked, or was forked, since its last exec: others may run the image. */
#define LS_F_SHARED 1
/* LS_REC_EXIT: no process of the session was left when this one was taken out. */
#define LS_F_LAST   2

#define LS_NO_ID 0xffffffffu /* an unset auid or audit session, as the kernel's INVALID_UID */

struct ls_hdr {
	ls_u32 len;    /* bytes of the record, this header included */
	ls_u8 version; /* LS_WIRE_VERSION */
	ls_u8 type;    /* LS_REC_* */
	ls_u16 flags;  /* LS_F_* */
	/* From 1, taken per session before the ring reserve: a lost record leaves a hole. */
	ls_u64 sseq;
	ls_u64 ts_ns;    /* when the act happened, boot clock */
	ls_u64 start_ns; /* start of the process (its leader's start_boottime), boot clock */
	/* sseq of the exec whose image the process ran when it acted; 0: the opener's own. */
	ls_u64 image;
	ls_u32 session; /* key of the session in the `sessions` map */
	ls_u32 tgid;
	ls_u32 tid;
	ls_u32 ppid; /* tgid of real_parent */
	ls_u32 uid;
	ls_u32 euid;
	ls_u32 auid;  /* audit login uid, LS_NO_ID when unset */
	ls_u32 asid;  /* audit session id, LS_NO_ID when unset */
	ls_u32 mntns; /* inode number of the mount namespace */
	ls_u32 pad;
};
_Static_assert(sizeof(struct ls_hdr) == 80, "ls_hdr is wire format");

/*
 * ls_exec.section_len is indexed by these; the sections follow the struct in this order, unpadded.
 */

/* Path components of the loaded file, leaf first, each ended by NUL. */
#define LS_SECTION_EXE      0
#define LS_SECTION_CWD      1 /* likewise, of the working directory */
/* Likewise, of the process's root; empty: the root of the mount tree. */
#define LS_SECTION_ROOT     2
#define LS_SECTION_FILENAME 3 /* bprm->filename: the path as the caller gave it, no NUL */
#define LS_SECTION_INTERP   4 /* bprm->interp, no NUL; empty but for a #! script (or binfmt_misc) */
/* arg_start..arg_end as found in the new image, NUL after each argument. */
#define LS_SECTION_ARGV     5
#define LS_SECTION_ENV      6 /* env_start..env_end, likewise */
#define LS_SECTIONS         7

/* ls_exec.exec_flags */
#define LS_EXEC_ARGV_TRUNCATED  0x1u /* argv_len says how long it was */
/* A page of it could not be read; the section holds what could. */
#define LS_EXEC_ARGV_UNREADABLE 0x2u
#define LS_EXEC_ENV_TRUNCATED   0x4u
#define LS_EXEC_ENV_UNREADABLE  0x8u
#define LS_EXEC_PATH_TRUNCATED  0x10u /* one of EXE, CWD, ROOT, FILENAME or INTERP is not whole */
/* The file is on no mount of any namespace: memfd (also DELETED). */
#define LS_EXEC_FILELESS        0x20u
#define LS_EXEC_DELETED         0x40u /* it has no name: removed before the exec, or O_TMPFILE */
/* bprm->secureexec, AT_SECURE to the image: its credentials are not its caller's. */
#define LS_EXEC_SECURE          0x80u
/*
 * The paths name no place that lasts: EXE, CWD or ROOT is on a mount that is not of the process's
 * mount namespace (detached, or reached through /proc/PID/root or a passed descriptor), or another
 * process shares CWD and ROOT (CLONE_FS) and can move them.
 */
#define LS_EXEC_FOREIGN         0x100u

/* ls_exec.stdin_kind: what descriptor 0 is */
#define LS_STDIN_CLOSED 0
#define LS_STDIN_TTY    1
#define LS_STDIN_PIPE   2 /* pipe, FIFO or socket */
#define LS_STDIN_FILE   3 /* regular file */
#define LS_STDIN_NULL   4 /* /dev/null (character device 1:3) */
#define LS_STDIN_OTHER  5

struct ls_exec {
	struct ls_hdr hdr; /* image: the image that was replaced */
	ls_u64 ino;
	ls_u64 size;
	ls_u64 ctime_ns; /* the file's ctime, nanoseconds of the epoch */
	ls_u64 root_ino;
	ls_u64 argv_len; /* bytes of argv in the image, whatever was kept */
	ls_u64 env_len;
	ls_u32 dev;
	ls_u32 root_dev;
	ls_u32 argc; /* bprm->argc */
	ls_u32 exec_flags;
	ls_u32 tty; /* dev_t of the controlling terminal, 0: none */
	ls_u32 stdin_kind;
	ls_u32 section_len[LS_SECTIONS];
	ls_u32 pad;
};
_Static_assert(sizeof(struct ls_exec) == 80 + 6 * 8 + 6 * 4 + 8 * 4, "ls_exec is wire format");

/* ls_exec_failed.section_len is indexed by these. */
#define LS_FAILED_CWD      0 /* path components, leaf first, each ended by NUL */
#define LS_FAILED_FILENAME 1 /* the path as the caller gave it, no NUL */
#define LS_FAILED_ARGV     2 /* the arguments, NUL after each */
#define LS_FAILED_SECTIONS 3

/* ls_exec_failed.failed_flags */
#define LS_FAILED_ARGV_TRUNCATED 0x1u /* there were more bytes than LS_FAILED_ARGV_MAX */
#define LS_FAILED_UNREADABLE     0x2u /* a page of the path or the arguments could not be read */
#define LS_FAILED_PATH_TRUNCATED 0x4u /* CWD or FILENAME is not whole */

#define LS_FAILED_ARGV_MAX 4096u /* bytes of arguments that are kept */

#define LS_AT_FDCWD (-100)

/*
 * The process is what it was. Path and arguments are user memory, read when the call came back:
 * another thread may have changed them since the kernel looked, and so nothing is judged by them. A
 * call that a signal interrupted is made again and is no failure.
 */
struct ls_exec_failed {
	struct ls_hdr hdr;
	ls_u32 error;    /* errno, positive */
	ls_s32 dirfd;    /* execveat's; LS_AT_FDCWD of execve */
	ls_u32 at_flags; /* execveat's: AT_EMPTY_PATH, AT_SYMLINK_NOFOLLOW */
	ls_u32 failed_flags;
	ls_u32 section_len[LS_FAILED_SECTIONS];
	ls_u32 pad;
};
_Static_assert(sizeof(struct ls_exec_failed) == 80 + 4 * 4 + 4 * 4,
	       "ls_exec_failed is wire format");

struct ls_exit {
	struct ls_hdr hdr;
	ls_u32 status; /* as wait(2) gives it: exit code << 8 | signal */
	ls_u32 pad;
};
_Static_assert(sizeof(struct ls_exit) == 88, "ls_exit is wire format");

#define LS_AF_INET     2
#define LS_AF_INET6    10
#define LS_IPPROTO_TCP 6
#define LS_IPPROTO_UDP 17

struct ls_net {
	struct ls_hdr hdr;
	ls_u64 cookie;   /* socket cookie, 0 where the hook has none */
	ls_u8 local[16]; /* an IPv4 address is in the first four bytes, the rest zero */
	ls_u8 remote[16];
	ls_u16 local_port;
	ls_u16 remote_port;
	ls_u16 family; /* LS_AF_* */
	ls_u16 proto;  /* LS_IPPROTO_* or another protocol number */
};
_Static_assert(sizeof(struct ls_net) == 80 + 8 + 32 + 8, "ls_net is wire format");

/*
 * A connection whose handshake has ended, whether accept(2) has fetched it or not. The header names
 * the process and the image that began to listen, since the handshake ends in anybody's context and
 * who fetches the connection passes no hook; tid, ppid, uid, euid, auid, asid and mntns are zero.
 */
struct ls_accept {
	struct ls_net net;
	ls_u64 of; /* sseq of the listen */
};
_Static_assert(sizeof(struct ls_accept) == 128 + 8, "ls_accept is wire format");

/*
 * The header names the process that connected (or, of an accept, that listened), not the one whose
 * context closed the socket; tid, ppid, uid, euid, auid, asid and mntns are zero.
 */
struct ls_close {
	struct ls_hdr hdr;
	ls_u64 of; /* sseq of the connect or accept */
	/* Payload that was sent, each byte once (tcp_sock.bytes_sent - bytes_retrans). */
	ls_u64 bytes_sent;
	/* Payload in order (tcp_sock.bytes_received, less the FIN that it counts). */
	ls_u64 bytes_received;
	ls_u32 established; /* 1 when the handshake had finished */
	/* sk_err when it had not: 111 refused, 110 timed out, 0 closed by the caller. */
	ls_u32 error;
};
_Static_assert(sizeof(struct ls_close) == 80 + 24 + 8, "ls_close is wire format");

#define LS_AF_PACKET      17
#define LS_AF_VSOCK       40
#define LS_AF_XDP         44
#define LS_IPPROTO_ICMP   1
#define LS_IPPROTO_ICMPV6 58
#define LS_SOCK_RAW       3

/*
 * Left out: TCP, UDP and MPTCP, which are recorded at work; AF_UNIX likewise; AF_NETLINK and
 * AF_ALG. AF_PACKET, AF_VSOCK and the other families are seen only where the kernel runs fexit
 * programs.
 */
struct ls_socket {
	struct ls_hdr hdr;
	ls_u16 family; /* as given to socket(2) */
	ls_u16 type;
	ls_u32 proto; /* likewise: of AF_PACKET in network byte order */
};
_Static_assert(sizeof(struct ls_socket) == 80 + 8, "ls_socket is wire format");

#define LS_UNIX_PATH_MAX 108 /* sizeof(sockaddr_un.sun_path) */

/* ls_unix.type, as in socket(2) */
#define LS_UNIX_STREAM    1
#define LS_UNIX_DGRAM     2
#define LS_UNIX_SEQPACKET 5

/* ls_unix.section_len is indexed by these: path components, leaf first, each ended by NUL. */
#define LS_UNIX_CWD      0 /* the working directory, where `path` is relative to it; else empty */
#define LS_UNIX_ROOT     1 /* the process's root; empty: the root of the mount tree */
#define LS_UNIX_SECTIONS 2

/* ls_unix.unix_flags */
#define LS_UNIX_SEND           0x1u /* a datagram with its address; else a connect */
#define LS_UNIX_PATH_TRUNCATED 0x2u /* CWD or ROOT is not whole */
/*
 * The path names no place that lasts: ROOT, or the CWD that it is relative to, is on a mount that
 * is not of the process's mount namespace, or a thread or another process (CLONE_FS) shares the CWD
 * and can move it meanwhile.
 */
#define LS_UNIX_FOREIGN        0x4u

/*
 * As asked for, whether anybody listens there or not. `path` is what the caller gave, once the
 * kernel had copied it; it has not been looked up yet.
 */
struct ls_unix {
	struct ls_hdr hdr;
	ls_u32 unix_flags;
	ls_u16 type;     /* LS_UNIX_* */
	ls_u16 path_len; /* 1 to LS_UNIX_PATH_MAX */
	ls_u32 section_len[LS_UNIX_SECTIONS];
	/* Ends at its first NUL; one that begins with it is abstract, and whole. */
	ls_u8 path[LS_UNIX_PATH_MAX];
	ls_u32 pad;
};
_Static_assert(sizeof(struct ls_unix) == 80 + 8 + 8 + 108 + 4, "ls_unix is wire format");

/* The type in ls_write.mode: Linux's S_IFMT (include/uapi/linux/stat.h). */
#define LS_MODE_TYPE      0170000
#define LS_MODE_SOCKET    0140000
#define LS_MODE_SYMLINK   0120000
#define LS_MODE_FILE      0100000
#define LS_MODE_BLOCK     0060000
#define LS_MODE_DIRECTORY 0040000
#define LS_MODE_CHAR      0020000
#define LS_MODE_FIFO      0010000

/* ls_write.op */
/* A file was opened for writing, or emptied by it, whether anything was written or not. */
#define LS_WRITE_OPEN     0
#define LS_WRITE_TRUNCATE 1 /* truncate(2); of an open file (ftruncate) its open tells */
#define LS_WRITE_RENAME   2 /* FROM became PATH, in place of what PATH was */
#define LS_WRITE_LINK     3 /* FROM's file got PATH as a further name */
#define LS_WRITE_SYMLINK  4 /* PATH became a symbolic link */
#define LS_WRITE_UNLINK   5 /* PATH was removed; no directory (rmdir) */
#define LS_WRITE_OPS      6

/* ls_write.section_len is indexed by these: path components, leaf first, each ended by NUL. */
#define LS_WRITE_PATH     0 /* the file's name, resolved: no symbolic link is in it */
#define LS_WRITE_FROM     1 /* of a rename or link; empty where the file had no name (O_TMPFILE) */
#define LS_WRITE_SECTIONS 2

/* ls_write.write_flags */
#define LS_WRITE_PATH_TRUNCATED 0x1u /* PATH or FROM is not whole */
/* PATH is on a mount that is not of the process's mount namespace. */
#define LS_WRITE_FOREIGN        0x2u
/* The file has no name any more (opened through /proc/PID/fd). */
#define LS_WRITE_DELETED        0x4u
#define LS_WRITE_EMPTIED        0x8u  /* open: O_TRUNC of a file that was there */
#define LS_WRITE_CREATED        0x10u /* open: the file was made by it */
#define LS_WRITE_EXCHANGED      0x20u /* rename: PATH became FROM as well (RENAME_EXCHANGE) */

/*
 * By any process of a session. Left out: terminals and the memory devices null, zero, full, random
 * and urandom; what is on a mount of the kernel's own (pipes, memfd, the layers of an overlay,
 * whose own file is recorded); O_TMPFILE, which has no name until it is linked. A name is recorded
 * as it is about to change, once access is granted (the kernel's security_path_*): the file system
 * can still refuse.
 */
struct ls_write {
	struct ls_hdr hdr;
	/* The file that is written, moved, linked or removed; 0 for a new symbolic link. */
	ls_u64 ino;
	ls_u32 dev;  /* of the file system */
	ls_u32 rdev; /* of a device: which */
	ls_u32 mode; /* inode->i_mode: type and permissions before the act */
	ls_u32 op;   /* LS_WRITE_* */
	ls_u32 write_flags;
	ls_u32 section_len[LS_WRITE_SECTIONS];
	ls_u32 pad;
};
_Static_assert(sizeof(struct ls_write) == 80 + 8 + 8 * 4, "ls_write is wire format");

/*
 * A capture file: this header, then records, each as in the ring and padded with zeros to a
 * multiple of 8 bytes. Nothing else is in it; who opened the session and on which ticket is beside
 * it.
 */
#define LS_CAPTURE_MAGIC 0x31706163736b636cull /* "lckscap1" */

struct ls_capture_hdr {
	ls_u64 magic;
	ls_u32 version; /* LS_WIRE_VERSION */
	ls_u32 pad;
};
_Static_assert(sizeof(struct ls_capture_hdr) == 16, "ls_capture_hdr is a file format");

#endif
