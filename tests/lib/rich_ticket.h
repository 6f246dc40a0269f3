/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_RICH_TICKET_H
#define LOCKSTEP_RICH_TICKET_H

/* Every kind of pattern, and every key that narrows a step. */
extern const char rich_ticket[];

#endif
