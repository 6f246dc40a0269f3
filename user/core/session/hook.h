/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_HOOK_H
#define LOCKSTEP_HOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/buf.h"

/*
 * The kernel programs of this version, each in the one place that it is attached to: one table, by
 * which edge/probe/hooks.c loads and attaches, and capability.h says what a host sees.
 *
 * A new program is: its function in bpf/, a name in enum hook, a row of hook_rows[] (hook.c), and
 * its bit in the row of the capability that it serves (capability.c); for one of several ways to
 * see the same, `hooks` there has the best and `otherwise` the next. Nothing else names it. A
 * program that not every supported kernel can run is not `required`: it is loaded only where
 * hooks_choose() says so, and one that the kernel refuses all the same is left out and shows in
 * `lockstep doctor`.
 */
enum hook {
	HOOK_EXEC,
	HOOK_FORK,
	HOOK_EXIT,
	HOOK_SOCK_STATE,
	HOOK_CONNECT4,
	HOOK_CONNECT6,
	HOOK_SENDMSG4,
	HOOK_SENDMSG6,
	HOOK_BIND4,
	HOOK_BIND6,
	HOOK_CONNECT_UNIX,
	HOOK_SENDMSG_UNIX,
	HOOK_UNIX_STREAM,
	HOOK_UNIX_DGRAM,
	HOOK_UNIX_SEND,
	HOOK_EXECVE_FAILED,
	HOOK_EXECVEAT_FAILED,
	HOOK_EXECVE32_FAILED,
	HOOK_EXECVEAT32_FAILED,
	HOOK_FILE_OPEN,
	HOOK_TRUNCATE,
	HOOK_RENAME,
	HOOK_LINK,
	HOOK_SYMLINK,
	HOOK_UNLINK,
	HOOK_FILE_OPEN_LSM,
	HOOK_TRUNCATE_LSM,
	HOOK_RENAME_LSM,
	HOOK_LINK_LSM,
	HOOK_SYMLINK_LSM,
	HOOK_UNLINK_LSM,
	HOOK_SOCK_CREATE,
	HOOK_SOCKET,
	HOOK_SEARCH,
	HOOK_EXEC_2, /* spares: see HOOK_WAY_SPARE */
	HOOK_EXEC_3,
	HOOK_FORK_2,
	HOOK_FORK_3,
	HOOK_EXIT_2,
	HOOK_EXIT_3,
	HOOK_SOCK_STATE_2,
	HOOK_SOCK_STATE_3,
	HOOKS_N,
};
#define HOOK_BIT(hook) (UINT64_C(1) << (hook))

/* What a program is attached by, which is what its kernel has to offer. */
enum hook_way {
	HOOK_WAY_TRACEPOINT,  /* tp_btf */
	HOOK_WAY_CGROUP,      /* any type that Linux 6.1 has */
	HOOK_WAY_CGROUP_UNIX, /* BPF_CGROUP_UNIX_*, Linux 6.7 */
	HOOK_WAY_FENTRY,      /* or fexit */
	HOOK_WAY_LSM,
	/* tp_btf, once more: sees what the program it is a spare of was kept from. */
	HOOK_WAY_SPARE,
	HOOK_WAY_ITERATOR, /* sees nothing by itself: it is run when it is read */
};

struct hook_row {
	const char *program; /* its name in bpf/: "on_exec" */
	const char *place;   /* its section there: "tp_btf/sched_process_exec" */
	enum hook_way way;
	bool required; /* nothing works without it */
	/* fentry, fexit, lsm: has to be in the kernel's BTF; NULL: no matter. */
	const char *function;
	/* enum bpf_attach_type, where libbpf does not know the section; 0: it does. */
	uint32_t attach_type;
	enum hook spare_of; /* HOOK_WAY_SPARE: of which; HOOK_EXEC for the others, and unused */
	/* HOOK_BIT() of better ones: not loaded where all of these are; 0: none. */
	uint64_t stands_in;
};
extern const struct hook_row hook_rows[HOOKS_N];

const char *hook_program(enum hook hook);
const char *hook_place(enum hook hook);
/* The hook of a program; -1: of no row. */
int hook_of_program(const char *program);
/* By the name that the kernel keeps: the first 15 characters (BPF_OBJ_NAME_LEN). */
int hook_of_kernel_name(const char *name);
/*
 * The hook whose program a line of libbpf's is about ("libbpf: prog 'on_exec': ..."); -1: of none.
 */
int hook_blamed(const char *line);

enum fact { FACT_UNKNOWN, FACT_NO, FACT_YES };

/* Found by edge/probe/facts.c, but for the last two, which are edge/probe/hooks.c's. */
struct kernel_facts {
	char release[256]; /* of uname(2) */
	enum fact btf;
	enum fact fentry;      /* an fentry program was loaded and attached, to try */
	enum fact lsm;         /* likewise an LSM program */
	enum fact lsm_bpf;     /* "bpf" is one of the active LSMs */
	enum fact cgroup_unix; /* a program for BPF_CGROUP_UNIX_CONNECT loads */
	enum fact io_uring;    /* a process may make a ring */
	enum fact audit;       /* processes have an audit session id */
	enum fact preempt;  /* programs at tracepoints can be preempted (Linux 7.0, 46023d5616ed) */
	uint64_t functions; /* bit n: the kernel's BTF has the function of hook n */
	uint64_t programs;  /* bit n: the program of hook n is attached */
	char refused[HOOKS_N][160]; /* the kernel took it not, though it should have: its words */
};

/* Bit n: row n is to be loaded; `refused` are bits of rows that were tried in vain. */
uint64_t hooks_choose(const struct hook_row *rows, size_t n, const struct kernel_facts *facts,
		      uint64_t refused);
/*
 * How many acts may have been seen by no program, where `misses` is how often the kernel skipped
 * each (bpf_prog_info.recursion_misses; 0 of what is not attached): an act that a program was kept
 * from was seen by a spare, unless those were kept from it too.
 */
uint64_t hooks_skipped(const struct hook_row *rows, size_t n, uint64_t programs,
		       const uint64_t *misses);
/*
 * Why the host does not run the hook's program, behind `before`: one line, no full stop; nothing
 * where that is not known, as of a required one.
 */
void hook_why_not(const struct hook_row *row, size_t hook, const struct kernel_facts *facts,
		  const char *before, struct buf *why);

#endif
