/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_READER_H
#define LOCKSTEP_READER_H

#include <stdbool.h>
#include <stddef.h>

#include "core/base/err.h"
#include "core/base/span.h"

/*
 * The YAML that lockstep reads, tickets and configuration alike: one document of mappings,
 * sequences and one-line texts, pulled node by node from libyaml's events, so that a mistake ends
 * the work where it stands. Refused wherever they stand: anchors, aliases, tags, directives, a
 * second document, a byte order mark, control characters and what is not drawn or changes the
 * direction of text (text.h: a reviewer must see what the machine reads), more depth than
 * READER_DEPTH_MAX, a text longer than READER_SCALAR_MAX.
 *
 * Types are ours, not YAML 1.1's: a scalar is text, and only an unquoted one may be a number.
 *
 * A mistake of what a node means (reader__refuse() and its like) is noted, and its finder returns
 * -EINVAL from wherever it stands in the value; reader__resume() then reads on behind that value.
 * What the reader itself refuses ends the reading, and so does a mistake when the list of them is
 * full, or when nobody asked for a list.
 */
enum {
	READER_DEPTH_MAX = 16,
	READER_SCALAR_MAX = 4096,
	/* Input between two events; libyaml collects a scalar whole before it tells. */
	READER_GAP_MAX = 32768,
	/*
	 * Characters read on behind the first mistake, so that it is told as soon in a long file.
	 */
	READER_BEHIND_MAX = 65536,
};

enum node_kind { NODE_SCALAR, NODE_SEQUENCE, NODE_MAPPING, NODE_END };

struct node {
	enum node_kind kind; /* NODE_END closes the innermost sequence or mapping */
	/* NODE_SCALAR: its bytes, a NUL behind them; borrowed until the next reader__next(). */
	struct span text;
	bool plain;    /* NODE_SCALAR: unquoted */
	bool one_line; /* plain and on one line: columns inside the text are columns of the file */
	unsigned int line, column; /* where it begins, from 1; columns count characters */
};

struct reader;

/*
 * Checks the bytes of the whole input and begins. 0; -EINVAL; -ENOMEM. `text` is borrowed and
 * `errs` kept until reader__free(): all functions below append to it. NULL: the first mistake is
 * enough.
 */
int reader__new(struct reader **out, const char *text, size_t n, struct errs *errs);
void reader__free(struct reader *reader); /* NULL is allowed */

/* The next node; the first one is the document's. 0, -EINVAL, -ENOMEM. */
int reader__next(struct reader *reader, struct node *node);
/* After the document's node was read to its end: nothing but comments may follow. 0, -EINVAL. */
int reader__finish(struct reader *reader);

/* Levels that are open: of a sequence's or mapping's node, its own is counted. */
unsigned int reader__depth(const struct reader *reader);
/* Whether nothing more can be read, whatever was wrong. */
bool reader__ended(const struct reader *reader);
/* How many mistakes were noted so far. */
size_t reader__mistakes(const struct reader *reader);
/*
 * `ret` is what the finder of a value returned that stands `depth` levels deep. 0 where the reading
 * may go on, with the rest of that value read over; else what to return, as the reading has ended.
 */
int reader__resume(struct reader *reader, int ret, unsigned int depth);
/* Reads over the next node with all that is in it. 0, -EINVAL, -ENOMEM. */
int reader__skip(struct reader *reader);

/* Names what is being read, for messages; NULL: nothing in particular. Kept, not copied. */
void reader__set_key(struct reader *reader, const char *key);
const char *reader__key(const struct reader *reader);

/* Notes that memory ran out, which ends the reading; returns -ENOMEM. */
int reader__no_memory(struct reader *reader);
/* "KEY: expected WHAT, got ..." at the node; returns -EINVAL. */
int reader__expected(struct reader *reader, const struct node *node, const char *what);
/* "KEY: BEFORE "TEXT"" at the node, the text made safe to show and cut; returns -EINVAL. */
int reader__refuse_text(struct reader *reader, const struct node *node, const char *before,
			struct span text);
/* "KEY: MESSAGE" at a line and column; returns -EINVAL. */
int reader__refuse(struct reader *reader, unsigned int line, unsigned int column, const char *fmt,
		   ...) __attribute__((format(printf, 4, 5)));

#endif
