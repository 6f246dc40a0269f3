/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "cli/cli.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "cli/client.h"
#include "cli/filter_options.h"
#include "cli/left_out.h"
#include "core/base/array.h"
#include "core/record/row.h"
#include "core/show/export/ocsf.h"
#include "core/show/present.h"

static const struct option_spec tail_options[] = {
	FILTER_OPTIONS,
	{ 'O', "open", NULL, "only alerts that nobody has acknowledged, those of before first" },
	{ 'a', "all", NULL, "exits, closes, heartbeats too (json and ocsf always have them)" },
	{ 'o', "output", "FORM", "text (default), json (the stream as it is) or ocsf" },
	CLIENT_RUN_DIR_OPTION,
};

enum tail_form { TAIL_TEXT, TAIL_JSON, TAIL_OCSF };

struct tail {
	struct options *options;
	const char *run_dir;
	struct subscribe subscribe;
	enum tail_form form;
	bool all, colour;
	uint64_t last; /* seq of the last record that came */
	struct buf text;
	struct left_out left_out;
	int status;
};

static int set_option(struct tail *tail, int id)
{
	bool taken;
	static const char *const names[] = {
		[TAIL_TEXT] = "text", [TAIL_JSON] = "json", [TAIL_OCSF] = "ocsf"
	};

	switch (id) {
	case 'O':
		tail->subscribe.filter.open = true;
		tail->subscribe.from_store = true;
		return CLI_OK;
	case 'a':
		tail->all = true;
		return CLI_OK;
	case 'R':
		tail->run_dir = tail->options->value;
		return CLI_OK;
	case 'o':
		for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
			if (strcmp(tail->options->value, names[i]))
				continue;
			tail->form = (enum tail_form)i;
			return CLI_OK;
		}
		return options_usage(tail->options,
				     "--output: expected text, json or ocsf, got \"%s\"",
				     tail->options->value);
	default:
		tail->subscribe.from_store |= id == 'S' || id == 'U' || id == 'n';
		return filter_option(tail->options, id, &tail->subscribe.filter, &taken);
	}
}

/* What is seldom read live: it is there with --all, and by its name. */
static bool is_hidden(const struct tail *tail, const struct record_row *facts)
{
	return !tail->all && !tail->subscribe.filter.kind[0] && !tail->subscribe.filter.alerts &&
	       (span_is(facts->kind, "exit") || span_is(facts->kind, "close") ||
		span_is(facts->kind, "heartbeat"));
}

static void show_record(struct tail *tail, struct span line)
{
	const struct present_opts opts = { PRESENT_LINE, tail->colour };
	struct record_row facts;

	if (row_read(line, &facts))
		return;
	tail->last = facts.seq;
	buf_reset(&tail->text);
	if (tail->form == TAIL_OCSF) {
		if (ocsf_lines(line, &tail->text) == 0)
			left_out_count(&tail->left_out, line);
	} else if (tail->form == TAIL_JSON || is_hidden(tail, &facts) ||
		   present_line(line, &opts, &tail->text)) {
		return;
	}
	fwrite(tail->text.p, 1, tail->text.n, stdout);
}

/* False: it is over, tail->status says how. */
static bool take_line(struct tail *tail, struct span line)
{
	struct client_missed missed = { 0 };
	struct buf message = { 0 };
	enum client_line sort = client_sort(line, &missed, &message);

	if (sort == CLIENT_REFUSED) {
		tail->status = options_fail(tail->options, "%.*s", (int)message.n,
					    message.n ? message.p : "");
		buf_free(&message);
		return false;
	}
	buf_free(&message);
	if (tail->form == TAIL_JSON) {
		fwrite(line.p, 1, line.n, stdout);
		putchar('\n');
	}
	if (sort == CLIENT_RECORD) {
		show_record(tail, line);
	} else if (sort == CLIENT_MISSED) {
		tail->last = missed.last;
		fprintf(stderr,
			"lockstep tail: too slow, missed %" PRIu64 " records from %" PRIu64
			" to %" PRIu64 "; they are in the store: lockstep tail --after %" PRIu64
			"\n",
			missed.count, missed.first, missed.last, missed.first - 1);
	}
	return true;
}

static int follow(struct tail *tail, int fd)
{
	struct line_reader reader;
	struct span line;
	int ret = 0;

	line_reader__init(&reader, CLIENT_LINE_MAX);
	tail->status = -1;
	while (tail->status < 0 && !ret && !reader.eof) {
		ret = line_reader__fill(&reader, fd);
		while (tail->status < 0 && line_reader__next(&reader, &line))
			take_line(tail, line);
		if (fflush(stdout))
			tail->status =
				options_fail(tail->options, "standard output: %s", strerror(errno));
	}
	line_reader__free(&reader);
	left_out_tell(&tail->left_out, tail->options);
	if (tail->status >= 0)
		return tail->status;
	return options_fail(tail->options,
			    "lockstepd ended; to go on from here: lockstep tail --after %" PRIu64,
			    tail->last);
}

static int tail_run(struct options *options)
{
	struct tail tail = { .options = options, .run_dir = CLIENT_RUN_DIR };
	char why[512];
	int id = 0, fd, status = CLI_OK;

	while (!status && (id = options_next(options)) > 0)
		status = set_option(&tail, id);
	if (!status && id < 0)
		status = options->status;
	else if (!status && options->operands_n)
		status = options_usage(options, "unexpected \"%s\"", options->operands[0]);
	if (status || !options->operands)
		goto out;
	tail.colour = cli_colour(STDOUT_FILENO);
	tail.last = tail.subscribe.filter.after;
	if (client_subscribe(tail.run_dir, &tail.subscribe, &fd, why, sizeof(why))) {
		status = options_fail(options, "%s", why);
		goto out;
	}
	status = follow(&tail, fd);
	close(fd);
out:
	buf_free(&tail.text);
	subscribe_free(&tail.subscribe);
	return status;
}

const struct verb verb_tail = {
	.name = "tail",
	.operands = "",
	.help = "follow the records as they are made",
	.about = "Without --since or --after it begins with what comes next. Root and the "
		 "configured group\n"
		 "see every session, everybody else his own, named with --session.",
	.options = tail_options,
	.options_n = ARRAY_SIZE(tail_options),
	.run = tail_run,
};
