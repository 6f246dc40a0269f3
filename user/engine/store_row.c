/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "engine/store_row.h"

struct store_row store_row_of(const struct record *record, struct span line)
{
	const struct session_info *session = record->session;
	const char *verdict = NULL;

	if (record->judgement)
		verdict = verdict_name(record->judgement->verdict);
	return (struct store_row){
		.seq = record->seq,
		.time_ns = (int64_t)record->ts_ns + record->boot_to_wall_ns,
		.session = session ? session->id : "",
		.ticket = session && session->ticket ? session->ticket : "",
		.kind = record_kind_name(record->kind),
		.verdict = verdict ? verdict : "",
		.sseq = record->event ? record->event->sseq : 0,
		.line = line.p,
		.line_n = line.n,
	};
}
