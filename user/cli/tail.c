/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "cli.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "client.h"
#include "core/filter.h"
#include "core/present.h"
#include "edge/host.h"

static const struct option_spec tail_options[] = {
	{ 's', "session", "ID", "only this session" },
	{ 't', "ticket", "ID", "only sessions on this ticket" },
	{ 'k', "kind", "KIND", "only this kind of record: exec, connect, loss, ..." },
	{ 'v', "verdict", "VERDICT", "only approved, unapproved or indeterminate" },
	{ 'A', "alerts", NULL, "only what somebody should look at, and the ends of sessions" },
	{ 'O', "open", NULL, "only alerts that nobody has acknowledged, those of before first" },
	{ 'a', "all", NULL, "exits, closes, heartbeats too (-o json always has them)" },
	{ 'S', "since", "TIME", "from then on: 2026-11-23T20:00:00Z, @SECONDS, 15m, 2h" },
	{ 'n', "after", "SEQ", "from the record behind this one on" },
	{ 'o', "output", "FORM", "text (default) or json" },
	CLIENT_RUN_DIR_OPTION,
};

struct tail {
	struct options *options;
	const char *run_dir;
	struct subscribe subscribe;
	bool json, all, colour;
	uint64_t last; /* seq of the last record that came */
	struct buf text;
	int status;
};

static int set_name(struct options *options, const char *what, bool known,
		    char out[FILTER_NAME_MAX])
{
	if (!known || !request_ticket_id(span_of(options->value)))
		return options_usage(options, "\"%s\" is no %s", options->value, what);
	snprintf(out, FILTER_NAME_MAX, "%s", options->value);
	return CLI_OK;
}

static int set_option(struct tail *tail, int id)
{
	struct options *options = tail->options;
	struct record_filter *filter = &tail->subscribe.filter;
	struct span value = span_of(options->value);

	switch (id) {
	case 's':
		return set_name(options, "session's id", true, filter->session);
	case 't':
		return set_name(options, "ticket's id", true, filter->ticket);
	case 'k':
		return set_name(options, "kind of record", filter_kind_known(value), filter->kind);
	case 'v':
		return set_name(options, "verdict", filter_verdict_known(value), filter->verdict);
	case 'A':
		filter->alerts = true;
		return CLI_OK;
	case 'O':
		filter->open = true;
		tail->subscribe.from_store = true;
		return CLI_OK;
	case 'a':
		tail->all = true;
		return CLI_OK;
	case 'R':
		tail->run_dir = options->value;
		return CLI_OK;
	case 'S':
		tail->subscribe.from_store = true;
		return option_time(options->value, host_wall_ns(), &filter->since_ns)
			       ? options_usage(options, "\"%s\" is no time", options->value)
			       : CLI_OK;
	case 'n':
		tail->subscribe.from_store = true;
		return option_number(options->value, UINT64_MAX, &filter->after)
			       ? options_usage(options, "\"%s\" is no number of a record",
					       options->value)
			       : CLI_OK;
	default:
		tail->json = strcmp(options->value, "json") == 0;
		return tail->json || strcmp(options->value, "text") == 0
			       ? CLI_OK
			       : options_usage(options, "\"%s\" is neither text nor json",
					       options->value);
	}
}

/* What is seldom read live: it is there with --all, and by its name. */
static bool is_hidden(const struct tail *tail, const struct record_facts *facts)
{
	return !tail->all && !tail->subscribe.filter.kind[0] && !tail->subscribe.filter.alerts &&
	       (span_is(facts->kind, "exit") || span_is(facts->kind, "close") ||
		span_is(facts->kind, "heartbeat"));
}

static void show_record(struct tail *tail, struct span line)
{
	const struct present_opts opts = { PRESENT_LINE, tail->colour };
	struct record_facts facts;

	if (filter_facts(line, &facts))
		return;
	tail->last = facts.seq;
	if (tail->json || is_hidden(tail, &facts))
		return;
	buf_reset(&tail->text);
	if (present_line(line, &opts, &tail->text) == 0)
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
	if (tail->json) {
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
	int id, fd, status;

	while ((id = options_next(options)) > 0) {
		status = set_option(&tail, id);
		if (status)
			return status;
	}
	if (id < 0)
		return options->status;
	if (options->operands_n)
		return options_usage(options, "unexpected \"%s\"", options->operands[0]);
	tail.colour = cli_colour(STDOUT_FILENO);
	tail.last = tail.subscribe.filter.after;
	if (client_subscribe(tail.run_dir, &tail.subscribe, &fd, why, sizeof(why)))
		return options_fail(options, "%s", why);
	status = follow(&tail, fd);
	close(fd);
	buf_free(&tail.text);
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
	.options_n = sizeof(tail_options) / sizeof(tail_options[0]),
	.run = tail_run,
};
