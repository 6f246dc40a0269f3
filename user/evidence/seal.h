/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_SEAL_H
#define LOCKSTEP_SEAL_H

#include "edge/store/store.h"

/* The host's key and SHA-256, put together into what a store signs its log with. */
struct seal;

/*
 * key_path NULL: STORE.key. The key is made where there is none. 0 or -errno as ed25519__open(),
 * with one line in why[].
 */
int seal__open(struct seal **out, const char *key_path, const char *store, const char *host,
	       char *why, size_t why_n);
void seal__free(struct seal *seal); /* NULL is allowed; not before the store is closed */
/*
 * Both, for who writes: like->seal is filled in. 0 or -errno as these, nothing is open then.
 */
int seal_open_store(struct seal **seal, struct store **store, const struct store_opts *like, const char *key_path,
		    const char *host, char *why, size_t why_n);
const struct store_seal *seal__of(const struct seal *seal);

#endif
