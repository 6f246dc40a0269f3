/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/plan/index.h"

#include <errno.h>
#include <stdlib.h>

#include "core/base/hash.h"
#include "core/base/table.h"
#include "core/plan/program.h"

enum { NONE = UINT32_MAX };

/* A last component, borrowed from the plan, and the programs that have it, the last one first. */
struct base {
	struct span text;
	uint32_t key;
};

struct key {
	uint32_t program, next;
};

struct plan_index {
	struct base *bases; /* by_text.n of them */
	struct table by_text;
	struct key *keys;
	uint32_t keys_n;
	uint32_t *first; /* of a program: its first rule, or NONE */
	uint32_t *next;  /* of a rule: the program's next one, or NONE */
};

static struct base *find(const struct plan_index *index, struct span text)
{
	uint32_t at = table_find(&index->by_text, hash_span(text), i,
				 span_eq(index->bases[i].text, text));

	return at == TABLE_NONE ? NULL : &index->bases[at];
}

static int add_key(struct plan_index *index, uint32_t program, const char *name)
{
	struct span text = path_base(span_of(name));
	struct base *base = find(index, text);

	if (!base) {
		base = &index->bases[index->by_text.n];
		*base = (struct base){ text, NONE };
		if (table_add(&index->by_text, hash_span(text)))
			return -ENOMEM;
	}
	if (base->key == NONE || index->keys[base->key].program != program) {
		index->keys[index->keys_n] = (struct key){ program, base->key };
		base->key = index->keys_n++;
	}
	return 0;
}

static int add_keys(struct plan_index *index, const struct plan *plan)
{
	for (uint32_t p = 0; p < plan->programs_n; p++) {
		const struct program *program = &plan->programs[p];
		int ret = add_key(index, p, program->name);

		if (!ret && program->path)
			ret = add_key(index, p, program->path);
		for (size_t i = 0; i < program->texts_n && !ret; i++)
			ret = add_key(index, p, program->texts[i]);
		if (ret)
			return ret;
	}
	return 0;
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
	index->bases = calloc(keys + 1, sizeof(*index->bases));
	index->keys = calloc(keys + 1, sizeof(*index->keys));
	index->first = calloc(plan->programs_n + 1, sizeof(*index->first));
	index->next = calloc(plan->rules_n + 1, sizeof(*index->next));
	of_step = calloc(plan->steps_n + 1, sizeof(*of_step));
	if (!index->bases || !index->keys || !index->first || !index->next || !of_step ||
	    add_keys(index, plan)) {
		free(of_step);
		plan_index_free(index);
		return -ENOMEM;
	}
	add_rules(index, plan, of_step);
	free(of_step);
	*out = index;
	return 0;
}

void plan_index_free(struct plan_index *index)
{
	if (!index)
		return;
	free(index->bases);
	table_free(&index->by_text);
	free(index->keys);
	free(index->first);
	free(index->next);
	free(index);
}

void plan_index_each(const struct plan *plan, struct span base,
		     bool (*each)(void *ctx, const struct rule *rule), void *ctx)
{
	const struct plan_index *index = plan->index;
	const struct base *found = index ? find(index, base) : NULL;

	for (uint32_t k = found ? found->key : NONE; k != NONE; k = index->keys[k].next) {
		for (uint32_t r = index->first[index->keys[k].program];
		     r != NONE && !each(ctx, &plan->rules[r]); r = index->next[r])
			;
	}
}
