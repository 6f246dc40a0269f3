/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "edge/sha256.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/base/chars.h"
#include "core/log/merkle.h"

enum { READ_BYTES = 128 << 10 };

struct sha256 {
	EVP_MD *md;
	EVP_MD_CTX *ctx;
	unsigned char *block; /* READ_BYTES */
};

int sha256__new(struct sha256 **out)
{
	struct sha256 *sha256;
	int ret = -ENOMEM;

	*out = NULL;
	sha256 = calloc(1, sizeof(*sha256));
	if (!sha256)
		return -ENOMEM;
	sha256->md = EVP_MD_fetch(NULL, "SHA256", NULL);
	sha256->ctx = EVP_MD_CTX_new();
	sha256->block = malloc(READ_BYTES);
	if (!sha256->md || !sha256->ctx || !sha256->block)
		goto out;
	*out = sha256;
	sha256 = NULL;
	ret = 0;
out:
	sha256__free(sha256);
	return ret;
}

void sha256__free(struct sha256 *sha256)
{
	if (!sha256)
		return;
	EVP_MD_free(sha256->md);
	EVP_MD_CTX_free(sha256->ctx);
	free(sha256->block);
	free(sha256);
}

static int finish(struct sha256 *sha256, char hex[65])
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned int n;

	if (!EVP_DigestFinal_ex(sha256->ctx, digest, &n) || n != 32)
		return -EIO;
	ascii_hex(hex, digest, n);
	return 0;
}

int sha256__bytes(struct sha256 *sha256, const void *salt, size_t salt_n, const void *p, size_t n,
		  char hex[65])
{
	hex[0] = 0;
	if (!EVP_DigestInit_ex2(sha256->ctx, sha256->md, NULL) ||
	    !EVP_DigestUpdate(sha256->ctx, salt, salt_n) || !EVP_DigestUpdate(sha256->ctx, p, n))
		return -EIO;
	return finish(sha256, hex);
}

int sha256__raw(void *opaque, const void *a, size_t a_n, const void *b, size_t b_n,
		struct digest *out)
{
	struct sha256 *sha256 = opaque;
	unsigned int n;

	if (!EVP_DigestInit_ex2(sha256->ctx, sha256->md, NULL) ||
	    (a_n && !EVP_DigestUpdate(sha256->ctx, a, a_n)) ||
	    (b_n && !EVP_DigestUpdate(sha256->ctx, b, b_n)) ||
	    !EVP_DigestFinal_ex(sha256->ctx, out->b, &n) || n != DIGEST_BYTES)
		return -EIO;
	return 0;
}

int sha256__fd_most(void *self, int fd, uint64_t max, char hex[65])
{
	struct sha256 *sha256 = self;

	hex[0] = 0;
	if (!EVP_DigestInit_ex2(sha256->ctx, sha256->md, NULL))
		return -EIO;
	for (;;) {
		ssize_t n = read(fd, sha256->block, READ_BYTES);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			return finish(sha256, hex);
		if ((uint64_t)n > max)
			return -EFBIG;
		max -= (uint64_t)n;
		if (!EVP_DigestUpdate(sha256->ctx, sha256->block, (size_t)n))
			return -EIO;
	}
}

int sha256__fd(void *self, int fd, char hex[65])
{
	return sha256__fd_most(self, fd, UINT64_MAX, hex);
}
