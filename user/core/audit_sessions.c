/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "audit_sessions.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "grow.h"

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
	int64_t last_ns; /* the latest time, of a number up to last_sseq */
	unsigned char *bits;
	size_t cap;
};

struct audit_sessions {
	struct seen *v;
	size_t n, cap, last; /* last: the one that was asked for last */
	uint64_t epoch;      /* counts the clock's steps */
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
	for (size_t i = 0; i < sessions->n; i++)
		free(sessions->v[i].bits);
	free(sessions->v);
	free(sessions);
}

/* Records of one session mostly follow one another; else the newest sessions are the likely ones.
 */
static struct seen *find(struct audit_sessions *sessions, struct span id)
{
	struct seen *v = sessions->v;

	if (sessions->last < sessions->n && span_is(id, v[sessions->last].id))
		return &v[sessions->last];
	for (size_t i = sessions->n; i-- > 0;) {
		if (span_is(id, v[i].id)) {
			sessions->last = i;
			return &v[i];
		}
	}
	return NULL;
}

static struct seen *add(struct audit_sessions *sessions, struct span id)
{
	struct seen *v = grow_array(sessions->v, &sessions->cap, sessions->n + 1, sizeof(*v));

	if (!v)
		return NULL;
	sessions->v = v;
	sessions->last = sessions->n++;
	v[sessions->last] = (struct seen){ .epoch = sessions->epoch };
	memcpy(v[sessions->last].id, id.p, id.n);
	return &v[sessions->last];
}

/* Sets the number's bit. 0; -EEXIST: it was set. */
static int mark(struct seen *seen, uint64_t sseq)
{
	size_t need = (size_t)(sseq / 8) + 1, before = seen->cap;
	unsigned char *bits = grow_array(seen->bits, &seen->cap, need, 1);

	if (!bits)
		return -ENOMEM;
	seen->bits = bits;
	if (seen->cap > before)
		memset(bits + before, 0, seen->cap - before);
	if (bits[sseq / 8] >> (sseq % 8) & 1)
		return -EEXIST;
	bits[sseq / 8] |= (unsigned char)(1u << (sseq % 8));
	seen->records++;
	return 0;
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
	seen->over = true;
	free(object);
	return 0;
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
	}
	if (!sseq)
		return 0;
	ret = mark(seen, sseq);
	if (ret == -EEXIST)
		snprintf(why, why_n, "act %" PRIu64 " of session %s stands there twice", sseq,
			 seen->id);
	else if (!ret)
		heed_time(sessions, seen, sseq, time_ns, why, why_n);
	return ret == -EEXIST ? 0 : ret;
}

void audit_sessions__clock(struct audit_sessions *sessions)
{
	sessions->epoch++;
}

uint64_t audit_sessions__count(const struct audit_sessions *sessions)
{
	return sessions->n;
}
