/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_TEST_EXEC_WAYS_H
#define LOCKSTEP_TEST_EXEC_WAYS_H

#include "exec_act.h"

/*
 * Processes and namespaces in which an act's path is executed: values of act->exec. Each ends the
 * opener by itself, with 125 when it could not be done.
 */
int exec_in_thread(const struct act *act);
int exec_vfork(const struct act *act);
int exec_posix_spawn(const struct act *act);
int exec_clone_parent(const struct act *act);
int exec_clone3_cgroup(const struct act *act); /* into the cgroup whose directory is act->other */

int exec_pid_namespace(const struct act *act);
int exec_user_namespace(const struct act *act);
int exec_mount_namespace(const struct act *act); /* act->path lies on a tmpfs that is only there */
int exec_bind_mount(const struct act *act);      /* act->path is the actor's, bound */
int exec_chroot(const struct act *act);
/* The file is one of another process's mount namespace, reached through /proc/PID/root. */
int exec_foreign_file(const struct act *act);

#endif
