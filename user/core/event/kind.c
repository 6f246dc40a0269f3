/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/event/kind.h"

static const struct {
	const char *name;
	unsigned char wire, class, flags;
} kinds[RECORD_KINDS_N] = {
#define X(constant, called, type, of, has)                                                         \
	[RECORD_##constant] = { called, type, KIND_CLASS_##of, has },
	RECORD_KINDS(X)
#undef X
};

const char *record_kind_name(enum record_kind kind)
{
	return kinds[kind].name;
}

enum record_kind record_kind_named(struct span name)
{
	for (unsigned int i = RECORD_NONE + 1; i < RECORD_KINDS_N; i++) {
		if (span_is(name, kinds[i].name))
			return i;
	}
	return RECORD_NONE;
}

enum record_kind record_kind_of_wire(unsigned int type)
{
	static const unsigned char of_wire[LS_REC_TYPES] = {
#define X(constant, called, type, of, has) [type] = RECORD_##constant,
		EVENT_KINDS(X)
#undef X
	};

	return type < LS_REC_TYPES ? of_wire[type] : RECORD_NONE;
}

bool record_kind_is_event(enum record_kind kind)
{
	return kinds[kind].wire != 0;
}

bool record_kind_has(enum record_kind kind, unsigned int flags)
{
	return kinds[kind].flags & flags;
}

enum kind_class record_kind_class(enum record_kind kind)
{
	return kinds[kind].class;
}
