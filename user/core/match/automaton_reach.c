/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/match/automaton_reach.h"

#include "core/base/array.h"
#include "core/base/hash.h"
#include "core/base/table.h"
#include "core/event/event.h"

static ls_u32 step(const struct ls_automaton *automaton, ls_u32 state, unsigned char byte)
{
	return ls_automaton_step(&automaton->head, automaton->entries,
				 automaton->head.entries_n - 1, state, byte);
}

static bool take_text(const struct ls_automaton *automaton, struct span text,
		      struct automaton_reach *reach)
{
	ls_u32 state = reach->state;

	for (size_t i = 0; i < text.n && state; i++)
		state = step(automaton, state, (unsigned char)text.p[i]);
	state = state ? step(automaton, state, 0) : 0;
	if (!state)
		return false;
	reach->state = state;
	reach->texts++;
	return true;
}

struct automaton_reach automaton_reach(const struct ls_automaton *automaton, struct span path,
				       struct span argv0, struct span argv)
{
	struct automaton_reach reach = { .state = automaton->head.start };
	struct span text;

	if (!take_text(automaton, path, &reach) || !take_text(automaton, argv0, &reach))
		return reach;
	while (strings_next(&argv, &text) && take_text(automaton, text, &reach))
		;
	return reach;
}

/* The states that were met, in that order. */
struct met {
	ls_u32 states[REACH_STATES_MAX];
	size_t n;
	struct table table;
};

/* False: there is no room. */
static bool meet(struct met *met, ls_u32 state)
{
	uint32_t hash = hash_number(state);

	if (!state || table_find(&met->table, hash, i, met->states[i] == state) != TABLE_NONE)
		return true;
	if (met->n == REACH_STATES_MAX || table_add(&met->table, hash))
		return false;
	met->states[met->n++] = state;
	return true;
}

static ls_u32 last_column(const struct ls_automaton_head *head)
{
	ls_u32 last = LS_COLUMN_BYTES;

	for (size_t i = 0; i < ARRAY_SIZE(head->classes); i++)
		last = head->classes[i] > last ? head->classes[i] : last;
	return last;
}

static bool meet_next(const struct ls_automaton *automaton, ls_u32 last, ls_u32 state,
		      struct met *met)
{
	ls_u32 mask = automaton->head.entries_n - 1;
	ls_s32 next = ls_automaton_entry(automaton->entries, mask, state, LS_COLUMN_DEFAULT);

	if (next > 0 && !meet(met, (ls_u32)next))
		return false;
	for (ls_u32 column = LS_COLUMN_BYTES; column <= last; column++) {
		next = ls_automaton_entry(automaton->entries, mask, state, column);
		if (next > 0 && !meet(met, (ls_u32)next))
			return false;
	}
	return true;
}

bool automaton_sets_in_reach(const struct ls_automaton *automaton, ls_u32 state,
			     ls_u32 sets[REACH_SETS_MAX], size_t *n)
{
	struct met met = { .n = 0 };
	ls_u32 last = last_column(&automaton->head), set;
	bool all = meet(&met, state);

	*n = 0;
	for (size_t i = 0; i < met.n && all; i++) {
		set = ls_automaton_accept(automaton->entries, automaton->head.entries_n - 1,
					  met.states[i]);
		if (set && *n == REACH_SETS_MAX)
			all = false;
		else if (set)
			sets[(*n)++] = set;
		all = all && meet_next(automaton, last, met.states[i], &met);
	}
	table_free(&met.table);
	return all;
}
