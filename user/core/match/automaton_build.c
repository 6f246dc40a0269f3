/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/match/automaton_build.h"

#include "core/base/bisect.h"
#include "core/base/grow.h"
#include "core/match/classes.h"
#include "core/match/row_packing.h"
#include "core/match/subset.h"

struct move {
	uint32_t class, item;
};

struct build {
	const struct nfa *nfa;
	struct classes classes;
	struct subset subset;
	struct packed_row *rows;
	size_t rows_n, rows_cap;
	struct row_cell *cells;
	size_t cells_n, cells_cap;
	struct items starts, rules;    /* of the accept sets */
	struct move *moves, *by_class; /* of the state in hand */
	size_t moves_n, moves_cap, by_class_cap;
};

static int add_move(struct build *b, uint32_t class, size_t pc, enum place place)
{
	if (place == PLACE_NONE)
		return 0;
	if (grow_to(b->moves, b->moves_cap, b->moves_n + 1))
		return -ENOMEM;
	b->moves[b->moves_n++] = (struct move){ class, item_of(pc, place) };
	return 0;
}

/* Where an item that takes many bytes goes with a byte of `class`. */
static int move_wild(struct build *b, size_t pc, enum place place, uint32_t class)
{
	const struct nfa_insn *insn = &b->nfa->insns[pc];
	unsigned char byte = b->classes.sample[class];
	bool loops = insn->op == NFA_STAR || insn->op == NFA_DEEP;

	if (insn->op == NFA_ANY)
		return add_move(b, class, pc, place);
	if (insn->op == NFA_SET && !byte_set_has(&b->nfa->sets[insn->arg], byte))
		return 0;
	return add_move(b, class, loops ? pc : pc + 1,
			place_wild(place, byte, insn->op == NFA_DEEP));
}

static int move_item(struct build *b, uint32_t item)
{
	size_t pc = item_pc(item);
	enum place place = item_place(item);
	const struct nfa_insn *insn = &b->nfa->insns[pc];
	int ret = 0;

	switch (insn->op) {
	case NFA_TEXT:
		return add_move(b, b->classes.of[insn->byte], pc + 1, place);
	case NFA_BYTE:
		return add_move(b, b->classes.of[insn->byte], pc + 1,
				place_literal(place, insn->byte));
	case NFA_NUL:
		return add_move(b, 0, pc + 1, place_end(place) ? PLACE_START : PLACE_NONE);
	case NFA_ACCEPT:
		return 0;
	}
	for (uint32_t class = 1; class < b->classes.n && !ret; class ++)
		ret = move_wild(b, pc, place, class);
	return ret;
}

/* Counting sort: by_class holds the moves by class, starts[c] where those of class c begin. */
static int sort_moves(struct build *b, uint32_t starts[257])
{
	uint32_t at[257] = { 0 };

	if (grow_to(b->by_class, b->by_class_cap, b->moves_n + 1))
		return -ENOMEM;
	memset(starts, 0, 257 * sizeof(starts[0]));
	for (size_t i = 0; i < b->moves_n; i++)
		starts[b->moves[i].class + 1]++;
	for (uint32_t c = 0; c < b->classes.n; c++)
		at[c + 1] = starts[c + 1] += starts[c];
	for (size_t i = 0; i < b->moves_n; i++)
		b->by_class[at[b->moves[i].class]++] = b->moves[i];
	return 0;
}

/* The state that the moves [from, to) of by_class lead to. */
static int move_target(struct build *b, uint32_t from, uint32_t to, uint32_t *target)
{
	int ret = 0;

	subset__begin(&b->subset);
	for (uint32_t i = from; i < to && !ret; i++)
		ret = subset__add(&b->subset, b->by_class[i].item);
	return ret ? ret : subset__intern(&b->subset, target);
}

static int state_targets(struct build *b, const struct state *state, uint32_t targets[256])
{
	uint32_t starts[257], first = state->first, n = state->n;
	int ret = 0;

	b->moves_n = 0;
	for (uint32_t i = 0; i < n && !ret; i++) {
		ret = move_item(b, b->subset.pool.v[first + i]);
		if (b->moves_n > AUTOMATON_MOVES_MAX)
			ret = -E2BIG;
	}
	b->subset.work += b->moves_n;
	if (!ret && b->subset.work > AUTOMATON_WORK_MAX)
		ret = -E2BIG;
	if (ret)
		return ret;
	ret = sort_moves(b, starts);
	for (uint32_t c = 0; c < b->classes.n && !ret; c++)
		ret = move_target(b, starts[c], starts[c + 1], &targets[c]);
	return ret;
}

static int add_cell(struct build *b, uint32_t column, uint32_t value)
{
	if (b->cells_n == LS_AUTOMATON_ENTRIES_MAX)
		return -E2BIG;
	if (grow_to(b->cells, b->cells_cap, b->cells_n + 1))
		return -ENOMEM;
	b->cells[b->cells_n++] = (struct row_cell){ (uint16_t)column, value };
	return 0;
}

static bool last_set_is(const struct build *b, const uint32_t *rules, size_t n, size_t set)
{
	size_t first = b->starts.v[set];

	return b->starts.v[set + 1] - first == n &&
	       memcmp(b->rules.v + first, rules, n * sizeof(*rules)) == 0;
}

/*
 * The number of the accept set of `state`, 0: none. Looks for an equal one among the latest only:
 * depth first, states that accept alike are met close together; a set kept twice costs a few bytes.
 */
static int state_accepts(struct build *b, const struct state *state, uint32_t *out)
{
	size_t first = b->rules.n, sets = b->starts.n - 1;
	int ret = 0;

	*out = 0;
	for (uint32_t i = 0; i < state->n && !ret; i++) {
		const struct nfa_insn *insn =
			&b->nfa->insns[item_pc(b->subset.pool.v[state->first + i])];

		if (insn->op == NFA_ACCEPT)
			ret = items_add(&b->rules, insn->arg);
	}
	if (ret || b->rules.n == first)
		return ret;
	if (b->rules.n > AUTOMATON_LISTED_MAX)
		return -E2BIG;
	items_sort(b->rules.v + first, b->rules.n - first);
	for (size_t set = sets > 32 ? sets - 32 : 1; set < sets; set++) {
		if (!last_set_is(b, b->rules.v + first, b->rules.n - first, set))
			continue;
		b->rules.n = first;
		*out = (uint32_t)set;
		return 0;
	}
	*out = (uint32_t)sets;
	return items_add(&b->starts, (uint32_t)b->rules.n);
}

/* The most frequent target: what the row's DEFAULT saves is every other cell that leads there. */
static uint32_t commonest(const struct build *b, const uint32_t *targets, uint32_t *count)
{
	uint32_t best = 0, votes = 0;

	/*
	 * Boyer and Moore's vote finds a majority in one pass; without one there is little to save.
	 */
	for (uint32_t c = 0; c < b->classes.n; c++) {
		if (votes == 0)
			best = targets[c];
		votes += targets[c] == best ? 1 : (uint32_t)-1;
	}
	*count = 0;
	for (uint32_t c = 0; c < b->classes.n; c++)
		*count += targets[c] == best;
	return best;
}

static int add_row(struct build *b, const uint32_t *targets, uint32_t accepts)
{
	uint32_t first = (uint32_t)b->cells_n, count, common = commonest(b, targets, &count);
	int ret = 0;

	if (grow_to(b->rows, b->rows_cap, b->rows_n + 1))
		return -ENOMEM;
	if (count * 2 <= b->classes.n)
		common = 0;
	if (common)
		ret = add_cell(b, LS_COLUMN_DEFAULT, common);
	if (accepts && !ret)
		ret = add_cell(b, LS_COLUMN_ACCEPT, accepts);
	for (uint32_t c = 0; c < b->classes.n && !ret; c++) {
		if (targets[c] != common)
			ret = add_cell(b, LS_COLUMN_BYTES + c, targets[c]);
	}
	b->rows[b->rows_n++] = (struct packed_row){ first, (uint32_t)b->cells_n - first, 0 };
	return ret;
}

static int visit(struct build *b, uint32_t s)
{
	struct state state = b->subset.states[s]; /* a copy: new states may move the array */
	uint32_t targets[256], accepts;
	int ret = state_targets(b, &state, targets);

	if (!ret)
		ret = state_accepts(b, &state, &accepts);
	b->subset.states[s].row = (uint32_t)b->rows_n;
	return ret ? ret : add_row(b, targets, accepts);
}

static int visit_all(struct build *b, uint32_t *start)
{
	int ret;

	subset__begin(&b->subset);
	ret = subset__add(&b->subset, item_of(0, PLACE_START));
	if (!ret)
		ret = subset__intern(&b->subset, start);
	while (!ret && b->subset.todo.n)
		ret = visit(b, b->subset.todo.v[--b->subset.todo.n]);
	return ret;
}

/* Cells name states until here; rows_pack() wants rows, which are in the order of visits. */
static void cells_to_rows(struct build *b)
{
	for (size_t i = 0; i < b->cells_n; i++) {
		if (b->cells[i].column != LS_COLUMN_ACCEPT)
			b->cells[i].value = b->subset.states[b->cells[i].value].row;
	}
}

static int make_automaton(struct build *b, uint32_t start, struct automaton_built *out)
{
	struct ls_automaton *automaton = NULL;
	struct packed_rows packed;
	size_t bytes;
	int ret;

	cells_to_rows(b);
	ret = rows_pack(&packed, b->rows, b->rows_n, b->cells, LS_COLUMN_BYTES + b->classes.n);
	if (ret)
		return ret;
	bytes = packed.entries_n * sizeof(packed.entries[0]);
	automaton = malloc(sizeof(*automaton) + bytes);
	if (!automaton) {
		free(packed.entries);
		return -ENOMEM;
	}
	automaton->head = (struct ls_automaton_head){
		.start = b->rows[b->subset.states[start].row].base,
		.entries_n = packed.entries_n,
		.sets_n = (uint32_t)b->starts.n - 2,
		.states_n = (uint32_t)b->subset.states_n,
	};
	for (int i = 0; i < 256; i++)
		automaton->head.classes[i] = (uint16_t)(LS_COLUMN_BYTES + b->classes.of[i]);
	memcpy(automaton->entries, packed.entries, bytes);
	free(packed.entries);
	out->automaton = automaton;
	out->sets = (struct accept_sets){ b->starts.v, b->rules.v };
	b->starts.v = b->rules.v = NULL; /* transferred */
	return 0;
}

static const struct nfa_owner *owner_of(const struct nfa *nfa, size_t pc)
{
	size_t after = bisect(nfa->owners_n, i, nfa->owners[i].pc <= pc);

	return after ? &nfa->owners[after - 1] : NULL;
}

/* The rule with the most items in the sets made so far: what grew is what fills them. */
static uint32_t find_culprit(const struct build *b)
{
	uint32_t *counts, best = 0, rules = 0;

	for (size_t i = 0; i < b->nfa->owners_n; i++)
		rules = b->nfa->owners[i].rule >= rules ? b->nfa->owners[i].rule + 1 : rules;
	counts = calloc((size_t)rules + 1, sizeof(*counts));
	if (!counts)
		return 0;
	for (size_t i = 0; i < b->subset.pool.n; i++) {
		const struct nfa_owner *owner = owner_of(b->nfa, item_pc(b->subset.pool.v[i]));

		if (owner && ++counts[owner->rule] > counts[best])
			best = owner->rule;
	}
	free(counts);
	return best;
}

static void build_free(struct build *b)
{
	subset__free(&b->subset);
	free(b->rows);
	free(b->cells);
	free(b->starts.v);
	free(b->rules.v);
	free(b->moves);
	free(b->by_class);
}

/* State 0 is the dead one, row 0 its row, accept set 0 the empty one. */
static int build_begin(struct build *b)
{
	int ret = subset__init(&b->subset, b->nfa);

	b->rows = calloc(1, sizeof(b->rows[0]));
	if (ret || !b->rows || items_add(&b->starts, 0) || items_add(&b->starts, 0))
		return -ENOMEM;
	b->rows_n = b->rows_cap = 1;
	classes_make(&b->classes, b->nfa);
	return 0;
}

int automaton_build(const struct nfa *nfa, struct automaton_built *out)
{
	struct build b = { .nfa = nfa };
	uint32_t start = 0;
	int ret;

	*out = (struct automaton_built){ 0 };
	if (nfa->failed)
		return nfa->full ? -E2BIG : -ENOMEM;
	ret = build_begin(&b);
	if (!ret)
		ret = visit_all(&b, &start);
	if (!ret)
		ret = make_automaton(&b, start, out);
	if (ret == -E2BIG)
		out->culprit = find_culprit(&b);
	build_free(&b);
	return ret;
}

void accept_sets_free(struct accept_sets *sets)
{
	free(sets->starts);
	free(sets->rules);
	*sets = (struct accept_sets){ 0 };
}

uint32_t automaton_walk(const struct ls_automaton *automaton, struct span action)
{
	uint32_t mask = automaton->head.entries_n - 1, state = automaton->head.start;

	for (size_t i = 0; i < action.n && state; i++)
		state = ls_automaton_step(&automaton->head, automaton->entries, mask, state,
					  (unsigned char)action.p[i]);
	return ls_automaton_accept(automaton->entries, mask, state);
}
