/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_OPTIONS_H
#define LOCKSTEP_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/*
 * A verb's command line: one table from which the parser, the usage text and (through the usage
 * text) the check of the man page are made.
 */
struct option_spec {
	int id;               /* the option's letter, or from 256 on for one without a letter */
	const char *name;     /* long name */
	const char *argument; /* placeholder of its argument, NULL: takes none */
	const char *help;     /* one line, lower case, no full stop */
};

struct options;

struct verb {
	const char *name;     /* one word or two: "run", "session start" */
	const char *operands; /* as usage text shows them, "" for none */
	const char *help;     /* one line */
	const char *about;    /* further lines of --help, NULL: none */
	const struct option_spec *options;
	size_t options_n;
	bool command; /* the operands hold a command: options end at the first operand */
	int (*run)(struct options *options); /* the exit status */
};

/* Exit statuses of every verb; lockstep.1 has the table. */
enum { CLI_OK = 0, CLI_NEGATIVE = 1, CLI_ERROR = 2 };

struct options {
	const struct verb *verb;
	int argc;
	char **argv;       /* argv[0] is the verb */
	const char *value; /* the argument of the option that options_next() gave */
	char **operands;   /* once options_next() gave 0; NULL-ended */
	int operands_n;
	int status; /* once options_next() gave -1: what the verb returns */
};

/*
 * The next option: its id; 0 after the last one; -1 when the verb is to return options->status,
 * because --help was asked for and printed, or because the line is wrong and was told so.
 */
int options_next(struct options *options);
/* Prints "lockstep VERB: MESSAGE" to stderr; returns CLI_ERROR. */
int options_fail(const struct options *options, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* As above, for a mistake in the line itself: adds where the usage is to be found. */
int options_usage(const struct options *options, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* A whole decimal number of at most `max`: 0 or -EINVAL. */
int option_number(const char *text, uint64_t max, uint64_t *out);
/*
 * A time: RFC 3339 (2026-11-23T20:00:00Z or with +HH:MM), a date, "@SECONDS" of the epoch, or a
 * span before `now_ns` as 90s, 15m, 2h, 7d. 0 or -EINVAL; nanoseconds of the epoch.
 */
int option_time(const char *text, int64_t now_ns, int64_t *out_ns);

#endif
