/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "cli.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

#include "core/csv.h"
#include "core/filter.h"
#include "edge/host.h"
#include "edge/store.h"
#include "export_proof.h"

struct export
{
	struct options *options;
	const char *store;
	struct store_filter filter;
	const char *proof, *checkpoint;
	bool csv;
	struct buf text;
	uint64_t bad; /* rows that are no records */
};

static const struct option_spec export_options[] = {
	{ 's', "store", "FILE", "the store to read" },
	{ 'o', "output", "FORM", "jsonl (the records, byte for byte; the default) or csv" },
	{ 256, "session", "ID", "only this session" },
	{ 't', "ticket", "ID", "only sessions on this ticket" },
	{ 'k', "kind", "KIND", "only records of this kind: exec, connect, loss, session_end, ..." },
	{ 257, "verdict", "VERDICT", "only approved, unapproved or indeterminate" },
	{ 258, "since", "TIME",
	  "from TIME on: 2026-11-23, 2026-11-23T20:00:00Z, @SECONDS, 15m (ago)" },
	{ 259, "until", "TIME", "before TIME" },
	{ 260, "after", "SEQ", "only records behind this number" },
	{ 261, "proof", "DIR",
	  "instead: one session or ticket with proofs, for lockstep verify DIR" },
	{ 262, "checkpoint", "FILE",
	  "with --proof: also that the log continues this checkpoint, which was kept elsewhere" },
};

static int set_form(struct export *export, const char *value)
{
	export->csv = strcmp(value, "csv") == 0;
	if (export->csv || strcmp(value, "jsonl") == 0)
		return CLI_OK;
	return options_usage(export->options, "--output: expected jsonl or csv, got \"%s\"", value);
}

static int set_filter(struct export *export, int id, const char *value)
{
	struct store_filter *filter = &export->filter;
	int64_t now_ns = host_wall_ns();

	if (id == 256)
		filter->session = value;
	else if (id == 't')
		filter->ticket = value;
	else if (id == 'k')
		filter->kind = value;
	else if (id == 257)
		filter->verdict = value;
	else if (id == 258 && option_time(value, now_ns, &filter->since_ns))
		return options_usage(export->options, "--since: expected a time, got \"%s\"",
				     value);
	else if (id == 259 && option_time(value, now_ns, &filter->until_ns))
		return options_usage(export->options, "--until: expected a time, got \"%s\"",
				     value);
	else if (id == 260 && option_number(value, INT64_MAX, &filter->after))
		return options_usage(export->options, "--after: expected a number, got \"%s\"",
				     value);
	return CLI_OK;
}

static int parse(struct export *export)
{
	struct options *options = export->options;
	const struct store_filter *filter = &export->filter;
	int id = 0, status = CLI_OK;

	while (!status && (id = options_next(options)) > 0) {
		if (id == 's')
			export->store = options->value;
		else if (id == 261)
			export->proof = options->value;
		else if (id == 262)
			export->checkpoint = options->value;
		else if (id == 'o')
			status = set_form(export, options->value);
		else
			status = set_filter(export, id, options->value);
	}
	if (id < 0)
		return options->status;
	if (status)
		return status;
	if (options->operands_n)
		return options_usage(options, "unexpected \"%s\"", options->operands[0]);
	if (!export->store)
		return options_usage(options, "expected --store FILE");
	if (filter->kind && !filter_kind_known(span_of(filter->kind)))
		return options_usage(options, "--kind: no record is called \"%s\"", filter->kind);
	if (filter->verdict && !filter_verdict_known(span_of(filter->verdict)))
		return options_usage(options, "--verdict: \"%s\" is none", filter->verdict);
	if (export->proof && !filter->session == !filter->ticket)
		return options_usage(options, "--proof: expected --session ID or --ticket ID");
	if (export->checkpoint && !export->proof)
		return options_usage(options, "--checkpoint: expected --proof DIR with it");
	return CLI_OK;
}

/* Non-zero stops: nobody reads any more, or the disk is full. */
static int print_text(struct export *export)
{
	if (export->text.failed)
		return -ENOMEM;
	if (fwrite(export->text.p, 1, export->text.n, stdout) != export->text.n)
		return -errno;
	buf_reset(&export->text);
	return 0;
}

static int print_row(void *ctx, uint64_t seq, const char *line, size_t n)
{
	struct export *export = ctx;

	(void)seq;
	if (!export->csv) {
		if (fwrite(line, 1, n, stdout) != n || putchar('\n') == EOF)
			return -errno;
		return 0;
	}
	if (csv_line((struct span){ line, n }, &export->text) == -EBADMSG)
		export->bad++;
	return print_text(export);
}

static int print_all(struct export *export)
{
	struct store *store;
	char why[512];
	int ret = 0;

	if (store__open_readonly(&store, export->store, why, sizeof(why)))
		return options_fail(export->options, "%s", why);
	if (export->csv) {
		csv_header(&export->text);
		ret = print_text(export);
	}
	if (!ret)
		ret = store__read(store, &export->filter, 0, print_row, export);
	store__close(store);
	if (ret)
		return options_fail(export->options, "%s", strerror(-ret));
	if (export->bad)
		return options_fail(export->options, "%llu rows of the store are no records",
				    (unsigned long long)export->bad);
	return CLI_OK;
}

static int verb_export_main(struct options *options)
{
	struct export export = { .options = options };
	int status = parse(&export);

	if (status || !options->operands)
		return status;
	if (export.proof)
		return export_proof(options, &(struct export_proof){ export.store, export.proof,
								     export.filter.session,
								     export.filter.ticket,
								     export.checkpoint });
	/* `lockstep export | head` ends as every filter does, whatever our parent ignores. */
	signal(SIGPIPE, SIG_DFL);
	status = print_all(&export);
	buf_free(&export.text);
	return status;
}

const struct verb verb_export = {
	.name = "export",
	.operands = "",
	.help = "print stored records",
	.about = "Records come in the order of their numbers. Reading does not disturb who writes "
		 "the store.",
	.options = export_options,
	.options_n = sizeof(export_options) / sizeof(export_options[0]),
	.run = verb_export_main,
};
