/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "cli/export_proof.h"

#include <errno.h>
#include <inttypes.h>

#include "edge/sha256.h"
#include "edge/store/store.h"
#include "evidence/bundle.h"

static int write_bundle(const struct options *options, const struct export_proof *what,
			struct store *store, struct sha256 *sha256)
{
	const struct bundle_opts opts = {
		.store = store,
		.hash = { sha256__raw, sha256 },
		.dir = what->dir,
		.session = what->session,
		.ticket = what->ticket,
		.since = what->since,
	};
	uint64_t records;
	char why[512];
	int ret = bundle_write(&opts, &records, why, sizeof(why));

	if (ret == -ENOENT) {
		options_fail(options, "%s", why);
		return CLI_NEGATIVE;
	}
	if (ret)
		return options_fail(options, "%s", why);
	fprintf(stderr,
		"%" PRIu64
		" records with their proofs in %s; lockstep verify %s checks them anywhere\n",
		records, what->dir, what->dir);
	if (why[0])
		fprintf(stderr, "%s: verify will say so and not call the bundle verified\n", why);
	return CLI_OK;
}

int export_proof(const struct options *options, const struct export_proof *what)
{
	struct sha256 *sha256 = NULL;
	struct store *store = NULL;
	char why[512];
	int status;

	if (store__open_readonly(&store, what->store, why, sizeof(why)))
		status = options_fail(options, "%s", why);
	else if (sha256__new(&sha256))
		status = options_fail(options, "out of memory");
	else
		status = write_bundle(options, what, store, sha256);
	sha256__free(sha256);
	store__close(store);
	return status;
}
