/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_TEMPLATE_PART_H
#define LOCKSTEP_TEMPLATE_PART_H

#include "core/show/report/template.h"

/* What template_read.c makes of fragments, for template.c to write. */
enum op_kind {
	OP_MARKUP,
	OP_VALUE,
	OP_WORDS, /* a number and one of two words */
	OP_IF,
	OP_ELSE, /* the end of a branch: goes on at `end` */
	OP_EACH,
};

/* A part of template.texts, which is markup, or of template.words. */
struct range {
	size_t at, n;
};

struct op {
	enum op_kind kind;
	unsigned int up; /* how many objects outwards the value is */
	model model;     /* of that object; NULL: the name is `later` */
	enum value_kind value;
	model of;
	struct range name, word; /* in words; `word`: to be equal to */
	struct range text, many; /* in texts; of OP_WORDS, `one` and `many` */
	size_t end;              /* op after the section; of OP_IF, after its first branch */
};

struct template
{
	struct op *ops;
	size_t n, cap;
	struct buf texts, words;
};

#endif
