/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_HOST_H
#define LOCKSTEP_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What the host is and what its clocks say. */
struct host {
	char name[256];   /* nodename of uname(2) */
	char boot[37];    /* /proc/sys/kernel/random/boot_id */
	char kernel[256]; /* release of uname(2) */
};

int host_read(struct host *out); /* 0 or -errno */

uint64_t host_boot_ns(void); /* CLOCK_BOOTTIME: the clock of the kernel's records */
int64_t host_wall_ns(void);  /* CLOCK_REALTIME, nanoseconds of the epoch */
/* Wall clock less boot clock, read close together. */
int64_t host_boot_to_wall_ns(void);

/* Inode number of this process's mount namespace, in which it looks names up; 0: not known. */
uint32_t host_mntns(void);

/*
 * A name for a session that no other has had: 16 characters of lower-case base32 (Crockford's,
 * which leaves out i, l, o and u), the first seven the second of its making, so that ids sort by
 * time, the other nine random. 0 or -errno of getrandom(2).
 */
enum { HOST_SESSION_ID = 17 };
int host_session_id(char id[HOST_SESSION_ID]);

/* Audit login uid of a process (/proc/PID/loginuid); false when unset or unknown. */
bool host_login_uid(int pid, uint32_t *uid);
/* Name of a user: into `name`, or the number as text where the user has none. */
void host_user_name(uint32_t uid, char *name, size_t n);
/* Likewise, and nobody is asked but /etc/passwd: for who can't wait for a directory service. */
void host_local_user_name(uint32_t uid, char *name, size_t n);
#endif
