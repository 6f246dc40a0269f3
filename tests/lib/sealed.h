/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_TESTS_SEALED_H
#define LOCKSTEP_TESTS_SEALED_H

#include <stdio.h>
#include <string.h>

#include "core/base/timestamp.h"
#include "edge/store/store.h"
#include "evidence/log_signer.h"

/* Stores that a test writes: one key for all that are open at one time. */
extern struct log_signer *sealed;
extern char sealed_why[512];

int sealed_open_as(struct store **out, const char *path, const struct store_opts *like);
int sealed_open(struct store **out, const char *path);

/* As much of a canonical line as the store's own checks read. Returns its length. */
int sealed_line(uint64_t seq, const char *session, const char *kind, uint64_t sseq, char *line,
		size_t n);

#endif
