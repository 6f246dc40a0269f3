/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_RUNS_H
#define LOCKSTEP_RUNS_H

#include <stddef.h>
#include <stdint.h>

/*
 * The runs of a session that have begun and not ended: which step which process carries out. A
 * process may carry out several at once, by one exec after another; all end when it exits. Bounded
 * by RUNS_MAX, which is more than the processes that the kernel tags by default.
 */
enum { RUNS_MAX = 1 << 17 };

struct runs;

int runs__new(struct runs **out); /* 0 or -ENOMEM */
void runs__free(struct runs *runs);
/* 0; -ENOSPC at RUNS_MAX; -ENOMEM. */
int runs__begin(struct runs *runs, uint32_t tgid, uint64_t start_ns, uint32_t step);
/* Calls `ended` once for each run of this process, which are then forgotten. */
void runs__end(struct runs *runs, uint32_t tgid, uint64_t start_ns,
	       void (*ended)(void *ctx, uint32_t step), void *ctx);

#endif
