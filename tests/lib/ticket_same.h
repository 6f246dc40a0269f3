/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_TESTS_TICKET_SAME_H
#define LOCKSTEP_TESTS_TICKET_SAME_H

#include <stdio.h>
#include <string.h>

#include "core/ticket/print.h"
#include "core/ticket/ticket.h"

/* Whether two tickets say the same: every field but the lines of their steps. */

/*
 * Printed, read again and printed again: the same ticket and the same bytes. NULL, or what is
 * wrong. One that was near the limit of a ticket's size may be beyond it as it is printed.
 */
const char *ticket_fixpoint(const struct ticket *ticket, char message[512]);

#endif
