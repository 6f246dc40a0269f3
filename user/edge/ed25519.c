/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "edge/ed25519.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "edge/fsutil.h"

struct ed25519 {
	EVP_PKEY *pkey;
	EVP_MD_CTX *ctx;
	unsigned char pub[ED25519_PUB];
};

static int open_key(const char *path, FILE **out)
{
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat st;
	int ret = 0;

	*out = NULL;
	if (fd < 0)
		return -errno;
	if (fstat(fd, &st))
		ret = -errno;
	else if (!S_ISREG(st.st_mode))
		ret = -EBADMSG;
	else if (st.st_uid != geteuid() || (st.st_mode & (S_IRWXG | S_IRWXO)))
		ret = -EPERM;
	if (!ret) {
		*out = fdopen(fd, "r");
		ret = *out ? 0 : -ENOMEM;
	}
	if (ret)
		close(fd);
	return ret;
}

static int load(struct ed25519 *key, const char *path)
{
	size_t n = sizeof(key->pub);
	FILE *file;
	int ret = open_key(path, &file);

	if (ret)
		return ret;
	key->pkey = PEM_read_PrivateKey(file, NULL, NULL, (void *)"");
	fclose(file);
	if (!key->pkey || EVP_PKEY_get_id(key->pkey) != EVP_PKEY_ED25519 ||
	    !EVP_PKEY_get_raw_public_key(key->pkey, key->pub, &n) || n != sizeof(key->pub))
		return -EBADMSG;
	return 0;
}

static int write_key(int fd, EVP_PKEY *pkey)
{
	FILE *file = fdopen(fd, "w");
	int ret = 0;

	if (!file) {
		close(fd);
		return -ENOMEM;
	}
	if (!PEM_write_PKCS8PrivateKey(file, pkey, NULL, NULL, 0, NULL, NULL))
		ret = -EIO;
	if (!ret && (fflush(file) || fsync(fileno(file))))
		ret = -errno;
	if (fclose(file) && !ret)
		ret = -errno;
	return ret;
}

/* Under a name of its own first: a key is there whole, or not at all. */
static int make(const char *path)
{
	EVP_PKEY *pkey = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	char fresh[PATH_MAX];
	int fd, ret = 0;

	if (!pkey)
		return -EIO;
	if (snprintf(fresh, sizeof(fresh), "%s.new-%d", path, (int)getpid()) >= PATH_MAX)
		ret = -ENAMETOOLONG;
	if (!ret) {
		unlink(fresh); /* of a process that had our number, and was killed */
		fd = open(fresh, O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW | O_CLOEXEC, 0600);
		ret = fd < 0 ? -errno : write_key(fd, pkey);
		if (!ret && link(fresh, path))
			ret = errno == EEXIST ? 0 : -errno;
		if (fd >= 0)
			unlink(fresh);
		if (!ret)
			ret = fs_sync_parent(path);
	}
	EVP_PKEY_free(pkey);
	return ret;
}

int ed25519__open(struct ed25519 **out, const char *path)
{
	struct ed25519 *key = calloc(1, sizeof(*key));
	int ret = key ? 0 : -ENOMEM;

	*out = NULL;
	if (!ret)
		ret = load(key, path);
	if (ret == -ENOENT) {
		ret = make(path);
		if (!ret)
			ret = load(key, path);
	}
	if (!ret) {
		key->ctx = EVP_MD_CTX_new();
		ret = key->ctx ? 0 : -ENOMEM;
	}
	if (ret) {
		ed25519__free(key);
		return ret;
	}
	*out = key;
	return 0;
}

void ed25519__free(struct ed25519 *key)
{
	if (!key)
		return;
	EVP_PKEY_free(key->pkey);
	EVP_MD_CTX_free(key->ctx);
	free(key);
}

void ed25519__pub(const struct ed25519 *key, unsigned char pub[ED25519_PUB])
{
	memcpy(pub, key->pub, ED25519_PUB);
}

int ed25519__sign(struct ed25519 *key, const void *bytes, size_t n, unsigned char sig[ED25519_SIG])
{
	size_t sig_n = ED25519_SIG;

	EVP_MD_CTX_reset(key->ctx);
	if (!EVP_DigestSignInit(key->ctx, NULL, NULL, NULL, key->pkey) ||
	    !EVP_DigestSign(key->ctx, sig, &sig_n, bytes, n) || sig_n != ED25519_SIG)
		return -EIO;
	return 0;
}

int ed25519_verify(const unsigned char pub[ED25519_PUB], const void *bytes, size_t n,
		   const unsigned char sig[ED25519_SIG])
{
	EVP_PKEY *pkey = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, pub, ED25519_PUB);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	int ret = -EIO;

	if (pkey && ctx && EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, pkey))
		ret = EVP_DigestVerify(ctx, sig, ED25519_SIG, bytes, n) == 1 ? 0 : -EBADMSG;
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(pkey);
	return ret;
}
