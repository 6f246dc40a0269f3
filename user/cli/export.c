/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "cli/cli.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "cli/export_proof.h"
#include "cli/filter_options.h"
#include "cli/left_out.h"
#include "core/base/array.h"
#include "core/record/row.h"
#include "core/serve/config.h"
#include "core/show/export/export_format.h"
#include "edge/host.h"
#include "edge/out/out.h"

enum { PROGRESS_ROWS = 4096, OPTION_TO = 256, OPTION_RESUME, OPTION_PROOF, OPTION_CHECKPOINT };

#define SECOND_NS 1000000000ull

struct export
{
	struct options *options;
	const char *store, *to;
	const char *proof, *checkpoint;
	bool resume;
	struct record_filter filter;
	enum export_format format;
	struct out *out;
	struct buf text;
	bool by_line;   /* the filter asks for what the store has no column for */
	bool skip_line; /* resuming: the next record's first line is in the file already */
	uint64_t rows, records, bad, last_seq;
	struct left_out left_out;
	uint64_t began_ns, told_ns; /* told_ns 0: nothing is on the terminal */
	bool terminal;
};

static const struct option_spec export_options[] = {
	{ 's', "store", "FILE", "the store to read (default: " CONFIG_STORE ")" },
	{ 'o', "output", "FORM", "jsonl (the records, byte for byte; the default), csv or ocsf" },
	{ OPTION_TO, "to", "FILE", "write there, compressed where the name ends in .gz" },
	{ OPTION_RESUME, "resume", NULL, "with --to: go on behind the last whole line of FILE" },
	{ OPTION_PROOF, "proof", "DIR",
	  "instead: one session or ticket with proofs, for lockstep verify DIR" },
	{ OPTION_CHECKPOINT, "checkpoint", "FILE",
	  "with --proof: also that the log continues this checkpoint, which was kept elsewhere" },
	FILTER_OPTIONS,
};

static int set_option(struct export *export, int id, bool *taken)
{
	struct options *options = export->options;

	*taken = true;
	if (id == 's')
		export->store = options->value;
	else if (id == OPTION_TO)
		export->to = options->value;
	else if (id == OPTION_RESUME)
		export->resume = true;
	else if (id == OPTION_PROOF)
		export->proof = options->value;
	else if (id == OPTION_CHECKPOINT)
		export->checkpoint = options->value;
	else if (id == 'o' && export_format_parse(span_of(options->value), &export->format))
		return options_usage(options, "--output: expected jsonl, csv or ocsf, got \"%s\"",
				     options->value);
	else
		*taken = id == 'o';
	return CLI_OK;
}

/* A bundle is of all that one session, or one ticket, has. */
static int check_proof(const struct export *export)
{
	const struct options *options = export->options;

	if (!export->proof)
		return options_usage(options, "--checkpoint: expected --proof DIR with it");
	if (!*export->filter.session == !*export->filter.ticket)
		return options_usage(options, "--proof: expected --session ID or --ticket ID");
	if (export->to || export->by_line || *export->filter.kind || *export->filter.verdict ||
	    export->filter.since_ns || export->filter.until_ns || export->filter.after)
		return options_usage(options, "--proof: expected no other filter, and no --to");
	return CLI_OK;
}

static int write_proof(const struct export *export)
{
	const struct record_filter *filter = &export->filter;

	return export_proof(export->options,
			    &(struct export_proof){
				    .store = export->store,
				    .dir = export->proof,
				    .session = *filter->session ? filter->session : NULL,
				    .ticket = *filter->ticket ? filter->ticket : NULL,
				    .since = export->checkpoint,
			    });
}

static int parse(struct export *export)
{
	struct options *options = export->options;
	int id = 0, status = CLI_OK;
	bool taken;

	while (!status && (id = options_next(options)) > 0) {
		status = set_option(export, id, &taken);
		if (!taken)
			status = filter_option(options, id, &export->filter, &taken);
	}
	if (status)
		return status;
	if (id < 0)
		return options->status;
	if (options->operands_n)
		return options_usage(options, "unexpected \"%s\"", options->operands[0]);
	if (export->resume && !export->to)
		return options_usage(options,
				     "--resume: expected --to with the file to go on with");
	export->by_line = filter_by_line(&export->filter);
	return export->proof || export->checkpoint ? check_proof(export) : CLI_OK;
}

/* Somebody waits at a terminal: how far it is, from the second second on. */
static void tell_progress(struct export *export, uint64_t seq)
{
	uint64_t now_ns = host_boot_ns();

	if (now_ns - export->began_ns < SECOND_NS ||
	    (export->told_ns && now_ns - export->told_ns < SECOND_NS / 5))
		return;
	export->told_ns = now_ns;
	fprintf(stderr, "\rlockstep export: %" PRIu64 " records, %" PRIu64 " %% ", export->records,
		(export->last_seq ? seq * 100 / export->last_seq : 100));
	fflush(stderr);
}

/* Without the line of a record that the file has already. */
static struct span without_known(struct export *export)
{
	struct span lines = buf_span(&export->text);
	const char *end = lines.n ? memchr(lines.p, '\n', lines.n) : NULL;

	if (export->skip_line && end) {
		lines.n -= (size_t)(end - lines.p) + 1;
		lines.p = end + 1;
	}
	export->skip_line = false;
	return lines;
}

static int print_row(void *ctx, uint64_t seq, const char *text, size_t n)
{
	struct export *export = ctx;
	struct span line = { text, n };
	struct record_row facts;
	int ret;

	if (export->terminal && ++export->rows % PROGRESS_ROWS == 0)
		tell_progress(export, seq);
	if (export->by_line && (row_read(line, &facts) || !filter_matches(&export->filter, &facts)))
		return 0;
	buf_reset(&export->text);
	ret = export_lines(export->format, line, &export->text);
	if (ret == -EBADMSG) {
		export->bad++;
		return 0;
	}
	if (ret == 0)
		left_out_count(&export->left_out, line);
	export->records += ret > 0;
	return ret < 0 ? ret : out__write(export->out, without_known(export));
}

static int fail_to(const struct export *export, int ret)
{
	const char *why = strerror(-ret);

	if (ret == -EEXIST)
		why = "is there already; --resume goes on with it";
	else if (ret == -ELOOP)
		why = "is a symbolic link; name the file itself";
	else if (ret == -EBADMSG)
		why = "is no file that an export was written to";
	return options_fail(export->options, "\"%s\": %s", export->to, why);
}

/* Where the file's last record is; what it is not of our making stays as it is. */
static int find_place(struct export *export)
{
	struct span last = out__last(export->out), torn = out__torn(export->out);
	uint64_t seq = 0;

	if (!export_begins(export->format, torn))
		return -EBADMSG;
	if (last.n && export_seq(export->format, last, &seq, &export->skip_line))
		return -EBADMSG;
	if (export->skip_line)
		seq--;
	if (seq > export->filter.after)
		export->filter.after = seq;
	if (last.n == 0)
		export_header(export->format, &export->text);
	return 0;
}

static int open_out(struct export *export)
{
	int ret = out__open(&export->out, export->to, export->resume);

	if (!ret)
		ret = find_place(export);
	if (!ret)
		ret = out__begin(export->out);
	if (!ret)
		ret = out__write(export->out, buf_span(&export->text));
	return ret ? fail_to(export, ret) : CLI_OK;
}

static int print_all(struct export *export, struct store *store)
{
	struct store_filter filter;
	int ret, closed;
	struct buf key = { 0 };

	export->last_seq = store__last_seq(store);
	export->began_ns = host_boot_ns();
	filter_store(&export->filter, &filter);
	ret = store__read(store, &filter, 0, print_row, export);
	if (export->told_ns)
		fputs("\r\033[K", stderr);
	closed = out__close(export->out);
	export->out = NULL;
	if (!ret)
		ret = closed;
	if (ret)
		return options_fail(export->options, "%s%s%s", export->to ? export->to : "",
				    export->to ? ": " : "", strerror(-ret));
	left_out_tell(&export->left_out, export->options);
	/*
	 * The key with which the log can be verified that this was taken from; among records on
	 * stdout it would be in their way.
	 */
	if (export->to && store__key(store, &key) == 0)
		fprintf(stderr, "lockstep export: %" PRIu64 " records; the log is signed by %.*s\n",
			export->records, (int)key.n, key.p);
	buf_free(&key);
	if (export->bad)
		return options_fail(export->options, "%" PRIu64 " rows of the store are no records",
				    export->bad);
	return CLI_OK;
}

static int verb_export_main(struct options *options)
{
	struct export export = { .options = options,
				 .store = CONFIG_STORE,
				 .terminal = isatty(STDERR_FILENO) };
	struct store *store = NULL;
	char why[512];
	int status = parse(&export);

	if (status || !options->operands)
		goto out;
	if (export.proof) {
		status = write_proof(&export);
		goto out;
	}
	/* `lockstep export | head` ends as every filter does, whatever our parent ignores. */
	signal(SIGPIPE, SIG_DFL);
	if (store__open_readonly(&store, export.store, why, sizeof(why)))
		status = options_fail(options, "%s", why);
	if (!status)
		status = open_out(&export);
	if (!status)
		status = print_all(&export, store);
out:
	store__close(store);
	out__close(export.out);
	buf_free(&export.text);
	filter_free(&export.filter);
	return status;
}

const struct verb verb_export = {
	.name = "export",
	.operands = "",
	.help = "print stored records",
	.about = "Records come in the order of their numbers. Reading does not disturb who writes "
		 "the store.",
	.options = export_options,
	.options_n = ARRAY_SIZE(export_options),
	.run = verb_export_main,
};
