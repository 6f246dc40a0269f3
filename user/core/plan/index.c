/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/plan/index.h"

#include <errno.h>
#include <stdlib.h>

#include "core/plan/program.h"

enum { NONE = UINT32_MAX };

/* One last component of one program; chained where two fall into one bucket. */
struct key {
	struct span base; /* borrowed from the plan */
	uint32_t program, next;
};

struct plan_index {
	uint32_t *buckets; /* mask + 1 of them: the first key, or NONE */
	uint32_t mask;
	struct key *keys;
	uint32_t keys_n;
	uint32_t *first; /* of a program: its first rule, or NONE */
	uint32_t *next;  /* of a rule: the program's next one, or NONE */
};

/* FNV-1a, 32 bits. */
static uint32_t base_hash(struct span base)
{
	uint32_t hash = 0x811c9dc5u;

	for (size_t i = 0; i < base.n; i++)
		hash = (hash ^ (unsigned char)base.p[i]) * 0x01000193u;
	return hash;
}

static void add_key(struct plan_index *index, uint32_t program, const char *name)
{
	struct span base = path_base(span_of(name));
	uint32_t *bucket = &index->buckets[base_hash(base) & index->mask];

	for (uint32_t k = *bucket; k != NONE; k = index->keys[k].next) {
		if (index->keys[k].program == program && span_eq(index->keys[k].base, base))
			return;
	}
	index->keys[index->keys_n] = (struct key){ base, program, *bucket };
	*bucket = index->keys_n++;
}

static void add_keys(struct plan_index *index, const struct plan *plan)
{
	for (uint32_t p = 0; p < plan->programs_n; p++) {
		const struct program *program = &plan->programs[p];

		add_key(index, p, program->name);
		if (program->path)
			add_key(index, p, program->path);
		for (size_t i = 0; i < program->texts_n; i++)
			add_key(index, p, program->texts[i]);
	}
}

/* Each step has one rule for its own run. From the last step on, so that each list is in their
 * order. */
static void add_rules(struct plan_index *index, const struct plan *plan, uint32_t *of_step)
{
	for (uint32_t p = 0; p < plan->programs_n; p++)
		index->first[p] = NONE;
	for (size_t s = 0; s < plan->steps_n; s++)
		of_step[s] = NONE;
	for (uint32_t r = 0; r < plan->rules_n; r++) {
		if (!plan->rules[r].child)
			of_step[plan->rules[r].step] = r;
	}
	for (size_t s = plan->steps_n; s-- > 0;) {
		uint32_t r = of_step[s];

		if (r == NONE)
			continue;
		index->next[r] = index->first[plan->rules[r].program];
		index->first[plan->rules[r].program] = r;
	}
}

int plan_index_build(const struct plan *plan, struct plan_index **out)
{
	struct plan_index *index = calloc(1, sizeof(*index));
	size_t keys = 2 * plan->programs_n;
	uint32_t *of_step;

	*out = NULL;
	if (!index)
		return -ENOMEM;
	for (size_t p = 0; p < plan->programs_n; p++)
		keys += plan->programs[p].texts_n;
	for (index->mask = 1; index->mask < 2 * keys; index->mask = 2 * index->mask + 1)
		;
	index->buckets = malloc((index->mask + 1) * sizeof(*index->buckets));
	index->keys = calloc(keys + 1, sizeof(*index->keys));
	index->first = calloc(plan->programs_n + 1, sizeof(*index->first));
	index->next = calloc(plan->rules_n + 1, sizeof(*index->next));
	of_step = calloc(plan->steps_n + 1, sizeof(*of_step));
	if (!index->buckets || !index->keys || !index->first || !index->next || !of_step) {
		free(of_step);
		plan_index_free(index);
		return -ENOMEM;
	}
	for (uint32_t i = 0; i <= index->mask; i++)
		index->buckets[i] = NONE;
	add_keys(index, plan);
	add_rules(index, plan, of_step);
	free(of_step);
	*out = index;
	return 0;
}

void plan_index_free(struct plan_index *index)
{
	if (!index)
		return;
	free(index->buckets);
	free(index->keys);
	free(index->first);
	free(index->next);
	free(index);
}

void plan_index_each(const struct plan *plan, struct span base,
		     bool (*each)(void *ctx, const struct rule *rule), void *ctx)
{
	const struct plan_index *index = plan->index;

	if (!index)
		return;
	for (uint32_t k = index->buckets[base_hash(base) & index->mask]; k != NONE;
	     k = index->keys[k].next) {
		if (!span_eq(index->keys[k].base, base))
			continue;
		for (uint32_t r = index->first[index->keys[k].program];
		     r != NONE && !each(ctx, &plan->rules[r]); r = index->next[r])
			;
	}
}
