/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_OCSF_H
#define LOCKSTEP_OCSF_H

#include <stdint.h>

#include "core/base/buf.h"

/*
 * Records as events of the Open Cybersecurity Schema Framework, version 1.8.0 (schema.ocsf.io), for
 * what reads that: one JSON object a line, made from a canonical line alone. Three classes:
 *
 *     Process Activity 1007   exec exec_failed exit
 *     Network Activity 4001   connect send bind listen accept close unix_connect socket
 *     Detection Finding 2004  what was not approved, also of writes; losses; ends of sessions; a
 *                             start by breaking the glass; what happened to the monitor
 *                             (ocsf_finding.c has the table)
 *
 * An act that was not approved is told twice: as what it is, with is_alert and its disposition, and
 * behind it as a finding that names it. Everything else that is in a record has no class among
 * these and is left out. docs/ocsf.md says which, and why.
 *
 * Profiles: host, security_control, linux/linux_users, incident (findings). What the framework has
 * no attribute for stands in `unmapped`, under the record's own names.
 */
#define OCSF_VERSION "1.8.0"

/*
 * Appends the record's lines, each with its newline. How many (0: it is left out); -EBADMSG when
 * the line is no record (then nothing is appended); -ENOMEM.
 */
int ocsf_lines(struct span line, struct buf *out);

/*
 * Which record a line of ours is of, and whether another one of that record follows it. 0, or
 * -EBADMSG when it is none.
 */
int ocsf_seq(struct span line, uint64_t *seq, bool *more);

#endif
