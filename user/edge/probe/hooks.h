/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_PROBE_HOOKS_H
#define LOCKSTEP_PROBE_HOOKS_H

#include "core/session/hook.h"
#include "lockstep/state.h" /* lockstep.skel.h needs it */

#include "lockstep.skel.h"

/*
 * The half of probe.c that loads and attaches, by the table of core/session/hook.h: all that this
 * kernel can run. The programs that the table requires are there, or it fails; another one that the
 * kernel refuses, though its facts promised it, is left out and all is loaded anew, so that what
 * stands in for it is.
 */

/* Sets what has to be set before a load (settings, sizes of maps). 0 or -errno. */
typedef int (*hooks_prepare)(struct lockstep_bpf *skel, const void *ctx);

/*
 * 0, *out (lockstep_bpf__destroy()), facts->programs and facts->refused; or -errno and one line in
 * why[]. `cgroup` is a directory of the cgroup v2 tree and stays the caller's; `btf` is a file of
 * the kernel's fields, NULL for its own. *facts are those of probe_facts(). `without` are bits of
 * hooks that are left out as if the kernel refused them.
 */
int hooks_load(struct lockstep_bpf **out, int cgroup, const char *btf, hooks_prepare prepare,
	       const void *ctx, uint64_t without, struct kernel_facts *facts, char *why,
	       size_t why_n);

/* How often the kernel skipped each program since the load (bpf_prog_info.recursion_misses). */
void hooks_recursion_misses(const struct lockstep_bpf *skel, uint64_t misses[HOOKS_N]);
uint64_t hooks_object_hash(void); /* of the object that hooks_load() loads */
/* Of one, at its hook's place; none where fd is -1. */
void program_recursion_misses(int fd, uint64_t misses[HOOKS_N]);

#endif
