/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "cli/cli.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "approve/plan_file.h"
#include "cli/session_rows.h"
#include "core/base/array.h"
#include "core/base/json.h"
#include "core/base/text.h"
#include "core/record/row.h"
#include "core/review/rejudge.h"
#include "core/serve/config.h"
#include "core/show/present.h"
#include "edge/lookup.h"
#include "edge/ticket_file.h"

struct rejudging {
	struct options *options;
	const char *ticket, *session, *store, *profiles;
	bool json, changed;

	/* of the session at hand */
	struct rejudge *rejudge;
	struct rejudge_session info;
	struct plan_file plan;
	struct buf text;
};

static const struct option_spec rejudge_options[] = {
	{ 't', "ticket", "FILE", "the ticket to judge by" },
	{ 256, "session", "ID", "only this session (default: every one of the store)" },
	{ 's', "store", "FILE", "the store to read (default: " CONFIG_STORE ")" },
	{ 'p', "profiles", "DIR", "where profiles are (default: " PLAN_FILE_PROFILES_DIR ")" },
	{ 'j', "json", NULL, "a JSON line for each change, and one for each session" },
};

static int parse(struct rejudging *rejudging)
{
	struct options *options = rejudging->options;
	int id;

	while ((id = options_next(options)) > 0) {
		if (id == 't')
			rejudging->ticket = options->value;
		else if (id == 's')
			rejudging->store = options->value;
		else if (id == 'p')
			rejudging->profiles = options->value;
		else if (id == 256)
			rejudging->session = options->value;
		rejudging->json |= id == 'j';
	}
	if (id < 0)
		return options->status;
	if (options->operands_n)
		return options_usage(options, "unexpected \"%s\"", options->operands[0]);
	if (!rejudging->ticket)
		return options_usage(options, "expected --ticket FILE");
	return CLI_OK;
}

/* "approved (step check)", "unapproved (environment)", "not an act". */
static void say_verdict(const struct rejudge_verdict *verdict, uint32_t unknown, struct buf *out)
{
	const char *name = verdict_name(verdict->verdict), *how = how_name(verdict->how);
	const char *between = "";

	buf_adds(out, name ? name : "not judged");
	if (how) {
		buf_addf(out, " (%s", how);
		buf_adds(out, verdict->step.n ? " " : "");
		text_show(out, verdict->step, 0);
		buf_addc(out, ')');
	}
	if (verdict->reasons) {
		buf_adds(out, " (");
		for (unsigned int i = 0; i < REASON_COUNT; i++) {
			if (!(verdict->reasons >> i & 1))
				continue;
			buf_addf(out, "%s%s", between, reason_name((enum reason)i));
			between = ", ";
		}
		buf_addc(out, ')');
	}
	for (unsigned int i = 0; i < REJUDGE_UNKNOWNS; i++) {
		if (unknown >> i & 1)
			buf_addf(out, ", can't be told: %s", rejudge_unknown_text(i));
	}
}

static void print_change(struct rejudging *rejudging, struct span line, const struct rejudged *act)
{
	const struct present_opts opts = { .form = PRESENT_LINE };
	struct buf *text = &rejudging->text;

	if (present_line(line, &opts, text))
		return;
	buf_adds(text, "  then  ");
	say_verdict(&act->was, 0, text);
	buf_adds(text, "\n  now   ");
	say_verdict(&act->now, act->unknown, text);
	buf_addc(text, '\n');
}

static void add_verdict(struct buf *out, const char *key, const struct rejudge_verdict *verdict)
{
	json_open(out, key, '{');
	json_cstr(out, "verdict", verdict_name(verdict->verdict));
	json_open(out, "reasons", '[');
	for (unsigned int i = 0; i < REASON_COUNT; i++) {
		if (verdict->reasons >> i & 1)
			json_cstr(out, NULL, reason_name((enum reason)i));
	}
	json_close(out, ']');
	if (verdict->step.n)
		json_text(out, "step", verdict->step);
	else
		json_null(out, "step");
	json_cstr(out, "how", how_name(verdict->how));
	json_close(out, '}');
}

static void print_change_json(struct rejudging *rejudging, uint64_t seq, struct span line,
			      const struct rejudged *act)
{
	struct buf *out = &rejudging->text;
	struct record_row facts;

	if (row_read(line, &facts))
		return;
	json_begin(out);
	json_cstr(out, "session", rejudging->info.id);
	json_u64(out, "seq", seq);
	json_text(out, "kind", facts.kind);
	add_verdict(out, "was", &act->was);
	add_verdict(out, "now", &act->now);
	json_open(out, "unknown", '[');
	for (unsigned int i = 0; i < REJUDGE_UNKNOWNS; i++) {
		if (act->unknown >> i & 1)
			json_cstr(out, NULL, rejudge_unknown_name(i));
	}
	json_close(out, ']');
	json_close(out, '}');
	buf_addc(out, '\n');
}

static int flush_text(struct rejudging *rejudging)
{
	struct buf *text = &rejudging->text;
	int ret = text->failed ? -ENOMEM : 0;

	if (!ret && text->n && fwrite(text->p, 1, text->n, stdout) != text->n)
		ret = -errno;
	buf_reset(text);
	return ret;
}

static int learn_line(void *ctx, uint64_t seq, const char *line, size_t n)
{
	const struct rejudging *rejudging = ctx;
	int ret = rejudge__learn(rejudging->rejudge, (struct span){ line, n });

	(void)seq;
	return ret == -EINVAL ? 0 : ret; /* they are counted */
}

static int judge_line(void *ctx, uint64_t seq, const char *text, size_t n)
{
	struct rejudging *rejudging = ctx;
	struct span line = { text, n };
	struct rejudged act;
	int ret = rejudge__line(rejudging->rejudge, line, &act);

	if (ret)
		return ret == -EINVAL ? 0 : ret;
	if (!act.changed)
		return 0;
	rejudging->changed = true;
	if (rejudging->json)
		print_change_json(rejudging, seq, line, &act);
	else
		print_change(rejudging, line, &act);
	return flush_text(rejudging);
}

/* This host tells of links that are older than the session. */
static bool leads(void *ctx, const char *path, const char *to)
{
	const struct rejudging *rejudging = ctx;

	return lookup_led(path, to, rejudging->info.start_ns);
}

static int answer(void *ctx, struct plan *plan)
{
	struct rejudging *rejudging = ctx;

	lookup_users(plan);
	return rejudge__answer(rejudging->rejudge, leads, rejudging, plan);
}

/* By the name in the record; groups are asked of this host. */
static bool is_operator(const struct ticket *ticket, const struct rejudge_session *info)
{
	for (size_t i = 0; i < ticket->operators.n; i++) {
		if (strcmp(ticket->operators.v[i], info->operator_name) == 0)
			return true;
	}
	return lookup_is_operator(ticket, info->operator_uid);
}

/* Read anew for each session: the plan takes it over, with what its names meant in that one. */
static int make_plan(struct rejudging *rejudging)
{
	struct ticket_file ticket;
	struct refusal why;
	int ret = ticket_file_read(rejudging->ticket, rejudging->profiles, 0, &ticket, &why);

	if (!ret) {
		ret = plan_file_answer(rejudging->ticket, &ticket, answer, rejudging,
				       &rejudging->plan, &why);
		ticket_file_free(&ticket);
	}
	if (ret)
		cli_refusal(&why);
	return ret ? CLI_ERROR : CLI_OK;
}

static void print_result(struct rejudging *rejudging, const struct rejudge_result *result)
{
	struct buf *out = &rejudging->text;

	buf_addf(out, "session %s, ticket ", rejudging->info.id);
	text_show(out, span_of(*rejudging->info.ticket ? rejudging->info.ticket : "none"), 0);
	buf_addf(out, "%s: %" PRIu64 " of %" PRIu64 " acts change",
		 strcmp(rejudging->plan.sha256, rejudging->info.ticket_sha256) == 0
			 ? " (this very one)"
			 : "",
		 result->changed, result->acts);
	if (result->unknown)
		buf_addf(out, ", %" PRIu64 " of them can't be told", result->unknown);
	if (!result->ended)
		buf_adds(out, "; the session has no end");
	else if (result->outcome_changed)
		buf_addf(out, "; %s becomes %s", outcome_name(result->was),
			 outcome_name(result->now));
	else
		buf_addf(out, "; still %s", outcome_name(result->was));
	buf_addc(out, '\n');
	if (result->unreadable)
		buf_addf(out, "  %" PRIu64 " lines can't be read\n", result->unreadable);
	if (result->programs_unknown)
		buf_addf(out,
			 "  %" PRIu64
			 " execs were of more programs than are kept apart; their names "
			 "approve nothing\n",
			 result->programs_unknown);
}

static void print_result_json(struct rejudging *rejudging, const struct rejudge_result *result)
{
	struct buf *out = &rejudging->text;

	json_begin(out);
	json_cstr(out, "session", rejudging->info.id);
	json_cstr(out, "ticket", *rejudging->info.ticket ? rejudging->info.ticket : NULL);
	json_cstr(out, "ticket_sha256",
		  *rejudging->info.ticket_sha256 ? rejudging->info.ticket_sha256 : NULL);
	json_cstr(out, "by", rejudging->plan.plan->ticket->id);
	json_cstr(out, "by_sha256", rejudging->plan.sha256);
	json_u64(out, "acts", result->acts);
	json_u64(out, "changed", result->changed);
	json_u64(out, "unknown", result->unknown);
	json_u64(out, "unreadable", result->unreadable);
	json_u64(out, "programs_unknown", result->programs_unknown);
	json_cstr(out, "outcome_was", result->ended ? outcome_name(result->was) : NULL);
	json_cstr(out, "outcome_now", result->ended ? outcome_name(result->now) : NULL);
	json_close(out, '}');
	buf_addc(out, '\n');
}

static int judge_session(struct rejudging *rejudging, struct store *store,
			 const struct store_filter *filter)
{
	const struct ticket *ticket = rejudging->plan.plan->ticket;
	struct rejudge_result result;
	int ret = rejudge__begin(rejudging->rejudge, rejudging->plan.plan,
				 !ticket_names_host(ticket, rejudging->info.host),
				 !is_operator(ticket, &rejudging->info));

	if (!ret)
		ret = store__read(store, filter, 0, judge_line, rejudging);
	if (ret)
		return options_fail(rejudging->options, "%s", strerror(-ret));
	rejudge__end(rejudging->rejudge, &result);
	rejudging->changed |= result.outcome_changed;
	if (rejudging->json)
		print_result_json(rejudging, &result);
	else
		print_result(rejudging, &result);
	ret = flush_text(rejudging);
	return ret ? options_fail(rejudging->options, "%s", strerror(-ret)) : CLI_OK;
}

static int rejudge_session(struct rejudging *rejudging, struct store *store, const char *session)
{
	const struct store_filter filter = { .session = session };
	int status, ret = rejudge__new(&rejudging->rejudge);

	if (!ret)
		ret = store__read(store, &filter, 0, learn_line, rejudging);
	if (ret) {
		status = options_fail(rejudging->options, "%s", strerror(-ret));
		goto out;
	}
	rejudge__session(rejudging->rejudge, &rejudging->info);
	status = rejudging->info.started ? make_plan(rejudging)
					 : options_fail(rejudging->options,
							"session \"%s\": not in the store, or "
							"without its start",
							session);
	if (!status)
		status = judge_session(rejudging, store, &filter);
out:
	rejudge__free(rejudging->rejudge);
	rejudging->rejudge = NULL;
	plan_file_free(&rejudging->plan);
	return status;
}

static int rejudge_all(struct rejudging *rejudging, struct store *store)
{
	struct session_rows rows;
	int ret = session_rows__read(&rows, store, NULL), status = CLI_OK;

	if (ret)
		status = options_fail(rejudging->options, "%s", strerror(-ret));
	else if (rows.n == 0)
		status = options_fail(rejudging->options, "\"%s\": no session is in it",
				      rejudging->store);
	for (size_t i = 0; !status && i < rows.n; i++)
		status = rejudge_session(rejudging, store, rows.v[i].id);
	session_rows__free(&rows);
	return status;
}

static int rejudge_run(struct options *options)
{
	struct rejudging rejudging = { .options = options,
				       .store = CONFIG_STORE,
				       .profiles = PLAN_FILE_PROFILES_DIR };
	struct store *store;
	char why[512];
	int status = parse(&rejudging);

	if (status || !options->operands)
		return status;
	if (store__open_readonly(&store, rejudging.store, why, sizeof(why)))
		return options_fail(options, "%s", why);
	status = rejudging.session ? rejudge_session(&rejudging, store, rejudging.session)
				   : rejudge_all(&rejudging, store);
	store__close(store);
	buf_free(&rejudging.text);
	if (status)
		return status;
	return rejudging.changed ? CLI_NEGATIVE : CLI_OK;
}

const struct verb verb_rejudge = {
	.name = "rejudge",
	.operands = "",
	.help = "judge stored sessions by another ticket, and print what would change",
	.about = "The record stays as it is. What the ticket's names meant is taken from the "
		 "record, not\n"
		 "from this host. Exit status: 0 nothing changes, 1 something does, 2 it could not "
		 "be done.",
	.options = rejudge_options,
	.options_n = ARRAY_SIZE(rejudge_options),
	.run = rejudge_run,
};
