/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/base/tally.h"

#include "core/base/grow.h"

int tally_add(struct tally *tally, struct span text, unsigned int marks, uint32_t *index)
{
	char *copy = strndup(text.p ? text.p : "", text.n);
	uint32_t at = 0;
	int ret;

	if (!copy || grow_to(tally->v, tally->cap, tally->n + 1)) {
		free(copy);
		return -ENOMEM;
	}
	ret = names_add(&tally->names, copy, &at);
	if (ret || at < tally->n)
		free(copy);
	else
		tally->v[tally->n++] = (struct tally_item){ .text = copy };
	if (ret)
		return ret;
	tally->v[at].n++;
	tally->v[at].marks |= marks;
	if (index)
		*index = at;
	return 0;
}

bool tally_has(const struct tally *tally, const char *text)
{
	return names_find(&tally->names, text) >= 0;
}

void tally_free(struct tally *tally)
{
	for (size_t i = 0; i < tally->n; i++)
		free(tally->v[i].text);
	free(tally->v);
	names_free(&tally->names);
	*tally = (struct tally){ 0 };
}
