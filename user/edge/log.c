/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "edge/log.h"

#include <errno.h>
#include <endian.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "core/base/buf.h"

#define JOURNALD_SOCKET "/run/systemd/journal/socket"
#define SYSLOG_SOCKET   "/dev/log"
enum { FACILITY_AUTHPRIV = 10, LINE_MAX_BYTES = 8192 };

struct log {
	enum log_to to;
	const char *program, *socket;
	int fd; /* -1: stderr only */
	unsigned long failed;
};

static int connect_to(struct log *log)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };

	if (log->fd >= 0)
		close(log->fd);
	log->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (log->fd < 0)
		return -errno;
	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", log->socket);
	return connect(log->fd, (struct sockaddr *)&addr, sizeof(addr)) ? -errno : 0;
}

int log__open_at(struct log **out, enum log_to to, const char *program, const char *socket)
{
	struct log *log = calloc(1, sizeof(*log));
	int ret = 0;

	*out = NULL;
	if (!log)
		return -ENOMEM;
	*log = (struct log){ .to = to, .program = program, .socket = socket, .fd = -1 };
	if (to != LOG_TO_STDERR)
		ret = connect_to(log);
	if (ret) {
		log__close(log);
		return ret;
	}
	*out = log;
	return 0;
}

int log__open(struct log **out, enum log_to to, const char *program)
{
	return log__open_at(out, to, program,
			    to == LOG_TO_JOURNALD ? JOURNALD_SOCKET : SYSLOG_SOCKET);
}

void log__close(struct log *log)
{
	if (!log)
		return;
	if (log->fd >= 0)
		close(log->fd);
	free(log);
}

/* A value with a newline in it goes as length and bytes, every other as NAME=VALUE. */
static void add_field(struct buf *out, const char *name, const char *value)
{
	uint64_t n = htole64(strlen(value));

	buf_adds(out, name);
	if (strchr(value, '\n')) {
		buf_addc(out, '\n');
		buf_add(out, &n, sizeof(n));
	} else {
		buf_addc(out, '=');
	}
	buf_adds(out, value);
	buf_addc(out, '\n');
}

static void journald_datagram(const struct log *log, enum log_level level, const char *line,
			      const struct log_field *fields, int n, struct buf *out)
{
	buf_addf(out, "PRIORITY=%d\n", (int)level);
	add_field(out, "SYSLOG_IDENTIFIER", log->program);
	add_field(out, "MESSAGE", line);
	for (int i = 0; i < n; i++)
		add_field(out, fields[i].name, fields[i].value);
}

static void syslog_datagram(const struct log *log, enum log_level level, const char *line,
			    struct buf *out)
{
	char when[32] = "";
	time_t now = time(NULL);
	struct tm tm;

	if (localtime_r(&now, &tm))
		strftime(when, sizeof(when), "%b %e %H:%M:%S", &tm);
	buf_addf(out, "<%d>%s %s[%d]: %s", FACILITY_AUTHPRIV << 3 | (int)level, when, log->program,
		 (int)getpid(), line);
}

/* The service may have been restarted since: one new connection a line is tried. */
static bool deliver(struct log *log, const struct buf *datagram)
{
	const int flags = MSG_NOSIGNAL | MSG_DONTWAIT;

	if (datagram->failed)
		return false;
	if (send(log->fd, datagram->p, datagram->n, flags) == (ssize_t)datagram->n)
		return true;
	if (errno == EAGAIN || errno == EMSGSIZE || connect_to(log))
		return false;
	return send(log->fd, datagram->p, datagram->n, flags) == (ssize_t)datagram->n;
}

void log__line(struct log *log, enum log_level level, const char *line,
	       const struct log_field *fields, int n)
{
	struct buf datagram = { 0 };
	char clean[LINE_MAX_BYTES];
	bool taken = false;
	size_t i;

	for (i = 0; line[i] && i < LINE_MAX_BYTES - 1; i++) {
		unsigned char c = (unsigned char)line[i];

		clean[i] = c < 0x20 || c == 0x7f ? '?' : line[i];
	}
	clean[i] = '\0';
	if (log->to == LOG_TO_JOURNALD)
		journald_datagram(log, level, clean, fields, n, &datagram);
	else if (log->to == LOG_TO_SYSLOG)
		syslog_datagram(log, level, clean, &datagram);
	if (log->to != LOG_TO_STDERR) {
		taken = deliver(log, &datagram);
		log->failed += !taken;
	}
	if (!taken)
		fprintf(stderr, "%s: %s\n", log->program, clean);
	buf_free(&datagram);
}

unsigned long log__failed(const struct log *log)
{
	return log->failed;
}
