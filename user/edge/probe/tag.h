/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_PROBE_TAG_H
#define LOCKSTEP_PROBE_TAG_H

#include <stdbool.h>
#include <stdint.h>

/*
 * What has to be known of a process to tag it: its number as the kernel programs see it, and
 * whether its exit hook is still to come. Reads /proc.
 */

/* Whether our numbers of processes are those of the initial pid namespace, as the programs' are. */
bool tag_numbers_agree(void);
/*
 * The tgid of the process behind a pidfd (pidfd_open(2)). 0 or -errno: -EBADF: no pidfd; -EINVAL:
 * that of a thread (PIDFD_THREAD), whose number is no tgid; -ESRCH: gone.
 */
int tag_tgid(int pidfd, uint32_t *tgid);
bool tag_gone(int pidfd);
/*
 * Whether every thread of the process is on its way out, so that the exit hook may have run
 * already: before it is gone it can stay so for as long as it likes (the first process of a pid
 * namespace waits for all others). False: the hook is still to run.
 */
bool tag_ends(uint32_t tgid);

#endif
