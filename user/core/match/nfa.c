/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/match/nfa.h"

#include "core/base/grow.h"

size_t nfa_emit(struct nfa *nfa, enum nfa_op op, unsigned char byte, size_t arg)
{
	if (nfa->failed)
		return 0;
	nfa->full = nfa->insns_n == NFA_INSNS_MAX;
	if (nfa->full || grow_to(nfa->insns, nfa->insns_cap, nfa->insns_n + 1)) {
		nfa->failed = true;
		return 0;
	}
	nfa->insns[nfa->insns_n] = (struct nfa_insn){ op, byte, (uint32_t)arg };
	return nfa->insns_n++;
}

void nfa_patch(struct nfa *nfa, size_t insn)
{
	if (!nfa->failed)
		nfa->insns[insn].arg = (uint32_t)nfa->insns_n;
}

/* The list is threaded through the jumps themselves; instruction 0 is never a jump. */
size_t nfa_jump(struct nfa *nfa, size_t jumps)
{
	return nfa_emit(nfa, NFA_JUMP, 0, jumps);
}

void nfa_patch_jumps(struct nfa *nfa, size_t jumps)
{
	while (!nfa->failed && jumps) {
		size_t next = nfa->insns[jumps].arg;

		nfa_patch(nfa, jumps);
		jumps = next;
	}
}

void nfa_own(struct nfa *nfa, uint32_t rule)
{
	if (grow_to(nfa->owners, nfa->owners_cap, nfa->owners_n + 1)) {
		nfa->failed = true;
		return;
	}
	nfa->owners[nfa->owners_n++] = (struct nfa_owner){ (uint32_t)nfa->insns_n, rule };
}

void nfa_text(struct nfa *nfa, struct span text)
{
	for (size_t i = 0; i < text.n; i++)
		nfa_emit(nfa, NFA_TEXT, (unsigned char)text.p[i], 0);
}

static size_t add_sets(struct nfa *nfa, const struct word *word)
{
	size_t first = nfa->sets_n;

	if (word->sets_n == 0)
		return first;
	if (grow_to(nfa->sets, nfa->sets_cap, first + word->sets_n)) {
		nfa->failed = true;
		return first;
	}
	memcpy(nfa->sets + first, word->sets, word->sets_n * sizeof(*word->sets));
	nfa->sets_n += word->sets_n;
	return first;
}

static void emit_atoms(struct nfa *nfa, const struct word *word)
{
	static const uint8_t ops[] = {
		[ATOM_BYTE] = NFA_BYTE, [ATOM_ONE] = NFA_ONE,   [ATOM_SET] = NFA_SET,
		[ATOM_STAR] = NFA_STAR, [ATOM_DEEP] = NFA_DEEP, [ATOM_FORK] = NFA_FORK,
		[ATOM_JUMP] = NFA_JUMP,
	};
	size_t base = nfa->insns_n, sets = add_sets(nfa, word);

	for (size_t i = 0; i < word->atoms_n; i++) {
		const struct atom *atom = &word->atoms[i];
		size_t arg = atom->arg;

		if (atom->kind == ATOM_SET)
			arg += sets;
		else if (atom->kind == ATOM_FORK || atom->kind == ATOM_JUMP)
			arg += base;
		nfa_emit(nfa, ops[atom->kind], atom->byte, arg);
	}
}

/* A lone `...`:  again: fork end; any; nul; jump again; end: */
static void emit_any_args(struct nfa *nfa)
{
	size_t again = nfa_emit(nfa, NFA_FORK, 0, 0);

	nfa_emit(nfa, NFA_ANY, 0, 0);
	nfa_emit(nfa, NFA_NUL, 0, 0);
	nfa_emit(nfa, NFA_JUMP, 0, again);
	nfa_patch(nfa, again);
}

void nfa_word(struct nfa *nfa, const struct word *word)
{
	size_t start = nfa->insns_n;

	if (word->repeat == WORD_ANY_ARGS) {
		emit_any_args(nfa);
		return;
	}
	if (word->repeat == WORD_SECRET)
		nfa_emit(nfa, NFA_ANY, 0, 0);
	else if (word->literal)
		nfa_text(nfa, span_of(word->value));
	else
		emit_atoms(nfa, word);
	nfa_emit(nfa, NFA_NUL, 0, 0);
	if (word->repeat == WORD_ONE_OR_MORE)
		nfa_emit(nfa, NFA_FORK, 0, start);
}

void nfa_free(struct nfa *nfa)
{
	free(nfa->insns);
	free(nfa->sets);
	free(nfa->owners);
	*nfa = (struct nfa){ 0 };
}
