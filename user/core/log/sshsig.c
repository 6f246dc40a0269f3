/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/log/sshsig.h"

#include <errno.h>
#include <stdint.h>

#include "core/base/array.h"
#include "core/base/base64.h"

#define BEGIN "-----BEGIN SSH SIGNATURE-----\n"
#define END   "-----END SSH SIGNATURE-----"
#define MAGIC "SSHSIG"
#define CERT  "-cert-v01@openssh.com"

#define FIDO_USER_PRESENT 1 /* flags of PROTOCOL.u2f, as CTAP's: UP */

static int refuse(struct err *err, const char *what)
{
	return err_set(err, -EINVAL, 0, 0, "expected an SSH signature, got %s", what);
}

/* Takes `n` bytes off the front; false: there are fewer. */
static bool take(struct span *from, size_t n, struct span *out)
{
	if (n > from->n)
		return false;
	*out = (struct span){ from->p, n };
	from->p += n;
	from->n -= n;
	return true;
}

static bool take_u32(struct span *from, uint32_t *out)
{
	const unsigned char *p;
	struct span bytes;

	if (!take(from, 4, &bytes))
		return false;
	p = (const unsigned char *)bytes.p;
	*out = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
	return true;
}

/* RFC 4251, section 5: `string`. */
static bool take_string(struct span *from, struct span *out)
{
	uint32_t n;

	return take_u32(from, &n) && take(from, n, out);
}

static void put_string(struct buf *out, struct span text)
{
	const unsigned char n[4] = { (unsigned char)(text.n >> 24), (unsigned char)(text.n >> 16),
				     (unsigned char)(text.n >> 8), (unsigned char)text.n };

	buf_add(out, n, sizeof(n));
	buf_add(out, text.p, text.n);
}

/* How many strings (or mpints, which are laid out as such) follow the name of the type. */
static const struct key_type {
	const char *name, *cert;
	unsigned int fields;
	bool fido;
} key_types[] = {
	{ "ssh-ed25519", "ssh-ed25519" CERT, 1, false },
	{ "ssh-rsa", "ssh-rsa" CERT, 2, false },
	{ "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256" CERT, 2, false },
	{ "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp384" CERT, 2, false },
	{ "ecdsa-sha2-nistp521", "ecdsa-sha2-nistp521" CERT, 2, false },
	{ "sk-ssh-ed25519@openssh.com", "sk-ssh-ed25519" CERT, 2, true },
	{ "sk-ecdsa-sha2-nistp256@openssh.com", "sk-ecdsa-sha2-nistp256" CERT, 3, true },
};

static const struct key_type *key_type_of(struct span name, bool *cert)
{
	for (size_t i = 0; i < ARRAY_SIZE(key_types); i++) {
		*cert = span_is(name, key_types[i].cert);
		if (*cert || span_is(name, key_types[i].name))
			return &key_types[i];
	}
	return NULL;
}

static int read_key(struct span blob, struct sshsig *out, struct err *err)
{
	const struct key_type *type;
	struct span name, field;
	bool cert;

	if (!take_string(&blob, &name))
		return refuse(err, "one whose key is cut short");
	type = key_type_of(name, &cert);
	if (!type)
		return refuse(err, "one by a key of a type that is not known here");
	out->fido = type->fido;
	put_string(&out->key, span_of(type->name));
	if (cert && !take_string(&blob, &field)) /* the nonce */
		return refuse(err, "one whose certificate is cut short");
	for (unsigned int i = 0; i < type->fields; i++) {
		if (!take_string(&blob, &field))
			return refuse(err, "one whose key is cut short");
		put_string(&out->key, field);
	}
	if (!cert && blob.n > 0)
		return refuse(err, "one with more behind its key");
	return out->key.failed ? -ENOMEM : 0;
}

static int read_signature(struct span blob, struct sshsig *out, struct err *err)
{
	struct span type, bytes, flags;
	uint32_t counter;

	if (!take_string(&blob, &type) || !take_string(&blob, &bytes))
		return refuse(err, "one that is cut short");
	if (!out->fido)
		return blob.n ? refuse(err, "one with more behind its end") : 0;
	if (!take(&blob, 1, &flags) || !take_u32(&blob, &counter) || blob.n)
		return refuse(err, "one of a security key without its flags and counter");
	out->user_present = *flags.p & FIDO_USER_PRESENT;
	return 0;
}

static int read_namespace(struct span name, struct sshsig *out, struct err *err)
{
	if (name.n == 0 || name.n >= sizeof(out->name_space))
		return refuse(err, "one with a namespace of a length that is not used here");
	for (size_t i = 0; i < name.n; i++) {
		if (name.p[i] <= 0x20 || name.p[i] >= 0x7f)
			return refuse(err, "one with a namespace that can't be shown");
	}
	memcpy(out->name_space, name.p, name.n);
	return 0;
}

static int read_blob(struct span blob, struct sshsig *out, struct err *err)
{
	struct span magic, key, name, reserved, hash, signature;
	uint32_t version;
	int ret;

	if (!take(&blob, sizeof(MAGIC) - 1, &magic) || !span_is(magic, MAGIC) ||
	    !take_u32(&blob, &version))
		return refuse(err, "something else");
	if (version != 1)
		return refuse(err, "one of another version than 1");
	if (!take_string(&blob, &key) || !take_string(&blob, &name) ||
	    !take_string(&blob, &reserved) || !take_string(&blob, &hash) ||
	    !take_string(&blob, &signature) || blob.n > 0)
		return refuse(err, "one that is cut short, or longer than its parts");
	ret = read_namespace(name, out, err);
	if (!ret)
		ret = read_key(key, out, err);
	return ret ? ret : read_signature(signature, out, err);
}

/* The base64 lines between BEGIN and END, joined; nothing but blanks may follow. */
static int read_armor(struct span text, struct buf *base64, struct err *err)
{
	const size_t begin = sizeof(BEGIN) - 1, end = sizeof(END) - 1;
	size_t i = begin;

	if (text.n < begin || memcmp(text.p, BEGIN, begin) != 0)
		return refuse(err, "something else");
	for (; i < text.n && text.p[i] != '-'; i++) {
		if (text.p[i] != '\n' && text.p[i] != '\r')
			buf_addc(base64, text.p[i]);
	}
	if (end > text.n - i || memcmp(text.p + i, END, end) != 0)
		return refuse(err, "one without its end");
	for (i += end; i < text.n; i++) {
		if (text.p[i] != '\n' && text.p[i] != '\r')
			return refuse(err, "one with more behind its end");
	}
	return base64->failed ? -ENOMEM : 0;
}

int sshsig_parse(const char *text, size_t n, struct sshsig *out, struct err *err)
{
	struct buf base64 = { 0 }, blob = { 0 };
	int ret;

	*out = (struct sshsig){ 0 };
	if (n > SSHSIG_BYTES_MAX)
		return refuse(err, "one of more than 65536 bytes");
	ret = read_armor((struct span){ text, n }, &base64, err);
	if (!ret) {
		ret = base64_decode(&blob, buf_span(&base64));
		if (ret == -EINVAL)
			refuse(err, "one that is not base64");
	}
	if (!ret)
		ret = read_blob(buf_span(&blob), out, err);
	if (ret == -ENOMEM)
		err_set(err, ret, 0, 0, "out of memory");
	buf_free(&base64);
	buf_free(&blob);
	if (ret)
		sshsig_free(out);
	return ret;
}

void sshsig_free(struct sshsig *sig)
{
	buf_free(&sig->key);
	*sig = (struct sshsig){ 0 };
}
