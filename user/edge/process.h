/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_PROCESS_H
#define LOCKSTEP_PROCESS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Processes by pidfd (pidfd_open(2)): a number alone may be another process by the time it is used.
 * What /proc says of a number is believed only if the pidfd is still alive afterwards.
 */

/*
 * Whose process the pidfd is: its real, effective and saved user, which must be one and the same.
 * 0; -EBADF not a pidfd; -ESRCH gone; -EPERM its users differ (a set-id program); -errno.
 */
int process_user(int pidfd, pid_t *pid, uid_t *uid);

/* 0 when process `tgid` is the one that started at start_ns (boot clock); -ESRCH; -errno. */
int process_started(pid_t tgid, uint64_t start_ns);

/*
 * Sends SIGKILL to process `tgid` if it is the one that started at start_ns (boot clock). 0; -ESRCH
 * gone, or another process has the number by now; -errno.
 */
int process_kill(pid_t tgid, uint64_t start_ns);

#endif
