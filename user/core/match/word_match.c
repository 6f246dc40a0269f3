/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/match/pattern.h"

#include "core/match/atom.h"
#include "core/match/place.h"

/*
 * live->at[i]: the places (a mask) in which atom i may be the next to match; behind the last atom:
 * in which all of them have matched.
 */
struct live {
	uint16_t at[WORD_ATOMS_MAX + 1];
};

static uint16_t enter_all(uint16_t places)
{
	uint16_t entered = 0;

	for (unsigned int rest = places; rest; rest &= rest - 1)
		entered |= (uint16_t)(1u << place_enter((enum place)__builtin_ctz(rest)));
	return entered;
}

/*
 * Follows what needs no byte. Forks and jumps lead forward, so one pass does it. Returns whether
 * any place is left: where none is, no byte that comes brings one back.
 */
static bool live_settle(struct live *live, const struct word *word)
{
	bool any = false;

	for (size_t i = 0; i < word->atoms_n; i++) {
		const struct atom *atom = &word->atoms[i];

		if (!live->at[i])
			continue;
		any = true;
		switch (atom->kind) {
		case ATOM_FORK:
			live->at[i + 1] |= live->at[i];
			live->at[atom->arg] |= live->at[i];
			break;
		case ATOM_JUMP:
			live->at[atom->arg] |= live->at[i];
			break;
		case ATOM_STAR:
		case ATOM_DEEP:
			live->at[i] = enter_all(live->at[i]);
			live->at[i + 1] |= live->at[i];
			break;
		case ATOM_ONE:
		case ATOM_SET:
			live->at[i] = enter_all(live->at[i]);
			break;
		}
	}
	return any || live->at[word->atoms_n];
}

static uint16_t place_bit(enum place place)
{
	return place == PLACE_NONE ? 0 : (uint16_t)(1u << place);
}

static void step_atom(const struct word *word, size_t i, enum place place, unsigned char byte,
		      struct live *next)
{
	const struct atom *atom = &word->atoms[i];

	switch (atom->kind) {
	case ATOM_BYTE:
		if (atom->byte == byte)
			next->at[i + 1] |= place_bit(place_literal(place, byte));
		break;
	case ATOM_SET:
		if (!byte_set_has(&word->sets[atom->arg], byte))
			break;
		/* fall through */
	case ATOM_ONE:
		next->at[i + 1] |= place_bit(place_wild(place, byte, false));
		break;
	case ATOM_STAR:
	case ATOM_DEEP:
		next->at[i] |= place_bit(place_wild(place, byte, atom->kind == ATOM_DEEP));
		break;
	}
}

static void live_step(const struct live *live, const struct word *word, unsigned char byte,
		      struct live *next)
{
	for (size_t i = 0; i < word->atoms_n; i++) {
		for (unsigned int rest = live->at[i]; rest; rest &= rest - 1)
			step_atom(word, i, (enum place)__builtin_ctz(rest), byte, next);
	}
}

static bool live_accepts(const struct live *live, const struct word *word)
{
	uint16_t places = live->at[word->atoms_n];

	for (int place = 0; places >> place; place++) {
		if ((places >> place & 1) && place_end(place))
			return true;
	}
	return false;
}

static void live_clear(struct live *live, const struct word *word)
{
	memset(live->at, 0, (word->atoms_n + 1) * sizeof(live->at[0]));
}

bool word_matches(const struct word *word, struct span argument)
{
	struct live lives[2], *live = &lives[0], *next = &lives[1], *swap;

	if (word->repeat == WORD_ANY_ARGS || word->repeat == WORD_SECRET)
		return true;
	if (word->literal)
		return span_is(argument, word->value);
	live_clear(live, word);
	live->at[0] = place_bit(PLACE_START);
	live_settle(live, word);
	for (size_t i = 0; i < argument.n; i++) {
		live_clear(next, word);
		live_step(live, word, (unsigned char)argument.p[i], next);
		if (!live_settle(next, word))
			return false;
		swap = live;
		live = next;
		next = swap;
	}
	return live_accepts(live, word);
}

/* One byte of every kind that the places tell apart, where the atom can match one. */
static void step_any(const struct live *live, const struct word *word, size_t i, struct live *next)
{
	const struct atom *atom = &word->atoms[i];
	unsigned char other = atom->kind == ATOM_BYTE ? atom->byte : 'a';
	/* the atom before may have put its places here after the last live_settle() */
	uint16_t places = atom->kind == ATOM_BYTE ? live->at[i] : enter_all(live->at[i]);
	const unsigned char special[] = { '/', '.', '-' };

	for (unsigned int c = 1; atom->kind == ATOM_SET && c < 256; c++) {
		if (byte_set_has(&word->sets[atom->arg], (unsigned char)c) &&
		    !memchr("/.-", (int)c, 3))
			other = (unsigned char)c;
	}
	for (int place = 0; places >> place; place++) {
		if (!(places >> place & 1))
			continue;
		step_atom(word, i, place, other, next);
		for (size_t s = 0; s < sizeof(special); s++)
			step_atom(word, i, place, special[s], next);
	}
}

/*
 * What can be reached at all, whatever the bytes. Atoms lead forward or, for the stars, to
 * themselves: an atom's own places are complete once all before it are, and a star's after as many
 * rounds as there are places to walk through in a component.
 */
bool word_possible(const struct word *word)
{
	struct live live;

	if (word->literal || word->repeat == WORD_ANY_ARGS || word->repeat == WORD_SECRET)
		return true;
	live_clear(&live, word);
	live.at[0] = place_bit(PLACE_START);
	for (int round = 0; round < PLACES && !live_accepts(&live, word); round++) {
		live_settle(&live, word);
		for (size_t i = 0; i < word->atoms_n; i++)
			step_any(&live, word, i, &live);
	}
	live_settle(&live, word);
	return live_accepts(&live, word);
}
