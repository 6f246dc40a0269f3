/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/log/audit_sessions.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/base/grow.h"
#include "core/base/seq_set.h"

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
	uint64_t emitted;            /* as its end says */
	int64_t last_ns;             /* the latest time, of a number up to last_sseq */
	struct seq_set stored, lost; /* the numbers of its records; the ranges of its losses */
};

struct audit_sessions {
	struct seen *v;
	size_t n, cap;
	uint32_t *slots; /* open addressing; index + 1 of v, 0: free; slots_n is a power of two */
	size_t slots_n;
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
		seq_set__free(&sessions->v[i].stored);
		seq_set__free(&sessions->v[i].lost);
	}
	free(sessions->v);
	free(sessions->slots);
	free(sessions);
}

/* As FNV-1a (RFC 9923), but eight bytes at a time, and the high bits down: they are what a
 * multiplication mixes. */
static size_t hash_of(struct span id)
{
	uint64_t hash = 0xcbf29ce484222325u, word;

	for (size_t i = 0; i < id.n; i += sizeof(word)) {
		word = 0;
		memcpy(&word, id.p + i, id.n - i < sizeof(word) ? id.n - i : sizeof(word));
		hash = (hash ^ word) * 0x9e3779b97f4a7c15u;
		hash ^= hash >> 32;
	}
	return (size_t)hash;
}

/* The slot of the id, or the free one in which it would be. */
static uint32_t *slot_of(const struct audit_sessions *sessions, struct span id)
{
	size_t i = hash_of(id) & (sessions->slots_n - 1);

	while (sessions->slots[i] && !span_is(id, sessions->v[sessions->slots[i] - 1].id))
		i = (i + 1) & (sessions->slots_n - 1);
	return &sessions->slots[i];
}

static int grow_slots(struct audit_sessions *sessions)
{
	size_t n = sessions->slots_n ? 2 * sessions->slots_n : 64;
	uint32_t *slots;

	if (2 * sessions->n < sessions->slots_n)
		return 0;
	slots = sessions->n < UINT32_MAX / 2 ? calloc(n, sizeof(*slots)) : NULL;
	if (!slots)
		return -ENOMEM;
	free(sessions->slots);
	sessions->slots = slots;
	sessions->slots_n = n;
	for (size_t i = 0; i < sessions->n; i++)
		*slot_of(sessions, span_of(sessions->v[i].id)) = (uint32_t)i + 1;
	return 0;
}

static struct seen *find(const struct audit_sessions *sessions, struct span id)
{
	uint32_t slot = sessions->slots_n ? *slot_of(sessions, id) : 0;

	return slot ? &sessions->v[slot - 1] : NULL;
}

static struct seen *add(struct audit_sessions *sessions, struct span id)
{
	struct seen *v, *seen;

	if (grow_slots(sessions))
		return NULL;
	v = grow_array(sessions->v, &sessions->cap, sessions->n + 1, sizeof(*v));
	if (!v)
		return NULL;
	sessions->v = v;
	seen = &v[sessions->n];
	*seen = (struct seen){ .epoch = sessions->epoch };
	memcpy(seen->id, id.p, id.n);
	*slot_of(sessions, id) = (uint32_t)++sessions->n;
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
		ret = seq_set__add(&seen->lost, first, last);
	free(object);
	return ret == -EEXIST ? 0 : ret;
}

/* The first number up to `emitted` that neither a record has nor a loss names; 0: none. */
static uint64_t missing(const struct seen *seen)
{
	uint64_t at = 1, next;

	for (;; at = next) {
		next = seq_set__missing(&seen->lost, seq_set__missing(&seen->stored, at));
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
	ret = seq_set__add(&seen->stored, sseq, sseq);
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
