/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_PAM_COURIER_H
#define LOCKSTEP_PAM_COURIER_H

#include <stdbool.h>

#include "core/base/buf.h"
#include "core/base/json_read.h"

/*
 * Carries requests (core/serve/request.h) to lockstepd and brings the answers, for somebody who
 * must not be kept waiting: all of its errands together take no longer than it was given.
 */
struct courier {
	const char *run_dir;
	unsigned int left_ms; /* taken off by each errand */
};

struct answer {
	struct buf line;
	struct json_object *object; /* NULL: there is no answer, and `why` says why */
	bool ok;
	char why[256];
};

/* `pass`: a descriptor that goes along, -1: none. *answer is to be freed in any case. */
void courier__ask(struct courier *courier, struct span request, int pass, struct answer *answer);
void answer_free(struct answer *answer);

/* The member's text, cut off at n - 1 bytes at the most; false: it is null or none. */
bool answer_text(const struct answer *answer, const char *key, char *out, size_t n);

#endif
