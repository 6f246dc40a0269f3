/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "cli/cli.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "cli/filter_options.h"
#include "cli/session_rows.h"
#include "core/base/array.h"
#include "core/base/base64.h"
#include "core/serve/config.h"
#include "core/show/report/report.h"
#include "edge/host.h"
#include "edge/new_file.h"
#include "edge/sha256.h"
#include "edge/store/store.h"

struct reporting {
	struct options *options;
	const char *output;
	struct report_opts opts;
	struct record_filter filter;
	const char **sessions; /* ids, borrowed from rows */
	struct session_rows rows;
	struct store *store;
	struct sha256 *sha256;
	struct new_file *file; /* NULL: standard output */
	void *ticket;          /* the bytes that core borrows */
};

static const struct option_spec report_options[] = {
	{ 's', "store", "FILE", "the store to read (default: " CONFIG_STORE ")" },
	{ 'o', "output", "FILE", "the page to write; - is standard output" },
	FILTER_OPTIONS,
};

static int parse(struct reporting *reporting)
{
	struct options *options = reporting->options;
	int id = 0, status = CLI_OK;
	bool taken;

	while (!status && (id = options_next(options)) > 0) {
		if (id == 's')
			reporting->opts.store = options->value;
		else if (id == 'o')
			reporting->output = options->value;
		else
			status = filter_option(options, id, &reporting->filter, &taken);
	}
	if (status)
		return status;
	if (id < 0)
		return options->status;
	if (options->operands_n)
		return options_usage(options, "unexpected \"%s\"", options->operands[0]);
	if (!filter_is_set(&reporting->filter))
		return options_usage(options, "of which sessions? Expected at least one of the "
					      "options that choose them, such as --session ID or "
					      "--ticket ID");
	if (!reporting->output)
		return options_usage(options, "expected --output FILE");
	return CLI_OK;
}

static int read_lines(void *ctx, const struct report_query *query, report_line each, void *each_ctx)
{
	const struct reporting *reporting = ctx;
	const struct store_filter filter = {
		.session = query->session,
		.kind = query->kind,
		.after = query->after,
	};

	return store__read(reporting->store, &filter, 0, each, each_ctx);
}

/* The name of a ticket's bytes is their sum, and whoever can write the store can write both. */
static int read_ticket(void *ctx, const char *sha256, struct span *bytes)
{
	struct reporting *reporting = ctx;
	char hex[65];
	size_t n = 0;
	int ret;

	*bytes = (struct span){ 0 };
	free(reporting->ticket);
	reporting->ticket = NULL;
	ret = store__get_ticket(reporting->store, sha256, &reporting->ticket, &n);
	if (!ret)
		ret = sha256__bytes(reporting->sha256, NULL, 0, reporting->ticket, n, hex);
	if (!ret && strcmp(hex, sha256) != 0)
		ret = -EBADMSG;
	if (!ret)
		*bytes = (struct span){ reporting->ticket, n };
	return ret;
}

static int write_piece(void *ctx, const char *p, size_t n)
{
	struct reporting *reporting = ctx;

	if (reporting->file)
		return new_file__write(reporting->file, p, n);
	return fwrite(p, 1, n, stdout) == n ? 0 : -errno;
}

/* As a policy names a style: the sum in base64 (CSP Level 3, 2.3.1). */
static int style_sum(struct sha256 *sha256, struct buf *out)
{
	struct span style = report_style();
	char hex[65], sum[32];
	int ret = sha256__bytes(sha256, NULL, 0, style.p, style.n, hex);

	for (size_t i = 0; !ret && i < sizeof(sum); i++) {
		char digits[3] = { hex[2 * i], hex[2 * i + 1], 0 };

		sum[i] = (char)strtoul(digits, NULL, 16);
	}
	if (!ret)
		base64_encode(out, (struct span){ sum, sizeof(sum) });
	buf_addc(out, 0);
	return ret ? ret : out->failed ? -ENOMEM : 0;
}

/* Before anything is written: -ENODATA when there is none. */
static int choose(struct reporting *reporting)
{
	struct session_rows *rows = &reporting->rows;
	int ret = session_rows__choose(rows, reporting->store, &reporting->filter);

	if (ret)
		return ret;
	reporting->sessions = calloc(rows->n + 1, sizeof(*reporting->sessions));
	if (!reporting->sessions)
		return -ENOMEM;
	for (size_t i = 0; i < rows->n; i++) {
		if (rows->v[i].matched)
			reporting->sessions[reporting->opts.sessions_n++] = rows->v[i].id;
	}
	reporting->opts.sessions = reporting->sessions;
	reporting->opts.filter = &reporting->filter;
	return reporting->opts.sessions_n ? 0 : -ENODATA;
}

static int write_page(struct reporting *reporting)
{
	const struct report_source source = { read_lines, read_ticket, reporting };
	struct buf sum = { 0 };
	int ret = style_sum(reporting->sha256, &sum);

	reporting->opts.style_sha256 = sum.p;
	reporting->opts.now_ns = host_wall_ns();
	if (!ret && strcmp(reporting->output, "-") != 0)
		ret = new_file__open(&reporting->file, reporting->output);
	if (!ret)
		ret = report_write(&reporting->opts, &source, write_piece, reporting);
	if (!ret && reporting->file)
		ret = new_file__keep(reporting->file);
	buf_free(&sum);
	return ret;
}

static int explain(const struct reporting *reporting, int ret)
{
	struct buf filters = { 0 };

	if (ret == -EEXIST)
		return options_fail(reporting->options,
				    "\"%s\": there is something else than a file",
				    reporting->output);
	if (ret != -ENODATA)
		return options_fail(reporting->options, "\"%s\": %s", reporting->output,
				    strerror(-ret));
	filter_show(&reporting->filter, &filters);
	buf_addc(&filters, 0);
	options_fail(reporting->options, "no session in the store \"%s\" has a record with %s",
		     reporting->opts.store, filters.failed ? "these options" : filters.p);
	buf_free(&filters);
	return CLI_NEGATIVE;
}

static int report(struct reporting *reporting)
{
	char why[512];
	int ret;

	if (store__open_readonly(&reporting->store, reporting->opts.store, why, sizeof(why)))
		return options_fail(reporting->options, "%s", why);
	ret = sha256__new(&reporting->sha256);
	if (!ret)
		ret = choose(reporting);
	if (!ret)
		ret = write_page(reporting);
	store__close(reporting->store);
	sha256__free(reporting->sha256);
	new_file__free(reporting->file);
	free(reporting->ticket);
	free(reporting->sessions);
	session_rows__free(&reporting->rows);
	return ret ? explain(reporting, ret) : CLI_OK;
}

static int verb_report_main(struct options *options)
{
	struct reporting reporting = { .options = options, .opts = { .store = CONFIG_STORE } };
	int status = parse(&reporting);

	if (!status && options->operands) {
		/* `report -o - | head` ends as every filter does, whatever our parent ignores. */
		signal(SIGPIPE, SIG_DFL);
		status = report(&reporting);
	}
	filter_free(&reporting.filter);
	return status;
}

const struct verb verb_report = {
	.name = "report",
	.operands = "",
	.help = "write the whole story of a session or a ticket as one page",
	.about = "A session is on the page when a record of it is all that the other options ask "
		 "for, and is\n"
		 "told whole then; at least one of them is expected.\n"
		 "The page is HTML, needs nothing but itself and has no script: open it in any "
		 "browser,\n"
		 "print it, hand it on. It shows what the store holds at that moment.\n"
		 "Exit status: 0 written, 1 no such session in the store, 2 not readable or\n"
		 "writable.",
	.options = report_options,
	.options_n = ARRAY_SIZE(report_options),
	.run = verb_report_main,
};
