/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "evidence/log_signer.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "edge/ed25519.h"
#include "edge/sha256.h"

struct log_signer {
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
	struct log_signer *signer = ctx;

	return ed25519__sign(signer->key, bytes, n, signature);
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

int log_signer__open(struct log_signer **out, const char *key_path, const char *store,
		     const char *host, char *why, size_t why_n)
{
	struct log_signer *signer = calloc(1, sizeof(*signer));
	char path[PATH_MAX];
	int ret = signer ? 0 : -ENOMEM;

	*out = NULL;
	if (snprintf(path, sizeof(path), "%s%s", key_path ? key_path : store,
		     key_path ? "" : ".key") >= PATH_MAX)
		ret = -ENAMETOOLONG;
	if (!ret)
		ret = ed25519__open(&signer->key, path);
	if (!ret)
		ret = sha256__new(&signer->sha256);
	if (!ret) {
		signer->of = (struct store_seal){
			.hash = { sha256__raw, signer->sha256 },
			.sign = sign,
			.verify = ed25519_verify,
			.ctx = signer,
		};
		ed25519__pub(signer->key, signer->of.key.pub);
		ret = note_key_named(&signer->of.key, host, &signer->of.hash);
	}
	if (ret) {
		say_why(ret, path, why, why_n);
		log_signer__free(signer);
		return ret;
	}
	*out = signer;
	return 0;
}

void log_signer__free(struct log_signer *signer)
{
	if (!signer)
		return;
	ed25519__free(signer->key);
	sha256__free(signer->sha256);
	free(signer);
}

const struct store_seal *log_signer__of(const struct log_signer *signer)
{
	return &signer->of;
}

int log_signer_open_store(struct log_signer **signer, struct store **store,
			  const struct store_opts *like, const char *key_path, const char *host,
			  char *why, size_t why_n)
{
	struct store_opts opts = *like;
	int ret = log_signer__open(signer, key_path, like->path, host, why, why_n);

	*store = NULL;
	if (ret)
		return ret;
	opts.seal = (*signer)->of;
	ret = store__open(store, &opts, why, why_n);
	if (ret) {
		log_signer__free(*signer);
		*signer = NULL;
	}
	return ret;
}
