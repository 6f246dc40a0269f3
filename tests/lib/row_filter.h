/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_TEST_ROW_FILTER_H
#define LOCKSTEP_TEST_ROW_FILTER_H

#include <stdbool.h>

/*
 * Whether this row of a table within a cmocka test is to run: false if LOCKSTEP_ROW names another
 * row. `test` is the cmocka test's own name, which asks for all of its rows.
 */
bool row_asked(const char *test, const char *row);

#endif
