/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/log/audit.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/base/chars.h"
#include "core/base/grow.h"
#include "core/base/timestamp.h"
#include "core/log/audit_part.h"

enum { RANGE_MAX = 4096 }; /* records between two checkpoints of which one too many is looked for */

int audit__new(struct audit **out, const struct audit_opts *opts)
{
	struct audit *audit = calloc(1, sizeof(*audit));
	int ret = audit ? audit_sessions__new(&audit->sessions) : -ENOMEM;

	*out = NULL;
	if (ret) {
		audit__free(audit);
		return ret;
	}
	audit->opts = *opts;
	if (opts->key) {
		audit->key = *opts->key;
		audit->have_key = true;
	}
	*out = audit;
	return 0;
}

void audit__free(struct audit *audit)
{
	if (!audit)
		return;
	for (size_t i = 0; i < audit->held_n; i++) {
		free(audit->held[i].name);
		buf_free(&audit->held[i].note);
	}
	free(audit->held);
	buf_free(&audit->note);
	buf_free(&audit->of);
	free(audit->named.v);
	free(audit->there.v);
	free(audit->range);
	audit_sessions__free(audit->sessions);
	free(audit);
}

void audit_find(struct audit *audit, uint64_t seq, const char *fmt, ...)
{
	uint64_t n = audit->totals.findings++;
	va_list args;

	if (n >= AUDIT_FINDINGS)
		return;
	audit->findings[n].seq = seq;
	va_start(args, fmt);
	vsnprintf(audit->findings[n].text, AUDIT_TEXT, fmt, args);
	va_end(args);
}

int audit__hold(struct audit *audit, const char *name, struct span note)
{
	struct held *held;

	if (grow_to(audit->held, audit->held_cap, audit->held_n + 1))
		return -ENOMEM;
	held = &audit->held[audit->held_n];
	*held = (struct held){ .name = strdup(name) };
	buf_add(&held->note, note.p, note.n);
	audit->held_n++;
	if (!held->name || held->note.failed)
		return -ENOMEM;
	return checkpoint_parse(buf_span(&held->note), &held->checkpoint);
}

/*
 * Whether the note is signed by the key that counts: else what is wrong, as the end of a sentence.
 */
const char *audit_unsigned_by(const struct audit *audit, struct span note,
			      const struct checkpoint *checkpoint)
{
	unsigned char signature[ED25519_SIGNATURE_BYTES];

	if (!audit->have_key)
		return "no key is known that it could be checked with";
	if (!span_is(checkpoint->origin, audit->key.name))
		return "is of another log";
	if (checkpoint_signature(note, &audit->key, signature))
		return "is not signed by the host's key";
	if (audit->opts.ops.verify(audit->key.pub, checkpoint->body.p, checkpoint->body.n,
				   signature))
		return "has a signature that is not of these bytes";
	return NULL;
}

static void not_the_same(struct audit *audit, const struct held *held, uint64_t seq)
{
	audit_find(audit, seq,
		   "history was rewritten: with the first %" PRIu64
		   " records the tree has another root than the checkpoint %s",
		   held->checkpoint.size, held->name);
}

/* Holds the tree, as it is now, against what was kept elsewhere. */
static int compare_held(struct audit *audit)
{
	struct digest root;
	int ret;

	for (size_t i = 0; i < audit->held_n; i++) {
		struct held *held = &audit->held[i];

		if (held->met || held->checkpoint.size != audit->tree.size)
			continue;
		ret = merkle_root(&audit->tree, &audit->opts.ops.hash, &root);
		if (ret)
			return ret;
		held->met = true;
		audit->totals.held++;
		if (memcmp(&root, &held->checkpoint.root, sizeof(root)))
			not_the_same(audit, held, audit->last_seq);
	}
	return 0;
}

static void begin_range(struct audit *audit)
{
	audit->good = audit->tree;
	audit->range_n = 0;
	audit->range_first = audit->gap_first = audit->gap_last = 0;
	audit->told = false;
}

void audit_meet_key(struct audit *audit, const char *name, struct span text)
{
	struct note_key key;

	if (note_key_parse(&key, text, &audit->opts.ops.hash)) {
		audit_find(audit, 0, "%s names no key", name);
	} else if (!audit->have_key) {
		audit->key = key;
		audit->have_key = true;
	} else if (memcmp(key.pub, audit->key.pub, sizeof(key.pub)) ||
		   strcmp(key.name, audit->key.name)) {
		audit_find(audit, 0, "%s is the log of another key (%s), not that of %s", name,
			   key.name, audit->key.name);
	}
}

int audit__file(struct audit *audit, const char *name, struct span key, uint64_t size, uint64_t seq,
		struct span nodes)
{
	struct merkle tree;
	struct digest a, b;
	int ret = 0;

	audit->totals.files++;
	audit_meet_key(audit, name, key);
	if (merkle_load(&tree, size, nodes)) {
		audit_find(audit, 0, "%s does not say where in the log it begins", name);
		return 0;
	}
	if (audit->started) {
		ret = merkle_root(&tree, &audit->opts.ops.hash, &a);
		if (!ret)
			ret = merkle_root(&audit->tree, &audit->opts.ops.hash, &b);
		if (!ret && (size != audit->tree.size || memcmp(&a, &b, sizeof(a))))
			audit_find(audit, audit->last_seq + 1,
				   "%s begins behind %" PRIu64
				   " records, the file before it ends with %" PRIu64
				   "%s: a file is missing or was changed",
				   name, size, audit->tree.size,
				   size == audit->tree.size ? " others" : "");
	}
	if (!ret && !audit->started && size && !audit->opts.tail) {
		ret = merkle_root(&tree, &audit->opts.ops.hash, &audit->begin_root);
		audit->begin_size = audit->totals.begins = size;
	}
	if (!audit->started)
		audit->best = tree;
	audit->tree = tree;
	audit->last_seq = audit->begin_seq = seq;
	audit->started = true;
	begin_range(audit);
	return ret ? ret : compare_held(audit);
}

static bool names(struct span column, struct span fact)
{
	return !column.p || span_eq(fact, column);
}

/* Strings have their quotes escaped, so the first such key is the record's. 0: null, or none. */
static uint64_t line_sseq(struct span line, const struct record_row *facts)
{
	static const char key[] = "\"sseq\":";
	const char *at = facts->sseq, *end = line.p + line.n;
	uint64_t n = 0;

	if (!at) {
		at = memmem(line.p, line.n, key, sizeof(key) - 1);
		at = at ? at + sizeof(key) - 1 : end;
	}
	for (; at < end && is_digit(*at); at++)
		n = n * 10 + (uint64_t)(*at - '0');
	return n;
}

void audit_check_columns(struct audit *audit, const struct audit_row *row, struct record_row *facts,
			 int64_t *time_ns)
{
	const char *what = NULL;

	*time_ns = row->time_ns;
	if (row_read(row->line, facts) || timestamp_parse(facts->time, time_ns)) {
		*facts = (struct record_row){ 0 };
		audit_find(audit, row->seq, "the record is none: it was changed");
		audit->told = true;
		return;
	}
	if (facts->seq != row->seq) {
		audit_find(audit, row->seq,
			   "in its place stands the record %" PRIu64 ": records were reordered",
			   facts->seq);
		audit->told = true;
	} else if (*time_ns != row->time_ns) {
		what = "time";
	} else if (!names(row->session, facts->session) || !names(row->ticket, facts->ticket)) {
		what = "session or ticket";
	} else if (row->sseq != line_sseq(row->line, facts)) {
		what = "number in its session";
	} else if (!names(row->kind, facts->kind) || !names(row->verdict, facts->verdict)) {
		what = "kind or verdict";
	}
	if (what) {
		audit_find(audit, row->seq,
			   "the %s that it is found by is not what it says: it was changed", what);
		audit->told = true;
	}
}

static int remember(struct audit *audit, uint64_t seq, const struct digest *leaf)
{
	if (!audit->range_first)
		audit->range_first = seq;
	if (audit->range_n > RANGE_MAX)
		return 0;
	if (grow_to(audit->range, audit->range_cap, audit->range_n + 1))
		return -ENOMEM;
	audit->range[audit->range_n++] = (struct place){ seq, *leaf };
	return 0;
}

void audit_check_order(struct audit *audit, uint64_t seq)
{
	if (seq > audit->last_seq + 1 && !audit->gap_first) {
		audit->gap_first = audit->last_seq + 1;
		audit->gap_last = seq - 1;
	}
	if (seq <= audit->begin_seq) {
		audit_find(audit, seq, "it is from before this file begins: it was inserted");
		audit->told = true;
	} else if (seq <= audit->last_seq) {
		audit_find(audit, seq,
			   "it follows the record %" PRIu64 ": records were inserted or reordered",
			   audit->last_seq);
		audit->told = true;
	} else {
		audit->last_seq = seq;
	}
}

int audit_check_session(struct audit *audit, const struct audit_row *row,
			const struct record_row *facts, int64_t time_ns)
{
	char why[AUDIT_TEXT];
	int ret;

	if (audit->opts.tail)
		return 0;
	if (span_is(facts->kind, "host") &&
	    memmem(row->line.p, row->line.n, "\"what\":\"clock_step\"", 19))
		audit_sessions__clock(audit->sessions);
	ret = audit_sessions__row(audit->sessions, facts->session, facts->kind, row->sseq, time_ns,
				  row->line, why, sizeof(why));
	if (!ret && why[0])
		audit_find(audit, row->seq, "%s", why);
	return ret;
}

/*
 * Files before the first are deleted with their last checkpoint kept: it is where that one begins.
 */
static void miss_begin(struct audit *audit)
{
	if (audit->begin_size)
		audit_find(
			audit, audit->last_seq + 1,
			"the log begins behind %" PRIu64
			" records, and no checkpoint says that they were these: they were removed",
			audit->begin_size);
	audit->begin_size = 0;
}

int audit__row(struct audit *audit, const struct audit_row *row)
{
	struct record_row facts;
	struct digest leaf;
	int64_t time_ns;
	int ret = merkle_leaf(&audit->opts.ops.hash, row->line.p, row->line.n, &leaf);

	if (ret)
		return ret;
	miss_begin(audit);
	audit_check_order(audit, row->seq);
	audit_check_columns(audit, row, &facts, &time_ns);
	if (row->leaf.n != DIGEST_BYTES || memcmp(row->leaf.p, leaf.b, DIGEST_BYTES)) {
		if (!audit->told)
			audit_find(audit, row->seq, "the record was changed after it was stored");
		audit->told = true;
		/* The checkpoints that follow are about what was there. */
		if (row->leaf.n == DIGEST_BYTES)
			memcpy(leaf.b, row->leaf.p, DIGEST_BYTES);
	}
	ret = remember(audit, row->seq, &leaf);
	if (!ret)
		ret = merkle_push(&audit->tree, &audit->opts.ops.hash, &leaf, NULL);
	if (!ret)
		ret = audit_check_session(audit, row, &facts, time_ns);
	audit->totals.records++;
	if (!audit->totals.from_ns)
		audit->totals.from_ns = time_ns;
	audit->totals.to_ns = time_ns;
	return ret ? ret : compare_held(audit);
}

/* The root without the record at `left_out`. */
static int root_without(const struct audit *audit, size_t left_out, struct digest *root)
{
	struct merkle tree = audit->good;
	int ret = 0;

	for (size_t i = 0; i < audit->range_n && !ret; i++) {
		if (i != left_out)
			ret = merkle_push(&tree, &audit->opts.ops.hash, &audit->range[i].leaf,
					  NULL);
	}
	return ret ? ret : merkle_root(&tree, &audit->opts.ops.hash, root);
}

/* Where one record was put in between, the root is right without it. */
static uint64_t inserted(const struct audit *audit, const struct checkpoint *checkpoint)
{
	struct digest root;

	if (audit->range_n > 512 || checkpoint->size + 1 != audit->tree.size)
		return 0;
	for (size_t i = 0; i < audit->range_n; i++) {
		if (!root_without(audit, i, &root) &&
		    !memcmp(&root, &checkpoint->root, sizeof(root)))
			return audit->range[i].seq;
	}
	return 0;
}

/* The tree does not have the root that was signed: the best name for what happened since the last
 * that agreed. */
static void disagree(struct audit *audit, const struct checkpoint *checkpoint)
{
	uint64_t first = audit->range_first ? audit->range_first : audit->last_seq + 1, extra;

	if (audit->told) /* what was found in this range already explains it */
		return;
	extra = inserted(audit, checkpoint);
	if (extra)
		audit_find(audit, extra,
			   "the record was inserted: without it the signed root is right");
	/* Numbers that are missing name the records; without a gap only their count is known. */
	else if (checkpoint->size > audit->tree.size && audit->gap_first)
		audit_find(audit, audit->gap_first,
			   "records %" PRIu64 " to %" PRIu64 " were removed", audit->gap_first,
			   audit->gap_last);
	else if (checkpoint->size > audit->tree.size)
		audit_find(audit, first,
			   "%" PRIu64
			   " records were removed, the first of them at or behind this place "
			   "and up to %" PRIu64,
			   checkpoint->size - audit->tree.size, checkpoint->seq);
	else if (checkpoint->size < audit->tree.size)
		audit_find(audit, first,
			   "%" PRIu64
			   " records were inserted, the first of them at or behind this place "
			   "and up to %" PRIu64,
			   audit->tree.size - checkpoint->size, audit->last_seq);
	else
		audit_find(audit, first,
			   "of the records %" PRIu64 " to %" PRIu64
			   " one or more were changed together with their digests",
			   first, audit->last_seq);
}

/* What stands beside a checkpoint is what the next writer, and this audit, goes on with: it has to
 * give the root. */
static int load_nodes(struct audit *audit, const struct checkpoint *checkpoint, struct span nodes,
		      struct merkle *tree)
{
	struct digest root;
	int ret = merkle_load(tree, checkpoint->size, nodes);

	if (!ret)
		ret = merkle_root(tree, &audit->opts.ops.hash, &root);
	if (!ret && memcmp(&root, &checkpoint->root, sizeof(root)) != 0)
		ret = -EBADMSG;
	return ret;
}

/* Goes on from what was signed. */
static int resume_from(struct audit *audit, const struct checkpoint *checkpoint, struct span nodes)
{
	struct merkle tree;
	int ret = load_nodes(audit, checkpoint, nodes, &tree);

	if (!ret) {
		audit->tree = tree;
		begin_range(audit);
	}
	return ret == -EBADMSG ? 0 : ret;
}

/* False: it is not one, which is reported. */
static bool parse_checkpoint(struct audit *audit, uint64_t size, struct span note,
			     struct checkpoint *out)
{
	audit->totals.checkpoints++;
	if (!checkpoint_parse(note, out) && out->size == size)
		return true;
	audit_find(audit, 0, "the checkpoint of %" PRIu64 " records is none: it was changed", size);
	return false;
}

int audit__checkpoint(struct audit *audit, uint64_t size, struct span note, struct span nodes)
{
	struct checkpoint checkpoint;
	struct merkle beside;
	struct digest root;
	const char *wrong;
	int ret;

	if (!parse_checkpoint(audit, size, note, &checkpoint))
		return 0;
	wrong = audit_unsigned_by(audit, note, &checkpoint);
	ret = wrong || audit->opts.tail ? 0 : load_nodes(audit, &checkpoint, nodes, &beside);
	if (ret == -EBADMSG)
		wrong = "has not its own tree beside it: that was changed";
	else if (ret)
		return ret;
	if (wrong) {
		audit_find(audit, checkpoint.seq, "the checkpoint of %" PRIu64 " records %s", size,
			   wrong);
		return 0;
	}
	ret = merkle_root(&audit->tree, &audit->opts.ops.hash, &root);
	if (ret)
		return ret;
	if (size == audit->tree.size && !memcmp(&root, &checkpoint.root, sizeof(root))) {
		if (checkpoint.seq != audit->last_seq)
			audit_find(audit, audit->last_seq,
				   "the checkpoint of %" PRIu64
				   " records says that the last is %" PRIu64,
				   size, checkpoint.seq);
		else if (!audit->totals.findings) {
			audit->totals.good_size = size;
			audit->totals.good_seq = audit->last_seq;
			audit->best = audit->tree;
		}
		begin_range(audit);
		return 0;
	}
	disagree(audit, &checkpoint);
	return resume_from(audit, &checkpoint, nodes);
}

int audit__kept(struct audit *audit, uint64_t size, struct span note)
{
	struct checkpoint checkpoint;
	const char *wrong;

	if (!parse_checkpoint(audit, size, note, &checkpoint))
		return 0;
	wrong = audit_unsigned_by(audit, note, &checkpoint);
	if (wrong)
		audit_find(audit, checkpoint.seq, "the checkpoint of %" PRIu64 " records %s", size,
			   wrong);
	else if (size == audit->begin_size &&
		 !memcmp(&checkpoint.root, &audit->begin_root, sizeof(audit->begin_root)))
		audit->begin_size = 0;
	for (size_t i = 0; i < audit->held_n && !wrong; i++) {
		struct held *held = &audit->held[i];

		if (held->met || held->checkpoint.size != size)
			continue;
		held->met = true;
		if (memcmp(&checkpoint.root, &held->checkpoint.root, sizeof(checkpoint.root)) != 0)
			not_the_same(audit, held, checkpoint.seq);
		else
			audit->totals.deleted++; /* a copy of it could have been put there */
	}
	return 0;
}

int audit__ticket(struct audit *audit, const char *sha256, struct span bytes)
{
	struct digest digest;
	char hex[2 * DIGEST_BYTES + 1];
	int ret = audit->opts.ops.hash.sha256(audit->opts.ops.hash.ctx, NULL, 0, bytes.p, bytes.n,
					      &digest);

	if (ret)
		return ret;
	ascii_hex(hex, digest.b, DIGEST_BYTES);
	audit->totals.tickets++;
	if (strcmp(hex, sha256) != 0)
		audit_find(audit, 0, "the ticket or signature kept as %.64s was changed", sha256);
	return 0;
}

void audit__odd(struct audit *audit, uint64_t seq, const char *what)
{
	audit_find(audit, seq, "%s: it was changed", what);
	audit->told = audit->told || seq;
}

void audit__unreadable(struct audit *audit, const char *name, const char *why)
{
	audit_find(audit, audit->last_seq + 1, "%s can't be read from this record on: %s", name,
		   why);
}

int audit__end(struct audit *audit)
{
	miss_begin(audit);
	if (audit->range_n)
		audit_find(audit, audit->range_first,
			   "no checkpoint covers the records %" PRIu64 " to %" PRIu64,
			   audit->range_first, audit->last_seq);
	for (size_t i = 0; i < audit->held_n; i++) {
		const struct held *held = &audit->held[i];
		const char *wrong =
			audit_unsigned_by(audit, buf_span(&held->note), &held->checkpoint);

		if (wrong)
			audit_find(audit, 0, "the checkpoint %s %s", held->name, wrong);
		else if (!held->met && held->checkpoint.size > audit->tree.size)
			audit_find(audit, audit->last_seq + 1,
				   "the log was cut: the checkpoint %s is of %" PRIu64
				   " records, there are %" PRIu64,
				   held->name, held->checkpoint.size, audit->tree.size);
		else if (!held->met)
			audit_find(audit, 0,
				   "the checkpoint %s can't be held against the log, which begins "
				   "behind "
				   "it",
				   held->name);
	}
	return 0;
}

const struct audit_finding *audit__findings(const struct audit *audit, size_t *n)
{
	*n = audit->totals.findings < AUDIT_FINDINGS ? (size_t)audit->totals.findings
						     : AUDIT_FINDINGS;
	return audit->findings;
}

void audit__totals(const struct audit *audit, struct audit_totals *out)
{
	*out = audit->totals;
	out->size = audit->tree.size;
	out->seq = audit->last_seq;
	out->sessions = audit_sessions__count(audit->sessions);
}

const struct note_key *audit__key(const struct audit *audit)
{
	return audit->have_key ? &audit->key : NULL;
}

const struct merkle *audit__good(const struct audit *audit)
{
	return &audit->best;
}
