/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_TEST_ROWS_H
#define LOCKSTEP_TEST_ROWS_H

#include <stdbool.h>
#include <stddef.h>

/*
 * A test program that is a table of named rows: each is a cmocka test, and prints one line,
 * "passed NAME", "not visible NAME: why" or "not tried NAME: why" (and "  not visible: why" or "
 * not tried: why", which tests/vm/rows reads).
 */
struct row {
	const char *name;
	void (*run)(const void *what); /* asserts; leaves nothing behind */
	const void *what;
};

/*
 * What main() returns: 0, the number of rows that failed, or 2 for arguments that are not
 * understood.
 * "--row NAME", or LOCKSTEP_ROW=NAME in the environment, runs that row alone. set_up and tear_down
 * are called once, around all rows.
 */
int rows_main(int argc, char **argv, const struct row *rows, size_t n, int (*set_up)(void **state),
	      int (*tear_down)(void **state));

/*
 * The row that runs, though it passes, shows something that can't be seen here.
 * tests/vm/capabilities says which capability of `lockstep doctor` that is.
 */
__attribute__((format(printf, 1, 2))) void row_unseen(const char *format, ...);
/* The row that runs can't be tried here, for want of this. */
__attribute__((format(printf, 1, 2))) void row_untried(const char *format, ...);

#endif
