/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/session/hook.h"

#include <string.h>

/* enum bpf_attach_type of Linux 6.7, which headers may be older than */
#define CGROUP_UNIX_CONNECT 49
#define CGROUP_UNIX_SENDMSG 50

#define KERNEL_NAME_LEN 15 /* BPF_OBJ_NAME_LEN of linux/bpf.h, less the NUL */

#define REQUIRED(name, where, how)                                                                 \
	{                                                                                          \
		.program = name, .place = where, .way = how, .required = true                      \
	}

#define FEXIT(name, of)                                                                            \
	{                                                                                          \
		.program = name, .place = "fexit/" of, .way = HOOK_WAY_FENTRY, .function = of      \
	}

/* The LSM's hook in place of an fexit program. */
#define LSM(name, of, fexit)                                                                       \
	{                                                                                          \
		.program = name, .place = "lsm/" of, .way = HOOK_WAY_LSM,                          \
		.function = "bpf_lsm_" of, .stands_in = HOOK_BIT(fexit)                            \
	}

#define SPARE(name, where, of)                                                                     \
	{                                                                                          \
		.program = name, .place = where, .way = HOOK_WAY_SPARE, .spare_of = of             \
	}

const struct hook_row hook_rows[HOOKS_N] = {
	[HOOK_EXEC] = REQUIRED("on_exec", "tp_btf/sched_process_exec", HOOK_WAY_TRACEPOINT),
	[HOOK_FORK] = REQUIRED("on_fork", "tp_btf/sched_process_fork", HOOK_WAY_TRACEPOINT),
	[HOOK_EXIT] = REQUIRED("on_exit", "tp_btf/sched_process_exit", HOOK_WAY_TRACEPOINT),
	[HOOK_SOCK_STATE] =
		REQUIRED("on_sock_state", "tp_btf/inet_sock_set_state", HOOK_WAY_TRACEPOINT),
	[HOOK_CONNECT4] = REQUIRED("on_connect4", "cgroup/connect4", HOOK_WAY_CGROUP),
	[HOOK_CONNECT6] = REQUIRED("on_connect6", "cgroup/connect6", HOOK_WAY_CGROUP),
	[HOOK_SENDMSG4] = REQUIRED("on_sendmsg4", "cgroup/sendmsg4", HOOK_WAY_CGROUP),
	[HOOK_SENDMSG6] = REQUIRED("on_sendmsg6", "cgroup/sendmsg6", HOOK_WAY_CGROUP),
	[HOOK_BIND4] = REQUIRED("on_bind4", "cgroup/bind4", HOOK_WAY_CGROUP),
	[HOOK_BIND6] = REQUIRED("on_bind6", "cgroup/bind6", HOOK_WAY_CGROUP),
	[HOOK_CONNECT_UNIX] = { .program = "on_connect_unix",
				.place = "cgroup/connect_unix",
				.way = HOOK_WAY_CGROUP_UNIX,
				.attach_type = CGROUP_UNIX_CONNECT },
	[HOOK_SENDMSG_UNIX] = { .program = "on_sendmsg_unix",
				.place = "cgroup/sendmsg_unix",
				.way = HOOK_WAY_CGROUP_UNIX,
				.attach_type = CGROUP_UNIX_SENDMSG },
	[HOOK_UNIX_STREAM] = { .program = "on_unix_stream_connect",
			       .place = "fentry/unix_stream_connect",
			       .way = HOOK_WAY_FENTRY,
			       .function = "unix_stream_connect",
			       .stands_in = HOOK_BIT(HOOK_CONNECT_UNIX) },
	[HOOK_UNIX_DGRAM] = { .program = "on_unix_dgram_connect",
			      .place = "fentry/unix_dgram_connect",
			      .way = HOOK_WAY_FENTRY,
			      .function = "unix_dgram_connect",
			      .stands_in = HOOK_BIT(HOOK_CONNECT_UNIX) },
	[HOOK_UNIX_SEND] = { .program = "on_unix_dgram_sendmsg",
			     .place = "fentry/unix_dgram_sendmsg",
			     .way = HOOK_WAY_FENTRY,
			     .function = "unix_dgram_sendmsg",
			     .stands_in = HOOK_BIT(HOOK_SENDMSG_UNIX) },
	[HOOK_EXECVE_FAILED] = FEXIT("on_execve_failed", "__x64_sys_execve"),
	[HOOK_EXECVEAT_FAILED] = FEXIT("on_execveat_failed", "__x64_sys_execveat"),
	[HOOK_EXECVE32_FAILED] = FEXIT("on_execve32_failed", "__ia32_compat_sys_execve"),
	[HOOK_EXECVEAT32_FAILED] = FEXIT("on_execveat32_failed", "__ia32_compat_sys_execveat"),
	[HOOK_FILE_OPEN] = FEXIT("on_file_open", "security_file_open"),
	[HOOK_TRUNCATE] = FEXIT("on_truncate", "vfs_truncate"),
	[HOOK_RENAME] = FEXIT("on_rename", "security_path_rename"),
	[HOOK_LINK] = FEXIT("on_link", "security_path_link"),
	[HOOK_SYMLINK] = FEXIT("on_symlink", "security_path_symlink"),
	[HOOK_UNLINK] = FEXIT("on_unlink", "security_path_unlink"),
	[HOOK_FILE_OPEN_LSM] = LSM("on_file_open_lsm", "file_open", HOOK_FILE_OPEN),
	[HOOK_TRUNCATE_LSM] = LSM("on_truncate_lsm", "path_truncate", HOOK_TRUNCATE),
	[HOOK_RENAME_LSM] = LSM("on_rename_lsm", "path_rename", HOOK_RENAME),
	[HOOK_LINK_LSM] = LSM("on_link_lsm", "path_link", HOOK_LINK),
	[HOOK_SYMLINK_LSM] = LSM("on_symlink_lsm", "path_symlink", HOOK_SYMLINK),
	[HOOK_UNLINK_LSM] = LSM("on_unlink_lsm", "path_unlink", HOOK_UNLINK),
	[HOOK_SOCK_CREATE] = REQUIRED("on_sock_create", "cgroup/sock_create", HOOK_WAY_CGROUP),
	[HOOK_SOCKET] = { .program = "on_socket",
			  .place = "fexit/__sock_create",
			  .way = HOOK_WAY_FENTRY,
			  .function = "__sock_create" },
	[HOOK_SEARCH] = { .program = "find_untracked",
			  .place = "iter/task",
			  .way = HOOK_WAY_ITERATOR },
	[HOOK_EXEC_2] = SPARE("on_exec_2", "tp_btf/sched_process_exec", HOOK_EXEC),
	[HOOK_EXEC_3] = SPARE("on_exec_3", "tp_btf/sched_process_exec", HOOK_EXEC),
	[HOOK_FORK_2] = SPARE("on_fork_2", "tp_btf/sched_process_fork", HOOK_FORK),
	[HOOK_FORK_3] = SPARE("on_fork_3", "tp_btf/sched_process_fork", HOOK_FORK),
	[HOOK_EXIT_2] = SPARE("on_exit_2", "tp_btf/sched_process_exit", HOOK_EXIT),
	[HOOK_EXIT_3] = SPARE("on_exit_3", "tp_btf/sched_process_exit", HOOK_EXIT),
	[HOOK_SOCK_STATE_2] =
		SPARE("on_sock_state_2", "tp_btf/inet_sock_set_state", HOOK_SOCK_STATE),
	[HOOK_SOCK_STATE_3] =
		SPARE("on_sock_state_3", "tp_btf/inet_sock_set_state", HOOK_SOCK_STATE),
};

const char *hook_program(enum hook hook)
{
	return hook_rows[hook].program;
}

const char *hook_place(enum hook hook)
{
	return hook_rows[hook].place;
}

int hook_of_program(const char *program)
{
	for (int hook = 0; hook < HOOKS_N; hook++) {
		if (!strcmp(hook_rows[hook].program, program))
			return hook;
	}
	return -1;
}

int hook_of_kernel_name(const char *name)
{
	for (int hook = 0; hook < HOOKS_N; hook++) {
		if (!strncmp(hook_rows[hook].program, name, KERNEL_NAME_LEN))
			return hook;
	}
	return -1;
}

int hook_blamed(const char *line)
{
	static const char begin[] = "libbpf: prog '";
	char program[64];
	size_t n;

	if (strncmp(line, begin, sizeof(begin) - 1) != 0)
		return -1;
	line += sizeof(begin) - 1;
	n = strcspn(line, "'");
	if (n >= sizeof(program) || !line[n])
		return -1;
	memcpy(program, line, n);
	program[n] = '\0';
	return hook_of_program(program);
}

/* What the way lacks on this host; NULL: nothing. */
static const char *way_lacks(enum hook_way way, const struct kernel_facts *facts)
{
	switch (way) {
	case HOOK_WAY_CGROUP_UNIX:
		return facts->cgroup_unix == FACT_YES ? NULL : "needs Linux 6.7";
	case HOOK_WAY_FENTRY:
		return facts->fentry == FACT_YES ? NULL : "this kernel takes no fentry program";
	case HOOK_WAY_LSM:
		if (facts->lsm_bpf == FACT_NO)
			return "the BPF LSM is not active (lsm=...,bpf)";
		if (facts->lsm != FACT_YES)
			return "this kernel takes no LSM program";
		/* One that is attached where the LSM is not active is never called. */
		return facts->lsm_bpf == FACT_YES
			       ? NULL
			       : "the active LSMs can't be read (/sys/kernel/security)";
	case HOOK_WAY_SPARE:
		return facts->preempt == FACT_YES ? NULL : "has no use before Linux 7.0";
	case HOOK_WAY_TRACEPOINT:
	case HOOK_WAY_CGROUP:
	case HOOK_WAY_ITERATOR:
		break;
	}
	return NULL;
}

static bool function_missing(const struct hook_row *row, size_t hook,
			     const struct kernel_facts *facts)
{
	return row->function && !(facts->functions & HOOK_BIT(hook));
}

static bool can_run(const struct hook_row *row, size_t hook, const struct kernel_facts *facts)
{
	return row->required ||
	       (!way_lacks(row->way, facts) && !function_missing(row, hook, facts));
}

uint64_t hooks_choose(const struct hook_row *rows, size_t n, const struct kernel_facts *facts,
		      uint64_t refused)
{
	uint64_t able = 0, chosen = 0;

	for (size_t i = 0; i < n; i++) {
		if (can_run(&rows[i], i, facts) && (rows[i].required || !(refused & HOOK_BIT(i))))
			able |= HOOK_BIT(i);
	}
	for (size_t i = 0; i < n; i++) {
		uint64_t better = rows[i].stands_in;

		if ((able & HOOK_BIT(i)) && (!better || (better & ~able)))
			chosen |= HOOK_BIT(i);
	}
	return chosen;
}

uint64_t hooks_skipped(const struct hook_row *rows, size_t n, uint64_t programs,
		       const uint64_t *misses)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < n; i++) {
		uint64_t least = misses[i];

		if (rows[i].way == HOOK_WAY_SPARE || !(programs & HOOK_BIT(i)))
			continue;
		for (size_t spare = 0; spare < n; spare++) {
			if (rows[spare].way == HOOK_WAY_SPARE && rows[spare].spare_of == i &&
			    (programs & HOOK_BIT(spare)) && misses[spare] < least)
				least = misses[spare];
		}
		sum += least;
	}
	return sum;
}

void hook_why_not(const struct hook_row *row, size_t hook, const struct kernel_facts *facts,
		  const char *before, struct buf *why)
{
	const char *lacks = way_lacks(row->way, facts);

	if (row->required)
		return;
	if (facts->refused[hook][0])
		buf_addf(why, "%srefused: %s", before, facts->refused[hook]);
	else if (lacks)
		buf_addf(why, "%s%s", before, lacks);
	else if (function_missing(row, hook, facts))
		buf_addf(why, "%sthis kernel has no %s", before, row->function);
}
