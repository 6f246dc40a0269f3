/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A signature's envelope: refused with a message, or one whose namespace is text and whose key has
 * bytes. The input is the blob, put into its armor here, so that mutations reach what is inside;
 * one that begins with "-" is taken as it is.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/base64.h"
#include "core/log/sshsig.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int holds)
{
	if (!holds)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf text = { 0 };
	struct sshsig sig;
	struct err err = { 0 };

	if (size > 0 && data[0] == '-') {
		buf_add(&text, data, size);
	} else {
		buf_adds(&text, "-----BEGIN SSH SIGNATURE-----\n");
		base64_encode(&text, (struct span){ (const char *)data, size });
		buf_adds(&text, "\n-----END SSH SIGNATURE-----\n");
	}
	if (sshsig_parse(text.p, text.n, &sig, &err)) {
		must(err.message[0] != 0);
		must(sig.key.n == 0);
	} else {
		must(sig.name_space[0] != 0 && memchr(sig.name_space, 0, sizeof(sig.name_space)));
		must(sig.key.n > 4);
		must(sig.fido || !sig.user_present);
	}
	sshsig_free(&sig);
	buf_free(&text);
	return 0;
}
