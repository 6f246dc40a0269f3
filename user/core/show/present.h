/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_PRESENT_H
#define LOCKSTEP_PRESENT_H

#include "core/base/buf.h"

/*
 * Canonical lines (record.h) for people. Works from the line, so that a live record, a stored one
 * and one from another host look the same. What was traced goes through text.h: never raw. What
 * matters is a word (UNAPPROVED) before it is a colour.
 */
enum present_form {
	PRESENT_LINE, /* one line for any record: tail, an operator's own terminal */
	/* What a person should act on in several lines, session_end as a reconciliation. */
	PRESENT_ALERT,
};

struct present_opts {
	enum present_form form;
	bool colour; /* SGR sequences of our own */
};

/*
 * Appends the text of one record, its newlines included. 0; -EBADMSG when the line is no record
 * (then nothing is appended); -ENOMEM.
 */
int present_line(struct span line, const struct present_opts *opts, struct buf *out);

#endif
