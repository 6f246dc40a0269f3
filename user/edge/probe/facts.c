// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "edge/probe/facts.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "core/base/array.h"
#include "core/session/capability.h"

/* The first line of a small file; false where there is none. */
static bool read_word(const char *path, char *text, size_t n)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got;

	if (fd < 0)
		return false;
	got = read(fd, text, n - 1);
	close(fd);
	text[got > 0 ? got : 0] = '\0';
	text[strcspn(text, "\n")] = '\0';
	return got > 0;
}

/* Loads a program of two instructions that returns `value`. */
static int load_trial(enum bpf_prog_type type, uint32_t attach_type, int btf_id, int value)
{
	const struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = value },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .expected_attach_type = attach_type,
		    .attach_btf_id = (uint32_t)btf_id);

	return bpf_prog_load(type, "lockstep_trial", "Dual BSD/GPL", insns, ARRAY_SIZE(insns),
			     &opts);
}

/* Whether a program can be loaded for a function of the kernel's, and attached to it. */
static enum fact attaches(const struct btf *btf, const char *function, enum bpf_prog_type type,
			  uint32_t attach_type)
{
	int id = btf__find_by_name_kind(btf, function, BTF_KIND_FUNC);
	int program, link;

	if (id <= 0)
		return FACT_UNKNOWN;
	program = load_trial(type, attach_type, id, 0);
	if (program < 0)
		return FACT_NO;
	link = bpf_link_create(program, 0, attach_type, NULL);
	close(program);
	if (link < 0)
		return FACT_NO;
	close(link);
	return FACT_YES;
}

static enum fact cgroup_unix(void)
{
	int program = load_trial(BPF_PROG_TYPE_CGROUP_SOCK_ADDR,
				 hook_rows[HOOK_CONNECT_UNIX].attach_type, 0, 1);

	if (program < 0)
		return FACT_NO;
	close(program);
	return FACT_YES;
}

static uint64_t functions(const struct btf *btf)
{
	uint64_t found = 0;

	for (int hook = 0; hook < HOOKS_N; hook++) {
		const char *name = hook_rows[hook].function;

		if (name && btf__find_by_name_kind(btf, name, BTF_KIND_FUNC) > 0)
			found |= HOOK_BIT(hook);
	}
	return found;
}

/*
 * The kernel's own test functions (net/bpf/test_run.c) are called by nobody else, and the clock is
 * seldom set: an attachment there for a moment touches no one.
 */
static void probe_btf(struct kernel_facts *out)
{
	libbpf_print_fn_t before = libbpf_set_print(NULL);
	struct btf *btf = btf__load_vmlinux_btf();

	if (!libbpf_get_error(btf)) {
		out->fentry =
			attaches(btf, "bpf_fentry_test1", BPF_PROG_TYPE_TRACING, BPF_TRACE_FENTRY);
		out->lsm = attaches(btf, "bpf_lsm_settime", BPF_PROG_TYPE_LSM, BPF_LSM_MAC);
		out->functions = functions(btf);
		btf__free(btf);
	}
	libbpf_set_print(before);
}

/* The list is "capability,landlock,bpf" (Documentation/admin-guide/LSM/index.rst). */
static enum fact lsm_bpf(void)
{
	char list[1024], *name, *rest = list;

	if (!read_word("/sys/kernel/security/lsm", list, sizeof(list)))
		return FACT_UNKNOWN;
	while ((name = strsep(&rest, ",")) != NULL) {
		if (!strcmp(name, "bpf"))
			return FACT_YES;
	}
	return FACT_NO;
}

/*
 * io_uring_disabled (Linux 6.6): 2 refuses everybody; 1 all but one group and CAP_SYS_ADMIN. Asked
 * for no ring at no address, a kernel that knows the call answers anything but ENOSYS.
 */
static enum fact io_uring(void)
{
	char text[16];

	if (read_word("/proc/sys/kernel/io_uring_disabled", text, sizeof(text)) &&
	    !strcmp(text, "2"))
		return FACT_NO;
	if (syscall(SYS_io_uring_setup, 0, NULL) < 0 && errno == ENOSYS)
		return FACT_NO;
	return FACT_YES;
}

void probe_facts(struct kernel_facts *out)
{
	struct utsname names;

	memset(out, 0, sizeof(*out));
	if (!uname(&names))
		snprintf(out->release, sizeof(out->release), "%s", names.release);
	out->btf = access("/sys/kernel/btf/vmlinux", R_OK) ? FACT_NO : FACT_YES;
	if (out->btf == FACT_YES)
		probe_btf(out);
	out->cgroup_unix = cgroup_unix();
	out->lsm_bpf = lsm_bpf();
	out->io_uring = io_uring();
	out->audit = access("/proc/self/sessionid", F_OK) ? FACT_NO : FACT_YES;
	out->preempt = kernel_since(out->release, 7, 0) ? FACT_YES : FACT_NO;
}
