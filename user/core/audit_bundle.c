/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "audit.h"

#include <errno.h>
#include <inttypes.h>

#include "audit_part.h"
#include "json_read.h"
#include "timestamp.h"
#include "tlog_proof.h"

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
	if (wrong)
		audit_find(audit, audit->checkpoint.seq, "the bundle's checkpoint %s", wrong);
	else
		audit->totals.good_size = audit->checkpoint.size;
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
	struct record_facts facts;
	int64_t time_ns;
	int ret;

	audit->totals.records++;
	if (json_read(line, &object)) {
		audit_find(audit, seq, "the record is none: it was changed");
		return 0;
	}
	(void)json_read_u64(json_get(&object, "sseq"), &row.sseq);
	audit_check_order(audit, seq);
	/* There is no column beside it: the time is its own. */
	(void)filter_facts(line, &facts);
	if (timestamp_parse(facts.time, &row.time_ns))
		row.time_ns = 0;
	audit_check_columns(audit, &row, &facts, &time_ns);
	ret = check_proof(audit, seq, line, proof);
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
	for (size_t i = 0; i < audit->held_n && !ret; i++) {
		struct held *held = &audit->held[i];

		if (held->checkpoint.size != old.size)
			continue;
		held->met = true;
		audit->totals.held++;
		if (memcmp(&held->checkpoint.root, &old.root, sizeof(old.root)) != 0)
			audit_find(audit, old.seq,
				   "history was rewritten: the checkpoint %s has another root for "
				   "the same records",
				   held->name);
	}
	return ret == -EBADMSG ? 0 : ret;
}
