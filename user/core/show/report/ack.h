/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_REPORT_ACK_H
#define LOCKSTEP_REPORT_ACK_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/buf.h"
#include "core/base/json_read.h"

/*
 * Responders' notes: records of kind `ack`, each about another record. What their members are
 * called is known to report/ack.c alone.
 */
enum { REPORT_ACKS_MAX = 4096, REPORT_ACK_NOTE_MAX = 1000, REPORT_ACK_BY_MAX = 100 };

#define REPORT_ACK_KIND "ack"

struct report_ack {
	uint64_t of, seq;
	int64_t time_ns;
	size_t by, by_n, note, note_n; /* shown texts, in .texts */
};

/* An alert, and whether somebody acknowledged it. */
struct report_alert {
	uint64_t seq;
	uint32_t session; /* index */
	bool acked;
	/* A session's end or start: may be acknowledged, and is not open if it is not. */
	bool aside;
};

struct report_acks {
	struct report_alert *alerts; /* by seq */
	size_t alerts_n, alerts_cap;
	uint64_t alerts_more; /* of which it is not known */
	struct report_ack *v; /* by .of, then by .seq, once they are sorted */
	size_t n, cap;
	uint64_t more;
	struct buf texts;
};

/*
 * 0 or -ENOMEM. Alerts come session by session; then they are ordered, by seq; then come the acks,
 * of which those of other records are left aside; then these are sorted.
 */
int report_acks__alert(struct report_acks *acks, const struct report_alert *alert, size_t max);
void report_acks__order(struct report_acks *acks);
int report_acks__line(struct report_acks *acks, const struct json_object *line, uint64_t seq,
		      int64_t time_ns);
void report_acks__sort(struct report_acks *acks);
/* Those of one record: the first, and how many; NULL: nobody did. */
const struct report_ack *report_acks__of(const struct report_acks *acks, uint64_t seq, size_t *n);
void report_acks__free(struct report_acks *acks);

#endif
