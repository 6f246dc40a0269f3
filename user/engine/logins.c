// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "engine/logins.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	/*
	 * Of the kernel's sessions: what is left over is for tickets, however many logins somebody
	 * makes.
	 */
	OPEN_MAX = LS_SESSIONS_MAX / 2,
	/* Those of the queue, and as many again that are taken, and have not told of it yet. */
	SPARES_MAX = 2 * LS_LOGIN_SPARES_MAX,
	PROGRAMS_EVERY = 10, /* looks */
};

#define LOOK_NS 1000000000ull

struct logins {
	struct probe *probe;
	struct logins_ops ops;
	bool on, short_of_told;
	bool carried; /* the counters have what an earlier process may have told, or not */
	uint32_t spares[SPARES_MAX];
	size_t spares_n;
	uint32_t open[OPEN_MAX];
	size_t open_n;
	uint64_t missed[LS_LOGIN_MISSED]; /* that were told */
	char **programs;
	size_t programs_n;
	unsigned int looks;
	uint64_t due_ns;
};

static void free_programs(char **programs, size_t n)
{
	while (n > 0)
		free(programs[--n]);
	free(programs);
}

void logins__free(struct logins *logins)
{
	if (!logins)
		return;
	free_programs(logins->programs, logins->programs_n);
	free(logins);
}

/* Of a probe that was taken over: what an earlier process has in stock, and what is open. */
static void on_session(void *ctx, uint32_t number, const struct ls_session *counters)
{
	struct logins *logins = ctx;

	if (!counters->login)
		return;
	if (counters->emitted && logins->open_n < OPEN_MAX)
		logins->open[logins->open_n++] = number;
	else if (!counters->emitted && logins->spares_n < SPARES_MAX)
		logins->spares[logins->spares_n++] = number;
}

int logins__new(struct logins **out, struct probe *probe, const struct logins_ops *ops)
{
	struct logins *logins = calloc(1, sizeof(*logins));

	*out = logins;
	if (!logins)
		return -ENOMEM;
	logins->probe = probe;
	logins->ops = *ops;
	logins->carried = probe__taken_over(probe);
	if (logins->carried)
		probe__sessions(probe, on_session, logins);
	return 0;
}

static void fill(struct logins *logins)
{
	while (logins->on && logins->spares_n < LS_LOGIN_SPARES_MAX &&
	       logins->spares_n + logins->open_n < OPEN_MAX) {
		uint32_t number = logins->ops.number(logins->ops.ctx);

		if (probe__add_spare(logins->probe, number))
			return;
		logins->spares[logins->spares_n++] = number;
	}
}

/* Which are not there is no matter: not every host has a cron. */
static void find_programs(struct logins *logins)
{
	for (size_t i = 0; i < logins->programs_n; i++) {
		if (probe__ignore_logins(logins->probe, logins->programs[i]) != -ENOSPC ||
		    logins->short_of_told)
			continue;
		logins->short_of_told = true;
		logins->ops.tell(logins->ops.ctx, "login_ignore",
				 "no room for a further program whose logins are left alone: those "
				 "below it become sessions");
	}
}

static int copy_programs(struct logins *logins, char *const *programs, size_t n)
{
	char **copy = calloc(n + 1, sizeof(*copy));

	for (size_t i = 0; copy && i < n; i++) {
		copy[i] = strdup(programs[i]);
		if (!copy[i]) {
			free_programs(copy, i);
			copy = NULL;
		}
	}
	if (!copy)
		return -ENOMEM;
	free_programs(logins->programs, logins->programs_n);
	logins->programs = copy;
	logins->programs_n = n;
	return 0;
}

int logins__watch(struct logins *logins, bool on, char *const *programs, size_t n)
{
	int ret = copy_programs(logins, programs, n);

	if (ret)
		return ret;
	logins->on = on;
	if (on) {
		/* The list and the stock before the look: nobody is told of cron. */
		probe__ignore_no_logins(logins->probe);
		find_programs(logins);
		fill(logins);
	}
	probe__watch_logins(logins->probe, on);
	return 0;
}

static void open_spare(struct logins *logins, size_t at, uint32_t tgid)
{
	uint32_t number = logins->spares[at];
	char line[160];
	int ret;

	logins->spares[at] = logins->spares[--logins->spares_n];
	ret = logins->open_n < OPEN_MAX ? logins->ops.open(logins->ops.ctx, number, tgid) : -ENOSPC;
	if (ret) {
		snprintf(line, sizeof(line), "a login without a ticket can't be recorded: %s",
			 strerror(-ret));
		logins->ops.tell(logins->ops.ctx, "login_unrecorded", line);
		probe__forget(logins->probe, number);
	} else {
		logins->open[logins->open_n++] = number;
	}
	fill(logins);
}

void logins__heed(struct logins *logins, const void *record, size_t n)
{
	const struct ls_hdr *hdr = record;

	if (n < sizeof(*hdr))
		return;
	for (size_t i = 0; i < logins->spares_n; i++) {
		if (logins->spares[i] == hdr->session) {
			open_spare(logins, i, hdr->tgid);
			return;
		}
	}
}

void logins__ended(struct logins *logins, uint32_t number)
{
	for (size_t i = 0; i < logins->open_n; i++) {
		if (logins->open[i] == number) {
			logins->open[i] = logins->open[--logins->open_n];
			return;
		}
	}
}

static void look_at_missed(struct logins *logins)
{
	static const char *const why[] = {
		[LS_LOGIN_NO_SPARE] = "so many logins began that no session was left for them",
		[LS_LOGIN_NO_ROOM] = "there was no room for their processes",
	};
	uint64_t missed[LS_LOGIN_MISSED];
	char line[200];

	probe__login_missed(logins->probe, missed);
	for (int i = 0; i < LS_LOGIN_MISSED; i++) {
		if (missed[i] == logins->missed[i])
			continue;
		snprintf(line, sizeof(line),
			 "%" PRIu64 " commands of logins without a ticket ran in no session%s: %s",
			 (missed[i] - logins->missed[i]),
			 logins->carried ? " since the programs were loaded" : "", why[i]);
		logins->missed[i] = missed[i];
		logins->ops.tell(logins->ops.ctx, "login_unrecorded", line);
	}
	logins->carried = false;
}

void logins__look(struct logins *logins, uint64_t now_ns)
{
	if (now_ns < logins->due_ns)
		return;
	logins->due_ns = now_ns + LOOK_NS;
	/* Those whose first record was lost: else nobody would hear of them before their second. */
	for (size_t i = logins->spares_n; i > 0; i--) {
		if (probe__spare_acted(logins->probe, logins->spares[i - 1]))
			open_spare(logins, i - 1, 0);
	}
	look_at_missed(logins);
	if (!logins->on)
		return;
	fill(logins);
	probe__sweep_logins(logins->probe);
	if (logins->looks++ % PROGRAMS_EVERY == 0)
		find_programs(logins);
}

size_t logins__open_n(const struct logins *logins)
{
	return logins->open_n;
}
