/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_PLACE_H
#define LOCKSTEP_PLACE_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Where in an argument a match stands: as much of the past as decides what the next byte may be.
 * "Wild" means that a pattern character (`*`, `**`, `?`, `[...]`) took part in the present
 * component, even one that matched nothing, or that it matched the slash before it.
 *
 * The rules (lockstep-ticket(5); fnmatch(3) with FNM_PATHNAME and FNM_PERIOD for the first two):
 * - a pattern character never matches `/`, but for `**`;
 * - where one stands at the start of a component, the component does not begin with `.`;
 * - where one stands at the start of the word, the argument does not begin with `-`;
 * - a component `..` is matched only by a component of the pattern that is `..` and nothing else;
 *   and where other text goes before (`--dir=**`, `--dir=.*`), a `..` behind it that ends the
 *   component is as much a path's, and is matched by literal dots with no pattern character by
 * them.
 */
enum place {
	PLACE_START, /* before the argument's first byte */
	PLACE_START_WILD,
	PLACE_HEAD, /* behind a slash */
	PLACE_HEAD_WILD,
	PLACE_DOT, /* the component is "." so far */
	PLACE_DOT_WILD,
	PLACE_DOTS, /* the component is ".." so far */
	PLACE_DOTS_WILD,
	PLACE_TEXT, /* anything else, and a value may begin: the last byte is literal and no dot */
	PLACE_TEXT_WILD, /* anything else */
	PLACE_TEXT_DOT,  /* the value is a literal "." so far */
	PLACE_TEXT_DOTS, /* the value is a literal ".." so far */
	PLACE_VALUE,     /* a pattern character is about to match, where a value may begin */
	PLACES,
	PLACE_NONE = PLACES /* no match this way */
};
_Static_assert(PLACES <= 16, "a set of places is a 16-bit mask");

/* A pattern character is the next to match (or to match nothing). */
static inline enum place place_enter(enum place place)
{
	switch (place) {
	case PLACE_START:
	case PLACE_HEAD:
	case PLACE_DOT:
	case PLACE_DOTS:
		return place + 1;
	case PLACE_TEXT:
		return PLACE_VALUE;
	case PLACE_TEXT_DOT:
		return PLACE_DOT_WILD;
	case PLACE_TEXT_DOTS:
		return PLACE_DOTS_WILD;
	default:
		return place;
	}
}

static inline enum place place_dot(enum place place)
{
	switch (place) {
	case PLACE_START:
	case PLACE_HEAD:
		return PLACE_DOT;
	case PLACE_START_WILD:
	case PLACE_HEAD_WILD:
		return PLACE_NONE;
	case PLACE_DOT:
		return PLACE_DOTS;
	case PLACE_DOT_WILD:
		return PLACE_DOTS_WILD;
	case PLACE_VALUE:
		return PLACE_DOT_WILD;
	case PLACE_TEXT:
		return PLACE_TEXT_DOT;
	case PLACE_TEXT_DOT:
		return PLACE_TEXT_DOTS;
	default:
		return PLACE_TEXT_WILD;
	}
}

/* A literal byte of the pattern matched `byte`. */
static inline enum place place_literal(enum place place, unsigned char byte)
{
	if (byte == '/')
		return place == PLACE_DOTS_WILD ? PLACE_NONE : PLACE_HEAD;
	if (byte == '.')
		return place_dot(place);
	if (byte == '-' && place == PLACE_START_WILD)
		return PLACE_NONE;
	return PLACE_TEXT;
}

/* A pattern character, entered before, is to match `byte`. deep: it is `**`. */
static inline enum place place_wild(enum place place, unsigned char byte, bool deep)
{
	if (byte == 0)
		return PLACE_NONE;
	if (byte == '/')
		return deep && place != PLACE_DOTS_WILD ? PLACE_HEAD_WILD : PLACE_NONE;
	if (byte == '.')
		return place_dot(place);
	if (byte == '-' && place == PLACE_START_WILD)
		return PLACE_NONE;
	return PLACE_TEXT_WILD;
}

/* Whether the argument may end here. */
static inline bool place_end(enum place place)
{
	return place != PLACE_DOTS_WILD;
}

#endif
