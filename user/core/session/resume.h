/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_RESUME_H
#define LOCKSTEP_RESUME_H

#include "core/base/json_read.h"
#include "core/session/collector.h"

/*
 * What has to be known of an open session, beside its records, for it to go on after a restart:
 * kept in the store from its open to its end. One JSON object.
 */
struct resume {
	struct open_opts open; /* without .plan and .judge.env; texts are of `room` */
	char boot[64];         /* of the boot that the session's kernel number and times are of */
	struct span profiles;  /* array of the SHA-256 of each profile's bytes, in order */
	struct json_object object; /* for lookups_read(); borrows from the text that was read */
	struct buf room;
};

/* profiles: SHA-256 of the bytes of each. open->plan may be NULL. 0 or -ENOMEM. */
int resume_write(const struct open_opts *open, const char *boot, const char (*profiles)[65],
		 size_t profiles_n, struct buf *out);
/* 0, *out to be freed; -EINVAL; -ENOMEM. It borrows from `text`. */
int resume_read(struct span text, struct resume *out);
void resume_free(struct resume *resume);

#endif
