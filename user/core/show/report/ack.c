/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/show/report/ack.h"

#include <errno.h>
#include <stdlib.h>

#include "core/base/grow.h"
#include "core/base/text.h"

int report_acks__alert(struct report_acks *acks, const struct report_alert *alert, size_t max)
{
	struct report_alert *moved;

	if (acks->alerts_n >= max) {
		acks->alerts_more++;
		return 0;
	}
	moved = grow_array(acks->alerts, &acks->alerts_cap, acks->alerts_n + 1, sizeof(*moved));
	if (!moved)
		return -ENOMEM;
	acks->alerts = moved;
	moved[acks->alerts_n++] = *alert;
	return 0;
}

static int compare_alert(const void *a, const void *b)
{
	const struct report_alert *x = a, *y = b;

	return x->seq < y->seq ? -1 : x->seq > y->seq;
}

void report_acks__order(struct report_acks *acks)
{
	if (acks->alerts_n > 0)
		qsort(acks->alerts, acks->alerts_n, sizeof(*acks->alerts), compare_alert);
}

static struct report_alert *find_alert(const struct report_acks *acks, uint64_t seq)
{
	const struct report_alert key = { .seq = seq };

	if (acks->alerts_n == 0)
		return NULL;
	return bsearch(&key, acks->alerts, acks->alerts_n, sizeof(key), compare_alert);
}

/* A member's text, safe to show. */
static size_t add_member(struct report_acks *acks, const struct json_object *line, const char *name,
			 size_t max)
{
	struct span value = json_get(line, name);
	size_t before = acks->texts.n;
	struct buf text = { 0 };

	if (json_is_string(value) && json_read_text(value, &text) == 0)
		text_show(&acks->texts, buf_span(&text), max);
	buf_free(&text);
	return acks->texts.n - before;
}

int report_acks__line(struct report_acks *acks, const struct json_object *line, uint64_t seq,
		      int64_t time_ns)
{
	struct report_ack ack = { .seq = seq, .time_ns = time_ns };
	struct report_alert *alert;
	struct report_ack *moved;

	if (json_read_u64(json_get(line, "of"), &ack.of))
		return 0;
	alert = find_alert(acks, ack.of);
	if (!alert)
		return 0;
	alert->acked = true;
	if (acks->n >= REPORT_ACKS_MAX) {
		acks->more++;
		return 0;
	}
	moved = grow_array(acks->v, &acks->cap, acks->n + 1, sizeof(*moved));
	if (!moved)
		return -ENOMEM;
	acks->v = moved;
	ack.by = acks->texts.n;
	ack.by_n = add_member(acks, line, "by", REPORT_ACK_BY_MAX);
	ack.note = acks->texts.n;
	ack.note_n = add_member(acks, line, "note", REPORT_ACK_NOTE_MAX);
	moved[acks->n++] = ack;
	return acks->texts.failed ? -ENOMEM : 0;
}

static int compare_ack(const void *a, const void *b)
{
	const struct report_ack *x = a, *y = b;

	if (x->of != y->of)
		return x->of < y->of ? -1 : 1;
	return x->seq < y->seq ? -1 : x->seq > y->seq;
}

void report_acks__sort(struct report_acks *acks)
{
	if (acks->n > 0)
		qsort(acks->v, acks->n, sizeof(*acks->v), compare_ack);
}

const struct report_ack *report_acks__of(const struct report_acks *acks, uint64_t seq, size_t *n)
{
	size_t low = 0, high = acks->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (acks->v[middle].of < seq)
			low = middle + 1;
		else
			high = middle;
	}
	for (*n = 0; low + *n < acks->n && acks->v[low + *n].of == seq;)
		++*n;
	return *n ? &acks->v[low] : NULL;
}

void report_acks__free(struct report_acks *acks)
{
	free(acks->alerts);
	free(acks->v);
	buf_free(&acks->texts);
}
