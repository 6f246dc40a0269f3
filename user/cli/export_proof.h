/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_EXPORT_PROOF_H
#define LOCKSTEP_EXPORT_PROOF_H

#include "cli/options.h"

/* `lockstep export --proof DIR`: see user/evidence/bundle.h. Returns the exit status. */
struct export_proof {
	const char *store, *dir, *session, *ticket; /* one of session and ticket */
	const char *since;                          /* file of a checkpoint, or NULL */
};

int export_proof(const struct options *options, const struct export_proof *what);

#endif
