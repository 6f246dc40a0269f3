/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "cli/cli.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/client.h"
#include "core/base/array.h"
#include "core/base/id.h"
#include "core/base/json.h"
#include "core/show/present.h"

static const struct option_spec session_options[] = {
	{ 'j', "json", NULL, "lockstepd's answer as it is" },
	CLIENT_RUN_DIR_OPTION,
	{ 'k', "kill", NULL, "kill every process of the session" },
};
/* --kill is last, and for `session end` alone. */

struct asked {
	const char *run_dir;
	bool json, kill;
};

/* -1: return options->status. */
static int read_options(struct options *options, int operands, struct asked *asked)
{
	int id;

	*asked = (struct asked){ .run_dir = CLIENT_RUN_DIR };
	while ((id = options_next(options)) > 0) {
		if (id == 'j')
			asked->json = true;
		else if (id == 'k')
			asked->kill = true;
		else
			asked->run_dir = options->value;
	}
	if (id < 0)
		return -1;
	if (options->operands_n != operands) {
		options->status = options_usage(options, operands ? "expected a session's id"
								  : "takes no operand");
		return -1;
	}
	if (operands && !id_valid(span_of(options->operands[0]))) {
		options->status =
			options_usage(options, "\"%s\" is no session's id", options->operands[0]);
		return -1;
	}
	return 0;
}

/* Asks, and prints the answer itself where that is wanted. *status is CLI_OK: the rest is to be
 * done. */
static int ask(struct options *options, const struct asked *asked, const char *op,
	       struct client_reply *reply)
{
	struct buf request = { 0 };
	int status;

	json_begin(&request);
	json_cstr(&request, "op", op);
	if (options->operands_n)
		json_cstr(&request, "session", options->operands[0]);
	if (asked->kill)
		json_bool(&request, "kill", true);
	json_close(&request, '}');
	status = client_call(options, asked->run_dir, buf_span(&request), -1, reply);
	buf_free(&request);
	if (!status && asked->json)
		printf("%.*s\n", (int)reply->line.n, reply->line.p);
	return status;
}

static void print_steps(struct span steps)
{
	struct json_object *step = malloc(sizeof(*step));
	struct span items = json_items(steps), item;
	struct buf text = { 0 };

	while (step && json_next(&items, &item)) {
		if (json_read(item, step))
			continue;
		buf_reset(&text);
		client_text(&text, step, "id");
		buf_adds(&text, ": ");
		client_text(&text, step, "run");
		printf("  done %" PRIu64 ", failed %" PRIu64 ", running %" PRIu64 "  %.*s\n",
		       client_number(step, "done"), client_number(step, "failed"),
		       client_number(step, "running"), (int)text.n, text.p ? text.p : "");
	}
	buf_free(&text);
	free(step);
}

/* Which profiles approve beside the ticket, and what their bytes are. */
static void print_profiles(const struct json_object *from)
{
	struct json_object *profile = malloc(sizeof(*profile));
	struct span items = json_items(json_get(from, "profiles")), item;
	struct buf text = { 0 };

	while (profile && json_next(&items, &item)) {
		if (json_read(item, profile))
			continue;
		buf_reset(&text);
		client_text(&text, profile, "name");
		buf_adds(&text, " sha256:");
		client_text(&text, profile, "sha256");
		printf("%-14s %.*s\n", "profile", (int)text.n, text.n ? text.p : "");
	}
	buf_free(&text);
	free(profile);
}

static void print_open(const struct json_object *session)
{
	static const char *const texts[] = { "session",   "ticket",   "summary",
					     "requester", "operator", "start" };
	static const char *const numbers[] = { "processes",     "approved", "unapproved",
					       "indeterminate", "emitted",  "stored",
					       "lost" };
	struct buf text = { 0 };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(texts); i++) {
		buf_reset(&text);
		client_session_text(&text, session, texts[i]);
		printf("%-14s %.*s\n", texts[i], (int)text.n, text.p ? text.p : "");
	}
	for (i = 0; i < ARRAY_SIZE(numbers); i++)
		printf("%-14s %" PRIu64 "\n", numbers[i], client_number(session, numbers[i]));
	buf_free(&text);
	print_profiles(session);
	printf("steps\n");
	print_steps(json_get(session, "steps"));
}

/* A session that is over: its reconciliation, as it was printed to whoever watched. */
static void print_over(const struct json_object *reply)
{
	const struct present_opts opts = { PRESENT_ALERT, cli_colour(STDOUT_FILENO) };
	struct span end = json_get(reply, "end");
	struct json_object *start;
	struct buf text = { 0 };

	if (end.n == 0) {
		printf("the session has no end: lockstepd did not live to see it\n");
		end = json_get(reply, "start");
	}
	if (present_line(end, &opts, &text) == 0)
		fwrite(text.p, 1, text.n, stdout);
	buf_free(&text);
	start = malloc(sizeof(*start));
	if (start && json_read(json_get(reply, "start"), start) == 0)
		print_profiles(start);
	free(start);
}

static int show_run(struct options *options)
{
	struct json_object *session = NULL;
	struct client_reply reply;
	struct asked asked;
	struct span value;
	int status;

	if (read_options(options, 1, &asked))
		return options->status;
	status = ask(options, &asked, "session_show", &reply);
	if (status || asked.json)
		goto out;
	value = json_get(reply.object, "session");
	session = malloc(sizeof(*session));
	if (value.n == 0)
		print_over(reply.object);
	else if (session && json_read(value, session) == 0)
		print_open(session);
	else
		status = options_fail(options, "lockstepd's answer can't be read");
	if (!status) {
		struct span alerts = json_get(reply.object, "open_alerts");

		if (alerts.n && !json_is_null(alerts))
			printf("%-14s %" PRIu64 "%s\n", "open alerts",
			       client_number(reply.object, "open_alerts"),
			       client_number(reply.object, "open_alerts") ? "; see lockstep ack"
									  : "");
	}
out:
	free(session);
	client_reply_free(&reply);
	return status;
}

static int end_run(struct options *options)
{
	struct client_reply reply;
	struct asked asked;
	int status;

	if (read_options(options, 1, &asked))
		return options->status;
	status = ask(options, &asked, "session_end", &reply);
	if (!status && !asked.json && asked.kill) {
		printf("session %s ended, %" PRIu64 " processes killed\n", options->operands[0],
		       client_number(reply.object, "killed"));
		if (client_number(reply.object, "left")) {
			fprintf(stderr,
				"lockstep session end: %" PRIu64 " processes are still there\n",
				client_number(reply.object, "left"));
			status = CLI_NEGATIVE;
		}
	} else if (!status && !asked.json) {
		printf("session %s ended; what its processes do from here on is unapproved\n",
		       options->operands[0]);
	}
	client_reply_free(&reply);
	return status;
}

const struct verb verb_session_show = {
	.name = "session show",
	.operands = "ID",
	.help = "tell where a session stands, or how it ended",
	.options = session_options,
	.options_n = ARRAY_SIZE(session_options) - 1,
	.run = show_run,
};

const struct verb verb_session_end = {
	.name = "session end",
	.operands = "ID",
	.help = "end a session",
	.about = "Its processes live on, and everything that they do is unapproved, unless they "
		 "are killed.",
	.options = session_options,
	.options_n = ARRAY_SIZE(session_options),
	.run = end_run,
};
