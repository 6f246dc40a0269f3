/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "evidence/seal.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "edge/ed25519.h"
#include "edge/sha256.h"

struct seal {
	struct ed25519 *key;
	struct sha256 *sha256;
	struct store_seal of;
};

_Static_assert((int)ED25519_PUB == (int)ED25519_KEY_BYTES &&
		       (int)ED25519_SIG == (int)ED25519_SIGNATURE_BYTES,
	       "core and edge speak of the same keys");

static int sign(void *ctx, const void *bytes, size_t n,
		unsigned char signature[ED25519_SIGNATURE_BYTES])
{
	struct seal *seal = ctx;

	return ed25519__sign(seal->key, bytes, n, signature);
}

static void say_why(int error, const char *path, char *why, size_t why_n)
{
	if (error == -EPERM)
		snprintf(why, why_n,
			 "host key \"%s\" is not ours alone; want its owner to be the user that "
			 "runs "
			 "this, and mode 0600",
			 path);
	else if (error == -EBADMSG)
		snprintf(why, why_n, "host key \"%s\" holds no Ed25519 key (PKCS #8, PEM)", path);
	else if (error == -ELOOP)
		snprintf(why, why_n, "host key \"%s\" is a symbolic link; name the file itself",
			 path);
	else
		snprintf(why, why_n, "host key \"%s\": %s", path, strerror(-error));
}

int seal__open(struct seal **out, const char *key_path, const char *store, const char *host,
	       char *why, size_t why_n)
{
	struct seal *seal = calloc(1, sizeof(*seal));
	char path[PATH_MAX];
	int ret = seal ? 0 : -ENOMEM;

	*out = NULL;
	if (snprintf(path, sizeof(path), "%s%s", key_path ? key_path : store,
		     key_path ? "" : ".key") >= PATH_MAX)
		ret = -ENAMETOOLONG;
	if (!ret)
		ret = ed25519__open(&seal->key, path);
	if (!ret)
		ret = sha256__new(&seal->sha256);
	if (!ret) {
		seal->of = (struct store_seal){
			.hash = { sha256__raw, seal->sha256 },
			.sign = sign,
			.verify = ed25519_verify,
			.ctx = seal,
		};
		ed25519__pub(seal->key, seal->of.key.pub);
		ret = note_key_named(&seal->of.key, host, &seal->of.hash);
	}
	if (ret) {
		say_why(ret, path, why, why_n);
		seal__free(seal);
		return ret;
	}
	*out = seal;
	return 0;
}

void seal__free(struct seal *seal)
{
	if (!seal)
		return;
	ed25519__free(seal->key);
	sha256__free(seal->sha256);
	free(seal);
}

const struct store_seal *seal__of(const struct seal *seal)
{
	return &seal->of;
}

int seal_open_store(struct seal **seal, struct store **store, const struct store_opts *like, const char *key_path,
		    const char *host, char *why, size_t why_n)
{
	struct store_opts opts = *like;
	int ret = seal__open(seal, key_path, like->path, host, why, why_n);

	*store = NULL;
	if (ret)
		return ret;
	opts.seal = (*seal)->of;
	ret = store__open(store, &opts, why, why_n);
	if (ret) {
		seal__free(*seal);
		*seal = NULL;
	}
	return ret;
}
