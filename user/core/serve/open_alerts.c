/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/serve/open_alerts.h"

#include <stdlib.h>

#include "core/base/json_read.h"
#include "core/serve/ack.h"

static bool is_kind(const struct record_row *facts, enum record_kind kind)
{
	return span_is(facts->kind, record_kind_name(kind));
}

static bool is_compliant(struct span line)
{
	struct json_object *object = malloc(sizeof(*object));
	bool compliant = object && !json_read(line, object) &&
			 json_is(json_get(object, "outcome"), outcome_name(OUTCOME_COMPLIANT));

	free(object);
	return compliant;
}

bool alert_wants_answer(struct span line, const struct record_row *facts)
{
	return row_is_alert(facts) && !(is_kind(facts, RECORD_SESSION_END) && is_compliant(line));
}

/* Its place in the table, or how many there are. */
static size_t find_rehearsal(const struct open_alerts *open, struct span session)
{
	size_t i = 0;

	while (i < open->rehearsals_n && !span_is(session, open->rehearsals[i]))
		i++;
	return i;
}

static void forget_rehearsal(struct open_alerts *open, size_t i)
{
	open->rehearsals_n--;
	memmove(open->rehearsals[i], open->rehearsals[i + 1],
		(open->rehearsals_n - i) * sizeof(open->rehearsals[0]));
}

static void begin_rehearsal(struct open_alerts *open, struct span session)
{
	char *id;

	if (session.n >= sizeof(open->rehearsals[0]))
		return;
	if (open->rehearsals_n == OPEN_ALERTS_REHEARSALS_MAX)
		forget_rehearsal(open, 0);
	id = open->rehearsals[open->rehearsals_n++];
	memcpy(id, session.p, session.n);
	id[session.n] = '\0';
}

/* Whether the line belongs to a rehearsal. */
static bool heed_rehearsal(struct open_alerts *open, struct span line,
			   const struct record_row *facts)
{
	size_t i;

	if (facts->session.n == 0)
		return false;
	if (is_kind(facts, RECORD_SESSION_START) && session_head_read(line).rehearsal) {
		begin_rehearsal(open, facts->session);
		return true;
	}
	i = find_rehearsal(open, facts->session);
	if (i == open->rehearsals_n)
		return false;
	if (is_kind(facts, RECORD_SESSION_END))
		forget_rehearsal(open, i);
	return true;
}

static void add_acked(struct open_alerts *open, uint64_t seq)
{
	bool fresh;

	if (open_alerts__acked(open, seq))
		return;
	if (open->acked.n >= OPEN_ALERTS_ACKED_MAX ||
	    pair_set_add(&open->acked, (uint32_t)(seq >> 32), (uint32_t)seq, &fresh))
		open->inexact = true;
}

enum open_alerts_line open_alerts__row(struct open_alerts *open, const struct record_row *row)
{
	if (heed_rehearsal(open, row->line, row))
		return OPEN_ALERTS_OTHER;
	if (row_is_ack(row)) {
		struct json_object *object = malloc(sizeof(*object));
		uint64_t of = 0;

		if (object && !json_read(row->line, object))
			json_read_u64(json_get(object, "of"), &of);
		if (of)
			add_acked(open, of);
		else
			open->inexact = true;
		free(object);
		return OPEN_ALERTS_ACK;
	}
	if (!alert_wants_answer(row->line, row))
		return OPEN_ALERTS_OTHER;
	open->alerts++;
	return OPEN_ALERTS_ALERT;
}

enum open_alerts_line open_alerts__line(struct open_alerts *open, struct span line)
{
	struct record_row row;

	return row_read(line, &row) ? OPEN_ALERTS_OTHER : open_alerts__row(open, &row);
}

uint64_t open_alerts__count(const struct open_alerts *open)
{
	return open->alerts > open->acked.n ? open->alerts - open->acked.n : 0;
}

bool open_alerts__exact(const struct open_alerts *open)
{
	return !open->inexact;
}

bool open_alerts__acked(const struct open_alerts *open, uint64_t seq)
{
	return pair_set_has(&open->acked, (uint32_t)(seq >> 32), (uint32_t)seq);
}

void open_alerts__merge(struct open_alerts *into, const struct open_alerts *from)
{
	into->alerts += from->alerts;
	into->inexact |= from->inexact;
	for (size_t i = 0; i < from->acked.n; i++)
		add_acked(into, from->acked.v[i]);
}

void open_alerts__free(struct open_alerts *open)
{
	pair_set_free(&open->acked);
	*open = (struct open_alerts){ 0 };
}
