/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "cli/cli.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/client.h"
#include "cli/filter_options.h"
#include "cli/session_rows.h"
#include "core/base/array.h"
#include "core/base/json.h"
#include "core/base/timestamp.h"

static const struct option_spec list_options[] = {
	{ 'j', "json", NULL, "as JSON" },
	{ 's', "store", "FILE", "the sessions that FILE holds, also those that are over" },
	FILTER_OPTIONS,
	CLIENT_RUN_DIR_OPTION,
};

struct listing {
	struct options *options;
	const char *run_dir, *store;
	struct record_filter filter;
	bool json;
	bool begun; /* an item was printed */
};

static const struct column {
	const char *key, *title;
	int width;
	bool open, stored; /* of which list it is a column */
} columns[] = {
	{ "session", "SESSION", 16, true, true },   { "ticket", "TICKET", 14, true, true },
	{ "operator", "OPERATOR", 10, true, true }, { "start", "SINCE", 20, true, true },
	{ "processes", "PROCS", 5, true, false },   { "outcome", "OUTCOME", 13, false, true },
	{ "approved", "APPROVED", 8, true, true },  { "unapproved", "UNAPPROVED", 10, true, true },
	{ "lost", "LOST", 4, true, true },
};

static bool is_shown(const struct listing *listing, const struct column *column)
{
	return listing->store ? column->stored : column->open;
}

static void print_cell(const struct column *column, const char *text, size_t n)
{
	/* the last one ends the line, and nothing is behind it */
	if (column == &columns[ARRAY_SIZE(columns) - 1])
		printf("%.*s\n", (int)n, text);
	else
		printf("%-*.*s  ", column->width, (int)n, text);
}

static void print_titles(const struct listing *listing)
{
	for (size_t i = 0; i < ARRAY_SIZE(columns); i++) {
		if (is_shown(listing, &columns[i]))
			print_cell(&columns[i], columns[i].title, strlen(columns[i].title));
	}
}

static void print_row(const struct listing *listing, const struct json_object *session)
{
	struct buf text = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(columns); i++) {
		struct span value = json_get(session, columns[i].key);

		if (!is_shown(listing, &columns[i]))
			continue;
		buf_reset(&text);
		if (value.n == 0 || json_is_string(value) || json_is_null(value))
			client_session_text(&text, session, columns[i].key);
		else
			buf_add(&text, value.p, value.n);
		/* seconds are enough for a person */
		if (strcmp(columns[i].key, "start") == 0 && text.n > 19) {
			text.n = 19;
			buf_addc(&text, 'Z');
		}
		print_cell(&columns[i], text.n ? text.p : "", text.n);
	}
	buf_free(&text);
}

static void print_item(struct listing *listing, struct span item, const struct json_object *session)
{
	if (listing->json)
		printf("%s%.*s", listing->begun ? "," : "{\"ok\":true,\"sessions\":[", (int)item.n,
		       item.p);
	else if (!listing->begun)
		print_titles(listing);
	if (!listing->json)
		print_row(listing, session);
	listing->begun = true;
}

static void print_end(struct listing *listing)
{
	if (listing->json)
		printf("%s]}\n", listing->begun ? "" : "{\"ok\":true,\"sessions\":[");
	else if (!listing->begun)
		print_titles(listing);
}

static bool is_name(const struct json_object *session, const char *key, const char *wanted)
{
	struct span value = json_get(session, key);

	return !*wanted || (value.n > 2 && json_is_string(value) &&
			    span_is((struct span){ value.p + 1, value.n - 2 }, wanted));
}

static bool open_matches(const struct record_filter *filter, const struct json_object *session)
{
	struct span start = json_get(session, "start");
	int64_t ns = 0;

	if (start.n > 2)
		(void)timestamp_parse((struct span){ start.p + 1, start.n - 2 }, &ns);
	return is_name(session, "session", filter->session) &&
	       is_name(session, "ticket", filter->ticket) &&
	       is_name(session, "operator", filter->operator_name) &&
	       (!filter->since_ns || ns >= filter->since_ns) &&
	       (!filter->until_ns || ns < filter->until_ns);
}

static int list_open(struct listing *listing)
{
	struct json_object *session = malloc(sizeof(*session));
	struct buf request = { 0 };
	struct client_reply reply;
	struct span items, item;
	int status;

	json_begin(&request);
	json_cstr(&request, "op", "session_list");
	json_close(&request, '}');
	status = client_call(listing->options, listing->run_dir, buf_span(&request), -1, &reply);
	if (!status) {
		items = json_items(json_get(reply.object, "sessions"));
		while (session && json_next(&items, &item)) {
			if (json_read(item, session) == 0 &&
			    open_matches(&listing->filter, session))
				print_item(listing, item, session);
		}
		print_end(listing);
	}
	client_reply_free(&reply);
	buf_free(&request);
	free(session);
	return status;
}

static void add_member(struct buf *out, const struct json_object *line, const char *as,
		       const char *key)
{
	struct span value = json_get(line, key);

	json_open(out, as, value.n ? value.p[0] : 'n');
	if (value.n)
		buf_add(out, value.p + 1, value.n - 1);
	else
		buf_adds(out, "ull");
}

static void make_item(const struct session_row *row, struct json_object *line, struct buf *out)
{
	static const char *const from_start[][2] = { { "session", "session" },
						     { "ticket", "ticket" },
						     { "operator", "operator" },
						     { "host", "host" },
						     { "start", "time" } };
	static const char *const from_end[][2] = { { "end", "time" },
						   { "outcome", "outcome" },
						   { "approved", "approved" },
						   { "unapproved", "unapproved" },
						   { "indeterminate", "indeterminate" } };
	uint64_t emitted, stored;

	buf_reset(out);
	json_begin(out);
	if (json_read(buf_span(&row->start), line))
		line->n = 0;
	for (size_t i = 0; i < ARRAY_SIZE(from_start); i++)
		add_member(out, line, from_start[i][0], from_start[i][1]);
	if (row->end.n == 0 || json_read(buf_span(&row->end), line))
		line->n = 0;
	for (size_t i = 0; i < ARRAY_SIZE(from_end); i++)
		add_member(out, line, from_end[i][0], from_end[i][1]);
	/* All that is not in the record, for whatever reason; null without an end. */
	emitted = client_number(line, "emitted");
	stored = client_number(line, "stored");
	if (json_get(line, "emitted").n)
		json_u64(out, "lost", emitted > stored ? emitted - stored : 0);
	else
		json_null(out, "lost");
	json_close(out, '}');
}

static int list_stored(struct listing *listing)
{
	struct json_object *line = malloc(sizeof(*line));
	struct session_rows rows = { 0 };
	struct buf item = { 0 };
	struct store *store;
	char why[512];
	int ret;

	if (store__open_readonly(&store, listing->store, why, sizeof(why))) {
		free(line);
		return options_fail(listing->options, "%s", why);
	}
	ret = session_rows__read(&rows, store, &listing->filter);
	store__close(store);
	for (size_t i = 0; line && !ret && i < rows.n; i++) {
		if (!rows.v[i].matched)
			continue;
		make_item(&rows.v[i], line, &item);
		if (!item.failed && json_read(buf_span(&item), line) == 0)
			print_item(listing, buf_span(&item), line);
	}
	if (!ret)
		print_end(listing);
	session_rows__free(&rows);
	buf_free(&item);
	free(line);
	return ret ? options_fail(listing->options, "%s", strerror(-ret)) : CLI_OK;
}

/* What only records tell cannot be asked of sessions that are open: they are asked of the store. */
static bool needs_store(const struct record_filter *filter)
{
	return *filter->host || *filter->kind || *filter->verdict || *filter->reason ||
	       filter->program || filter->destination || filter->alerts || filter->after;
}

static int parse(struct listing *listing)
{
	struct options *options = listing->options;
	int id = 0, status = CLI_OK;
	bool taken;

	while (!status && (id = options_next(options)) > 0) {
		if (id == 'j')
			listing->json = true;
		else if (id == 's')
			listing->store = options->value;
		else if (id == 'R')
			listing->run_dir = options->value;
		else
			status = filter_option(options, id, &listing->filter, &taken);
	}
	if (status)
		return status;
	if (id < 0)
		return options->status;
	if (options->operands_n)
		return options_usage(options, "takes no operand");
	if (!listing->store && needs_store(&listing->filter))
		return options_usage(options, "of open sessions only session, ticket, operator and "
					      "time can be asked; the rest needs --store");
	return CLI_OK;
}

static int list_run(struct options *options)
{
	struct listing listing = { .options = options, .run_dir = CLIENT_RUN_DIR };
	int status = parse(&listing);

	if (!status && options->operands)
		status = listing.store ? list_stored(&listing) : list_open(&listing);
	filter_free(&listing.filter);
	return status;
}

const struct verb verb_session_list = {
	.name = "session list",
	.operands = "",
	.help = "list the open sessions, or those of a store",
	.about = "Root sees all open sessions, everybody else his own. With --store a session is "
		 "listed when\n"
		 "a record of it is what the other options ask for.",
	.options = list_options,
	.options_n = ARRAY_SIZE(list_options),
	.run = list_run,
};
