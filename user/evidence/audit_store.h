/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_AUDIT_STORE_H
#define LOCKSTEP_AUDIT_STORE_H

#include "core/log/audit.h"
#include "edge/store/store.h"

/*
 * Feeds a whole store (opened to read; `path` is its name in what is found) to an audit and ends
 * it. The store's own last checkpoint, PATH-log, is held against it like one that was kept
 * elsewhere. 0 or -errno.
 */
int audit_store(struct audit *audit, struct store *store, const char *path);

#endif
