/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/log/checkpoint.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/base/base64.h"
#include "core/base/chars.h"

#define DASH "\xe2\x80\x94 " /* U+2014 and a blank: begins a signature line */

enum { ALG_ED25519 = 1, KEY_ID = 4 };

static int make_id(struct note_key *key, const struct hash_ops *ops)
{
	unsigned char tail[2 + ED25519_KEY_BYTES] = { '\n', ALG_ED25519 };
	struct digest digest;
	int ret;

	memcpy(tail + 2, key->pub, ED25519_KEY_BYTES);
	ret = ops->sha256(ops->ctx, key->name, strlen(key->name), tail, sizeof(tail), &digest);
	if (!ret)
		memcpy(key->id, digest.b, KEY_ID);
	return ret;
}

int note_key_named(struct note_key *key, const char *host, const struct hash_ops *ops)
{
	size_t n = (size_t)snprintf(key->name, sizeof(key->name), "lockstep/");

	for (; *host && n + 1 < sizeof(key->name); host++)
		key->name[n++] = is_alnum(*host) || *host == '.' ? *host : '-';
	key->name[n] = '\0';
	return make_id(key, ops);
}

static bool is_name(struct span name)
{
	return name.n && name.n < ORIGIN_MAX && !memchr(name.p, '\n', name.n) &&
	       !memchr(name.p, ' ', name.n) && !memchr(name.p, '+', name.n) &&
	       !memchr(name.p, '\0', name.n);
}

int note_key_rename(struct note_key *key, struct span name, const struct hash_ops *ops)
{
	if (!is_name(name))
		return -EINVAL;
	memcpy(key->name, name.p, name.n);
	key->name[name.n] = '\0';
	return make_id(key, ops);
}

void note_key_text(const struct note_key *key, struct buf *out)
{
	char bytes[1 + ED25519_KEY_BYTES] = { ALG_ED25519 };

	memcpy(bytes + 1, key->pub, ED25519_KEY_BYTES);
	buf_addf(out, "%s+%02x%02x%02x%02x+", key->name, key->id[0], key->id[1], key->id[2],
		 key->id[3]);
	base64_encode(out, (struct span){ bytes, sizeof(bytes) });
}

/* What follows up to the next `c`, which is passed over; false where there is none. */
static bool cut(struct span *text, char c, struct span *out)
{
	const char *end = text->n ? memchr(text->p, c, text->n) : NULL;

	if (!end)
		return false;
	*out = (struct span){ text->p, (size_t)(end - text->p) };
	text->n -= out->n + 1;
	text->p = end + 1;
	return true;
}

static int decode(struct span text, void *out, size_t n)
{
	struct buf bytes = { 0 };
	int ret = base64_decode(&bytes, text);

	if (!ret && bytes.n != n)
		ret = -EINVAL;
	if (!ret)
		memcpy(out, bytes.p, n);
	buf_free(&bytes);
	return ret;
}

int note_key_parse(struct note_key *key, struct span text, const struct hash_ops *ops)
{
	unsigned char bytes[1 + ED25519_KEY_BYTES];
	struct span name, id;
	char hex[9];
	int ret;

	*key = (struct note_key){ 0 };
	if (!cut(&text, '+', &name) || !cut(&text, '+', &id) || !is_name(name) || id.n != 8)
		return -EINVAL;
	ret = decode(text, bytes, sizeof(bytes));
	if (ret || bytes[0] != ALG_ED25519)
		return ret == -ENOMEM ? ret : -EINVAL;
	memcpy(key->pub, bytes + 1, ED25519_KEY_BYTES);
	ret = note_key_rename(key, name, ops);
	snprintf(hex, sizeof(hex), "%02x%02x%02x%02x", key->id[0], key->id[1], key->id[2],
		 key->id[3]);
	if (!ret && memcmp(hex, id.p, 8))
		ret = -EINVAL;
	return ret;
}

void checkpoint_body(const char *origin, uint64_t size, const struct digest *root, uint64_t seq,
		     struct buf *out)
{
	buf_addf(out, "%s\n%" PRIu64 "\n", origin, size);
	base64_encode(out, (struct span){ (const char *)root->b, DIGEST_BYTES });
	buf_addf(out, "\nseq %" PRIu64 "\n", seq);
}

void checkpoint_sign(const struct note_key *key,
		     const unsigned char signature[ED25519_SIGNATURE_BYTES], struct buf *out)
{
	char bytes[KEY_ID + ED25519_SIGNATURE_BYTES];

	memcpy(bytes, key->id, KEY_ID);
	memcpy(bytes + KEY_ID, signature, ED25519_SIGNATURE_BYTES);
	buf_addf(out, "\n" DASH "%s ", key->name);
	base64_encode(out, (struct span){ bytes, sizeof(bytes) });
	buf_addc(out, '\n');
}

/* Decimal without leading zeroes, as the specification has it. */
static bool number(struct span text, uint64_t *out)
{
	*out = 0;
	if (!text.n || text.n > 18 || (text.p[0] == '0' && text.n > 1))
		return false;
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] < '0' || text.p[i] > '9')
			return false;
		*out = *out * 10 + (uint64_t)(text.p[i] - '0');
	}
	return true;
}

/* Cuts the body off, which ends at the last empty line; *signatures is what follows. */
static bool split_note(struct span note, struct span *body, struct span *signatures)
{
	for (size_t i = note.n; i >= 2; i--) {
		if (note.p[i - 1] == '\n' && note.p[i - 2] == '\n') {
			*body = (struct span){ note.p, i - 1 };
			*signatures = (struct span){ note.p + i, note.n - i };
			return signatures->n > 0;
		}
	}
	return false;
}

void checkpoint_trim(struct buf *note)
{
	while (note->n >= 2 && note->p[note->n - 1] == '\n' && note->p[note->n - 2] == '\n')
		note->n--;
}

int checkpoint_parse(struct span note, struct checkpoint *out)
{
	struct span rest, size, root, line, signatures;

	*out = (struct checkpoint){ 0 };
	if (note.n > CHECKPOINT_MAX || !split_note(note, &out->body, &signatures))
		return -EBADMSG;
	rest = out->body;
	if (!cut(&rest, '\n', &out->origin) || !out->origin.n || !cut(&rest, '\n', &size) ||
	    !number(size, &out->size) || !cut(&rest, '\n', &root) ||
	    decode(root, out->root.b, DIGEST_BYTES))
		return -EBADMSG;
	while (cut(&rest, '\n', &line)) {
		if (!line.n)
			return -EBADMSG;
		if (line.n > 4 && !memcmp(line.p, "seq ", 4) &&
		    !number((struct span){ line.p + 4, line.n - 4 }, &out->seq))
			return -EBADMSG;
	}
	return rest.n ? -EBADMSG : 0;
}

int checkpoint_signature(struct span note, const struct note_key *key,
			 unsigned char signature[ED25519_SIGNATURE_BYTES])
{
	unsigned char bytes[KEY_ID + ED25519_SIGNATURE_BYTES];
	struct span body, rest, line, name;

	if (!split_note(note, &body, &rest))
		return -ENOENT;
	while (cut(&rest, '\n', &line)) {
		if (line.n < sizeof(DASH) - 1 || memcmp(line.p, DASH, sizeof(DASH) - 1))
			return -ENOENT;
		line.p += sizeof(DASH) - 1;
		line.n -= sizeof(DASH) - 1;
		if (!cut(&line, ' ', &name) || !span_is(name, key->name) ||
		    decode(line, bytes, sizeof(bytes)) || memcmp(bytes, key->id, KEY_ID))
			continue;
		memcpy(signature, bytes + KEY_ID, ED25519_SIGNATURE_BYTES);
		return 0;
	}
	return -ENOENT;
}
