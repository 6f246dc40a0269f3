/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_TICKET_PRINT_H
#define LOCKSTEP_TICKET_PRINT_H

#include "core/base/buf.h"
#include "core/ticket/ticket.h"

/*
 * Appends the ticket or profile as YAML that parses to the same one, but for the lines of its
 * steps: keys in the manual page's order, each text in double quotes, what is the default left out.
 * The same ticket is always the same bytes. What is appended to a ticket within the limits can be
 * longer than TICKET_BYTES_MAX. 0 or -ENOMEM.
 */
int ticket_print(const struct ticket *ticket, struct buf *out);

#endif
