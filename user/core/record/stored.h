/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_STORED_H
#define LOCKSTEP_STORED_H

#include "core/record/record.h"

/*
 * A record read back from its line, and what its pointers point to: record_line() makes the same
 * line of it again. What a line does not say is zero: of a step there is its id, of a program its
 * hash, of the end's steps and acts what stood in the line (record.lists).
 */
struct stored {
	/* .ts_ns is 0, so that .boot_to_wall_ns is its time by the wall clock. */
	struct record record;
	struct session_info session; /* .operator_uid as far as the line says it, else LS_NO_ID */
	struct event event;          /* .kind is RECORD_NONE for a record of no event */
	struct judgement judgement;  /* secrets are marks; .step is `step` or NULL */
	struct step step, near;
	struct program program;
	struct file_facts script;
	struct reconciliation facts;
	struct loss_counts counts;
	const char *lists[3];
	struct buf room; /* the bytes of texts */
};

/*
 * 0; -EINVAL when it is no line of ours, then .event.sseq is its number where there is one;
 * -ENOMEM. Start with a zeroed *out, which may be used again and again; the line may go.
 */
int stored_read(struct span line, struct stored *out);
void stored_free(struct stored *stored);

/* Whose a session is, by its session_start line. */
struct session_head {
	uint32_t operator_uid; /* LS_NO_ID: the line does not say */
	bool rehearsal;
};
struct session_head session_head_read(struct span start_line);

static inline int64_t stored_time_ns(const struct stored *stored)
{
	return stored->record.boot_to_wall_ns;
}

/* When the program was last changed: of a script the script, 0 if that was not seen. */
static inline uint64_t stored_changed_ns(const struct stored *stored)
{
	return stored->event.exec.interp.n ? stored->script.id.ctime_ns
					   : stored->event.exec.file.ctime_ns;
}

/* Refused though a step's words match, the program's path among them. */
static inline bool stored_words_match(const struct stored *stored)
{
	const struct nearest *nearest = &stored->judgement.nearest;

	return nearest->step && !nearest->approved[0] && !nearest->actual.p;
}

#endif
