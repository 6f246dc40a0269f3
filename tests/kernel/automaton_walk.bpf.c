/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */

/*
 * The automaton of include/lockstep/automaton.h, walked in the kernel as an exec hook would do it:
 * table and action in array maps, one bpf_loop over at most 4 KiB of action. The test runs it with
 * BPF_PROG_TEST_RUN; nothing is attached.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "lockstep/automaton.h"

#define ACTION_MAX 4096

struct entries {
	ls_u32 v[LS_AUTOMATON_ENTRIES_MAX];
};

struct action {
	ls_u8 v[ACTION_MAX];
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, ls_u32);
	__type(value, struct ls_automaton_head);
} head_map SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, ls_u32);
	__type(value, struct entries);
} entries_map SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, ls_u32);
	__type(value, struct action);
} action_map SEC(".maps");

struct walk {
	const struct ls_automaton_head *head;
	const ls_u32 *entries;
	const ls_u8 *action;
	ls_u32 state;
};

static long walk_byte(ls_u32 i, void *ctx)
{
	struct walk *walk = ctx;

	walk->state = ls_automaton_step(walk->head, walk->entries, LS_AUTOMATON_ENTRIES_MAX - 1,
					walk->state, walk->action[i & (ACTION_MAX - 1)]);
	return walk->state == 0;
}

/* args[0] of the raw tracepoint is the action's length. Returns the accept set. */
SEC("raw_tp")
int automaton_walk(struct bpf_raw_tracepoint_args *ctx)
{
	ls_u32 zero = 0, n = (ls_u32)ctx->args[0];
	struct walk walk = {
		.head = bpf_map_lookup_elem(&head_map, &zero),
		.entries = bpf_map_lookup_elem(&entries_map, &zero),
		.action = bpf_map_lookup_elem(&action_map, &zero),
	};

	if (!walk.head || !walk.entries || !walk.action || n > ACTION_MAX)
		return 0;
	walk.state = walk.head->start;
	bpf_loop(n, walk_byte, &walk, 0);
	return (int)ls_automaton_accept(walk.entries, LS_AUTOMATON_ENTRIES_MAX - 1, walk.state);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
