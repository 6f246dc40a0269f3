/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_ATOM_H
#define LOCKSTEP_ATOM_H

#include <stdbool.h>
#include <stdint.h>

/*
 * What a pattern word is made of, for the files that parse, match and compile it. A word is a flat
 * list of atoms, run from the first to one past the last; alternatives are forks and jumps, which
 * only ever lead forward.
 */
enum atom_kind {
	ATOM_BYTE, /* `byte` itself */
	ATOM_ONE,  /* ? */
	ATOM_SET,  /* [...]: word->sets[arg] */
	ATOM_STAR, /* * */
	ATOM_DEEP, /* ** */
	ATOM_FORK, /* goes on with the next atom and with atom `arg` */
	ATOM_JUMP, /* goes on with atom `arg` */
};

struct atom {
	uint8_t kind;
	unsigned char byte;
	uint32_t arg;
};

struct byte_set {
	uint64_t bits[4];
};

static inline bool byte_set_has(const struct byte_set *set, unsigned char byte)
{
	return set->bits[byte >> 6] >> (byte & 63) & 1;
}

static inline void byte_set_add(struct byte_set *set, unsigned char byte)
{
	set->bits[byte >> 6] |= (uint64_t)1 << (byte & 63);
}

#endif
