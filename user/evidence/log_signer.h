/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_LOG_SIGNER_H
#define LOCKSTEP_LOG_SIGNER_H

#include "edge/store/store.h"

/* The host's key and SHA-256, put together into what a store signs its log with. */
struct log_signer;

/*
 * key_path NULL: STORE.key. The key is made where there is none. 0 or -errno as ed25519__open(),
 * with one line in why[].
 */
int log_signer__open(struct log_signer **out, const char *key_path, const char *store,
		     const char *host, char *why, size_t why_n);
void log_signer__free(
	struct log_signer *signer); /* NULL is allowed; not before the store is closed */
/*
 * Both, for who writes: like->seal is filled in. 0 or -errno as these, nothing is open then.
 */
int log_signer_open_store(struct log_signer **signer, struct store **store,
			  const struct store_opts *like, const char *key_path, const char *host,
			  char *why, size_t why_n);
const struct store_seal *log_signer__of(const struct log_signer *signer);

#endif
