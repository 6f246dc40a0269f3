/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_AUTOMATON_H
#define LOCKSTEP_AUTOMATON_H

#include "lockstep/wire.h"

/*
 * The matcher that both sides run: one deterministic automaton for all the rules of a plan.
 *
 * Its input is an action: the program's path NUL argv[0] NUL argv[1] NUL … argv[n-1] NUL, with the
 * NUL after the last one too. It is fed byte by byte from `start`; the state behind the last byte
 * names an accept set (0: no rule matches). State 0 is dead and stays dead.
 *
 * Layout: one array of u32 that holds every row of the transition table, laid over one another
 * where their holes allow (row displacement; Tarjan and Yao, CACM 22(11), 1979). A state *is* the
 * index at which its row begins. An entry is `value << LS_AUTOMATON_CLASS_BITS | column`; the
 * column tells whose entry it is, because no two rows begin at the same index. A column is a byte
 * class or one of two that every row may have beside them: DEFAULT, the next state for every class
 * that has no entry of its own (without it: dead), and ACCEPT, whose value is the number of the
 * accept set.
 *
 * entries_n is a power of two, at most LS_AUTOMATON_ENTRIES_MAX: an index masked by entries_n - 1
 * (user space) or by LS_AUTOMATON_ENTRIES_MAX - 1 (a map value of that size) is in bounds whatever
 * the table holds. That many entries are 4 MiB, the largest array map value that Linux 6.1 makes
 * (KMALLOC_MAX_SIZE in array_map_alloc_check).
 */
#define LS_AUTOMATON_ENTRIES_MAX (1u << 20)
#define LS_AUTOMATON_CLASS_BITS  9
#define LS_AUTOMATON_CLASS_MASK  ((1u << LS_AUTOMATON_CLASS_BITS) - 1)

#define LS_COLUMN_DEFAULT 0u
#define LS_COLUMN_ACCEPT  1u
#define LS_COLUMN_BYTES   2u                      /* the first byte class */
#define LS_COLUMN_FREE    LS_AUTOMATON_CLASS_MASK /* of an entry that no row uses */

struct ls_automaton_head {
	ls_u32 start;
	ls_u32 entries_n;
	ls_u32 sets_n;       /* accept sets are 1..sets_n */
	ls_u32 states_n;     /* for people: not needed to walk */
	ls_u16 classes[256]; /* byte -> column */
};
_Static_assert(sizeof(struct ls_automaton_head) == 16 + 512, "ls_automaton_head is a map value");

struct ls_automaton {
	struct ls_automaton_head head;
	ls_u32 entries[];
};

/* The value at (state, column), or -1 where the row has no such entry. mask: entries_n - 1. */
static inline ls_s32 ls_automaton_entry(const ls_u32 *entries, ls_u32 mask, ls_u32 state,
					ls_u32 column)
{
	ls_u32 entry = entries[(state + column) & mask];

	if ((entry & LS_AUTOMATON_CLASS_MASK) != column)
		return -1;
	return (ls_s32)(entry >> LS_AUTOMATON_CLASS_BITS);
}

/* The next state. */
static inline ls_u32 ls_automaton_step(const struct ls_automaton_head *head, const ls_u32 *entries,
				       ls_u32 mask, ls_u32 state, ls_u8 byte)
{
	ls_s32 next = ls_automaton_entry(entries, mask, state, head->classes[byte]);

	if (next < 0)
		next = ls_automaton_entry(entries, mask, state, LS_COLUMN_DEFAULT);
	return next < 0 ? 0 : (ls_u32)next;
}

/* The accept set of the state behind the last byte, 0: none. */
static inline ls_u32 ls_automaton_accept(const ls_u32 *entries, ls_u32 mask, ls_u32 state)
{
	ls_s32 set = ls_automaton_entry(entries, mask, state, LS_COLUMN_ACCEPT);

	return set < 0 ? 0 : (ls_u32)set;
}

#endif
