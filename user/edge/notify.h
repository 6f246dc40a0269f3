/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_NOTIFY_H
#define LOCKSTEP_NOTIFY_H

#include <stdint.h>

/*
 * Tells the service manager where the daemon stands: the datagrams of sd_notify(3), sent by
 * ourselves, as that page recommends for programs that want no libsystemd. Without $NOTIFY_SOCKET
 * everything here does nothing and succeeds.
 */
struct notify {
	int fd;               /* -1: nobody wants to know */
	uint64_t watchdog_us; /* the manager's patience, 0: no watchdog (sd_watchdog_enabled(3)) */
};

/* Reads $NOTIFY_SOCKET, $WATCHDOG_USEC and $WATCHDOG_PID. 0; -EAFNOSUPPORT for an address that is
 * neither a path nor abstract; -errno. */
int notify__open(struct notify *notify);
void notify__close(struct notify *notify);

int notify__ready(const struct notify *notify, const char *status);
int notify__reloading(const struct notify *notify); /* with MONOTONIC_USEC; ready() follows it */
int notify__stopping(const struct notify *notify);
int notify__watchdog(const struct notify *notify);

#endif
