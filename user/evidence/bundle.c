/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "evidence/bundle.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/array.h"
#include "core/base/base64.h"
#include "core/base/grow.h"
#include "core/log/audit_sessions.h"
#include "core/log/tlog_proof.h"
#include "edge/fsutil.h"
#include "evidence/bundle_readme.h"

struct picked {
	uint64_t seq, index;
};

struct bundle {
	const struct bundle_opts *opts;
	FILE *records;
	struct picked *v;
	size_t n, cap;
	struct merkle tree; /* as far as it was read */
	bool begun;
	uint64_t size; /* of the checkpoint that is proved against */
	struct buf note, key, since;
	struct audit_sessions *sessions; /* whether they are whole */
	struct buf starts; /* the session_start lines: they name the tickets and signatures */
	struct merkle_nodes nodes;
	struct merkle_watch watch;
	uint64_t old; /* size of `since`; 0: none */
};

static int make_path(char out[PATH_MAX], const struct bundle *bundle, const char *name)
{
	return snprintf(out, PATH_MAX, "%s/%s", bundle->opts->dir, name) < PATH_MAX ? 0
										    : -ENAMETOOLONG;
}

static int put_file(const struct bundle *bundle, const char *name, struct span bytes)
{
	char path[PATH_MAX];
	FILE *file;
	int ret = make_path(path, bundle, name);

	if (ret)
		return ret;
	file = fopen(path, "wxe");
	if (!file)
		return -errno;
	if (fwrite(bytes.p, 1, bytes.n, file) != bytes.n)
		ret = -EIO;
	if (fclose(file) && !ret)
		ret = -errno;
	return ret;
}

static int keep_text(struct buf *to, struct span text)
{
	buf_reset(to);
	buf_add(to, text.p, text.n);
	return to->failed ? -ENOMEM : 0;
}

/* The first file says where the log begins for us; the rest follows on it. */
static int on_file(void *ctx, const char *path, struct span key, uint64_t size, uint64_t seq,
		   struct span nodes)
{
	struct bundle *bundle = ctx;
	int ret = 0;

	(void)path;
	(void)seq;
	if (bundle->begun)
		return size == bundle->tree.size ? 0 : -EILSEQ;
	bundle->begun = true;
	ret = merkle_load(&bundle->tree, size, nodes);
	if (!ret && bundle->watch.ctx)
		merkle_tell(&bundle->tree, &bundle->watch);
	return ret ? ret : keep_text(&bundle->key, key);
}

static bool wanted(const struct bundle *bundle, const struct store_row *row)
{
	if (bundle->opts->session)
		return !strcmp(row->session, bundle->opts->session);
	return !strcmp(row->ticket, bundle->opts->ticket);
}

static int pick(struct bundle *bundle, const struct store_row *row)
{
	char why[AUDIT_TEXT];

	if (grow_to(bundle->v, bundle->cap, bundle->n + 1))
		return -ENOMEM;
	bundle->v[bundle->n++] = (struct picked){ row->seq, bundle->tree.size };
	if (!strcmp(row->kind, "session_start"))
		buf_add(&bundle->starts, row->line, row->line_n);
	if (fwrite(row->line, 1, row->line_n, bundle->records) != row->line_n ||
	    putc('\n', bundle->records) == EOF)
		return -EIO;
	if (bundle->starts.failed)
		return -ENOMEM;
	/* What is wrong in one place is for verify to report; here it is only what is missing. */
	return audit_sessions__row(bundle->sessions, span_of(row->session), span_of(row->kind),
				   row->sseq, row->time_ns, (struct span){ row->line, row->line_n },
				   why, sizeof(why));
}

/* The first pass: which records, and how large the log is. */
static int pick_row(void *ctx, const struct store_row *row, struct span leaf)
{
	struct bundle *bundle = ctx;
	int ret = 0;

	(void)leaf;
	if (*row->session && wanted(bundle, row))
		ret = pick(bundle, row);
	bundle->tree.size++; /* nothing else of the tree is looked at in this pass */
	return ret;
}

static int keep_checkpoint(void *ctx, uint64_t size, struct span note, struct span nodes)
{
	struct bundle *bundle = ctx;

	(void)nodes;
	bundle->size = size;
	return keep_text(&bundle->note, note);
}

/* The second pass: the digests, of which the wanted nodes are kept. Stops at the checkpoint. */
static int push_row(void *ctx, const struct store_row *row, struct span leaf)
{
	struct bundle *bundle = ctx;
	struct digest digest;

	(void)row;
	if (bundle->tree.size == bundle->size)
		return 0;
	if (leaf.n != DIGEST_BYTES)
		return -EILSEQ;
	memcpy(digest.b, leaf.p, DIGEST_BYTES);
	return merkle_push(&bundle->tree, &bundle->opts->hash, &digest, &bundle->watch);
}

static int put_ticket(void *ctx, const char *sha256, struct span bytes)
{
	const struct bundle *bundle = ctx;
	char name[100];
	int ret;

	if (strlen(sha256) != 64 || strspn(sha256, "0123456789abcdef") != 64 ||
	    !memmem(bundle->starts.p, bundle->starts.n, sha256, 64))
		return 0;
	snprintf(name, sizeof(name), "tickets/%s", sha256);
	ret = put_file(bundle, name, bytes);
	return ret == -EEXIST ? 0 : ret; /* in two files of the store */
}

static int want_nodes(struct bundle *bundle)
{
	struct merkle_range ranges[MERKLE_PROOF_MAX];
	int ret = 0;

	for (size_t i = 0; i < bundle->n && !ret; i++)
		ret = merkle_nodes__want(
			&bundle->nodes, ranges,
			merkle_inclusion(bundle->v[i].index, bundle->size, ranges));
	if (!ret && bundle->old)
		ret = merkle_nodes__want(&bundle->nodes, ranges,
					 merkle_consistency(bundle->old, bundle->size, ranges));
	return ret;
}

static int find_nodes(const struct bundle *bundle, const struct merkle_range *ranges, size_t n,
		      struct digest *out)
{
	int ret = 0;

	for (size_t i = 0; i < n && !ret; i++)
		ret = merkle_nodes__find(&bundle->nodes, &bundle->tree, &bundle->opts->hash,
					 ranges[i], &out[i]);
	return ret == -ENOENT ? -EILSEQ : ret;
}

static int put_proof(struct bundle *bundle, const struct picked *picked)
{
	struct merkle_range ranges[MERKLE_PROOF_MAX];
	struct tlog_proof proof = { .index = picked->index, .note = buf_span(&bundle->note) };
	struct buf text = { 0 };
	char name[60];
	int ret;

	proof.n = merkle_inclusion(picked->index, bundle->size, ranges);
	ret = find_nodes(bundle, ranges, proof.n, proof.nodes);
	if (ret)
		return ret;
	tlog_proof_text(&proof, &text);
	snprintf(name, sizeof(name), "proofs/%" PRIu64 ".tlog-proof", picked->seq);
	ret = text.failed ? -ENOMEM : put_file(bundle, name, buf_span(&text));
	buf_free(&text);
	return ret;
}

static int put_consistency(struct bundle *bundle)
{
	struct merkle_range ranges[MERKLE_PROOF_MAX];
	struct digest nodes[MERKLE_PROOF_MAX];
	struct buf text = { 0 };
	size_t n = merkle_consistency(bundle->old, bundle->size, ranges);
	int ret = find_nodes(bundle, ranges, n, nodes);

	if (ret)
		return ret;
	consistency_text(nodes, n, &text);
	ret = text.failed ? -ENOMEM : put_file(bundle, "consistency", buf_span(&text));
	buf_free(&text);
	return ret ? ret : put_file(bundle, "since", buf_span(&bundle->since));
}

/* SubjectPublicKeyInfo of RFC 8410, as `openssl pkey -pubin` reads it. */
static int put_key(struct bundle *bundle)
{
	static const char head[] = "\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00";
	struct note_key key;
	struct buf der = { 0 }, pem = { 0 };
	int ret = note_key_parse(&key, buf_span(&bundle->key), &bundle->opts->hash);

	if (!ret) {
		buf_add(&der, head, sizeof(head) - 1);
		buf_add(&der, key.pub, sizeof(key.pub));
		buf_adds(&pem, "-----BEGIN PUBLIC KEY-----\n");
		base64_encode(&pem, buf_span(&der));
		buf_adds(&pem, "\n-----END PUBLIC KEY-----\n");
		buf_addc(&bundle->key, '\n');
		ret = der.failed || pem.failed || bundle->key.failed
			      ? -ENOMEM
			      : put_file(bundle, "key.pem", buf_span(&pem));
	}
	if (!ret)
		ret = put_file(bundle, "key", buf_span(&bundle->key));
	buf_free(&der);
	buf_free(&pem);
	return ret;
}

static int make_dirs(struct bundle *bundle, char *why, size_t why_n)
{
	static const char *const dirs[] = { "", "proofs", "tickets" };
	char path[PATH_MAX];
	int ret = 0;

	for (size_t i = 0; i < ARRAY_SIZE(dirs) && !ret; i++) {
		ret = make_path(path, bundle, dirs[i]);
		if (!ret && mkdir(path, 0700))
			ret = -errno;
		if (ret)
			snprintf(why, why_n, "\"%s\": %s", path, strerror(-ret));
	}
	if (!ret)
		ret = make_path(path, bundle, "records.jsonl");
	if (!ret) {
		bundle->records = fopen(path, "wxe");
		ret = bundle->records ? 0 : -errno;
	}
	return ret;
}

static int read_since(struct bundle *bundle, char *why, size_t why_n)
{
	struct checkpoint old;
	int ret = fs_read(bundle->opts->since, CHECKPOINT_MAX, 0, &bundle->since);

	checkpoint_trim(&bundle->since);
	if (!ret)
		ret = checkpoint_parse(buf_span(&bundle->since), &old);
	if (ret)
		snprintf(why, why_n, "\"%s\": %s", bundle->opts->since,
			 ret == -EBADMSG ? "no checkpoint" : strerror(-ret));
	else
		bundle->old = old.size;
	return ret;
}

static int first_pass(struct bundle *bundle, char *why, size_t why_n)
{
	const struct store_walk_ops ops = { .file = on_file,
					    .row = pick_row,
					    .checkpoint = keep_checkpoint };
	int ret = store__walk(bundle->opts->store, &ops, bundle);

	if (fclose(bundle->records) && !ret)
		ret = -errno;
	bundle->records = NULL;
	if (!ret && !bundle->n) {
		snprintf(why, why_n, "no record of %s \"%s\"",
			 bundle->opts->session ? "session" : "ticket",
			 bundle->opts->session ? bundle->opts->session : bundle->opts->ticket);
		ret = -ENOENT;
	}
	if (!ret && bundle->old > bundle->size) {
		snprintf(why, why_n,
			 "\"%s\" is of %" PRIu64 " records, the store has %" PRIu64 ": it was cut",
			 bundle->opts->since, bundle->old, bundle->size);
		ret = -EILSEQ;
	}
	return ret;
}

static int second_pass(struct bundle *bundle)
{
	const struct store_walk_ops ops = { .file = on_file,
					    .row = push_row,
					    .ticket = put_ticket };
	int ret = want_nodes(bundle);

	bundle->begun = false;
	bundle->watch = (struct merkle_watch){ merkle_nodes__got, &bundle->nodes };
	if (!ret)
		ret = store__walk(bundle->opts->store, &ops, bundle);
	return !ret && bundle->tree.size != bundle->size ? -EILSEQ : ret;
}

static int put_of(const struct bundle *bundle)
{
	const struct bundle_opts *opts = bundle->opts;
	struct buf text = { 0 };
	int ret;

	buf_addf(&text, "%s %s\n", opts->session ? "session" : "ticket",
		 opts->session ? opts->session : opts->ticket);
	ret = text.failed ? -ENOMEM : put_file(bundle, "of", buf_span(&text));
	buf_free(&text);
	return ret;
}

static int put_all(struct bundle *bundle)
{
	int ret = 0;

	for (size_t i = 0; i < bundle->n && !ret; i++)
		ret = put_proof(bundle, &bundle->v[i]);
	if (!ret)
		ret = put_of(bundle);
	if (!ret)
		ret = put_file(bundle, "checkpoint", buf_span(&bundle->note));
	if (!ret && bundle->old)
		ret = put_consistency(bundle);
	if (!ret)
		ret = put_key(bundle);
	return ret ? ret : put_file(bundle, "README.txt", span_of(bundle_readme));
}

struct sentence {
	char *text;
	size_t n;
};

static void first_part(void *ctx, const char *why)
{
	const struct sentence *sentence = ctx;

	if (!sentence->text[0])
		snprintf(sentence->text, sentence->n, "%s", why);
}

int bundle_write(const struct bundle_opts *opts, uint64_t *records, char *why, size_t why_n)
{
	struct bundle bundle = { .opts = opts };
	int ret = 0;

	*records = 0;
	why[0] = '\0';
	ret = audit_sessions__new(&bundle.sessions);
	if (ret)
		goto out;
	ret = opts->since ? read_since(&bundle, why, why_n) : 0;
	if (ret)
		goto out;
	ret = make_dirs(&bundle, why, why_n);
	if (ret)
		goto out;
	ret = first_pass(&bundle, why, why_n);
	if (ret)
		goto out;
	ret = second_pass(&bundle);
	if (ret)
		goto out;
	ret = put_all(&bundle);
	if (ret)
		goto out;
	*records = bundle.n;
	audit_sessions__whole(bundle.sessions, first_part, &(struct sentence){ why, why_n });
out:
	if (ret && !why[0])
		snprintf(why, why_n, "%s",
			 ret == -EILSEQ
				 ? "the store does not hold together; lockstep verify says where"
				 : strerror(-ret));
	if (bundle.records)
		fclose(bundle.records);
	audit_sessions__free(bundle.sessions);
	buf_free(&bundle.note);
	buf_free(&bundle.key);
	buf_free(&bundle.since);
	buf_free(&bundle.starts);
	merkle_nodes__free(&bundle.nodes);
	free(bundle.v);
	return ret;
}
