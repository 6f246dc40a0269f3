/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "engine/takeover.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "approve/plan_file.h"
#include "core/base/chars.h"
#include "core/plan/lookups.h"
#include "core/session/resume.h"
#include "edge/store/store.h"
#include "engine/canary.h"

/* What is put down of a session, by name. */
#define NOTE_OPEN "open"
#define NOTE_WHY  "why"

int takeover_note(struct store *store, const struct open_opts *session, const char *boot,
		  const struct plan_text *profiles, size_t profiles_n)
{
	char(*sums)[65] = calloc(profiles_n + 1, sizeof(*sums));
	struct buf text = { 0 };
	int ret = sums ? 0 : -ENOMEM;

	for (size_t i = 0; !ret && i < profiles_n; i++) {
		memcpy(sums[i], profiles[i].sha256, sizeof(sums[i]));
		ret = store__put_ticket(store, sums[i], profiles[i].bytes.p, profiles[i].bytes.n);
	}
	if (!ret)
		ret = resume_write(session, boot, (const char(*)[65])sums, profiles_n, &text);
	if (!ret)
		ret = store__put_resume(store, session->info.id, NOTE_OPEN, text.p, text.n);
	buf_free(&text);
	free(sums);
	return ret;
}

void takeover_note_end(struct store *store, const char *session, const char *why, uint64_t ts_ns)
{
	char text[64];
	int n = snprintf(text, sizeof(text), "%s %" PRIu64, why, ts_ns);

	/*
	 * Without room the store is full of worse: after a restart the session would not be ended.
	 */
	(void)store__put_resume(store, session, NOTE_WHY, text, (size_t)n);
}

struct note {
	struct note *next;
	struct buf text;
	struct resume resume;
	char why[32];
	uint64_t end_ns; /* with `why` */
	bool live;       /* the kernel has it still */
};

struct run {
	const struct takeover_opts *opts;
	struct takeover *out;
	struct note *notes;
};

static void complain(const struct run *run, const char *session, const char *what)
{
	char line[256];

	snprintf(line, sizeof(line), "session %s can't be taken over as it was: %s", session, what);
	run->opts->trouble(run->opts->ctx, line);
}

static void note_free(struct note *note)
{
	if (!note)
		return;
	resume_free(&note->resume);
	buf_free(&note->text);
	free(note);
}

static int take_open(struct run *run, const char *session, const void *bytes, size_t n)
{
	struct note *note = calloc(1, sizeof(*note));
	int ret = -ENOMEM;

	if (note) {
		buf_add(&note->text, bytes, n);
		ret = note->text.failed ? -ENOMEM
					: resume_read(buf_span(&note->text), &note->resume);
	}
	if (ret) {
		note_free(note);
		complain(run, session, "what was put down of it can't be read");
		/* It comes up again as one of which nothing is known. */
		store__put_resume(run->opts->store, session, NULL, NULL, 0);
		return ret == -ENOMEM ? ret : 0;
	}
	note->next = run->notes;
	run->notes = note;
	return 0;
}

/* "open" comes before "why". */
static int take_note(void *ctx, const char *session, const char *what, const void *bytes, size_t n)
{
	struct run *run = ctx;
	struct note *note = run->notes;

	if (strcmp(what, NOTE_OPEN) == 0)
		return take_open(run, session, bytes, n);
	if (note && strcmp(what, NOTE_WHY) == 0 &&
	    strcmp(note->resume.open.info.id, session) == 0) {
		/* As takeover_note_end() writes it; of an earlier version, which had no time, all
		 * comes after the end. */
		const char *text = bytes, *blank = memchr(text, ' ', n);
		size_t why_n = blank ? (size_t)(blank - text) : n;

		snprintf(note->why, sizeof(note->why), "%.*s", (int)why_n, text);
		for (size_t i = why_n + 1; i < n && is_digit(text[i]); i++)
			note->end_ns = note->end_ns * 10 + (uint64_t)(text[i] - '0');
	}
	return 0;
}

static int parse(struct store *store, const char *sha256, bool profile, struct ticket **out)
{
	void *bytes;
	size_t n;
	int ret = store__get_ticket(store, sha256, &bytes, &n);

	*out = NULL;
	if (ret)
		return ret;
	ret = profile ? profile_parse(bytes, n, out, NULL) : ticket_parse(bytes, n, out, NULL);
	free(bytes);
	return ret;
}

static int parse_profiles(struct store *store, const struct resume *resume,
			  const struct ticket *ticket, struct ticket ***out, size_t *n)
{
	struct span items = json_items(resume->profiles), item;
	int ret = 0;

	*n = 0;
	*out = calloc(ticket->profiles.n + 1, sizeof(**out));
	if (!*out)
		return -ENOMEM;
	while (!ret && json_next(&items, &item)) {
		char sha256[65] = "";

		if (*n == ticket->profiles.n || item.n != 66)
			ret = -EINVAL;
		else
			memcpy(sha256, item.p + 1, 64);
		if (!ret)
			ret = parse(store, sha256, true, &(*out)[*n]);
		*n += !ret;
	}
	return ret ? ret : *n == ticket->profiles.n ? 0 : -EINVAL;
}

/* The plan as it was at the session's start, from what is kept of it: nothing is looked up. */
static int remake_plan(struct store *store, const struct resume *resume, struct plan **out)
{
	struct ticket *ticket = NULL, **profiles = NULL;
	struct err err = { 0 };
	size_t n = 0;
	int ret = parse(store, resume->open.info.ticket_sha256, false, &ticket);

	*out = NULL;
	if (!ret)
		ret = parse_profiles(store, resume, ticket, &profiles, &n);
	if (!ret) {
		ret = plan_new(ticket, profiles, n, out, &err);
		ticket = NULL; /* transferred */
		n = 0;
	}
	if (!ret)
		ret = lookups_read(*out, &resume->object);
	if (!ret)
		ret = plan_compile(*out, &err);
	if (ret) {
		plan_free(*out);
		*out = NULL;
	}
	while (n > 0)
		ticket_free(profiles[--n]);
	free(profiles);
	ticket_free(ticket);
	return ret;
}

struct replay {
	struct collector *collector;
	uint32_t number;
	unsigned int refused;
	bool over;
};

static int replay_line(void *ctx, uint64_t seq, const char *line, size_t n)
{
	struct replay *replay = ctx;
	int ret = collector__restore(replay->collector, replay->number, (struct span){ line, n });

	(void)seq;
	replay->over = ret == 1;
	replay->refused += ret < 0;
	return replay->over;
}

/* False: it has its end already. */
static bool reopen(struct run *run, struct note *note)
{
	const struct takeover_opts *opts = run->opts;
	struct open_opts *open = &note->resume.open;
	struct store_filter filter = { .session = open->info.id };
	struct replay replay = { .collector = opts->collector, .number = open->session };

	if (open->info.ticket && remake_plan(opts->store, &note->resume, &open->plan))
		complain(run, open->info.id,
			 "its ticket can't be read any more, what it does is unapproved");
	if (collector__reopen(opts->collector, open)) {
		complain(run, open->info.id, "out of memory, or a number that is taken");
		return false;
	}
	if (store__read(opts->store, &filter, 0, replay_line, &replay) < 0 || replay.refused)
		complain(run, open->info.id, "not all of its records can be read");
	collector__restored(opts->collector, open->session);
	if (replay.over)
		collector__drop(opts->collector, open->session);
	return !replay.over;
}

static void resume_one(struct run *run, struct note *note)
{
	const struct takeover_opts *opts = run->opts;
	uint32_t number = note->resume.open.session;

	if (!reopen(run, note)) {
		if (note->live)
			probe__forget(opts->probe, number);
		store__put_resume(opts->store, note->resume.open.info.id, NULL, NULL, 0);
	} else if (note->live) {
		run->out->resumed++;
		if (note->why[0])
			collector__end(opts->collector, number, note->why, note->end_ns);
	} else {
		run->out->closed++;
		collector__abandon(opts->collector, number,
				   strcmp(note->resume.boot, opts->boot) ? "reboot" : "unloaded",
				   opts->now_ns);
	}
}

static bool is_live(const struct run *run, const struct note *note)
{
	struct ls_session counters;

	return probe__taken_over(run->opts->probe) &&
	       strcmp(note->resume.boot, run->opts->boot) == 0 &&
	       probe__counters(run->opts->probe, note->resume.open.session, &counters) == 0;
}

/* A session of the kernel: ours by now, the self-test's, or one that the store never heard of. */
static void look_at(void *ctx, uint32_t number, const struct ls_session *counters)
{
	struct run *run = ctx;
	const struct session_info *info;
	struct reconciliation facts;
	struct loss_counts counts;

	if (number == CANARY_SESSION) {
		probe__forget(run->opts->probe, number);
		return;
	}
	if (number > run->out->highest)
		run->out->highest = number;
	/* A spare, which no login has taken. */
	if (counters->login && !counters->emitted)
		return;
	if (collector__session(run->opts->collector, number, &info, &facts, &counts))
		return;
	if (run->opts->adopt(run->opts->ctx, number) == 0)
		run->out->adopted++;
}

int takeover_run(const struct takeover_opts *opts, struct takeover *out)
{
	struct run run = { .opts = opts, .out = out };
	struct note *next;
	int ret;

	*out = (struct takeover){ 0 };
	ret = store__resumes(opts->store, take_note, &run);
	if (!ret) {
		/* Those that are gone first: their numbers may be others' now. */
		for (struct note *note = run.notes; note; note = note->next) {
			note->live = is_live(&run, note);
			if (!note->live)
				resume_one(&run, note);
		}
		for (struct note *note = run.notes; note; note = note->next) {
			if (note->live)
				resume_one(&run, note);
		}
		if (probe__taken_over(opts->probe))
			probe__sessions(opts->probe, look_at, &run);
	}
	for (; run.notes; run.notes = next) {
		next = run.notes->next;
		note_free(run.notes);
	}
	return ret;
}
