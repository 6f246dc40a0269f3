/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/review/diff/part.h"

#include <errno.h>
#include <stdlib.h>

enum { WORK_MAX = 1 << 28 }; /* a second */

static struct rules set_rules(const struct plan *plan, uint32_t set)
{
	if (!set)
		return (struct rules){ 0 };
	return (struct rules){ plan->set_rules + plan->set_starts[set],
			       plan->set_starts[set + 1] - plan->set_starts[set] };
}

struct rules meets__has(const struct meets *meets, size_t meet)
{
	return set_rules(meets->is, meets->product.meets[meet].b_set);
}

struct rules meets__had(const struct meets *meets, size_t meet)
{
	return set_rules(meets->was, meets->product.meets[meet].a_set);
}

int meets__work(struct meets *meets, size_t rules)
{
	meets->work += rules + 1;
	return meets->work > WORK_MAX ? -E2BIG : 0;
}

static size_t slot(const struct rule *rule)
{
	return (size_t)rule->step * 2 + rule->child;
}

/* Counting sort; a step with several children in one set is there as often, which does no harm. */
static int sort_meets(struct meets *meets)
{
	size_t slots = meets->is->steps_n * 2, n = 0;
	uint32_t *at = calloc(slots + 2, sizeof(*at));

	if (!at)
		return -ENOMEM;
	meets->starts = at;
	for (size_t i = 0; i < meets->product.meets_n; i++) {
		struct rules has = meets__has(meets, i);

		n += has.n;
		for (size_t k = 0; k < has.n; k++)
			at[slot(&meets->is->rules[has.v[k]]) + 2]++;
	}
	for (size_t i = 2; i < slots + 2; i++)
		at[i] += at[i - 1];
	meets->of = calloc(n + 1, sizeof(*meets->of));
	if (!meets->of || n > UINT32_MAX)
		return -ENOMEM;
	/* at[slot + 1] moves from the slot's begin to its end, which is the begin of the next */
	for (size_t i = 0; i < meets->product.meets_n; i++) {
		struct rules has = meets__has(meets, i);

		for (size_t k = 0; k < has.n; k++)
			meets->of[at[slot(&meets->is->rules[has.v[k]]) + 1]++] = (uint32_t)i;
	}
	return 0;
}

int meets__make(struct meets *meets, const struct plan *was, const struct plan *is)
{
	int ret;

	*meets = (struct meets){ .was = was, .is = is };
	ret = product__walk(&meets->product, was->automaton, is->automaton);
	return ret ? ret : sort_meets(meets);
}

void meets__free(struct meets *meets)
{
	product__free(&meets->product);
	free(meets->starts);
	free(meets->of);
	*meets = (struct meets){ 0 };
}

static bool rules_have(const struct plan *plan, struct rules rules, uint32_t step, bool child)
{
	for (size_t i = 0; i < rules.n; i++) {
		const struct rule *rule = &plan->rules[rules.v[i]];

		if (rule->step == step && rule->child == child)
			return true;
	}
	return false;
}

int meets__beyond(struct meets *meets, uint32_t was, uint32_t is, bool child, uint32_t *node)
{
	const uint32_t *starts = meets->starts + (size_t)is * 2 + child;

	*node = MEETS_NO_NODE;
	for (uint32_t i = starts[0]; i < starts[1]; i++) {
		uint32_t meet = meets->of[i];
		struct rules had = meets__had(meets, meet);

		if (meets__work(meets, had.n))
			return -E2BIG;
		if (rules_have(meets->was, had, was, child))
			continue;
		*node = meets->product.meets[meet].node;
		return 0;
	}
	return 0;
}
