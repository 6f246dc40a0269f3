/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/log/audit.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "core/base/grow.h"
#include "core/base/json_read.h"
#include "core/base/timestamp.h"
#include "core/log/audit_part.h"
#include "core/log/tlog_proof.h"

/* Checkpoints that were kept elsewhere, of as many records as this one. */
static void compare_held(struct audit *audit, const struct checkpoint *checkpoint)
{
	for (size_t i = 0; i < audit->held_n; i++) {
		struct held *held = &audit->held[i];

		if (held->met || held->checkpoint.size != checkpoint->size)
			continue;
		held->met = true;
		audit->totals.held++;
		if (memcmp(&held->checkpoint.root, &checkpoint->root, sizeof(checkpoint->root)))
			audit_find(audit, checkpoint->seq,
				   "history was rewritten: the checkpoint %s has another root for "
				   "the same records",
				   held->name);
	}
}

int audit__bundle(struct audit *audit, struct span key, struct span note)
{
	const char *wrong;

	audit->totals.files = 1;
	audit->totals.checkpoints = 1;
	audit_meet_key(audit, "the bundle", key);
	buf_add(&audit->note, note.p, note.n);
	if (audit->note.failed)
		return -ENOMEM;
	if (checkpoint_parse(buf_span(&audit->note), &audit->checkpoint)) {
		audit_find(audit, 0, "the bundle's checkpoint is none");
		return 0;
	}
	audit->tree.size = audit->checkpoint.size;
	wrong = audit_unsigned_by(audit, buf_span(&audit->note), &audit->checkpoint);
	if (wrong) {
		audit_find(audit, audit->checkpoint.seq, "the bundle's checkpoint %s", wrong);
		return 0;
	}
	audit->totals.good_size = audit->checkpoint.size;
	compare_held(audit, &audit->checkpoint);
	return 0;
}

/* The id behind the word; n 0: it is not of that. */
static struct span of_id(const struct audit *audit, const char *word)
{
	size_t n = strlen(word);

	if (audit->of.n <= n || memcmp(audit->of.p, word, n) != 0)
		return (struct span){ NULL, 0 };
	return (struct span){ audit->of.p + n, audit->of.n - n };
}

int audit__bundle_of(struct audit *audit, struct span text)
{
	if (text.n && text.p[text.n - 1] == '\n')
		text.n--;
	buf_reset(&audit->of);
	buf_add(&audit->of, text.p, text.n);
	if (audit->of.failed)
		return -ENOMEM;
	if (of_id(audit, "session ").n || of_id(audit, "ticket ").n)
		return 0;
	buf_reset(&audit->of);
	audit_find(audit, 0, "the bundle does not say which session or ticket it is of");
	return 0;
}

struct span audit__of(const struct audit *audit)
{
	return buf_span(&audit->of);
}

static int add_name(struct digest_names *names, struct span hex)
{
	if (grow_to(names->v, names->cap, names->n + 1))
		return -ENOMEM;
	memcpy(names->v[names->n].hex, hex.p, 2 * DIGEST_BYTES);
	names->v[names->n++].hex[2 * DIGEST_BYTES] = '\0';
	return 0;
}

/* A string of as many characters as a digest has; null names nothing. */
static int name_digest(struct audit *audit, uint64_t seq, struct span value)
{
	if (!value.n || json_is_null(value))
		return 0;
	if (value.n == 2 * DIGEST_BYTES + 2 && json_is_string(value))
		return add_name(&audit->named, (struct span){ value.p + 1, value.n - 2 });
	audit_find(audit, seq, "it names something by what is no SHA-256");
	return 0;
}

static int name_each(struct audit *audit, uint64_t seq, struct span array, const char *key)
{
	struct span items = json_items(array), value;
	struct json_object object;
	int ret = 0;

	while (!ret && json_next(&items, &value)) {
		if (!json_read(value, &object))
			ret = name_digest(audit, seq, json_get(&object, key));
	}
	return ret;
}

static int name_digests(struct audit *audit, uint64_t seq, const struct json_object *object)
{
	int ret = name_digest(audit, seq, json_get(object, "ticket_sha256"));

	if (!ret)
		ret = name_digest(audit, seq, json_get(object, "signers_sha256"));
	if (!ret)
		ret = name_each(audit, seq, json_get(object, "approvals"), "signature");
	return ret ? ret : name_each(audit, seq, json_get(object, "profiles"), "sha256");
}

int audit__bundle_ticket(struct audit *audit, const char *sha256, struct span bytes)
{
	int ret = strlen(sha256) == 2 * DIGEST_BYTES ? add_name(&audit->there, span_of(sha256)) : 0;

	return ret ? ret : audit__ticket(audit, sha256, bytes);
}

static int by_hex(const void *a, const void *b)
{
	return strcmp(((const struct digest_name *)a)->hex, ((const struct digest_name *)b)->hex);
}

static void sort_names(struct digest_names *names)
{
	if (names->n)
		qsort(names->v, names->n, sizeof(*names->v), by_hex);
}

static void tell_part(void *ctx, const char *why)
{
	audit_find(ctx, 0, "%s", why);
}

int audit__bundle_end(struct audit *audit)
{
	const struct digest_names *named = &audit->named, *there = &audit->there;

	if (!audit->totals.records)
		audit_find(audit, 0, "the bundle has no record");
	audit_sessions__whole(audit->sessions, tell_part, audit);
	sort_names(&audit->named);
	sort_names(&audit->there);
	for (size_t i = 0, j = 0; i < named->n; i++) {
		if (i && !by_hex(&named->v[i - 1], &named->v[i]))
			continue;
		while (j < there->n && by_hex(&there->v[j], &named->v[i]) < 0)
			j++;
		if (j == there->n || by_hex(&there->v[j], &named->v[i]) != 0)
			audit_find(audit, 0,
				   "a session_start names %s, which is not among the tickets",
				   named->v[i].hex);
	}
	return 0;
}

static int check_proof(struct audit *audit, uint64_t seq, struct span line, struct span text)
{
	const struct hash_ops *ops = &audit->opts.ops.hash;
	struct tlog_proof proof;
	struct digest leaf;
	int ret;

	if (tlog_proof_parse(text, &proof)) {
		audit_find(audit, seq, "its proof is none");
		return 0;
	}
	if (!span_eq(proof.note, buf_span(&audit->note))) {
		audit_find(audit, seq, "its proof is against another checkpoint than the bundle's");
		return 0;
	}
	if (proof.index < audit->next_index)
		audit_find(audit, seq,
			   "its place in the log is not behind that of the record before it");
	audit->next_index = proof.index + 1;
	ret = merkle_leaf(ops, line.p, line.n, &leaf);
	if (!ret)
		ret = merkle_check_inclusion(ops, &leaf, proof.index, audit->checkpoint.size,
					     proof.nodes, proof.n, &audit->checkpoint.root);
	if (ret != -EBADMSG)
		return ret;
	audit_find(audit, seq, "the record is not the one that the log has there: it was changed");
	return 0;
}

int audit__proved(struct audit *audit, uint64_t seq, struct span line, struct span proof)
{
	struct audit_row row = { .seq = seq, .line = line };
	struct json_object object;
	struct record_row facts;
	int64_t time_ns;
	int ret;
	struct span session, ticket;

	audit->totals.records++;
	if (json_read(line, &object)) {
		audit_find(audit, seq, "the record is none: it was changed");
		return 0;
	}
	(void)json_read_u64(json_get(&object, "sseq"), &row.sseq);
	audit_check_order(audit, seq);
	/* There is no column beside it: the time is its own. */
	(void)row_read(line, &facts);
	if (timestamp_parse(facts.time, &row.time_ns))
		row.time_ns = 0;
	audit_check_columns(audit, &row, &facts, &time_ns);
	session = of_id(audit, "session ");
	ticket = of_id(audit, "ticket ");
	if ((session.n && !span_eq(session, facts.session)) ||
	    (ticket.n && (!span_eq(ticket, facts.ticket) || !facts.session.n)))
		audit_find(audit, seq, "the record is not of the %s that the bundle is of",
			   session.n ? "session" : "ticket");
	ret = check_proof(audit, seq, line, proof);
	if (!ret && span_is(facts.kind, "session_start"))
		ret = name_digests(audit, seq, &object);
	if (!ret)
		ret = audit_check_session(audit, &row, &facts, time_ns);
	if (!audit->totals.from_ns)
		audit->totals.from_ns = time_ns;
	audit->totals.to_ns = time_ns;
	return ret;
}

int audit__consistency(struct audit *audit, struct span old_note, struct span text)
{
	struct digest nodes[MERKLE_PROOF_MAX];
	struct checkpoint old;
	const char *wrong;
	size_t n;
	int ret;

	if (checkpoint_parse(old_note, &old) || consistency_parse(text, nodes, &n)) {
		audit_find(audit, 0,
			   "the consistency proof, or the checkpoint that it begins with, is none");
		return 0;
	}
	wrong = audit_unsigned_by(audit, old_note, &old);
	if (wrong) {
		audit_find(audit, old.seq, "the checkpoint of the consistency proof %s", wrong);
		return 0;
	}
	ret = merkle_check_consistency(&audit->opts.ops.hash, old.size, &old.root,
				       audit->checkpoint.size, &audit->checkpoint.root, nodes, n);
	if (ret == -EBADMSG)
		audit_find(audit, old.seq,
			   "history was rewritten: the log of %" PRIu64
			   " records is no continuation of that of %" PRIu64,
			   audit->checkpoint.size, old.size);
	/* Only a proof that holds says something of what has the old size. */
	if (!ret)
		compare_held(audit, &old);
	return ret == -EBADMSG ? 0 : ret;
}
