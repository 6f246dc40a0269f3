/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "cli/cli.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "core/base/array.h"
#include "core/base/json.h"
#include "core/base/text.h"
#include "core/base/timestamp.h"
#include "core/log/audit.h"
#include "core/serve/config.h"
#include "edge/ed25519.h"
#include "edge/fsutil.h"
#include "edge/sha256.h"
#include "edge/store/store.h"
#include "evidence/audit_store.h"
#include "evidence/bundle.h"

enum { HELD_MAX = 64, KEY_FILE_MAX = 4096 };

struct verify {
	struct options *options;
	const char *path, *key;
	const char *held[HELD_MAX];
	size_t held_n;
	bool json, bundle;
	struct audit *audit;
	struct sha256 *sha256;
};

static const struct option_spec verify_options[] = {
	{ 'k', "key", "KEY",
	  "the host's public key, or a file with it, as lockstep status shows it" },
	{ 'c', "checkpoint", "FILE", "a checkpoint that was kept elsewhere; may be given again" },
	{ 'j', "json", NULL, "one JSON object" },
};

/* The text itself, or what a file of that name begins with. */
static int read_key(struct verify *verify, struct note_key *out)
{
	const struct hash_ops hash = { sha256__raw, verify->sha256 };
	struct buf text = { 0 };
	char *end;
	int ret = note_key_parse(out, span_of(verify->key), &hash);

	if (!ret)
		return CLI_OK;
	ret = fs_read(verify->key, KEY_FILE_MAX, 0, &text);
	if (ret)
		return options_fail(verify->options,
				    "--key: \"%s\" is neither a key (NAME+ID+KEY) nor a file "
				    "with one: %s",
				    verify->key, strerror(-ret));
	end = memchr(text.p, '\n', text.n);
	if (end)
		text.n = (size_t)(end - text.p);
	ret = note_key_parse(out, buf_span(&text), &hash);
	buf_free(&text);
	return ret ? options_fail(verify->options,
				  "--key: the first line of \"%s\" is no key (NAME+ID+KEY)",
				  verify->key)
		   : CLI_OK;
}

static int hold_checkpoints(struct verify *verify)
{
	for (size_t i = 0; i < verify->held_n; i++) {
		struct buf note = { 0 };
		int ret = fs_read(verify->held[i], CHECKPOINT_MAX, 0, &note);

		checkpoint_trim(&note);
		if (!ret)
			ret = audit__hold(verify->audit, verify->held[i], buf_span(&note));
		buf_free(&note);
		if (ret == -EBADMSG)
			return options_fail(verify->options,
					    "--checkpoint: \"%s\" is no checkpoint",
					    verify->held[i]);
		if (ret)
			return options_fail(verify->options, "--checkpoint: %s: %s",
					    verify->held[i], strerror(-ret));
	}
	return CLI_OK;
}

static int read_log(struct verify *verify)
{
	struct store *store;
	char why[512] = "";
	int ret;

	verify->bundle = fs_is_directory(verify->path);
	if (verify->bundle)
		return bundle_check(verify->audit, verify->path, why, sizeof(why))
			       ? options_fail(verify->options, "%s", why)
			       : CLI_OK;
	if (store__open_readonly(&store, verify->path, why, sizeof(why)))
		return options_fail(verify->options, "%s", why);
	ret = audit_store(verify->audit, store, verify->path);
	store__close(store);
	return ret ? options_fail(verify->options, "%s: %s", verify->path, strerror(-ret)) : CLI_OK;
}

static void add_key(struct verify *verify, struct buf *out)
{
	const struct note_key *key = audit__key(verify->audit);

	if (key)
		note_key_text(key, out);
}

static void add_of(struct verify *verify, struct buf *out)
{
	struct span of = audit__of(verify->audit);

	if (!of.n)
		return;
	buf_adds(out, "  of ");
	text_show(out, of, 0);
	buf_addc(out, '\n');
}

static void print_json(struct verify *verify, const struct audit_totals *totals)
{
	const struct audit_finding *findings;
	struct buf out = { 0 }, key = { 0 };
	size_t n;

	findings = audit__findings(verify->audit, &n);
	add_key(verify, &key);
	json_begin(&out);
	json_bool(&out, "verified", !totals->findings);
	if (audit__of(verify->audit).n)
		json_text(&out, "of", audit__of(verify->audit));
	json_u64(&out, "records", totals->records);
	json_u64(&out, "size", totals->size);
	json_u64(&out, "seq", totals->seq);
	json_u64(&out, "files", totals->files);
	json_u64(&out, "checkpoints", totals->checkpoints);
	json_u64(&out, "begins_behind", totals->begins);
	json_u64(&out, "held", totals->held);
	json_u64(&out, "held_not_comparable", totals->deleted);
	json_u64(&out, "sessions", totals->sessions);
	json_u64(&out, "tickets", totals->tickets);
	json_text(&out, "key", buf_span(&key));
	json_bool(&out, "key_given", verify->key != NULL);
	json_u64(&out, "findings_count", totals->findings);
	json_open(&out, "findings", '[');
	for (size_t i = 0; i < n; i++) {
		json_open(&out, NULL, '{');
		json_u64(&out, "seq", findings[i].seq);
		json_cstr(&out, "text", findings[i].text);
		json_close(&out, '}');
	}
	json_close(&out, ']');
	json_close(&out, '}');
	buf_addc(&out, '\n');
	fwrite(out.p, 1, out.n, stdout);
	buf_free(&out);
	buf_free(&key);
}

static void print_findings(struct verify *verify, const struct audit_totals *totals)
{
	const struct audit_finding *findings;
	struct buf out = { 0 };
	size_t n;

	findings = audit__findings(verify->audit, &n);
	buf_addf(&out, "NOT VERIFIED: %s\n", verify->path);
	add_of(verify, &out);
	for (size_t i = 0; i < n; i++) {
		if (findings[i].seq)
			buf_addf(&out, "  record %" PRIu64 ": ", findings[i].seq);
		else
			buf_adds(&out, "  ");
		text_show(&out, span_of(findings[i].text), 0);
		buf_addc(&out, '\n');
	}
	if (totals->findings > n)
		buf_addf(&out, "  and %" PRIu64 " more\n", totals->findings - n);
	if (totals->good_seq)
		buf_addf(&out,
			 "  the last checkpoint that all records agree with ends with record "
			 "%" PRIu64 "\n",
			 totals->good_seq);
	fwrite(out.p, 1, out.n, stdout);
	buf_free(&out);
}

static void print_verified(struct verify *verify, const struct audit_totals *totals)
{
	char from[TIMESTAMP_SIZE], to[TIMESTAMP_SIZE];
	struct buf out = { 0 };

	timestamp_format(totals->from_ns, from);
	timestamp_format(totals->to_ns, to);
	buf_addf(&out, "verified: %" PRIu64 " records, %.19sZ to %.19sZ\n", totals->records, from,
		 to);
	add_of(verify, &out);
	buf_addf(&out,
		 "  log of %" PRIu64 " records; here: %" PRIu64 " file%s, %" PRIu64
		 " checkpoint%s, %" PRIu64 " session%s, "
		 "%" PRIu64 " tickets and "
		 "signatures\n",
		 totals->size, totals->files, totals->files == 1 ? "" : "s", totals->checkpoints,
		 totals->checkpoints == 1 ? "" : "s", totals->sessions,
		 totals->sessions == 1 ? "" : "s", totals->tickets);
	buf_adds(&out, "  signed by ");
	add_key(verify, &out);
	buf_addf(&out, "\n  %s\n",
		 verify->key ? "which is the key that was given"
			     : "the key is its own word: compare it with one that was kept "
			       "elsewhere (--key)");
	if (totals->begins)
		buf_addf(&out,
			 "  the first %" PRIu64
			 " records are not here: they were deleted with their "
			 "files\n",
			 totals->begins);
	if (!verify->bundle && !totals->held)
		buf_adds(&out, "  no checkpoint from elsewhere and no STORE-log beside it: whether "
			       "it ends "
			       "where it ended can't be told\n");
	if (verify->held_n > totals->deleted)
		buf_addf(&out, "  agrees with %" PRIu64 " checkpoint%s kept elsewhere\n",
			 verify->held_n - totals->deleted,
			 verify->held_n - totals->deleted == 1 ? " that was" : "s that were");
	if (totals->deleted)
		buf_addf(&out,
			 "  %" PRIu64
			 " checkpoint%s of records that were deleted with their file: not "
			 "comparable\n",
			 totals->deleted, totals->deleted == 1 ? " is" : "s are");
	fwrite(out.p, 1, out.n, stdout);
	buf_free(&out);
}

static int tell(struct verify *verify)
{
	struct audit_totals totals;

	audit__totals(verify->audit, &totals);
	if (verify->json)
		print_json(verify, &totals);
	else if (totals.findings)
		print_findings(verify, &totals);
	else
		print_verified(verify, &totals);
	return totals.findings ? CLI_NEGATIVE : CLI_OK;
}

static int parse(struct verify *verify)
{
	struct options *options = verify->options;
	int id;

	while ((id = options_next(options)) > 0) {
		if (id == 'k')
			verify->key = options->value;
		else if (id == 'j')
			verify->json = true;
		else if (verify->held_n == HELD_MAX)
			return options_usage(options, "--checkpoint: expected at most %d",
					     HELD_MAX);
		else
			verify->held[verify->held_n++] = options->value;
	}
	if (id < 0)
		return options->status;
	if (options->operands_n > 1)
		return options_usage(options, "unexpected \"%s\"", options->operands[1]);
	verify->path = options->operands_n ? options->operands[0] : CONFIG_STORE;
	return CLI_OK;
}

static int verb_verify_main(struct options *options)
{
	struct verify verify = { .options = options };
	struct audit_opts opts = { .ops.verify = ed25519_verify };
	struct note_key key;
	int status = parse(&verify);

	if (status || !options->operands)
		return status;
	if (sha256__new(&verify.sha256))
		return options_fail(options, "out of memory");
	opts.ops.hash = (struct hash_ops){ sha256__raw, verify.sha256 };
	if (verify.key) {
		opts.key = &key;
		status = read_key(&verify, &key);
	}
	if (!status && audit__new(&verify.audit, &opts))
		status = options_fail(options, "out of memory");
	if (!status)
		status = hold_checkpoints(&verify);
	if (!status)
		status = read_log(&verify);
	if (!status)
		status = tell(&verify);
	audit__free(verify.audit);
	sha256__free(verify.sha256);
	return status;
}

const struct verb verb_verify = {
	.name = "verify",
	.operands = "[FILE]",
	.help = "check that nothing was cut out of a store, changed or re-dated",
	.about = "Recomputes the tree over every record, holds it against every signed checkpoint, "
		 "and\n"
		 "names the first record that was changed, removed, inserted, reordered or "
		 "re-dated. With a\n"
		 "checkpoint that was kept elsewhere it also finds a history that was rewritten by "
		 "who holds\n"
		 "the host's key. FILE is a store (without it, that of lockstepd) or a directory "
		 "that\n"
		 "lockstep export --proof made.",
	.options = verify_options,
	.options_n = ARRAY_SIZE(verify_options),
	.run = verb_verify_main,
};
