/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "edge/notify.h"

#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

/* A number as the manager writes it; 0 for anything else. */
static uint64_t number_in(const char *name)
{
	const char *text = getenv(name);
	char *end;
	unsigned long long n;

	if (!text || *text < '0' || *text > '9')
		return 0;
	errno = 0;
	n = strtoull(text, &end, 10);
	return errno || *end ? 0 : n;
}

/* The patience holds for this process only where WATCHDOG_PID is absent or names it. */
static uint64_t watchdog_us(void)
{
	const char *pid = getenv("WATCHDOG_PID");

	if (pid && number_in("WATCHDOG_PID") != (uint64_t)getpid())
		return 0;
	return number_in("WATCHDOG_USEC");
}

int notify__open(struct notify *notify)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	size_t n = path ? strlen(path) : 0;
	int ret;

	*notify = (struct notify){ .fd = -1, .watchdog_us = watchdog_us() };
	if (n == 0)
		return 0;
	if ((path[0] != '/' && path[0] != '@') || n >= sizeof(addr.sun_path))
		return -EAFNOSUPPORT;
	memcpy(addr.sun_path, path, n);
	if (path[0] == '@')
		addr.sun_path[0] = '\0';
	notify->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	/* an abstract name is as long as the address says: no padding */
	if (notify->fd < 0 || connect(notify->fd, (struct sockaddr *)&addr,
				      (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n))) {
		ret = -errno;
		notify__close(notify);
		return ret;
	}
	return 0;
}

void notify__close(struct notify *notify)
{
	if (notify->fd >= 0)
		close(notify->fd);
	notify->fd = -1;
}

static int send_text(const struct notify *notify, const char *text)
{
	if (notify->fd < 0)
		return 0;
	/* the manager that does not read is not waited for */
	if (send(notify->fd, text, strlen(text), MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		return -errno;
	return 0;
}

int notify__ready(const struct notify *notify, const char *status)
{
	char text[512];

	snprintf(text, sizeof(text), "READY=1\nSTATUS=%s", status);
	return send_text(notify, text);
}

int notify__reloading(const struct notify *notify)
{
	struct timespec now;
	char text[96];

	clock_gettime(CLOCK_MONOTONIC, &now);
	snprintf(text, sizeof(text), "RELOADING=1\nMONOTONIC_USEC=%" PRIu64,
		 (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000);
	return send_text(notify, text);
}

int notify__stopping(const struct notify *notify)
{
	return send_text(notify, "STOPPING=1");
}

int notify__watchdog(const struct notify *notify)
{
	return send_text(notify, "WATCHDOG=1");
}
