/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_LOG_H
#define LOCKSTEP_LOG_H

/*
 * Lines for the administrator: to stderr, and where it was asked for to journald (its native
 * datagram protocol, systemd.io/JOURNAL_NATIVE_PROTOCOL) or to syslog (/dev/log, RFC 3164).
 * A line that the service does not take is counted and given to stderr; nothing ever waits.
 */
struct log;

enum log_to { LOG_TO_STDERR, LOG_TO_JOURNALD, LOG_TO_SYSLOG };

/* Levels are those of syslog(3): 0 emergency … 3 error, 4 warning, 5 notice, 6 info, 7 debug. */
enum log_level {
	LOG_LEVEL_CRITICAL = 2,
	LOG_LEVEL_ERROR,
	LOG_LEVEL_WARNING,
	LOG_LEVEL_NOTICE,
	LOG_LEVEL_INFO
};

struct log_field {
	const char *name;  /* upper-case letters, digits, underscores: LOCKSTEP_SESSION */
	const char *value; /* any text */
};

/*
 * 0 or -errno when the service's socket can't be reached. `program` is the tag, `socket` the path
 * to use in place of the service's own; both stay the caller's.
 */
int log__open_at(struct log **out, enum log_to to, const char *program, const char *socket);
int log__open(struct log **out, enum log_to to, const char *program);
void log__close(struct log *log); /* NULL is allowed */
/*
 * One line; control characters in it become '?'. `fields` (n 0: none) go to journald only: the same
 * facts are in the line for everybody else.
 */
void log__line(struct log *log, enum log_level level, const char *line,
	       const struct log_field *fields, int n);
unsigned long log__failed(const struct log *log); /* lines that the service did not take */

#endif
