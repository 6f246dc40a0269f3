/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_TICKET_FILE_H
#define LOCKSTEP_TICKET_FILE_H

#include "core/base/buf.h"
#include "core/ticket/ticket.h"
#include "core/yaml/refusal.h"

/*
 * A ticket with the profiles that it names, from files. The ticket and the profiles are the
 * caller's, to be given to plan_new() (which takes them over: set them to NULL and 0 then).
 */
struct ticket_file {
	struct buf bytes; /* of the ticket, exactly */
	struct ticket *ticket;
	struct ticket **profiles; /* in the order of ticket->profiles */
	size_t profiles_n;
	struct buf *profile_bytes; /* of each, exactly */
	size_t profile_bytes_n;
};

/*
 * Reads `path` (flags: FS_* of fsutil.h) and DIR/NAME.yaml for each of its profiles. 0; or -errno,
 * *why the first of these files that is refused and all that is wrong in it, *out empty.
 */
int ticket_file_read(const char *path, const char *profiles_dir, unsigned int flags,
		     struct ticket_file *out, struct refusal *why);
void ticket_file_free(struct ticket_file *file);

#endif
