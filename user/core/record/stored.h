/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_STORED_H
#define LOCKSTEP_STORED_H

#include "core/record/record.h"

/*
 * What a stored line says, read back: enough of the act and of its judgement for a session to go on
 * behind it (judge__restore()). The inverse of record_line() in as far as that needs.
 */
struct stored {
	enum record_kind kind;
	/*
	 * .kind is RECORD_NONE where no act is behind the line. Filled in: sseq, image, tgid, ppid,
	 * uid, euid, start_ns, mntns, and of an exec texts, arguments (a secret's mark in its
	 * place), environment (what the record has of it), input, flags, dev, ino, size and ctime
	 * (of a script its own change, 0 where nobody saw it); of an exit the status; of the
	 * network's acts protocol and addresses, and of an accept its listen; of a unix_connect
	 * path, root, abstract and foreign; of a write the paths and what is wrong with them.
	 */
	struct event event;
	int64_t time_ns; /* `time`: the wall clock, nanoseconds of the epoch; 0 where it is none */
	struct judgement judgement; /* verdict, how, reasons, secrets, env; not .step */
	struct span step;           /* its id; n 0: none */
	struct loss_range loss;     /* RECORD_LOSS */
	struct span env;            /* RECORD_SESSION_START, NUL-ended */
	/* RECORD_EXEC: the hash, n 0 where the record has none; a script's file, where it was seen. */
	struct span sha256;
	struct file_facts script;
	bool script_seen;
	bool words_match; /* it was refused though a step's words, the program's path among them, match */
	struct buf room;            /* what the spans are of */
};

/*
 * 0; -EINVAL when it is no line of ours, then .event.sseq is its number where there is one; -ENOMEM.
 * Start with a zeroed *out, which may be used again and again; the line may go.
 */
int stored_read(struct span line, struct stored *out);
void stored_free(struct stored *stored);

#endif
