/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_NFA_H
#define LOCKSTEP_NFA_H

#include "core/match/atom.h"
#include "core/match/pattern.h"

/*
 * All the rules of a plan as one program for a nondeterministic matcher over action bytes
 * (Thompson's construction). Runs from instruction 0; place.h says which byte an instruction may
 * take where.
 */
enum nfa_op {
	NFA_TEXT, /* `byte`, in text without pattern characters: the place does not matter */
	NFA_BYTE, /* `byte`, as a literal byte of a pattern */
	NFA_ONE,
	NFA_SET, /* sets[arg] */
	NFA_STAR,
	NFA_DEEP,
	NFA_ANY,    /* any number of any bytes but NUL, whatever the place */
	NFA_NUL,    /* the end of an argument */
	NFA_FORK,   /* the next instruction and `arg` */
	NFA_JUMP,   /* `arg` */
	NFA_ACCEPT, /* rule `arg` matches */
};

struct nfa_insn {
	uint8_t op;
	unsigned char byte;
	uint32_t arg;
};

/* Where the instructions of a rule begin; what lies before the first belongs to none. */
struct nfa_owner {
	uint32_t pc, rule;
};

struct nfa {
	struct nfa_insn *insns;
	size_t insns_n, insns_cap;
	struct byte_set *sets;
	size_t sets_n, sets_cap;
	struct nfa_owner *owners;
	size_t owners_n, owners_cap;
	bool failed; /* an allocation failed, or NFA_INSNS_MAX was reached (then `full`) */
	bool full;
};

enum { NFA_INSNS_MAX = 1 << 24 };

/* Each appends; failures are sticky, so that the caller checks once. */
size_t nfa_emit(struct nfa *nfa, enum nfa_op op, unsigned char byte, size_t arg); /* its index */
void nfa_text(struct nfa *nfa, struct span text);
/* One word of a command, with its repeat and the NULs that end its arguments. */
void nfa_word(struct nfa *nfa, const struct word *word);
/* What follows belongs to `rule`. */
void nfa_own(struct nfa *nfa, uint32_t rule);
/* Lets a fork or jump lead to what is emitted next. */
void nfa_patch(struct nfa *nfa, size_t insn);
/*
 * A list of jumps to one place that is not known yet: each nfa_jump() adds one to `jumps` (0: none
 * yet) and returns the new list, nfa_patch_jumps() lets all of them lead to what is emitted next.
 */
size_t nfa_jump(struct nfa *nfa, size_t jumps);
void nfa_patch_jumps(struct nfa *nfa, size_t jumps);
void nfa_free(struct nfa *nfa);

#endif
