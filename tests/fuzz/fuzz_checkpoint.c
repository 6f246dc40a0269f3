/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What an auditor is handed: a checkpoint, a proof, a consistency proof, a key. Each is refused or
 * read, and what is read and written again is read as the same.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/log/checkpoint.h"
#include "core/log/tlog_proof.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int holds)
{
	if (!holds)
		abort();
}

static int toy_sha256(void *ctx, const void *a, size_t a_n, const void *b, size_t b_n,
		      struct digest *out)
{
	const unsigned char *runs[] = { a, b };
	const size_t lengths[] = { a_n, b_n };
	uint64_t at = 0xcbf29ce484222325ull;

	(void)ctx;
	for (size_t run = 0; run < 2; run++) {
		for (size_t i = 0; i < lengths[run]; i++)
			at = (at ^ runs[run][i]) * 0x100000001b3ull;
	}
	for (size_t i = 0; i < sizeof(out->b); i++)
		out->b[i] = (unsigned char)(at >> (i % 8 * 8));
	return 0;
}

static const struct hash_ops toy = { toy_sha256, NULL };

static void try_checkpoint(struct span text)
{
	struct note_key key = { .name = "lockstep/h" };
	unsigned char signature[ED25519_SIGNATURE_BYTES] = { 0 }, found[ED25519_SIGNATURE_BYTES];
	struct checkpoint checkpoint, again;
	struct buf note = { 0 };
	char origin[ORIGIN_MAX];

	(void)checkpoint_signature(text, &key, found);
	if (checkpoint_parse(text, &checkpoint))
		return;
	must(checkpoint.body.n < text.n && checkpoint.origin.n > 0);
	if (checkpoint.origin.n >= sizeof(origin) ||
	    memchr(checkpoint.origin.p, 0, checkpoint.origin.n))
		return;
	memcpy(origin, checkpoint.origin.p, checkpoint.origin.n);
	origin[checkpoint.origin.n] = 0;
	checkpoint_body(origin, checkpoint.size, &checkpoint.root, checkpoint.seq, &note);
	checkpoint_sign(&key, signature, &note);
	must(!note.failed && !checkpoint_parse(buf_span(&note), &again));
	must(again.size == checkpoint.size && again.seq == checkpoint.seq &&
	     !memcmp(&again.root, &checkpoint.root, sizeof(again.root)));
	must(!checkpoint_signature(buf_span(&note), &key, found));
	buf_free(&note);
}

static void try_proof(struct span text)
{
	struct tlog_proof proof, again;
	struct digest nodes[MERKLE_PROOF_MAX], root = { { 0 } };
	struct buf out = { 0 };
	size_t n;

	if (!consistency_parse(text, nodes, &n))
		(void)merkle_check_consistency(&toy, n, &root, n + 9, &root, nodes, n);
	if (tlog_proof_parse(text, &proof))
		return;
	tlog_proof_text(&proof, &out);
	must(!out.failed && !tlog_proof_parse(buf_span(&out), &again));
	must(again.index == proof.index && again.n == proof.n && span_eq(again.note, proof.note) &&
	     !memcmp(again.nodes, proof.nodes, proof.n * sizeof(proof.nodes[0])));
	(void)merkle_check_inclusion(&toy, &root, proof.index, proof.index + proof.n, proof.nodes,
				     proof.n, &root);
	buf_free(&out);
}

static void try_key(struct span text)
{
	struct note_key key;
	struct buf out = { 0 };

	if (note_key_parse(&key, text, &toy))
		return;
	note_key_text(&key, &out);
	must(!out.failed && span_eq(buf_span(&out), text));
	buf_free(&out);
}

static void try_nodes(struct span text)
{
	struct merkle tree;
	struct buf out = { 0 };

	if (!text.n ||
	    merkle_load(&tree, (unsigned char)text.p[0], (struct span){ text.p + 1, text.n - 1 }))
		return;
	merkle_save(&tree, &out);
	must(!out.failed && out.n == text.n - 1 && (!out.n || !memcmp(out.p, text.p + 1, out.n)));
	buf_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct span text = { (const char *)data, size };

	try_checkpoint(text);
	try_proof(text);
	try_key(text);
	try_nodes(text);
	return 0;
}
