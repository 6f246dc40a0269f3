/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/log/audit_sessions.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/base/grow.h"
#include "core/base/hash.h"
#include "core/base/intervals.h"
#include "core/base/table.h"

enum { ID_MAX = 40, SSEQ_MAX = 1 << 30 };

/*
 * A number is given out before the act's time is read, and other CPUs go on in between: what is
 * apart by more than this is no race.
 */
static const int64_t RACE_NS = 1000000000;

struct seen {
	char id[ID_MAX];
	bool whole, over; /* its start was seen; its end was */
	uint64_t records, last_sseq, epoch;
	uint64_t emitted;              /* as its end says */
	int64_t last_ns;               /* the latest time, of a number up to last_sseq */
	struct intervals stored, lost; /* the numbers of its records; the ranges of its losses */
};

struct audit_sessions {
	struct seen *v;
	size_t n, cap;
	struct table by_id;
	uint64_t epoch; /* counts the clock's steps */
};

int audit_sessions__new(struct audit_sessions **out)
{
	*out = calloc(1, sizeof(**out));
	return *out ? 0 : -ENOMEM;
}

void audit_sessions__free(struct audit_sessions *sessions)
{
	if (!sessions)
		return;
	for (size_t i = 0; i < sessions->n; i++) {
		intervals__free(&sessions->v[i].stored);
		intervals__free(&sessions->v[i].lost);
	}
	free(sessions->v);
	table_free(&sessions->by_id);
	free(sessions);
}

static struct seen *find(const struct audit_sessions *sessions, struct span id)
{
	uint32_t at =
		table_find(&sessions->by_id, hash_span(id), i, span_is(id, sessions->v[i].id));

	return at == TABLE_NONE ? NULL : &sessions->v[at];
}

static struct seen *add(struct audit_sessions *sessions, struct span id)
{
	struct seen *seen;

	if (grow_to(sessions->v, sessions->cap, sessions->n + 1))
		return NULL;
	if (table_add(&sessions->by_id, hash_span(id)))
		return NULL;
	seen = &sessions->v[sessions->n++];
	*seen = (struct seen){ .epoch = sessions->epoch };
	memcpy(seen->id, id.p, id.n);
	return seen;
}

static void heed_time(struct audit_sessions *sessions, struct seen *seen, uint64_t sseq,
		      int64_t time_ns, char *why, size_t why_n)
{
	if (seen->epoch == sessions->epoch && sseq > seen->last_sseq &&
	    time_ns < seen->last_ns - RACE_NS)
		snprintf(why, why_n,
			 "the time of act %" PRIu64
			 " of session %s is %.3f s before that of act %" PRIu64,
			 sseq, seen->id, (double)(seen->last_ns - time_ns) / 1e9, seen->last_sseq);
	if (sseq > seen->last_sseq || seen->epoch != sessions->epoch) {
		seen->last_sseq = sseq;
		seen->last_ns = time_ns;
		seen->epoch = sessions->epoch;
	}
}

static int heed_end(struct seen *seen, struct span line, char *why, size_t why_n)
{
	struct json_object *object = malloc(sizeof(*object));
	uint64_t stored;

	if (!object)
		return -ENOMEM;
	if (json_read(line, object) || json_read_u64(json_get(object, "stored"), &stored))
		snprintf(why, why_n, "the end of session %s has no books", seen->id);
	else if (seen->whole && stored != seen->records)
		snprintf(why, why_n,
			 "the end of session %s counts %" PRIu64 " acts stored, there are %" PRIu64,
			 seen->id, stored, seen->records);
	(void)json_read_u64(json_get(object, "emitted"), &seen->emitted);
	seen->over = true;
	free(object);
	return 0;
}

/* A loss without a range is of acts that had no number. */
static int heed_loss(struct seen *seen, struct span line)
{
	struct json_object *object = malloc(sizeof(*object));
	uint64_t first, last;
	int ret = 0;

	if (!object)
		return -ENOMEM;
	if (!json_read(line, object) && !json_read_u64(json_get(object, "first"), &first) &&
	    !json_read_u64(json_get(object, "last"), &last) && first && first <= last &&
	    last < SSEQ_MAX)
		ret = intervals__add(&seen->lost, first, last);
	free(object);
	return ret == -EEXIST ? 0 : ret;
}

/* The first number up to `emitted` that neither a record has nor a loss names; 0: none. */
static uint64_t missing(const struct seen *seen)
{
	uint64_t at = 1, next;

	for (;; at = next) {
		next = intervals__missing(&seen->lost, intervals__missing(&seen->stored, at));
		if (next == at)
			return at <= seen->emitted ? at : 0;
	}
}

int audit_sessions__row(struct audit_sessions *sessions, struct span id, struct span kind,
			uint64_t sseq, int64_t time_ns, struct span line, char *why, size_t why_n)
{
	struct seen *seen;
	int ret = 0;

	why[0] = '\0';
	if (!id.n)
		return 0;
	if (id.n >= ID_MAX || sseq >= SSEQ_MAX) {
		snprintf(why, why_n, "it has a session or a number that no session has");
		return 0;
	}
	seen = find(sessions, id);
	if (!seen)
		seen = add(sessions, id);
	if (!seen)
		return -ENOMEM;
	if (span_is(kind, "session_start")) {
		if (seen->whole)
			snprintf(why, why_n, "session %s starts a second time", seen->id);
		seen->whole = true;
	} else if (span_is(kind, "session_end")) {
		return heed_end(seen, line, why, why_n);
	} else if (span_is(kind, "loss")) {
		return heed_loss(seen, line);
	}
	if (!sseq)
		return 0;
	ret = intervals__add(&seen->stored, sseq, sseq);
	if (!ret)
		seen->records++;
	if (ret == -EEXIST)
		snprintf(why, why_n, "act %" PRIu64 " of session %s stands there twice", sseq,
			 seen->id);
	else if (!ret)
		heed_time(sessions, seen, sseq, time_ns, why, why_n);
	return ret == -EEXIST ? 0 : ret;
}

void audit_sessions__whole(const struct audit_sessions *sessions,
			   void (*tell)(void *ctx, const char *why), void *ctx)
{
	char why[200];

	for (size_t i = 0; i < sessions->n; i++) {
		const struct seen *seen = &sessions->v[i];
		uint64_t gone = seen->over ? missing(seen) : 0;

		if (!seen->whole || !seen->over)
			snprintf(why, sizeof(why), "session %s is not whole: it has no %s%s%s",
				 seen->id, seen->whole ? "" : "session_start",
				 seen->whole || seen->over ? "" : " and no ",
				 seen->over ? "" : "session_end");
		else if (gone)
			snprintf(why, sizeof(why),
				 "session %s is not whole: act %" PRIu64 " of %" PRIu64
				 " is no record's, and no loss names it",
				 seen->id, gone, seen->emitted);
		else
			continue;
		tell(ctx, why);
	}
}

void audit_sessions__clock(struct audit_sessions *sessions)
{
	sessions->epoch++;
}

uint64_t audit_sessions__count(const struct audit_sessions *sessions)
{
	return sessions->n;
}
