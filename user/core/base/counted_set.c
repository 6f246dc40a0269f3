/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/base/counted_set.h"

#include "core/base/grow.h"

int counted_set_add(struct counted_set *set, struct span text, unsigned int marks, uint32_t *index)
{
	char *copy = strndup(text.p ? text.p : "", text.n);
	uint32_t at = 0;
	int ret;

	if (!copy || grow_to(set->v, set->cap, set->n + 1)) {
		free(copy);
		return -ENOMEM;
	}
	ret = names_add(&set->names, copy, &at);
	if (ret || at < set->n)
		free(copy);
	else
		set->v[set->n++] = (struct counted_text){ .text = copy };
	if (ret)
		return ret;
	set->v[at].n++;
	set->v[at].marks |= marks;
	if (index)
		*index = at;
	return 0;
}

void counted_set_free(struct counted_set *set)
{
	for (size_t i = 0; i < set->n; i++)
		free(set->v[i].text);
	free(set->v);
	names_free(&set->names);
	*set = (struct counted_set){ 0 };
}
