/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/match/subset.h"

#include <string.h>

#include "core/base/hash.h"
#include "core/match/automaton_build.h"

static bool item_marked(struct subset *subset, size_t pc, enum place place)
{
	uint16_t bit = (uint16_t)(1u << place);
	bool marked = subset->marked[pc] & bit;

	subset->marked[pc] |= bit;
	return marked;
}

static bool is_wild(uint8_t op)
{
	return op == NFA_ONE || op == NFA_SET || op == NFA_STAR || op == NFA_DEEP;
}

/* Follows one thread from (pc, place) through what needs no byte; other ways go on the stack. */
static int close_thread(struct subset *subset, size_t pc, enum place place)
{
	for (;;) {
		const struct nfa_insn *insn = &subset->nfa->insns[pc];
		int ret = 0;

		if (is_wild(insn->op))
			place = place_enter(place);
		if (item_marked(subset, pc, place))
			return 0;
		if (items_add(&subset->touched, (uint32_t)pc))
			return -ENOMEM;
		subset->work++;
		if (insn->op == NFA_JUMP) {
			pc = insn->arg;
			continue;
		}
		if (insn->op == NFA_FORK)
			ret = items_add(&subset->stack, item_of(insn->arg, place));
		else
			ret = items_add(&subset->set, item_of(pc, place));
		if (ret)
			return ret;
		if (insn->op != NFA_FORK && insn->op != NFA_STAR && insn->op != NFA_DEEP &&
		    insn->op != NFA_ANY)
			return 0;
		pc++;
	}
}

int subset__add(struct subset *subset, uint32_t item)
{
	int ret = items_add(&subset->stack, item);

	while (!ret && subset->stack.n) {
		item = subset->stack.v[--subset->stack.n];
		ret = close_thread(subset, item_pc(item), item_place(item));
	}
	return ret;
}

void subset__begin(struct subset *subset)
{
	for (size_t i = 0; i < subset->touched.n; i++)
		subset->marked[subset->touched.v[i]] = 0;
	subset->touched.n = 0;
	subset->set.n = 0;
}

static int compare_items(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

void items_sort(uint32_t *v, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		if (v[i - 1] > v[i]) {
			qsort(v, n, sizeof(v[0]), compare_items);
			return;
		}
	}
}

static uint32_t hash_items(const uint32_t *v, size_t n)
{
	uint64_t hash = FNV1A_BASIS;

	for (size_t i = 0; i < n; i++)
		hash = fnv1a_step(hash, v[i]);
	return hash_fold(hash);
}

static bool same_set(const struct subset *subset, const struct state *state)
{
	return state->n == subset->set.n && memcmp(subset->pool.v + state->first, subset->set.v,
						   subset->set.n * sizeof(uint32_t)) == 0;
}

static int add_state(struct subset *subset, uint32_t hash)
{
	if (grow_to(subset->states, subset->states_cap, subset->states_n + 1))
		return -ENOMEM;
	if (subset->states_n == LS_AUTOMATON_ENTRIES_MAX ||
	    subset->set.n > AUTOMATON_ITEMS_MAX - subset->pool.n)
		return -E2BIG;
	if (grow_to(subset->pool.v, subset->pool.cap, subset->pool.n + subset->set.n) ||
	    table_add(&subset->table, hash))
		return -ENOMEM;
	memcpy(subset->pool.v + subset->pool.n, subset->set.v,
	       subset->set.n * sizeof(*subset->pool.v));
	subset->states[subset->states_n++] =
		(struct state){ (uint32_t)subset->pool.n, (uint32_t)subset->set.n, 0 };
	subset->pool.n += subset->set.n;
	return 0;
}

int subset__intern(struct subset *subset, uint32_t *out)
{
	uint32_t hash, at;
	int ret;

	*out = 0;
	if (subset->set.n == 0)
		return 0;
	items_sort(subset->set.v, subset->set.n);
	hash = hash_items(subset->set.v, subset->set.n);
	at = table_find(&subset->table, hash, i, same_set(subset, &subset->states[i]));
	if (at != TABLE_NONE) {
		*out = at;
		return 0;
	}
	ret = add_state(subset, hash);
	if (ret)
		return ret;
	*out = (uint32_t)subset->states_n - 1;
	return items_add(&subset->todo, *out);
}

int subset__init(struct subset *subset, const struct nfa *nfa)
{
	*subset = (struct subset){ .nfa = nfa };
	subset->marked = calloc(nfa->insns_n, sizeof(subset->marked[0]));
	subset->states = calloc(1, sizeof(subset->states[0]));
	if (!subset->marked || !subset->states || table_add(&subset->table, hash_items(NULL, 0)))
		return -ENOMEM;
	subset->states_n = subset->states_cap = 1;
	return 0;
}

void subset__free(struct subset *subset)
{
	free(subset->pool.v);
	free(subset->states);
	table_free(&subset->table);
	free(subset->todo.v);
	free(subset->set.v);
	free(subset->stack.v);
	free(subset->touched.v);
	free(subset->marked);
}
